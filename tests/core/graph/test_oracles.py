"""Figures against their definitions, computed the slow way, and rules that hold for every network."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from tests.core.graph.graphs import graphs, random_graph

from unisono.core.graph import (
    Graph,
    betweenness,
    communities,
    component_labels,
    core_numbers,
    core_periphery_split,
    cut_off,
    pagerank,
    shortest_path,
    without,
)


def modularity(graph: Graph, labels: np.ndarray) -> float:
    """Share of ties, by weight, inside groups beyond that expected by chance (Newman)."""
    if not graph.edges:
        return 0.0
    start = np.repeat(np.arange(graph.nodes), np.diff(graph.offsets))
    weight = np.ones(len(start)) if graph.weights is None else graph.weights
    inside = weight[labels[start] == labels[graph.neighbors]].sum() / weight.sum()
    return float(inside - ((np.bincount(labels[start], weights=weight) / weight.sum()) ** 2).sum())


def steps_from(rows: list[set[int]], a: int) -> list[int]:
    """Steps from `a` to each node, ring by ring; -1 where no way leads."""
    steps, ring = [-1] * len(rows), {a}
    for step in range(len(rows)):
        for v in ring:
            steps[v] = step
        ring = {w for v in ring for w in rows[v] if steps[w] < 0}
    return steps


some = settings(deadline=None, max_examples=60)


def near(graph: Graph) -> list[set[int]]:
    return [set(graph.row(v).tolist()) for v in range(graph.nodes)]


def pieces(rows: list[set[int]], gone: int = -1) -> list[set[int]]:
    """Components, largest first, without the node `gone`."""
    left, found = set(range(len(rows))) - {gone}, []
    while left:
        piece, waiting = set(), [min(left)]
        while waiting:
            v = waiting.pop()
            if v not in piece and v != gone:
                piece.add(v)
                waiting.extend(rows[v])
        found.append(piece)
        left -= piece
    return sorted(found, key=lambda piece: (-len(piece), min(piece)))


@some
@given(graphs(weighted=True))
def test_rows_are_ascending_and_symmetric(graph: Graph) -> None:
    rows = near(graph)
    for v in range(graph.nodes):
        row = graph.row(v).tolist()
        assert row == sorted(set(row) - {v})
        assert all(v in rows[w] for w in row)
    assert graph.edges == sum(len(row) for row in rows) // 2
    dense = np.zeros((graph.nodes, graph.nodes))
    assert graph.weights is not None
    dense[np.repeat(np.arange(graph.nodes), graph.degrees), graph.neighbors] = graph.weights
    assert (dense == dense.T).all()


@some
@given(graphs())
def test_components_and_who_cuts_off(graph: Graph) -> None:
    rows = near(graph)
    whole = pieces(rows)
    labels = component_labels(graph)
    assert [set(np.flatnonzero(labels == i).tolist()) for i in range(len(whole))] == whole
    lost = cut_off(graph)
    for v in range(graph.nodes):
        home = next(piece for piece in whole if v in piece) - {v}
        parts = [piece for piece in pieces(rows, gone=v) if piece <= home]
        assert lost[v] == len(home) - max((len(part) for part in parts), default=0)


@some
@given(graphs())
def test_core_numbers_by_definition(graph: Graph) -> None:
    rows, numbers = near(graph), core_numbers(graph)
    for k in range(1, 6):
        kept = set(range(graph.nodes))
        while weak := {v for v in kept if len(rows[v] & kept) < k}:
            kept -= weak
        assert set(np.flatnonzero(numbers >= k).tolist()) == kept


@some
@given(graphs(most=9))
def test_betweenness_by_listing_shortest_paths(graph: Graph) -> None:
    n, rows = graph.nodes, near(graph)
    share = [0.0] * n
    for a, b in combinations(range(n), 2):
        paths, longest = [[a]], n
        found: list[list[int]] = []
        while paths and not found and len(paths[0]) <= longest:
            paths = [[*path, w] for path in paths for w in rows[path[-1]] if w not in path]
            found = [path for path in paths if path[-1] == b]
        for path in found:
            for v in path[1:-1]:
                share[v] += 1 / len(found)
    pairs = (n - 1) * (n - 2) / 2
    assert betweenness(graph).tolist() == pytest.approx([x / pairs if n > 2 else 0.0 for x in share])


@some
@given(graphs())
def test_the_split_has_fewest_exceptions(graph: Graph) -> None:
    split, rows = core_periphery_split(graph), near(graph)

    def exceptions(core: set[int]) -> int:
        pairs = combinations(range(graph.nodes), 2)
        return sum((b not in rows[a]) if {a, b} <= core else (b in rows[a] and not {a, b} & core) for a, b in pairs)

    degrees = graph.degrees.tolist()
    candidates = [{v for v in range(graph.nodes) if degrees[v] >= least} for least in range(graph.nodes + 1)]
    assert split.exceptions == exceptions(set(np.flatnonzero(split.core).tolist()))
    assert split.exceptions == min(exceptions(core) for core in candidates)
    assert -1 <= split.fit <= 1


@some
@given(graphs())
def test_shares_of_time(graph: Graph) -> None:
    rank = pagerank(graph)
    assert rank.sum() == pytest.approx(1 if graph.nodes else 0)
    assert (rank > 0).all()


@some
@given(graphs())
def test_ways(graph: Graph) -> None:
    rows = near(graph)
    for a in range(graph.nodes):
        steps = steps_from(rows, a)
        for b in range(graph.nodes):
            path = shortest_path(graph, a, b)
            assert (path is None) == (steps[b] < 0)
            if path is not None:
                assert (path[0], path[-1], len(path)) == (a, b, steps[b] + 1)
                assert all(w in rows[v] for v, w in pairwise(path))


@some
@given(graphs(weighted=True))
def test_communities_partition_components(graph: Graph) -> None:
    labels, component = communities(graph, seed=4), component_labels(graph)
    sizes = np.bincount(labels) if graph.nodes else np.zeros(0, int)
    assert (np.diff(sizes) <= 0).all()
    assert (sizes > 0).all()
    for label in range(len(sizes)):
        assert len(set(component[labels == label])) == 1
    # Never worse than taking each component as one community.
    assert modularity(graph, labels) >= modularity(graph, component) - 1e-9


def test_communities_are_the_same_every_time() -> None:
    graph = random_graph(3_000, 9_000, seed=2)
    once = communities(graph, seed=4)
    assert once.tolist() == communities(graph, seed=4).tolist()


def test_sampled_betweenness_is_near_the_exact_one() -> None:
    graph = random_graph(600, 2_000, seed=1)
    exact = betweenness(graph)
    sampled = betweenness(graph, samples=200, rng=np.random.default_rng(1))
    assert np.abs(sampled - exact).max() < 0.02
    assert np.corrcoef(exact, sampled)[0, 1] > 0.98


@some
@given(graphs(most=8))
def test_whoever_leaves_has_no_ties(graph: Graph) -> None:
    leaving = np.arange(0, graph.nodes, 2)
    rest, rows = without(graph, leaving), near(graph)
    gone = set(leaving.tolist())
    assert near(rest) == [set() if v in gone else rows[v] - gone for v in range(graph.nodes)]
