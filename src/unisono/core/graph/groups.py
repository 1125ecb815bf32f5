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
