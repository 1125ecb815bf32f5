"""Ways through a network: through whom one member reaches another (PERKS-D16)."""

import numpy as np

from unisono.core.graph.arrays import Labels
from unisono.core.graph.graph import Graph


def _next_ring(graph: Graph, ring: Labels, steps: Labels, step: int) -> Labels:
    """Nodes that one more step reaches, ascending; notes the step."""
    starts, ends = graph.offsets[ring], graph.offsets[ring + 1]
    lengths = ends - starts
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    others = graph.neighbors[np.repeat(starts, lengths) + within]
    steps[others[steps[others] < 0]] = step
    return np.unique(others[steps[others] == step])


def shortest_path(graph: Graph, a: int, b: int) -> list[int] | None:
    """A shortest path from `a` to `b`, both included; None when there is none.

    Notes
    -----
    Of several shortest paths the one whose nodes, read from `a`, are smallest. O(n + m).

    Raises
    ------
    UnknownNode
        `a` or `b` is no node of the graph.

    Examples
    --------
    >>> shortest_path(Graph.from_edges(5, [0, 0, 1, 2], [1, 2, 3, 3]), 0, 3)
    [0, 1, 3]
    """
    graph.checked(a)
    steps = np.full(graph.nodes, -1, np.int32)
    steps[graph.checked(b)] = 0
    ring, step = np.array([b], np.int32), 0
    while steps[a] < 0 and len(ring):
        step += 1
        ring = _next_ring(graph, ring, steps, step)
    if steps[a] < 0:
        return None
    path = [int(a)]
    while path[-1] != b:
        row = graph.row(path[-1])
        path.append(int(row[steps[row] == steps[path[-1]] - 1][0]))
    return path
