"""Works out a picture from its inputs: positions, communities, core and edge, bridges, what breaks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.areas.network.graph.inputs import Inputs
from unisono.core import graph as core

ALGORITHM = "network-picture/2"
STEPS = 8
# Fewer than three members that keep to each other are a pair, not a community.
_SMALLEST_COMMUNITY = 3
# So many breadth-first steps over relations are done exactly (some seconds); beyond it starts are drawn by lot.
_EXACT_WORK = 500_000_000
_SAMPLES = 256
_SEED = 20_240_607

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Drawing:
    """One entry for each member, by its number in the inputs; and the figures of the whole."""

    positions: NDArray[np.float64]
    relations: Ints
    component: Ints
    community: Ints
    core_number: Ints
    betweenness: NDArray[np.float64]
    pagerank: NDArray[np.float64]
    cut_off: Ints
    is_core: NDArray[np.bool_]
    is_bridge: NDArray[np.bool_]
    figures: dict[str, Any]


def drawing_of(inputs: Inputs, step: Callable[[int], None]) -> Drawing:
    """Work everything out; `step(n)` is called after each of the `STEPS` steps and may raise to stop."""
    graph = inputs.graph
    n = graph.nodes
    relations = np.diff(graph.offsets).astype(np.int32)
    component = core.component_labels(graph)
    step(2)
    core_number = core.core_numbers(graph)
    split = core.core_periphery_split(graph)
    is_core = split.core
    step(3)
    raw = core.communities(graph, _SEED)
    community = _named_communities(raw)
    step(4)
    betweenness = _betweenness(graph)
    is_bridge = _bridging(betweenness)
    step(5)
    cut_off = core.cut_off(graph)
    loss = core.robustness(graph, np.random.default_rng(_SEED))
    step(6)
    positions = core.positions(graph, _SEED, raw)
    step(7)
    whole = core.profile(graph, component, betweenness)
    apart = np.bincount(component)[1:] if n else np.zeros(0, dtype=np.int64)
    edge = core_number <= 1
    worst = int(cut_off.max()) if n else 0
    figures: dict[str, Any] = {
        "members": whole.nodes,
        "relations": whole.edges,
        "records": len(inputs.sources),
        "engagement": whole.engagement,
        "mean_degree": whole.mean_degree,
        "density": whole.density,
        "mean_betweenness": whole.mean_betweenness,
        "is_sampled": _is_sampled(graph),
        "largest": whole.main_component,
        "groups_apart": int((apart > 1).sum()),
        "members_apart": int(apart[apart > 1].sum()),
        "isolated": int((relations == 0).sum()),
        "core": int(is_core.sum()),
        "core_fit": float(split.fit),
        "edge": int(edge.sum()),
        "bridging": int(is_bridge.sum()),
        "communities": _communities(inputs, community, relations),
        "in_communities": int((community >= 0).sum()),
        "inside": int(_inside(graph, community)),
        "breaking": int((cut_off > 0).sum()),
        "worst_cut_off": worst,
        "left_after_5_percent": loss.most_connected,
        "left_at_random": loss.random,
        "removed": loss.removed,
        "mixed": inputs.mixed,
        "both_interests": inputs.both_interests,
        "terms": inputs.terms,
        "terms_only_here": inputs.terms_only_here,
        "only_holders": int((inputs.only_here > 0).sum()),
        "top_bridging": _top(inputs, betweenness * is_bridge),
        "top_breaking": _top(inputs, cut_off),
    }
    return Drawing(
        positions,
        relations,
        component,
        community,
        core_number,
        betweenness,
        core.pagerank(graph),
        cut_off,
        is_core,
        is_bridge,
        figures,
    )


def _named_communities(raw: Ints) -> Ints:
    """Communities of at least three; -1 for members of smaller ones. Numbers stay in order of size."""
    if not len(raw):
        return raw
    return np.where(np.bincount(raw)[raw] >= _SMALLEST_COMMUNITY, raw, -1).astype(np.int32)


def _is_sampled(graph: core.Graph) -> bool:
    return graph.nodes * (graph.nodes + 2 * graph.edges) > _EXACT_WORK


def _betweenness(graph: core.Graph) -> NDArray[np.float64]:
    if not graph.nodes:
        return np.zeros(0)
    if not _is_sampled(graph):
        return core.betweenness(graph)
    return core.betweenness(graph, samples=min(_SAMPLES, graph.nodes), rng=np.random.default_rng(_SEED))


def _bridging(betweenness: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Members on far more of the shortest ways than others: two standard deviations above the mean."""
    if not len(betweenness):
        return np.zeros(0, dtype=np.bool_)
    return (betweenness > betweenness.mean() + 2 * betweenness.std()) & (betweenness > 0)


def _inside(graph: core.Graph, community: Ints) -> int:
    """Relations within one community."""
    starts = np.repeat(np.arange(graph.nodes), np.diff(graph.offsets))
    same = (community[starts] == community[graph.neighbors]) & (community[starts] >= 0)
    return int(same.sum()) // 2


def _communities(inputs: Inputs, community: Ints, relations: Ints) -> list[dict[str, Any]]:
    """Each community with its size and the member in its middle: the one with most relations."""
    order = np.lexsort((-relations.astype(np.int64), community))
    found: dict[int, dict[str, Any]] = {}
    for at in order[np.searchsorted(community[order], 0) :]:
        number = int(community[at])
        if number in found:
            found[number]["members"] += 1
        else:
            found[number] = {"number": number, "members": 1, "centre": inputs.members[at]}
    return list(found.values())


def _top(inputs: Inputs, scores: NDArray[Any], limit: int = 5) -> list[str]:
    """Keys of the members with the highest scores above nothing."""
    best = np.argsort(-scores.astype(np.float64), kind="stable")[:limit]
    return [inputs.members[at] for at in best if scores[at] > 0]
