"""Compiled kernels answer what their plain twins answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.graph.graphs import graphs, random_graph

from unisono.core.graph import (
    Graph,
    betweenness,
    compiled_importance,
    compiled_structure,
    component_labels,
    core_numbers,
    cut_off,
    pagerank,
    plain,
)

some = settings(deadline=None, max_examples=80)


@some
@given(st.integers(1, 9), st.data(), st.booleans())
def test_rows(n: int, data: st.DataObject, weighted: bool) -> None:
    node = st.integers(0, n - 1)
    ties = data.draw(st.lists(st.tuples(node, node), max_size=30))
    tail, head = (np.array([tie[i] for tie in ties], np.int32) for i in (0, 1))
    weight = np.arange(1.0, len(ties) + 1) if weighted and ties else None
    offsets, neighbors, weights = plain.rows(n, tail, head, weight)
    none = np.zeros(0)
    for count in (np.zeros(n + 1, np.int32), np.zeros(n + 1, np.int64)):
        found = compiled_structure.rows(tail, head, none if weight is None else weight, count)
        assert found[0].tolist() == offsets.tolist()
        assert found[1].tolist() == neighbors.tolist()
        assert found[2].tolist() == ([] if weights is None else weights.tolist())


@some
@given(graphs())
def test_structure(graph: Graph) -> None:
    for name in ("components", "cores", "cut_off"):
        expected = getattr(plain, name)(graph.offsets, graph.neighbors)
        assert getattr(compiled_structure, name)(graph.offsets, graph.links).tolist() == expected.tolist(), name


@some
@given(graphs(weighted=True), st.sampled_from([0.0, 0.5, 0.85, 0.99]))
def test_importance(graph: Graph, damping: float) -> None:
    if graph.nodes:
        expected = plain.importance(graph.offsets, graph.neighbors, graph.weights, damping, 1e-12)
        found = compiled_importance.importance(graph.offsets, graph.links, graph.worth, damping, 1e-10)
        assert np.abs(found - expected).sum() < 1e-10


@some
@given(graphs(most=20))
def test_dependencies(graph: Graph) -> None:
    sources = np.arange(graph.nodes)
    expected = plain.dependencies(graph.offsets, graph.neighbors, sources)
    found = compiled_importance.dependencies(graph.offsets, graph.links, sources)
    assert found.tolist() == pytest.approx(expected.tolist())


@pytest.mark.parametrize(("n", "edges"), [(8_000, 24_000), (9_000, 4_000)])
def test_large_graphs_are_served_by_kernels(n: int, edges: int) -> None:
    graph = random_graph(n, edges, seed=3)
    assert not graph.small
    tail = np.repeat(np.arange(n, dtype=np.int32), graph.degrees)
    offsets, neighbors, _ = plain.rows(n, tail, graph.neighbors, None)
    assert graph.neighbors.tolist() == neighbors.tolist()
    assert graph.offsets.tolist() == offsets.tolist()
    assert core_numbers(graph).tolist() == plain.cores(offsets, neighbors).tolist()
    assert cut_off(graph).tolist() == plain.cut_off(offsets, neighbors).tolist()
    assert np.abs(pagerank(graph) - plain.importance(offsets, neighbors, None, 0.85, 1e-11)).sum() < 1e-9
    labels, expected = component_labels(graph), plain.components(offsets, neighbors)
    assert len(set(zip(labels.tolist(), expected.tolist(), strict=True))) == labels.max() + 1 == len(set(expected))
    sources = np.sort(np.random.default_rng(5).choice(n, 5, replace=False))
    between = betweenness(graph, samples=5, rng=np.random.default_rng(5)) * ((n - 1) * (n - 2)) * 5 / n
    assert between.tolist() == pytest.approx(plain.dependencies(offsets, neighbors, sources).tolist())


def test_more_paths_than_a_float_holds() -> None:
    """From end to end of a chain of 1,500 diamonds lead 2^1500 shortest paths."""
    diamonds = 1_500
    a = 3 * np.arange(diamonds)
    graph = Graph.from_edges(
        3 * diamonds + 1, np.concatenate((a, a, a + 1, a + 2)), np.concatenate((a + 1, a + 2, a + 3, a + 3))
    )
    sources = np.array([0])
    found = compiled_importance.dependencies(graph.offsets, graph.links, sources)
    assert found.tolist() == pytest.approx(plain.dependencies(graph.offsets, graph.neighbors, sources).tolist())
