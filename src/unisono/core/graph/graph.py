"""The network as arrays: an undirected, simple graph in compressed rows, made from pairs of nodes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unisono.core.graph import plain
from unisono.core.graph.arrays import Labels, Links, Offsets, Scores

# Below this many nodes and edges the plain twin answers before a compiled kernel would have been loaded.
SMALL = 10_000
_NONE = np.zeros(0, np.float64)
_NONE.setflags(write=False)


class UnknownNode(ValueError):
    """A node outside 0 .. n - 1."""


class UnusableWeight(ValueError):
    """A weight that is not a positive, finite number."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Undirected graph without loops or parallel edges, in compressed sparse rows.

    Attributes
    ----------
    offsets : int64[n + 1]
        Row v of `neighbors` is `neighbors[offsets[v]:offsets[v + 1]]`.
    neighbors : int32[2m]
        Neighbors of each node, ascending. Every edge stands in both of its rows.
    weights : float64[2m] or None
        Weight of the edge in the same place of `neighbors`, positive; None when every edge counts 1.

    Notes
    -----
    The arrays are read-only, so a graph can be shared between threads and kept in a cache.

    Examples
    --------
    >>> triangle = Graph.from_edges(4, [0, 1, 2, 0], [1, 2, 0, 1])
    >>> triangle.nodes, triangle.edges, triangle.degrees.tolist()
    (4, 3, [2, 2, 2, 0])
    """

    offsets: Offsets
    neighbors: Labels
    weights: Scores | None = None

    def __post_init__(self) -> None:
        for array in (self.offsets, self.neighbors, self.weights):
            if array is not None:
                array.setflags(write=False)

    @classmethod
    def from_edges(cls, n: int, sources: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> "Graph":
        """Graph of `n` nodes with an edge for each pair; the weights of parallel edges add up, loops are dropped.

        Parameters
        ----------
        n : int
            Number of nodes.
        sources, targets : array of int, shape (k,)
            Both ends of each edge, in 0 .. n - 1, in either direction.
        weights : array of float, shape (k,), optional
            Weight of each edge.

        Raises
        ------
        UnknownNode
            An end outside 0 .. n - 1.
        UnusableWeight
            A weight that is not positive and finite.

        Notes
        -----
        O(n + k): two passes of counting sort. Rows come out ascending, because the transpose of a symmetric matrix
        is read in ascending order.
        """
        tail, head = _ends(n, sources), _ends(n, targets)
        if tail.shape != head.shape:
            raise ValueError("sources and targets differ in length")
        weight = None
        if weights is not None:
            weight = np.ascontiguousarray(weights, dtype=np.float64)
            if weight.shape != tail.shape:
                raise ValueError("weights and edges differ in length")
            if not (np.isfinite(weight).all() and (weight > 0).all()):
                raise UnusableWeight("a weight is a positive, finite number")
        if n + len(tail) < SMALL:
            return cls(*plain.rows(n, tail, head, weight))
        from unisono.core.graph import compiled_structure

        count = np.zeros(n + 1, np.int32) if 2 * len(tail) < 2**31 else np.zeros(n + 1, np.int64)
        offsets, neighbors, merged = compiled_structure.rows(tail, head, _NONE if weight is None else weight, count)
        return cls(offsets, neighbors, None if weight is None else merged)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.offsets) - 1

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.neighbors) // 2

    @property
    def degrees(self) -> Labels:
        """Number of neighbors of each node, int32[n]."""
        return np.diff(self.offsets).astype(np.int32)

    @property
    def small(self) -> bool:
        """Whether the plain twins serve this graph."""
        return self.nodes + self.edges < SMALL

    @property
    def links(self) -> Links:
        """`neighbors` as kernels take them."""
        return self.neighbors.view(np.uint32)

    @property
    def worth(self) -> Scores:
        """`weights` as kernels take them: empty when every edge counts 1."""
        return _NONE if self.weights is None else self.weights

    def row(self, node: int) -> Labels:
        """Neighbors of `node`, ascending, int32."""
        return self.neighbors[self.offsets[node] : self.offsets[node + 1]]

    def checked(self, node: int) -> int:
        """`node`, when the graph has it; raises `UnknownNode` otherwise."""
        if not 0 <= node < self.nodes:
            raise UnknownNode(f"node {node} is not one of 0 .. {self.nodes - 1}")
        return int(node)


def ranked(labels: NDArray[np.integer]) -> Labels:
    """Labels renamed so that 0 is the largest group, then by size; of equal groups the one with the smallest node.

    Parameters
    ----------
    labels : int[n]
        Any name of the group of each node, as integers.

    Returns
    -------
    int32[n]
        The same partition, named 0 .. groups - 1.

    Examples
    --------
    >>> ranked(np.array([7, 3, 3, 9])).tolist()
    [1, 0, 0, 2]
    """
    if not len(labels):
        return np.zeros(0, np.int32)
    if labels.min() < 0 or labels.max() >= len(labels):
        labels = np.unique(labels, return_inverse=True)[1]
    sizes = np.bincount(labels)
    first = np.empty(len(sizes), np.int64)
    # The last assignment stays, so nodes are assigned from the end.
    first[labels[::-1]] = np.arange(len(labels) - 1, -1, -1)
    used = np.flatnonzero(sizes)
    rank = np.empty(len(sizes), np.int32)
    rank[used[np.lexsort((first[used], -sizes[used]))]] = np.arange(len(used), dtype=np.int32)
    named: Labels = rank[labels]
    return named


def _ends(n: int, values: ArrayLike) -> Labels:
    raw = np.asarray(values)
    if raw.ndim != 1:
        raise ValueError("ends of edges come as one row of numbers")
    if len(raw) and (raw.min() < 0 or raw.max() >= n):
        raise UnknownNode(f"an edge ends outside 0 .. {n - 1}")
    return np.ascontiguousarray(raw, dtype=np.int32)
