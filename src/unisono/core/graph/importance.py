"""Who matters to the network: PageRank and betweenness."""

import numpy as np

from unisono.core.graph import plain
from unisono.core.graph.arrays import Scores
from unisono.core.graph.graph import Graph

# All pairs cost the square: here the kernel is worth loading sooner than elsewhere.
_SMALL_ALL_PAIRS = 1_000


def pagerank(graph: Graph, damping: float = 0.85, tolerance: float = 1e-10) -> Scores:
    """Share of a visitor's time that each node gets when the visitor follows ties and now and then starts anew.

    Parameters
    ----------
    graph : Graph
        Weights, where there are any, say how likely a tie is followed.
    damping : float
        Probability of following a tie, 0 <= damping < 1.
    tolerance : float
        Bound of the sum of all errors.

    Returns
    -------
    float64[n]
        Positive, sums to 1. From an isolated node the visitor starts anew.

    Notes
    -----
    Source: Page, Brin, Motwani and Winograd (1999), The PageRank citation ranking.

    Examples
    --------
    >>> pagerank(Graph.from_edges(3, [0, 0], [1, 2])).round(3).tolist()
    [0.486, 0.257, 0.257]
    """
    if not 0 <= damping < 1:
        raise ValueError("damping is at least 0 and below 1")
    if not tolerance > 0:
        raise ValueError("tolerance is positive")
    if not graph.nodes:
        return np.zeros(0, np.float64)
    if graph.small:
        return plain.importance(graph.offsets, graph.neighbors, graph.weights, damping, tolerance)
    from unisono.core.graph import compiled_importance

    return compiled_importance.importance(graph.offsets, graph.links, graph.worth, damping, tolerance)


def betweenness(graph: Graph, samples: int | None = None, rng: np.random.Generator | None = None) -> Scores:
    """Share of the shortest paths between other nodes that pass through each node.

    Parameters
    ----------
    graph : Graph
        Weights do not count: a step is a step.
    samples : int, optional
        Number of start nodes, drawn uniformly without replacement; exact without, or when there are no more nodes.
    rng : numpy.random.Generator, optional
        Draws the start nodes; without it the same ones are drawn each time.

    Returns
    -------
    float64[n]
        0 .. 1, divided by the (n - 1)(n - 2) / 2 pairs of others. Zeros when n < 3. A sampled figure is an unbiased
        estimate: with k samples it is off by more than e with probability at most 2 exp(-2 k e^2) (Hoeffding), for
        64 samples 0.17 in one node of twenty at the very worst, and far less where betweenness is small; it may
        slightly exceed 1.

    Notes
    -----
    O(samples (n + m)), n in place of samples when exact. Sources: Brandes (2001), A faster algorithm for betweenness
    centrality; Brandes and Pich (2007), Centrality estimation in large networks.

    Examples
    --------
    >>> betweenness(Graph.from_edges(3, [0, 1], [1, 2])).tolist()
    [0.0, 1.0, 0.0]
    """
    n = graph.nodes
    if samples is not None and samples < 1:
        raise ValueError("samples is at least 1")
    if n < 3:
        return np.zeros(n, np.float64)
    if samples is None or samples >= n:
        sources = np.arange(n)
    else:
        sources = np.sort((rng or np.random.default_rng(0)).choice(n, samples, replace=False))
    if graph.nodes + graph.edges < _SMALL_ALL_PAIRS * (1 if samples is None else 10):
        total = plain.dependencies(graph.offsets, graph.neighbors, sources)
    else:
        from unisono.core.graph import compiled_importance

        total = compiled_importance.dependencies(graph.offsets, graph.links, sources)
    return total * (n / len(sources) / ((n - 1) * (n - 2)))
