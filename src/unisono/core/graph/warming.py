"""Compiles all loops for large networks and keeps them on disk, so that nobody waits: `python -m` this module."""

import os

import numpy as np

from unisono.core import graph as core

# Just large enough that no plain twin serves it.
_NODES, _EDGES = 2_000, 12_000
# Whoever works in the foreground goes first.
_NICENESS = 15


def warm() -> None:
    """Work out every figure of a made-up network once; half a minute after an installation, later a second or two."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, _NODES, (2, _EDGES), dtype=np.int32)
    graph = core.Graph.from_edges(_NODES, first, second)
    core.component_labels(graph)
    core.core_numbers(graph)
    core.cut_off(graph)
    core.core_periphery_split(graph)
    core.pagerank(graph)
    core.betweenness(graph, samples=2, rng=rng)
    core.robustness(graph, rng, draws=1)
    core.shortest_path(graph, 0, 1)
    core.positions(graph, 0, np.zeros(_NODES, dtype=np.int32))


if __name__ == "__main__":
    os.nice(_NICENESS)
    warm()
