"""Figures of the network as a whole: relational capital (M-15) and robustness (M-13)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.core.graph.arrays import Labels, Scores
from unisono.core.graph.graph import Graph
from unisono.core.graph.structure import component_labels


@dataclass(frozen=True)
class Profile:
    """Relational capital of a network (Still and others 2015, Triple Helix); actor types are the caller's.

    Attributes
    ----------
    nodes, edges : int
        Profile.
    engagement : float
        Edges per node.
    mean_degree : float
        Relationship potential: neighbors of a node, on average.
    density : float
        Vitality: edges as a share of all pairs, 0 .. 1.
    mean_betweenness : float
        Linking factor, 0 .. 1.
    main_component : int
        Embeddedness: nodes of the largest component.
    main_component_share : float
        The same as a share of all nodes, 0 .. 1.
    """

    nodes: int
    edges: int
    engagement: float
    mean_degree: float
    density: float
    mean_betweenness: float
    main_component: int
    main_component_share: float


def profile(graph: Graph, components: Labels, between: Scores) -> Profile:
    """Figures of M-15 from what `component_labels` and `betweenness` said; 0 where one is not defined.

    >>> path = Graph.from_edges(4, [0, 1], [1, 2])
    >>> profile(path, component_labels(path), np.zeros(4)).main_component_share
    0.75
    """
    n, m = graph.nodes, graph.edges
    if not n:
        return Profile(0, 0, 0.0, 0.0, 0.0, 0.0, 0, 0.0)
    main = int((components == 0).sum())
    return Profile(
        nodes=n,
        edges=m,
        engagement=m / n,
        mean_degree=2 * m / n,
        density=2 * m / (n * (n - 1)) if n > 1 else 0.0,
        mean_betweenness=float(between.mean()),
        main_component=main,
        main_component_share=main / n,
    )


@dataclass(frozen=True)
class Robustness:
    """Largest component after a loss, as a share of the largest component before, 0 .. 1.

    Attributes
    ----------
    removed : int
        How many nodes leave.
    most_connected : float
        What is left when those with most neighbors leave.
    random : float
        What is left when as many leave at random, on average over the draws.
    """

    removed: int
    most_connected: float
    random: float


def robustness(graph: Graph, rng: np.random.Generator, share: float = 0.05, draws: int = 20) -> Robustness:
    """How well the network stands the loss of its most connected nodes, and of random ones (M-13).

    Parameters
    ----------
    graph : Graph
    rng : numpy.random.Generator
        Draws who leaves.
    share : float
        Share of the nodes that leaves, 0 .. 1; rounded up to whole nodes.
    draws : int
        How often random nodes leave.

    Notes
    -----
    Who leaves counts as lost, so that even a complete network keeps no more than about 1 - `share`. Of equally
    connected nodes the smaller leaves first. O(draws (n + m)). Source: Albert, Jeong and Barabasi (2000), Error and
    attack tolerance of complex networks.

    Examples
    --------
    >>> robustness(Graph.from_edges(4, [0, 0, 0], [1, 2, 3]), np.random.default_rng(1)).most_connected
    0.25
    """
    n = graph.nodes
    if not n:
        return Robustness(0, 0.0, 0.0)
    gone = min(n, int(np.ceil(share * n - 1e-9)))
    before = int((component_labels(graph) == 0).sum())
    leading = np.argsort(-graph.degrees, kind="stable")[:gone]
    at_random = [_largest_without(graph, rng.choice(n, gone, replace=False)) / before for _ in range(draws)]
    return Robustness(gone, _largest_without(graph, leading) / before, float(np.mean(at_random)))


def without(graph: Graph, leaving: NDArray[np.integer]) -> Graph:
    """The graph whose nodes `leaving` have lost all ties; they stay as isolated nodes, so that numbers keep."""
    stays = np.ones(graph.nodes, bool)
    stays[leaving] = False
    start = np.repeat(np.arange(graph.nodes), np.diff(graph.offsets))
    kept = stays[start] & stays[graph.neighbors]
    offsets = np.zeros(graph.nodes + 1, np.int64)
    np.cumsum(np.bincount(start[kept], minlength=graph.nodes), out=offsets[1:])
    return Graph(offsets, graph.neighbors[kept], None if graph.weights is None else graph.weights[kept])


def _largest_without(graph: Graph, leaving: NDArray[np.integer]) -> int:
    stays = np.ones(graph.nodes, bool)
    stays[leaving] = False
    labels = component_labels(without(graph, leaving))[stays]
    return int(np.bincount(labels).max()) if len(labels) else 0
