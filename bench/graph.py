"""CPU time of network figures beside networkx, igraph, rustworkx and networkit, in one run, one thread each.

The peers go into an environment of their own, never into the product's:

    python -m venv bench-env
    bench-env/bin/pip install --require-hashes -r requirements/run.txt
    bench-env/bin/pip install -r bench/requirements.txt
    PYTHONPATH=src bench-env/bin/python bench/graph.py
    PYTHONPATH=src bench-env/bin/python bench/graph.py --members 200000 --relations 1000000 --alone

The network is drawn by Chung and Lu's model: both ends of each relation are drawn with a probability that falls with
the inverse square root of the member's rank plus ten, ranks shuffled; loops and repetitions are drawn again. Each
figure is taken from all contenders in turn, several times, so that all meet the same load; medians of CPU seconds.

Exit code 1 when a figure takes more than half of what the fastest peer takes.
"""

# ruff: noqa: E402 - the number of threads is set before the peers are loaded.
import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

for name in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

from unisono.core import graph as unisono

SEED, SAMPLES, TOLERANCE, FACTOR = 7, 64, 1e-10, 2.0
# networkx takes minutes for 64 samples.
NETWORKX_SAMPLES = 1

Contenders = dict[str, Callable[[], Any]]


def relations(members: int, wanted: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of `wanted` different relations, int64, in the order in which they were drawn."""
    rng = np.random.default_rng(seed)
    chance = np.cumsum(rng.permutation((np.arange(members) + 10.0) ** -0.5))
    chance /= chance[-1]
    pairs = np.zeros(0, np.int64)
    while len(pairs) < wanted:
        a, b = np.searchsorted(chance, rng.random((2, wanted)))
        drawn = np.concatenate((pairs, (np.minimum(a, b) * members + np.maximum(a, b))[a != b]))
        _, first = np.unique(drawn, return_index=True)
        pairs = drawn[np.sort(first)][:wanted]
    return np.divmod(pairs, members)


def cpu_seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    answer = call()
    return time.process_time() - start, answer


def contest(title: str, contenders: Contenders, runs: int) -> dict[str, Any]:
    """Prints medians and says who is how many times faster; answers of the last run by contender."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    answers: dict[str, Any] = {}
    for name in contenders:
        if name == "unisono":
            contenders[name]()  # loads the kernels
    for run in range(runs):
        for name, call in contenders.items():
            # networkx is slow enough to be told apart after one run.
            if name == "networkx" and run:
                continue
            seconds, answers[name] = cpu_seconds(call)
            times[name].append(seconds)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    if title.startswith("betweenness") and "networkx" in medians:
        medians["networkx"] *= SAMPLES / NETWORKX_SAMPLES
    figures = "  ".join(f"{name} {median:.4f}" for name, median in medians.items())
    rest = {name: median for name, median in medians.items() if name != "unisono"}
    if "unisono" in medians and rest:
        best = min(rest, key=lambda name: rest[name])
        ratio = rest[best] / medians["unisono"]
        MISSED.extend([title] if ratio < FACTOR else [])
        figures += f"  | {ratio:.1f} times faster than {best}"
    print(f"{title:24} {figures}", flush=True)
    return answers


MISSED: list[str] = []


def side_by_side(members: int, a: np.ndarray, b: np.ndarray, runs: int) -> None:
    import igraph
    import networkit as nk
    import networkx as nx
    import rustworkx as rx

    nk.setNumberOfThreads(1)
    ends, listed = np.ascontiguousarray(np.stack((a, b), axis=1)), list(zip(a.tolist(), b.tolist(), strict=True))

    def in_networkit() -> Any:
        graph = nk.Graph(members)
        graph.addEdges((a, b))
        return graph

    def in_rustworkx() -> Any:
        graph = rx.PyGraph(multigraph=False, node_count_hint=members, edge_count_hint=len(listed))
        graph.add_nodes_from(range(members))
        graph.extend_from_edge_list(listed)
        return graph

    def in_networkx() -> Any:
        graph = nx.Graph()
        graph.add_nodes_from(range(members))
        graph.add_edges_from(listed)
        return graph

    built = contest(
        "build",
        {
            "unisono": lambda: unisono.Graph.from_edges(members, a, b),
            "networkit": in_networkit,
            "networkit, coo": lambda: nk.GraphFromCoo((a, b), n=members),
            "igraph": lambda: igraph.Graph(n=members, edges=ends),
            "rustworkx": in_rustworkx,
            "networkx": in_networkx,
        },
        runs,
    )
    own, kit, ig, rw, plain = (built[name] for name in ("unisono", "networkit", "igraph", "rustworkx", "networkx"))
    assert own.edges == kit.numberOfEdges() == ig.ecount() == rw.num_edges() == plain.number_of_edges()

    found = contest(
        "components",
        {
            "unisono": lambda: unisono.component_labels(own),
            "networkit": lambda: nk.components.ConnectedComponents(kit).run(),
            "igraph": ig.connected_components,
            "rustworkx": lambda: rx.connected_components(rw),
            "networkx": lambda: list(nx.connected_components(plain)),
        },
        runs,
    )
    assert found["unisono"].max() + 1 == found["networkit"].numberOfComponents() == len(found["igraph"])

    found = contest(
        "core numbers",
        {
            "unisono": lambda: unisono.core_numbers(own),
            "networkit": lambda: nk.centrality.CoreDecomposition(kit).run(),
            "igraph": ig.coreness,
            "rustworkx": lambda: rx.core_number(rw),
            "networkx": lambda: nx.core_number(plain),
        },
        runs,
    )
    assert found["unisono"].tolist() == found["igraph"]

    both_ways = rw.to_directed()
    norm = nk.centrality.Norm.L1_NORM
    found = contest(
        "PageRank",
        {
            "unisono": lambda: unisono.pagerank(own, tolerance=TOLERANCE),
            "networkit": lambda: _pagerank_of_networkit(nk, kit, norm),
            # Exact up to rounding, without a setting.
            "igraph": lambda: np.array(ig.pagerank(directed=False)),
            # Both stop when the sum of changes is below n times their tolerance.
            "rustworkx": lambda: rx.pagerank(both_ways, tol=TOLERANCE / members, max_iter=500),
            "networkx": lambda: nx.pagerank(plain, tol=TOLERANCE / members, max_iter=500),
        },
        runs,
    )
    exact = unisono.pagerank(own, tolerance=1e-14)
    for name, answer in found.items():
        values = answer if isinstance(answer, np.ndarray) else np.array([answer[v] for v in range(members)])
        print(f"{'':24} {name}: sum of errors {np.abs(values / values.sum() - exact).sum():.1e}")

    sources = np.sort(np.random.default_rng(SEED).choice(members, SAMPLES, replace=False))
    found = contest(
        f"betweenness, {SAMPLES} samples",
        {
            "unisono": lambda: unisono.betweenness(own, SAMPLES, np.random.default_rng(SEED)),
            "networkit": lambda: nk.centrality.EstimateBetweenness(kit, SAMPLES).run(),
            "igraph": lambda: ig.betweenness(directed=False, sources=sources.tolist()),
            "networkx": lambda: nx.betweenness_centrality(plain, k=NETWORKX_SAMPLES, seed=SEED),
        },
        min(runs, 3),
    )
    scale = members / SAMPLES / ((members - 1) * (members - 2))
    # igraph counts each pair of source and target once.
    off = min(np.abs(np.array(found["igraph"]) * scale * times - found["unisono"]).max() for times in (1, 2))
    print(f"{'':24} igraph and unisono differ by at most {off:.1e}")

    def louvain() -> Any:
        method = nk.community.PLM(kit, refine=True)
        method.run()
        return np.array(method.getPartition().getVector())

    def leiden() -> Any:
        method = nk.community.ParallelLeiden(kit)
        method.run()
        return np.array(method.getPartition().getVector())

    found = contest(
        "communities",
        {
            "networkit, PLM": louvain,
            "networkit, Leiden": leiden,
            "igraph, Leiden": lambda: np.array(ig.community_leiden("modularity", n_iterations=2).membership),
            "igraph, multilevel": lambda: np.array(ig.community_multilevel().membership),
        },
        min(runs, 3),
    )
    for name, labels in found.items():
        print(f"{'':24} {name}: modularity {ig.modularity(labels.tolist()):.4f}")


def _pagerank_of_networkit(nk: Any, graph: Any, norm: Any) -> np.ndarray:
    method = nk.centrality.PageRank(graph, tol=TOLERANCE)
    method.norm = norm
    method.run()
    return np.array(method.scores())


def everything(members: int, a: np.ndarray, b: np.ndarray) -> None:
    """CPU seconds of each figure, and of all of them together."""
    total, (seconds, own) = 0.0, cpu_seconds(lambda: unisono.Graph.from_edges(members, a, b))
    rng = np.random.default_rng(SEED)
    figures: Contenders = {
        "components": lambda: unisono.component_labels(own),
        "core numbers": lambda: unisono.core_numbers(own),
        "who cuts others off": lambda: unisono.cut_off(own),
        "core and periphery": lambda: unisono.core_periphery_split(own),
        "PageRank": lambda: unisono.pagerank(own),
        f"betweenness, {SAMPLES}": lambda: unisono.betweenness(own, SAMPLES, rng),
        "robustness": lambda: unisono.robustness(own, rng),
        "a path": lambda: unisono.shortest_path(own, 0, members - 1),
        "communities": lambda: unisono.communities(own, SEED),
    }
    for name, call in {"build": lambda: unisono.Graph.from_edges(members, a, b), **figures}.items():
        call()
        seconds, _ = cpu_seconds(call)
        total += seconds
        print(f"{name:24} {seconds:.3f}", flush=True)
    print(f"{'together':24} {total:.3f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--relations", type=int, default=486_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--alone", action="store_true", help="all figures of unisono, without peers")
    options = parser.parse_args()
    for package in ("numpy", "numba", "networkit", "igraph", "rustworkx", "networkx"):
        try:
            print(f"{package} {version(package)}", end="  ")
        except PackageNotFoundError:
            print(f"{package} missing", end="  ")
    print(f"\nPython {platform.python_version()}, {os.cpu_count()} processors, seed {SEED}")
    a, b = relations(options.members, options.relations, SEED)
    print(f"{options.members:,} members, {len(a):,} relations; CPU seconds, medians of {options.runs}\n")
    if options.alone:
        everything(options.members, a, b)
    else:
        side_by_side(options.members, a, b, options.runs)
    for title in MISSED:
        print(f"{title}: less than {FACTOR:.0f} times faster than the fastest peer")
    return 1 if MISSED else 0


if __name__ == "__main__":
    sys.exit(main())
