"""Networks of members: how they hang together, who matters to them, and where each one stands on a map."""

from unisono.core.graph.graph import Graph, UnknownNode, UnusableWeight
from unisono.core.graph.groups import communities, modularity
from unisono.core.graph.importance import betweenness, constraint, pagerank
from unisono.core.graph.layout import positions
from unisono.core.graph.paths import reach, shortest_path, steps_between, steps_from
from unisono.core.graph.profile import Profile, Robustness, profile, robustness, without
from unisono.core.graph.structure import (
    CorePeriphery,
    component_labels,
    core_numbers,
    core_periphery,
    core_periphery_split,
    cut_off,
    periphery,
)

__all__ = [
    "CorePeriphery", "Graph", "Profile", "Robustness", "UnknownNode", "UnusableWeight",
    "betweenness", "communities", "component_labels", "constraint", "core_numbers", "core_periphery",
    "core_periphery_split", "cut_off", "modularity", "pagerank", "periphery", "positions", "profile", "reach",
    "robustness", "shortest_path", "steps_between", "steps_from", "without",
]  # fmt: skip
