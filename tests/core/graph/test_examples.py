"""Figures of small networks that a person can check by hand."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

from unisono.core import graph as package
from unisono.core.graph import (
    Graph,
    UnknownNode,
    UnusableWeight,
    betweenness,
    communities,
    component_labels,
    core_numbers,
    core_periphery_split,
    cut_off,
    pagerank,
    positions,
    profile,
    robustness,
    shortest_path,
)

# Two triangles joined by the tie 2-3, a pair, and a node alone:
#
#   0       4
#   | \   / |      6 - 7     8
#   |  2-3  |
#   | /   \ |
#   1       5
TIES = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5), (6, 7)]


def graph_of(n: int, ties: list[tuple[int, int]], weights: list[float] | None = None) -> Graph:
    return Graph.from_edges(n, [a for a, _ in ties], [b for _, b in ties], weights)


@pytest.fixture
def bow() -> Graph:
    return graph_of(9, TIES)


@pytest.mark.parametrize("name", [m.name for m in pkgutil.iter_modules(package.__path__)])
def test_examples_of_the_documentation(name: str) -> None:
    module = importlib.import_module(f"unisono.core.graph.{name}")
    assert doctest.testmod(module).failed == 0


def test_parallel_ties_merge_and_loops_go() -> None:
    graph = graph_of(3, [(2, 0), (0, 2), (1, 1), (0, 1)], [1.0, 2.5, 9.0, 4.0])
    assert graph.offsets.tolist() == [0, 2, 3, 4]
    assert graph.neighbors.tolist() == [1, 2, 0, 0]
    assert graph.weights is not None
    assert graph.weights.tolist() == [4.0, 3.5, 4.0, 3.5]
    assert (graph.nodes, graph.edges) == (3, 2)
    assert graph.neighbors.dtype == np.int32
    assert graph.offsets.dtype == np.int64


@pytest.mark.parametrize("ends", [([0], [3]), ([-1], [0])])
def test_an_edge_to_nowhere_is_refused(ends: tuple[list[int], list[int]]) -> None:
    with pytest.raises(UnknownNode):
        Graph.from_edges(3, *ends)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_is_positive(weight: float) -> None:
    with pytest.raises(UnusableWeight):
        Graph.from_edges(2, [0], [1], [weight])


def test_components_by_size_then_by_smallest_node(bow: Graph) -> None:
    assert component_labels(bow).tolist() == [0] * 6 + [1, 1, 2]
    # Two pairs: the one with node 0 is first.
    assert component_labels(graph_of(4, [(1, 2), (0, 3)])).tolist() == [0, 1, 1, 0]


def test_cores(bow: Graph) -> None:
    assert core_numbers(bow).tolist() == [2, 2, 2, 2, 2, 2, 1, 1, 0]


def test_who_cuts_others_off(bow: Graph) -> None:
    # Without 2, nodes 0 and 1 are cut off from 3, 4, 5; the pair loses nobody.
    assert cut_off(bow).tolist() == [0, 0, 2, 2, 0, 0, 0, 0, 0]
    # A star of three arms: the largest rest is one arm, the other two are cut off.
    assert cut_off(graph_of(4, [(0, 1), (0, 2), (0, 3)])).tolist() == [2, 0, 0, 0]


def test_betweenness(bow: Graph) -> None:
    # Node 2 lies on the only paths from 0 and 1 to 3, 4, 5: 6 of 28 pairs of others.
    assert betweenness(bow).tolist() == pytest.approx([0, 0, 6 / 28, 6 / 28, 0, 0, 0, 0, 0])
    # Of two shortest paths each counts half.
    assert betweenness(graph_of(4, [(0, 1), (1, 2), (2, 3), (3, 0)])).tolist() == pytest.approx([1 / 6] * 4)


def test_pagerank_of_a_star() -> None:
    # Center c = 0.15/4 + 0.85 * 3 l, leaf l = 0.15/4 + 0.85 c / 3.
    leaf = (0.0375 + 0.85 * 0.0375 / 3) / (1 - 0.85**2)
    assert pagerank(graph_of(4, [(0, 1), (0, 2), (0, 3)])).tolist() == pytest.approx([1 - 3 * leaf, leaf, leaf, leaf])


def test_pagerank_follows_weights() -> None:
    rank = pagerank(graph_of(3, [(0, 1), (0, 2)], [3.0, 1.0]))
    # Node 1 gets three quarters of what 0 passes on.
    assert rank[1] - 0.05 == pytest.approx(3 * (rank[2] - 0.05))


def test_communities_are_the_triangles(bow: Graph) -> None:
    labels = communities(bow, seed=1)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 3]


def test_core_and_periphery() -> None:
    # A triangle 0, 1, 2, each with one follower: a perfect split.
    split = core_periphery_split(graph_of(6, [(0, 1), (1, 2), (2, 0), (0, 3), (1, 4), (2, 5)]))
    assert split.core.tolist() == [True, True, True, False, False, False]
    assert (split.fit, split.exceptions) == (1.0, 0)
    # One tie inside the periphery is an exception; ends 3 and 4 stay outside.
    worse = core_periphery_split(graph_of(6, [(0, 1), (1, 2), (2, 0), (0, 3), (1, 4), (2, 5), (3, 4)]))
    assert worse.exceptions == 1
    assert worse.fit == pytest.approx((3 * 2 - 0) / (3 * 3 * 4 * 2) ** 0.5)


def test_equal_degrees_stand_on_the_same_side() -> None:
    ring = graph_of(5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)])
    assert core_periphery_split(ring).core.tolist() == [False] * 5
    full = graph_of(4, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
    assert core_periphery_split(full).core.tolist() == [True] * 4


def test_ways(bow: Graph) -> None:
    assert shortest_path(bow, 0, 5) == [0, 2, 3, 5]
    assert shortest_path(bow, 0, 7) is None
    assert shortest_path(bow, 4, 4) == [4]
    with pytest.raises(UnknownNode):
        shortest_path(bow, 0, 9)


def test_of_several_shortest_paths_the_smallest_is_told() -> None:
    assert shortest_path(graph_of(5, [(0, 3), (3, 4), (0, 2), (2, 4), (0, 1)]), 0, 4) == [0, 2, 4]


def test_profile(bow: Graph) -> None:
    figures = profile(bow, component_labels(bow), betweenness(bow))
    assert (figures.nodes, figures.edges, figures.main_component) == (9, 8, 6)
    assert figures.engagement == pytest.approx(8 / 9)
    assert figures.mean_degree == pytest.approx(16 / 9)
    assert figures.density == pytest.approx(8 / 36)
    assert figures.mean_betweenness == pytest.approx(12 / 28 / 9)
    assert figures.main_component_share == pytest.approx(6 / 9)


def test_robustness_of_a_star_and_a_ring() -> None:
    star = graph_of(20, [(0, i) for i in range(1, 20)])
    figures = robustness(star, np.random.default_rng(3))
    assert (figures.removed, figures.most_connected) == (1, 1 / 20)
    # A random one is a leaf nineteen times of twenty.
    assert figures.random > 0.7
    ring = graph_of(20, [(i, (i + 1) % 20) for i in range(20)])
    assert robustness(ring, np.random.default_rng(3)).random == pytest.approx(19 / 20)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_nobody_is_tied(n: int) -> None:
    empty = Graph.from_edges(n, [], [])
    assert component_labels(empty).tolist() == list(range(n))
    assert communities(empty, seed=1).tolist() == list(range(n))
    assert core_numbers(empty).tolist() == cut_off(empty).tolist() == betweenness(empty).tolist() == [0] * n
    assert betweenness(empty, samples=2).tolist() == [0] * n
    assert pagerank(empty).tolist() == pytest.approx([1 / n] * n if n else [])
    assert core_periphery_split(empty).core.tolist() == [False] * n
    assert positions(empty, seed=1).shape == (n, 2)
    assert profile(empty, component_labels(empty), betweenness(empty)).edges == 0
    assert robustness(empty, np.random.default_rng(1)).removed == min(n, 1)
