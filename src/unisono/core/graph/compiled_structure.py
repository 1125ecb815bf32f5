"""Compiled kernels of structure; `plain` has a twin of each, and says what it answers."""

import numpy as np
from numpy.typing import NDArray

from unisono.core.compiling import compiled, prefetch
from unisono.core.graph.arrays import Labels, Links, Offsets, Scores

# Rows between asking for one and reading it.
AHEAD = 16


@compiled
def rows(
    tail: Labels, head: Labels, weight: Scores, count: NDArray[np.signedinteger]
) -> tuple[Offsets, Labels, Scores]:
    """Counting sort by one end, transposed for ascending rows, then parallel edges merged in place.

    `count` comes as zeros, shape n + 1, of an integer type that holds 2k. `weight` is empty for unweighted graphs.
    """
    n, k = len(count) - 1, len(tail)
    weighted = len(weight) > 0
    for e in range(k):
        a, b = tail[e], head[e]
        if a != b:
            count[a] += 1
            count[b] += 1
    total = 0
    for v in range(n + 1):
        size = count[v]
        count[v] = total
        total += size
    first = np.empty(total, np.int32)
    first_weight = np.empty(total if weighted else 0, np.float64)
    place = count.copy()
    for e in range(k):
        a, b = tail[e], head[e]
        if a != b:
            i, j = place[a], place[b]
            first[i], first[j] = b, a
            place[a], place[b] = i + 1, j + 1
            if weighted:
                first_weight[i] = first_weight[j] = weight[e]
    place[:] = count
    second = np.empty(total, np.int32)
    second_weight = np.empty(total if weighted else 0, np.float64)
    for v in range(n):
        for e in range(count[v], count[v + 1]):
            w = first[e]
            i = place[w]
            second[i] = v
            place[w] = i + 1
            if weighted:
                second_weight[i] = first_weight[e]
    offsets = np.empty(n + 1, np.int64)
    kept = 0
    for v in range(n):
        offsets[v] = kept
        last = -1
        for e in range(count[v], count[v + 1]):
            w = second[e]
            if w != last:
                second[kept] = w
                if weighted:
                    second_weight[kept] = second_weight[e]
                kept += 1
                last = w
            elif weighted:
                second_weight[kept - 1] += second_weight[e]
    offsets[n] = kept
    return offsets, second[:kept], second_weight[: kept if weighted else 0]


@compiled
def _root(parent: Labels, v: int) -> int:
    while parent[v] != v:
        parent[v] = parent[parent[v]]
        v = parent[v]
    return v


@compiled
def components(offsets: Offsets, neighbors: Links) -> Labels:
    """Union of a few ties of each node first; then only nodes outside the largest group look at their other ties."""
    n = len(offsets) - 1
    parent = np.arange(n).astype(np.int32)
    tried = 2
    for v in range(n):
        for e in range(offsets[v], min(offsets[v] + tried, offsets[v + 1])):
            a, b = _root(parent, v), _root(parent, neighbors[e])
            if a < b:
                parent[b] = a
            elif b < a:
                parent[a] = b
    size = np.zeros(n, np.int32)
    largest = 0
    for v in range(n):
        # A parent is smaller than its child, so it is settled already.
        root = parent[parent[v]]
        parent[v] = root
        size[root] += 1
        if size[root] > size[largest]:
            largest = root
    for v in range(n):
        if _root(parent, v) == _root(parent, largest):
            continue
        for e in range(offsets[v] + tried, offsets[v + 1]):
            a, b = _root(parent, v), _root(parent, neighbors[e])
            if a < b:
                parent[b] = a
            elif b < a:
                parent[a] = b
    for v in range(n):
        parent[v] = parent[parent[v]]
    return parent


@compiled
def cores(offsets: Offsets, neighbors: Links) -> Labels:
    """Peeling level by level: what is left is looked through once for each level, and no order has to be kept up."""
    n = len(offsets) - 1
    degree = np.empty(n, np.int32)
    left = np.empty(n, np.uint32)
    for v in range(n):
        degree[v] = offsets[v + 1] - offsets[v]
        left[v] = v
    # Longer than n, so that looking ahead needs no test.
    peeled = np.zeros(n + 2 * AHEAD, np.uint32)
    remain, level = n, 0
    while remain:
        kept, done, found = 0, 0, 0
        lowest = n
        # Without branches: which way one would go is as good as random.
        for i in range(remain):
            v = left[i]
            d = degree[v]
            left[kept] = v
            kept += d > level
            peeled[found] = v
            found += d == level
            lowest = min(lowest, d) if d > level else lowest
        remain = kept
        if not found:
            level = lowest
            continue
        while done < found:
            v = peeled[done]
            prefetch(offsets, peeled[done + 2 * AHEAD - 1])
            prefetch(neighbors, offsets[peeled[done + AHEAD - 1]])
            done += 1
            for e in range(offsets[v], offsets[v + 1]):
                w = neighbors[e]
                d = degree[w]
                degree[w] = d - (d > level)
                peeled[found] = w
                found += d == level + 1
        level += 1
    return degree


@compiled
def cut_off(offsets: Offsets, neighbors: Links) -> Labels:
    """Depth-first search with low points and sizes of subtrees, on a stack of its own."""
    n = len(offsets) - 1
    seen = np.full(n, -1, np.int32)
    low, parent = np.empty(n, np.int32), np.full(n, -1, np.int32)
    below = np.ones(n, np.int32)
    parted, largest = np.zeros(n, np.int32), np.zeros(n, np.int32)
    lost = np.empty(n, np.int32)
    path, members = np.empty(n, np.int32), np.empty(n, np.int32)
    at = offsets[:n].copy()
    clock = 0
    for root in range(n):
        if seen[root] >= 0:
            continue
        first = clock
        path[0], members[clock] = root, root
        seen[root] = low[root] = clock
        clock += 1
        depth = 1
        while depth:
            v = path[depth - 1]
            if at[v] < offsets[v + 1]:
                w = neighbors[at[v]]
                at[v] += 1
                if seen[w] < 0:
                    seen[w] = low[w] = clock
                    parent[w] = v
                    members[clock] = w
                    clock += 1
                    path[depth] = w
                    depth += 1
                elif w != parent[v] and seen[w] < low[v]:
                    low[v] = seen[w]
                continue
            depth -= 1
            if depth:
                u = path[depth - 1]
                low[u] = min(low[u], low[v])
                below[u] += below[v]
                if low[v] >= seen[u]:
                    parted[u] += below[v]
                    largest[u] = max(largest[u], below[v])
        others = clock - first - 1
        for i in range(first, clock):
            v = members[i]
            lost[v] = others - max(largest[v], others - parted[v])
    return lost
