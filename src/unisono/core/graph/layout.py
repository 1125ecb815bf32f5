"""Where each node of a network stands on its map: readable, without overlaps, the same every time."""

import numpy as np
from numpy.typing import NDArray

from unisono.core.graph import plain_layout
from unisono.core.graph.arrays import Labels, Scores
from unisono.core.graph.graph import Graph
from unisono.core.graph.groups import communities as found_communities
from unisono.core.graph.structure import component_labels

# Half the side of the map, and the widest distance between two neighbors that a small network is blown up to.
HALF = 1000.0
WIDEST = 160.0
# Nodes up to which forces between all pairs are computed one by one.
_DENSE = 250
# Ties between communities pull this much less, so that communities stand apart.
_LOOSE = 0.08
# How strongly a node is drawn to the middle of its community.
_COHESION = 0.4
# Least distance of two nodes, where two tied nodes alone stand 1 apart.
_GAP = 0.5
# The same where there is room for names beside the nodes.
_WIDE_GAP = 0.85
_GOLDEN = np.pi * (3 - 5**0.5)

Nodes = NDArray[np.integer]


def positions(graph: Graph, seed: int, communities: Labels | None = None) -> Scores:
    """Place of each node on a map.

    Parameters
    ----------
    graph : Graph
        Weights do not count.
    seed : int
        The same graph, seed and communities give the same places.
    communities : int32[n], optional
        Groups to be kept visibly apart.

    Returns
    -------
    float64[n, 2]
        x and y, each in -1000 .. 1000, around the middle.

    Notes
    -----
    Each component is laid out for itself: its communities as discs where the ties between them put these, then single
    nodes by ties that pull with the square of their length and nodes that push with one over their distance, in ever
    smaller steps, and at last nodes that are too near step apart. Components are turned so that they are wide, and
    stand in rows, the highest first; isolated nodes come last. Sources: Fruchterman and Reingold (1991), Graph
    drawing by force-directed placement; for the pyramid of grids that sums up distant nodes in large components
    Greengard and Rokhlin (1987), A fast algorithm for particle simulations. O(rounds (n log n + m)), with at most
    200 rounds.

    Examples
    --------
    >>> positions(Graph.from_edges(2, [0], [1]), seed=1).round().tolist()
    [[-80.0, 0.0], [80.0, 0.0]]
    """
    n = graph.nodes
    if communities is not None and np.shape(communities) != (n,):
        raise ValueError("communities and nodes differ in number")
    place = np.zeros((n, 2))
    if not n:
        return place
    rng = np.random.default_rng(seed)
    component = component_labels(graph)
    order = np.argsort(component, kind="stable")
    sizes = np.bincount(component)
    ends = np.cumsum(sizes)
    local = np.empty(n, np.int64)
    local[order] = np.arange(n) - np.repeat(ends - sizes, sizes)
    start = np.repeat(np.arange(n), np.diff(graph.offsets))
    by_component = np.argsort(component[start], kind="stable")
    arcs = np.searchsorted(component[start[by_component]], np.arange(len(sizes) + 1))
    group = _groups(graph, seed, int(sizes[0]), communities)
    boxes: list[Nodes] = []
    for i, size in enumerate(sizes.tolist()):
        nodes = order[ends[i] - size : ends[i]]
        boxes.append(nodes)
        if size == 2:
            place[nodes, 0] = -0.5, 0.5
        elif size > 2:
            within = by_component[arcs[i] : arcs[i + 1]]
            tail, head = local[start[within]], local[graph.neighbors[within]]
            place[nodes] = _component(size, tail, head, group[nodes], communities is not None, rng)
    _shelve(place, boxes)
    return _fitted(place)


def _groups(graph: Graph, seed: int, largest: int, given: Labels | None) -> Nodes:
    """Groups by which nodes are placed at first."""
    if given is not None:
        return np.unique(given, return_inverse=True)[1]
    return found_communities(graph, seed) if largest > _DENSE else np.zeros(graph.nodes, np.int32)


