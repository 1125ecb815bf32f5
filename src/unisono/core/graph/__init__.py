"""Networks of members: how they hang together, who matters to them, and where each one stands on a map."""

from unisono.core.graph.graph import Graph, UnknownNode, UnusableWeight
from unisono.core.graph.groups import communities
from unisono.core.graph.importance import betweenness, pagerank
from unisono.core.graph.layout import positions
from unisono.core.graph.paths import shortest_path
from unisono.core.graph.profile import Profile, Robustness, profile, robustness, without
from unisono.core.graph.structure import CorePeriphery, component_labels, core_numbers, core_periphery_split, cut_off

__all__ = [
    "CorePeriphery", "Graph", "Profile", "Robustness", "UnknownNode", "UnusableWeight",
    "betweenness", "communities", "component_labels", "core_numbers", "core_periphery_split", "cut_off", "pagerank",
    "positions", "profile", "robustness", "shortest_path", "without",
]  # fmt: skip
