"""Plain twins of the compiled kernels: they serve small graphs, and tell tests what the kernels must answer."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unisono.core.graph.arrays import Labels, Offsets, Scores

Rows = tuple[Offsets, Labels, Scores | None]


def rows(n: int, tail: Labels, head: Labels, weight: Scores | None) -> Rows:
    """Compressed rows of the simple graph with these edges; O(k log k)."""
    proper = tail != head
    low = np.minimum(tail, head)[proper].astype(np.int64)
    high = np.maximum(tail, head)[proper].astype(np.int64)
    pairs, group = np.unique(low * n + high, return_inverse=True)
    low, high = np.divmod(pairs, max(n, 1))
    start, end = np.concatenate((low, high)), np.concatenate((high, low))
    order = np.argsort(start * n + end, kind="stable")
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(start, minlength=n), out=offsets[1:])
    weights = None
    if weight is not None:
        total = np.bincount(group, weights=weight[proper], minlength=len(pairs)).astype(np.float64)
        weights = np.concatenate((total, total))[order]
    return offsets, end[order].astype(np.int32), weights


def adjacency(offsets: Offsets, neighbors: Labels) -> list[list[int]]:
    """Rows as lists, which plain loops read several times faster than arrays."""
    flat, ends = neighbors.tolist(), offsets.tolist()
    return [flat[a:b] for a, b in pairwise(ends)]


def components(offsets: Offsets, neighbors: Labels) -> Labels:
    """Smallest node of each node's component."""
    near = adjacency(offsets, neighbors)
    label = [-1] * len(near)
    for root in range(len(near)):
        if label[root] < 0:
            label[root] = root
            waiting = [root]
            for node in waiting:
                for other in near[node]:
                    if label[other] < 0:
                        label[other] = root
                        waiting.append(other)
    return np.array(label, np.int32)


def cores(offsets: Offsets, neighbors: Labels) -> Labels:
    """Core numbers by peeling, level after level."""
    near = adjacency(offsets, neighbors)
    degree = [len(row) for row in near]
    core = [-1] * len(near)
    left = list(range(len(near)))
    level = 0
    while left:
        level = max(level, min(degree[v] for v in left))
        peeled = [v for v in left if degree[v] <= level]
        for v in peeled:
            core[v] = level
        for v in peeled:
            for other in near[v]:
                degree[other] -= 1
                if core[other] < 0 and degree[other] <= level:
                    core[other] = level
                    peeled.append(other)
        left = [v for v in left if core[v] < 0]
    return np.array(core, np.int32)


def importance(offsets: Offsets, neighbors: Labels, weights: Scores | None, damping: float, tolerance: float) -> Scores:
    """PageRank by the power method."""
    n = len(offsets) - 1
    start = np.repeat(np.arange(n), np.diff(offsets))
    weight = np.ones(len(neighbors)) if weights is None else weights
    strength = np.bincount(start, weights=weight, minlength=n)
    alone = strength == 0
    share = weight / strength[neighbors] if len(neighbors) else weight
    rank = np.full(n, 1.0 / n)
    # The error is at most 2 at first, and each step shrinks it at least by `damping`.
    for _ in range(int(np.log(tolerance / 2) / np.log(damping)) + 1 if damping else 1):
        flow = np.bincount(start, weights=share * rank[neighbors], minlength=n) + rank[alone].sum() / n
        following: Scores = damping * flow + (1 - damping) / n
        following /= following.sum()
        moved = np.abs(following - rank).sum()
        rank = following
        if moved * damping <= tolerance * (1 - damping):
            break
    return rank


def dependencies(offsets: Offsets, neighbors: Labels, sources: NDArray[np.integer]) -> Scores:
    """Sum over `sources` of Brandes' dependency of the source on each node, with exact counts of paths."""
    near = adjacency(offsets, neighbors)
    n = len(near)
    total = [0.0] * n
    for source in sources.tolist():
        steps, paths = [-1] * n, [0] * n
        steps[source], paths[source] = 0, 1
        reached = [source]
        for v in reached:
            further = steps[v] + 1
            for w in near[v]:
                if steps[w] < 0:
                    steps[w] = further
                    reached.append(w)
                if steps[w] == further:
                    paths[w] += paths[v]
        depends = [0.0] * n
        for w in reversed(reached):
            for v in near[w]:
                if steps[v] == steps[w] - 1:
                    depends[v] += paths[v] / paths[w] * (1.0 + depends[w])
            if w != source:
                total[w] += depends[w]
    return np.array(total, np.float64)


def cut_off(offsets: Offsets, neighbors: Labels) -> Labels:
    """How many others lose the largest rest when each node leaves: depth-first search with low points (Tarjan)."""
    near = adjacency(offsets, neighbors)
    n = len(near)
    seen, low, below, parent = [-1] * n, [0] * n, [1] * n, [-1] * n
    # Others that fall away below a node, and the largest piece of them.
    parted, largest = [0] * n, [0] * n
    lost = [0] * n
    clock = 0
    for root in range(n):
        if seen[root] >= 0:
            continue
        seen[root] = low[root] = clock
        clock += 1
        members, path, at = [root], [root], {root: 0}
        while path:
            v = path[-1]
            if at[v] < len(near[v]):
                w = near[v][at[v]]
                at[v] += 1
                if seen[w] < 0:
                    seen[w] = low[w] = clock
                    clock += 1
                    parent[w], at[w] = v, 0
                    members.append(w)
                    path.append(w)
                elif w != parent[v]:
                    low[v] = min(low[v], seen[w])
                continue
            path.pop()
            if path:
                u = path[-1]
                low[u] = min(low[u], low[v])
                below[u] += below[v]
                if low[v] >= seen[u]:
                    parted[u] += below[v]
                    largest[u] = max(largest[u], below[v])
        others = len(members) - 1
        for v in members:
            lost[v] = others - max(largest[v], others - parted[v])
    return np.array(lost, np.int32)
