"""Where each node of a network stands on its map: readable, without overlaps, the same every time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unisono.core.graph.arrays import Labels, Scores
from unisono.core.graph.graph import Graph
from unisono.core.graph.structure import component_labels

# Half the side of the map, and the widest distance between two neighbors that a small network is blown up to.
HALF = 1000.0
_WIDEST = 160.0
# Nodes up to which forces between all pairs are computed one by one.
_DENSE = 400
# Ties between communities pull this much less, so that communities stand apart.
_LOOSE = 0.25
_GOLDEN = np.pi * (3 - 5**0.5)


def positions(graph: Graph, seed: int, communities: Labels | None = None) -> Scores:
    """Place of each node on a map.

    Parameters
    ----------
    graph : Graph
    seed : int
        The same graph, seed and communities give the same places.
    communities : int32[n], optional
        Groups to be kept visibly apart.

    Returns
    -------
    float64[n, 2]
        x and y, each in -1000 .. 1000.

    Notes
    -----
    Components are laid out one by one and packed around the largest; isolated nodes stand in rows below. Within a
    component ties pull and nodes push (Fruchterman and Reingold 1991; Jacomy and others 2014, ForceAtlas2).

    Examples
    --------
    >>> positions(Graph.from_edges(2, [0], [1]), seed=1).round().tolist()
    [[-80.0, 0.0], [80.0, 0.0]]
    """
    n = graph.nodes
    group = np.zeros(n, np.int32) if communities is None else np.asarray(communities, np.int32)
    if group.shape != (n,):
        raise ValueError("communities and nodes differ in number")
    rng = np.random.default_rng(seed)
    component = component_labels(graph)
    order = np.argsort(component, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(component))[:-1]) if n else []
    tied = [nodes for nodes in members if len(nodes) > 1]
    place = np.zeros((n, 2))
    for nodes in tied:
        place[nodes] = _component(graph, nodes, group[nodes], rng)
    _pack(place, tied)
    _rows_below(place, np.flatnonzero(graph.degrees == 0))
    return _fitted(place)


def _component(graph: Graph, nodes: NDArray[np.integer], group: Labels, rng: np.random.Generator) -> Scores:
    """Places of one component around 0; neighboring nodes are about 1 apart."""
    if len(nodes) == 2:
        return np.array([[-0.5, 0.0], [0.5, 0.0]])
    number = np.full(graph.nodes, -1, np.int64)
    number[nodes] = np.arange(len(nodes))
    start = np.repeat(number, np.diff(graph.offsets))
    inside = (start >= 0) & (number[np.repeat(np.arange(graph.nodes), np.diff(graph.offsets))] >= 0)
    start, end = start[inside], number[graph.neighbors[inside]]
    place: Scores = _discs(group, rng)
    if len(nodes) <= _DENSE:
        pull = np.where(group[start] == group[end], 1.0, _LOOSE)
        place = _forces(place, start, end, pull)
    place -= place.mean(axis=0)
    return place


def _discs(group: Labels, rng: np.random.Generator) -> Scores:
    """Each group as a disc of sunflower seeds, the discs themselves on a sunflower."""
    place = np.zeros((len(group), 2))
    names, sizes = np.unique(group, return_counts=True)
    width = np.sqrt(sizes.max()) * 2
    for rank, name in enumerate(names[np.argsort(-sizes, kind="stable")]):
        at = np.flatnonzero(group == name)
        place[at] = _sunflower(len(at)) + width * _sunflower(rank + 1)[rank]
    place += rng.normal(0, 0.05, place.shape)
    return place


def _sunflower(n: int) -> Scores:
    turn = np.arange(n) * _GOLDEN
    seeds: Scores = (0.6 * np.sqrt(np.arange(n)))[:, None] * np.stack((np.cos(turn), np.sin(turn)), axis=1)
    return seeds


def _forces(place: Scores, start: NDArray[np.int64], end: NDArray[np.int64], pull: Scores) -> Scores:
    """Places after ties have pulled and nodes have pushed, in ever smaller steps."""
    n = len(place)
    rounds = 200
    for turn in range(rounds):
        apart = place[:, None, :] - place[None, :, :]
        square = (apart**2).sum(axis=2) + 0.01
        move = (apart / square[:, :, None]).sum(axis=1)
        along = place[end] - place[start]
        length = np.sqrt((along**2).sum(axis=1))
        drawn = along * (pull * length)[:, None]
        for axis in (0, 1):
            move[:, axis] += np.bincount(start, weights=drawn[:, axis], minlength=n)
        move -= 0.02 * (place - place.mean(axis=0))
        size = np.sqrt((move**2).sum(axis=1)) + 1e-12
        heat = 0.1 * np.sqrt(n) * (1 - turn / rounds) ** 2 + 0.01
        place = place + move / size[:, None] * np.minimum(size, heat)[:, None]
    return place


def _pack(place: Scores, members: Sequence[NDArray[np.integer]]) -> None:
    """Moves components, largest first, to the nearest free place on a spiral around the first."""
    centers, radii = np.zeros((len(members), 2)), np.zeros(len(members))
    for i, nodes in enumerate(members):
        radii[i] = np.sqrt((place[nodes] ** 2).sum(axis=1)).max() + 0.7
        if i:
            step, turn = radii[0] + radii[i], 0.0
            while True:
                spot = step * np.array([np.cos(turn), np.sin(turn)])
                gaps = np.sqrt(((centers[:i] - spot) ** 2).sum(axis=1)) - radii[:i] - radii[i]
                if gaps.min() >= -1e-9:
                    break
                turn += radii[i] / step
                step += radii[i] * radii[i] / step / 4
            centers[i] = spot
        place[nodes] += centers[i]


def _rows_below(place: Scores, alone: NDArray[np.int64]) -> None:
    """Isolated nodes in centered rows below everything else."""
    if not len(alone):
        return
    others = np.delete(place, alone, axis=0)
    width = max(np.ptp(others[:, 0]) if len(others) else 0.0, 1.6 * np.sqrt(len(alone)))
    top = (others[:, 1].min() - 1.5) if len(others) else 0.0
    in_row = max(int(width) + 1, 1)
    row, column = np.divmod(np.arange(len(alone)), in_row)
    length = np.minimum(len(alone) - row * in_row, in_row)
    middle = (others[:, 0].min() + others[:, 0].max()) / 2 if len(others) else 0.0
    place[alone, 0] = middle + column - (length - 1) / 2
    place[alone, 1] = top - row


def _fitted(place: Scores) -> Scores:
    if not len(place):
        return place
    low, high = place.min(axis=0), place.max(axis=0)
    extent = float((high - low).max()) / 2
    place -= (low + high) / 2
    place *= min(_WIDEST, HALF / extent if extent else _WIDEST)
    return place
