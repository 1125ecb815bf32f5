"""Ways through a network: who is within reach, and through whom (PERKS-D16)."""

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


def steps_from(graph: Graph, node: int, limit: int | None = None) -> Labels:
    """Number of steps from `node` to each node, int32[n]; -1 where no path of at most `limit` steps leads. O(n + m).

    >>> steps_from(Graph.from_edges(4, [0, 1], [1, 2]), 0).tolist()
    [0, 1, 2, -1]
    """
    steps = np.full(graph.nodes, -1, np.int32)
    steps[graph.checked(node)] = 0
    ring, step = np.array([node], np.int32), 0
    while len(ring) and (limit is None or step < limit):
        step += 1
        ring = _next_ring(graph, ring, steps, step)
    return steps


def reach(graph: Graph, node: int, steps: int) -> Labels:
    """Other nodes within `steps` steps of `node`, ascending, int32.

    >>> reach(Graph.from_edges(4, [0, 1, 2], [1, 2, 3]), 0, 2).tolist()
    [1, 2]
    """
    found = steps_from(graph, node, max(steps, 0))
    found[node] = -1
    return np.flatnonzero(found >= 0).astype(np.int32)


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


def steps_between(graph: Graph, a: int, b: int) -> int | None:
    """Number of steps of a shortest path from `a` to `b`; None when there is none.

    >>> steps_between(Graph.from_edges(3, [0, 1], [1, 2]), 0, 2)
    2
    """
    path = shortest_path(graph, a, b)
    return None if path is None else len(path) - 1
