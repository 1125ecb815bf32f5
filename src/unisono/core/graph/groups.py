"""Groups that hang together more closely inside than outside."""

import numpy as np

from unisono.core.graph.arrays import Labels
from unisono.core.graph.graph import Graph, ranked


def communities(graph: Graph, seed: int) -> Labels:
    """Community of each node: a partition of high modularity.

    Parameters
    ----------
    graph : Graph
        Weights, where there are any, count.
    seed : int
        Order in which the method visits nodes; the same seed and graph give the same answer.

    Returns
    -------
    int32[n]
        0 for the largest community, then by size; of equal ones the one with the smallest node comes first.
        Isolated nodes are communities of their own. No community spans two components.

    Notes
    -----
    networkit's Louvain method with refinement (PLM), on one thread so that its answer does not depend on timing.
    About O(m) for each of a few rounds. Sources: Blondel and others (2008), Fast unfolding of communities in large
    networks; Staudt and Meyerhenke (2016), Engineering parallel algorithms for community detection.

    Examples
    --------
    Two triangles, joined by one tie:

    >>> communities(Graph.from_edges(6, [0, 1, 2, 3, 4, 5, 0], [1, 2, 0, 4, 5, 3, 3]), seed=1).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    if not graph.edges:
        return np.arange(graph.nodes, dtype=np.int32)
    import networkit

    start = np.repeat(np.arange(graph.nodes, dtype=np.int64), np.diff(graph.offsets))
    once = start < graph.neighbors
    ends = (start[once], graph.neighbors[once].astype(np.int64))
    triples = ends if graph.weights is None else (graph.weights[once], ends)
    threads = networkit.getMaxNumberOfThreads()
    networkit.setNumberOfThreads(1)
    try:
        networkit.setSeed(seed, False)
        found = networkit.GraphFromCoo(triples, n=graph.nodes, weighted=graph.weights is not None)
        method = networkit.community.PLM(found, refine=True)
        method.run()
        labels = np.array(method.getPartition().getVector(), np.int64)
    finally:
        networkit.setNumberOfThreads(threads)
    return ranked(labels)


def modularity(graph: Graph, labels: Labels) -> float:
    """Newman's modularity of a partition: share of ties inside groups beyond that expected by chance; 0 without ties.

    >>> round(modularity(Graph.from_edges(4, [0, 2], [1, 3]), np.array([0, 0, 1, 1], np.int32)), 3)
    0.5
    """
    if not graph.edges:
        return 0.0
    start = np.repeat(np.arange(graph.nodes), np.diff(graph.offsets))
    weight = np.ones(len(start)) if graph.weights is None else graph.weights
    inside = weight[labels[start] == labels[graph.neighbors]].sum()
    strength = np.bincount(labels[start], weights=weight)
    total = weight.sum()
    return float(inside / total - ((strength / total) ** 2).sum())
