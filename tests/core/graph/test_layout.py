"""Places on the map: inside it, apart from each other, the same every time, and communities to be told apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from tests.core.graph.graphs import graphs, random_graph

from unisono.core.graph import Graph, compiled_layout, plain_layout, positions


def nearest(place: np.ndarray) -> float:
    apart = np.linalg.norm(place[:, None] - place[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(apart.min())


def cliques(groups: int, size: int) -> tuple[Graph, np.ndarray]:
    """Complete groups in a ring, each tied to the next by one tie."""
    n = groups * size
    ties = [(a, b) for a in range(n) for b in range(a) if a // size == b // size]
    ties += [(i * size, (i * size + size + 1) % n) for i in range(groups)]
    return Graph.from_edges(n, [a for a, _ in ties], [b for _, b in ties]), np.arange(n) // size


@settings(deadline=None, max_examples=60)
@given(graphs(most=14))
def test_nodes_stand_inside_the_map_and_apart(graph: Graph) -> None:
    place = positions(graph, seed=3)
    assert place.shape == (graph.nodes, 2)
    assert np.isfinite(place).all()
    assert (np.abs(place) <= 1000 + 1e-6).all()
    if graph.nodes > 1:
        assert nearest(place) > 20
    assert place.tolist() == positions(graph, seed=3).tolist()


def test_isolated_nodes_stand_in_rows_below() -> None:
    # A triangle and five alone.
    place = positions(Graph.from_edges(8, [0, 1, 2], [1, 2, 0]), seed=1)
    assert (place[3:, 1] < place[:3, 1].min()).all()
    assert (np.diff(place[3:6], axis=0).round(6) == [160, 0]).all()
    assert (np.diff(place[6:], axis=0).round(6) == [160, 0]).all()


def test_components_do_not_overlap() -> None:
    # A ring of 20, one of 10, one of 5.
    ties = [(i, i + 1) for i in (*range(19), *range(20, 29), *range(30, 34))] + [(0, 19), (20, 29), (30, 34)]
    graph = Graph.from_edges(35, [a for a, _ in ties], [b for _, b in ties])
    place = positions(graph, seed=1)
    boxes = [(p.min(axis=0), p.max(axis=0)) for p in (place[:20], place[20:30], place[30:])]
    for i, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[:i]:
            assert (low > other_high).any() or (other_low > high).any()


def test_a_chain_lies_across() -> None:
    place = positions(Graph.from_edges(30, range(29), range(1, 30)), seed=1)
    assert np.ptp(place[:, 0]) > 3 * np.ptp(place[:, 1])


@pytest.mark.parametrize(("groups", "size"), [(4, 8), (8, 40)])
def test_communities_stand_apart(groups: int, size: int) -> None:
    graph, labels = cliques(groups, size)
    place = positions(graph, seed=2, communities=labels.astype(np.int32))
    middle = np.array([place[labels == i].mean(axis=0) for i in range(groups)])
    radius = max(np.linalg.norm(place - middle[labels], axis=1))
    assert nearest(middle) > 2 * radius


def test_communities_fit_the_graph() -> None:
    with pytest.raises(ValueError, match="differ"):
        positions(Graph.from_edges(3, [0], [1]), seed=1, communities=np.zeros(2, np.int32))


def test_the_pyramid_pushes_as_all_pairs_do() -> None:
    place = np.random.default_rng(1).normal(0, 20, (3_000, 2))
    place[:500] = place[:500] / 20 + 30
    found = np.stack(compiled_layout.pushes(place[:, 0].copy(), place[:, 1].copy()), axis=1)
    expected = np.stack(plain_layout.pushes(place[:, 0], place[:, 1]), axis=1)
    error = np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1).mean()
    assert np.sqrt((error**2).mean()) < 0.03


def test_the_compiled_layout_moves_as_its_twin_does() -> None:
    graph = random_graph(300, 700, seed=4)
    start = np.repeat(np.arange(300), graph.degrees)
    place = np.random.default_rng(1).normal(0, 10, (300, 2))
    group = np.arange(300) % 3
    inputs = (place, start, graph.neighbors.astype(np.int64), np.ones(len(start)), group, 0.4, 1)
    found, expected = compiled_layout.settled(*inputs), plain_layout.settled(*inputs)
    assert np.abs(found - expected).max() < 0.05 * np.abs(expected - place).max()


@pytest.mark.parametrize("crowd", ["near", "in one place"])
def test_nodes_step_apart(crowd: str) -> None:
    place = np.random.default_rng(1).normal(0, 1, (200, 2)) if crowd == "near" else np.zeros((40, 2))
    for layout in (plain_layout, compiled_layout):
        assert nearest(layout.spread(place, 0.3, 400)) > 0.2


def test_a_large_network_is_laid_out() -> None:
    graph = random_graph(2_000, 5_000, seed=4)
    place = positions(graph, seed=1)
    assert (np.abs(place) <= 1000 + 1e-6).all()
    assert nearest(place) > 1
    tail = np.repeat(np.arange(2_000), graph.degrees)
    tied = np.linalg.norm(place[tail] - place[graph.neighbors], axis=1).mean()
    any_two = np.linalg.norm(place - place[::-1], axis=1).mean()
    assert tied < 0.7 * any_two
