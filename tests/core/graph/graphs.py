"""Generated graphs for tests."""

import numpy as np
from hypothesis import strategies as st

from unisono.core.graph import Graph


@st.composite
def graphs(draw: st.DrawFn, most: int = 12, weighted: bool = False) -> Graph:
    """Graphs of up to `most` nodes, from empty to complete, with loops and parallel edges in what they are made of."""
    n = draw(st.integers(0, most))
    node = st.integers(0, max(n - 1, 0))
    ties = draw(st.lists(st.tuples(node, node), max_size=3 * n)) if n else []
    weight = st.floats(0.1, 10)
    weights = draw(st.lists(weight, min_size=len(ties), max_size=len(ties))) if weighted else None
    return Graph.from_edges(n, [a for a, _ in ties], [b for _, b in ties], weights)


def random_graph(n: int, edges: int, seed: int) -> Graph:
    """A graph with few hubs and many nodes of few ties; some isolated."""
    rng = np.random.default_rng(seed)
    weight = np.cumsum(rng.permutation(1 / np.sqrt(np.arange(n) + 5)))
    ends = np.searchsorted(weight / weight[-1], rng.random((2, edges)))
    return Graph.from_edges(n, ends[0], ends[1])