def _component(size: int, start: Nodes, end: Nodes, group: Nodes, apart: bool, rng: np.random.Generator) -> Scores:
    """Places of one component; two tied nodes alone would stand 1 apart."""
    group = np.unique(group, return_inverse=True)[1]
    place = _discs(start, end, group, rng)
    pull = np.where(group[start] == group[end], 1.0, _LOOSE if apart else 1.0)
    cohesion = _COHESION if apart else 0.0
    tail, head = start.astype(np.int64), end.astype(np.int64)
    if size <= _DENSE:
        place = plain_layout.settled(place, tail, head, pull, group, cohesion, 200)
        place = plain_layout.spread(place, _WIDE_GAP, 50)
    else:
        from unisono.core.graph import compiled_layout

        rounds = max(50, min(200, 2_000_000 // size))
        place = compiled_layout.settled(place, tail, head, pull, group, cohesion, rounds)
        place = compiled_layout.spread(place, _GAP, 50)
    return _turned(place)


def _discs(start: Nodes, end: Nodes, group: Nodes, rng: np.random.Generator) -> Scores:
    """Each group as a disc of sunflower seeds; the discs stand where ties between groups pull them."""
    sizes = np.bincount(group)
    middle = _sunflower(len(sizes))
    if 1 < len(sizes) <= _DENSE:
        ties = np.zeros((len(sizes), len(sizes)))
        np.add.at(ties, (group[start], group[end]), 1.0)
        ties /= np.sqrt(sizes[:, None] * sizes)
        a, b = np.nonzero(ties * (1 - np.eye(len(sizes))))
        each = np.arange(len(sizes))
        middle += rng.normal(0, 0.05, middle.shape)
        middle = plain_layout.settled(middle, a, b, ties[a, b], each, 0.0, 100)
        middle = plain_layout.spread(middle, 1.0, 50)
    seeds = _sunflower(int(sizes.max()))
    order = np.argsort(group, kind="stable")
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    place: Scores = middle[group] * 1.4 * np.sqrt(sizes.max()) + seeds[rank]
    place += rng.normal(0, 0.05, place.shape)
    return place


def _sunflower(n: int) -> Scores:
    turn = np.arange(n) * _GOLDEN
    seeds: Scores = (0.6 * np.sqrt(np.arange(n)))[:, None] * np.stack((np.cos(turn), np.sin(turn)), axis=1)
    return seeds


def _turned(place: Scores) -> Scores:
    """Turned around its middle so that its longest direction lies across."""
    place = place - place.mean(axis=0)
    _, directions = np.linalg.eigh(place.T @ place)
    across = directions[:, 1] * (1.0 if directions[0, 1] >= 0 else -1.0)
    turned: Scores = np.stack((place @ across, place @ np.array([-across[1], across[0]])), axis=1)
    return turned


def _shelve(place: Scores, boxes: list[Nodes]) -> None:
    """Moves components into centered rows, the highest first."""
    low = np.array([place[nodes].min(axis=0) for nodes in boxes])
    extent = np.array([place[nodes].max(axis=0) for nodes in boxes]) - low + 1.0
    # A little wider than high, as screens are. What is less than half as high as a row begins the next one, and so do
    # the isolated nodes.
    width = max(extent[:, 0].max(), 1.15 * float(np.prod(extent, axis=1).sum()) ** 0.5)
    alone = np.array([len(nodes) == 1 for nodes in boxes])
    # Few isolated nodes stand apart, so that there is room for their names.
    extent[alone, 0] = max(1.0, min(6.0, width / max(1, int(alone.sum()))))
    rows: list[list[int]] = []
    filled = height = np.inf
    for i in np.lexsort((np.arange(len(boxes)), -extent[:, 0], -extent[:, 1].round(9))).tolist():
        first_alone = len(boxes[i]) == 1 and rows and len(boxes[rows[-1][-1]]) > 1
        if filled + extent[i, 0] > width + 1e-9 or extent[i, 1] < height / 2 or first_alone:
            rows.append([])
            filled, height = 0.0, extent[i, 1]
        rows[-1].append(i)
        filled += extent[i, 0]
    top = 0.0
    for row in rows:
        height = extent[row, 1].max()
        at = -extent[row, 0].sum() / 2
        for i in row:
            place[boxes[i]] += np.array([at, top - height / 2 - extent[i, 1] / 2]) - low[i] + 0.5
            at += extent[i, 0]
        top -= height


def _fitted(place: Scores) -> Scores:
    low, high = place.min(axis=0), place.max(axis=0)
    extent = float((high - low).max()) / 2
    place -= (low + high) / 2
    place *= min(WIDEST, HALF / extent if extent else WIDEST)
    return place
