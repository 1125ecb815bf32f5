"""Compiled kernels of importance; `plain` has a twin of each, and says what it answers."""

import numpy as np
from numpy.typing import NDArray

from unisono.core.compiling import compiled
from unisono.core.graph.arrays import Links, Offsets, Scores

# An arc that is pushed costs about as much as this many that are pulled.
PUSH = 4
# Rings with more paths are scaled down by this power of two: only quotients of neighboring rings matter.
MANY = 2.0**400


@compiled
def importance(offsets: Offsets, neighbors: Links, weights: Scores, damping: float, tolerance: float) -> Scores:
    """Conjugate gradients on (D - damping A) u = 1, preconditioned by D; PageRank is D u, normalised.

    The residual is that of PageRank itself, and its sum bounds the sum of errors by 1 / (1 - damping).
    """
    n = len(offsets) - 1
    weighted = len(weights) > 0
    strength = np.empty(n, np.float64)
    tied, total = 0, 0.0
    for v in range(n):
        own = float(offsets[v + 1] - offsets[v])
        if weighted:
            own = 0.0
            for e in range(offsets[v], offsets[v + 1]):
                own += weights[e]
        strength[v] = own
        tied += own > 0
        total += own
    solution, residual, direction = np.zeros(n), np.zeros(n), np.zeros(n)
    image, inverse = np.zeros(n), np.zeros(n)
    # As if everybody's share were that of their ties: the answer when damping is nearly 1.
    guess = tied / ((1.0 - damping) * total) if tied else 0.0
    fall = 0.0
    for v in range(n):
        if strength[v] > 0:
            inverse[v] = 1.0 / strength[v]
            solution[v] = guess
            residual[v] = 1.0 - (1.0 - damping) * strength[v] * guess
            direction[v] = residual[v] * inverse[v]
            fall += residual[v] * direction[v]
    bound = 0.5 * tolerance * (tied + (1.0 - damping) * (n - tied))
    # More than the power method would need, should rounding keep the residual above the bound.
    for _ in range(int(np.log(tolerance / 2) / np.log(damping)) + 2 if damping else 2):
        if fall <= 0.0:
            break
        curve = 0.0
        for v in range(n):
            inflow = 0.0
            if weighted:
                for e in range(offsets[v], offsets[v + 1]):
                    inflow += weights[e] * direction[neighbors[e]]
            else:
                for e in range(offsets[v], offsets[v + 1]):
                    inflow += direction[neighbors[e]]
            image[v] = strength[v] * direction[v] - damping * inflow
            curve += direction[v] * image[v]
        step = fall / curve
        following, missing = 0.0, 0.0
        for v in range(n):
            solution[v] += step * direction[v]
            residual[v] -= step * image[v]
            following += residual[v] * residual[v] * inverse[v]
            missing += abs(residual[v])
        if missing <= bound:
            break
        turn = following / fall
        fall = following
        for v in range(n):
            direction[v] = residual[v] * inverse[v] + turn * direction[v]
    whole = 0.0
    for v in range(n):
        solution[v] = solution[v] * strength[v] if strength[v] > 0 else 1.0
        whole += solution[v]
    for v in range(n):
        solution[v] /= whole
    return solution


@compiled
def dependencies(offsets: Offsets, neighbors: Links, sources: NDArray[np.int64]) -> Scores:
    """Brandes' dependencies ring by ring; large rings are pulled, by sums without branches, small ones are pushed.

    `front` holds the numbers of paths to the ring just reached and 0 elsewhere, `back` holds (1 + dependency) /
    paths of the ring just left and 0 elsewhere, so that a plain sum over a row is all that a pull needs.
    """
    n = len(offsets) - 1
    total = np.zeros(n)
    ring = np.empty(n, np.int32)
    order = np.zeros(n + 1, np.uint32)
    paths, depends = np.zeros(n), np.zeros(n)
    front, back = np.zeros(n), np.zeros(n)
    unseen = np.empty(n, np.uint32)
    starts = np.empty(n + 2, np.int64)
    arcs = np.empty(n + 2, np.int64)
    scale = np.empty(n + 2, np.float64)
    for source in sources:
        ring[:] = n
        ring[source] = 0
        order[0], paths[0] = source, 1.0
        front[source] = 1.0
        starts[0], starts[1] = 0, 1
        arcs[0] = offsets[source + 1] - offsets[source]
        open_arcs = len(neighbors) - arcs[0]
        waiting = -1
        last, found = 0, 1
        while True:
            step = last + 1
            begin, end = starts[last], starts[step]
            if PUSH * arcs[last] < open_arcs or waiting == 0:
                for i in range(begin, end):
                    v = order[i]
                    mine = front[v]
                    for e in range(offsets[v], offsets[v + 1]):
                        w = neighbors[e]
                        if ring[w] >= step:
                            order[found] = w
                            found += ring[w] > step
                            ring[w] = step
                            front[w] += mine
                for i in range(end, found):
                    paths[i] = front[order[i]]
            else:
                if waiting < 0:
                    waiting = 0
                    for v in range(n):
                        unseen[waiting] = v
                        waiting += (ring[v] == n) & (offsets[v] < offsets[v + 1])
                kept = 0
                for i in range(waiting):
                    v = unseen[i]
                    if ring[v] < n:
                        continue
                    sum_of_paths = 0.0
                    for e in range(offsets[v], offsets[v + 1]):
                        sum_of_paths += front[neighbors[e]]
                    paths[found] = sum_of_paths
                    order[found] = v
                    unseen[kept] = v
                    reached = sum_of_paths > 0.0
                    found += reached
                    kept += not reached
                waiting = kept
                for i in range(end, found):
                    ring[order[i]] = step
            for i in range(begin, end):
                front[order[i]] = 0.0
            if found == end:
                break
            most = 0.0
            for i in range(end, found):
                most = max(most, paths[i])
            scale[step] = 1.0
            if most > MANY:
                scale[step] = 1.0 / MANY
                for i in range(end, found):
                    paths[i] *= scale[step]
            of_ring = 0
            for i in range(end, found):
                v = order[i]
                front[v] = paths[i]
                of_ring += offsets[v + 1] - offsets[v]
            last = step
            arcs[last] = of_ring
            open_arcs -= of_ring
            starts[last + 1] = found
        for i in range(starts[last], found):
            depends[i] = 0.0
        for step in range(last, 0, -1):
            begin, end = starts[step], starts[step + 1]
            if step < last:
                after = starts[step + 2]
                if PUSH * arcs[step + 1] < arcs[step]:
                    for i in range(begin, end):
                        back[order[i]] = 0.0
                    for i in range(end, after):
                        v = order[i]
                        mine = (1.0 + depends[i]) / paths[i] * scale[step + 1]
                        for e in range(offsets[v], offsets[v + 1]):
                            w = neighbors[e]
                            if ring[w] == step:
                                back[w] += mine
                    for i in range(begin, end):
                        depends[i] = paths[i] * back[order[i]]
                        back[order[i]] = 0.0
                else:
                    for i in range(end, after):
                        back[order[i]] = (1.0 + depends[i]) / paths[i] * scale[step + 1]
                    for i in range(begin, end):
                        v = order[i]
                        inflow = 0.0
                        for e in range(offsets[v], offsets[v + 1]):
                            inflow += back[neighbors[e]]
                        depends[i] = paths[i] * inflow
                    for i in range(end, after):
                        back[order[i]] = 0.0
            for i in range(begin, end):
                total[order[i]] += depends[i]
    return total
