"""How a network hangs together: components, cores, core and periphery, and who holds others in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.core.graph import plain
from unisono.core.graph.arrays import Labels
from unisono.core.graph.graph import Graph, ranked


def component_labels(graph: Graph) -> Labels:
    """Connected component of each node.

    Returns
    -------
    int32[n]
        0 for the largest component, then by size; of equal ones the one with the smallest node comes first.

    Notes
    -----
    O(n + m).

    Examples
    --------
    >>> component_labels(Graph.from_edges(4, [1, 2], [2, 3])).tolist()
    [1, 0, 0, 0]
    """
    if graph.small:
        return ranked(plain.components(graph.offsets, graph.neighbors))
    from unisono.core.graph import compiled_structure

    return ranked(compiled_structure.components(graph.offsets, graph.links))


def core_numbers(graph: Graph) -> Labels:
    """Core number of each node: the largest k such that it has k neighbors among nodes that have k such neighbors.

    Returns
    -------
    int32[n]
        0 for isolated nodes.

    Notes
    -----
    O(n + m), by peeling. Source: Seidman (1983), Network structure and minimum degree; Batagelj and Zaversnik (2003).

    Examples
    --------
    >>> core_numbers(Graph.from_edges(4, [0, 1, 2, 2], [1, 2, 0, 3])).tolist()
    [2, 2, 2, 1]
    """
    if graph.small:
        return plain.cores(graph.offsets, graph.neighbors)
    from unisono.core.graph import compiled_structure

    return compiled_structure.cores(graph.offsets, graph.links)


def cut_off(graph: Graph) -> Labels:
    """How many others are cut off from the largest rest of their component when the node leaves.

    Returns
    -------
    int32[n]
        0 unless the node is an articulation point.

    Notes
    -----
    O(n + m): one depth-first search with low points and sizes of subtrees, without recursion. Source: Tarjan (1972),
    Depth-first search and linear graph algorithms.

    Examples
    --------
    A chain of four: without node 1, node 0 is alone.

    >>> cut_off(Graph.from_edges(4, [0, 1, 2], [1, 2, 3])).tolist()
    [0, 1, 1, 0]
    """
    if graph.small:
        return plain.cut_off(graph.offsets, graph.neighbors)
    from unisono.core.graph import compiled_structure

    return compiled_structure.cut_off(graph.offsets, graph.links)


@dataclass(frozen=True)
class CorePeriphery:
    """A split in core and periphery.

    Attributes
    ----------
    core : bool[n]
        Who is in the core.
    fit : float
        Correlation between the ties and the ideal pattern, -1 .. 1 (1: the core is complete, the periphery has no
        ties inside).
    exceptions : int
        Ties missing inside the core and ties inside the periphery.
    """

    core: NDArray[np.bool_]
    fit: float
    exceptions: int


def core_periphery_split(graph: Graph) -> CorePeriphery:
    """The split with fewest exceptions to "the core is complete, the periphery has no ties inside".

    Notes
    -----
    Ties between core and periphery count neither way (Borgatti and Everett 2000, Models of core/periphery
    structures). A core of k nodes has m + k (k - 1) / 2 - (sum of its degrees) exceptions, so the best core takes the
    highest degrees (Lip 2011, A fast algorithm for the discrete core/periphery bipartitioning problem). Rule
    `equal-degree`: nodes with equally many neighbors stand on the same side, because an order of theirs would be
    arbitrary; of equally good splits the one with the smaller core is taken. O(n log n + m).

    Examples
    --------
    >>> star = core_periphery_split(Graph.from_edges(4, [0, 0, 0], [1, 2, 3]))
    >>> star.core.tolist(), star.fit, star.exceptions
    ([True, False, False, False], 1.0, 0)
    """
    n, m = graph.nodes, graph.edges
    degree = graph.degrees.astype(np.int64)
    order = np.sort(degree)[::-1]
    taken = np.arange(n + 1, dtype=np.int64)
    exceptions = m + taken * (taken - 1) // 2 - np.concatenate(([0], np.cumsum(order)))
    # A cut between equal degrees is no cut.
    allowed = np.concatenate(([True], order[:-1] != order[1:], [True])) if n else np.array([True])
    best = int(np.argmin(np.where(allowed, exceptions, np.iinfo(np.int64).max)))
    core = degree >= order[best - 1] if best else np.zeros(n, bool)
    return CorePeriphery(core, _fit(graph, core), int(exceptions[best]))


def _fit(graph: Graph, core: NDArray[np.bool_]) -> float:
    """Phi coefficient over the pairs inside the core and inside the periphery."""
    start = np.repeat(core, np.diff(graph.offsets))
    end = core[graph.neighbors]
    inner, outer = int((start & end).sum()) // 2, int((~start & ~end).sum()) // 2
    k = int(core.sum())
    core_pairs, outer_pairs = k * (k - 1) // 2, (graph.nodes - k) * (graph.nodes - k - 1) // 2
    missing, absent = core_pairs - inner, outer_pairs - outer
    if missing == 0 and outer == 0:
        return 1.0
    spread = float(core_pairs) * outer_pairs * (inner + outer) * (missing + absent)
    return (float(inner) * absent - float(missing) * outer) / spread**0.5 if spread else 0.0
