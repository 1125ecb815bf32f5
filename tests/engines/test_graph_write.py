"""Networks as other tools read them, and as our own readers do; names of every kind survive."""

import json
from pathlib import Path

import networkx
import pytest

from unisono.engines.contacts import Card, write_vcards
from unisono.engines.contacts.write import folded
from unisono.engines.graph_files import GRAPH_FORMATS, Edge, Graph, Node
from unisono.engines.importable import detect, read_rows

ODD = 'Bæ & Søn <"A/S">; =1+1\u2028“x”'


def graph() -> Graph:
    nodes = [Node("m1", "Fjord", {"tier": "Gold", "staff": 12, "tags": ["a", "b"]}), Node("m2", ODD, {"tier": ODD})]
    return Graph(
        {"tier": "string", "staff": "int", "tags": "string"}, {"kinds": "string", "trust": "int"},
        iter(nodes), iter([Edge("t1", "m1", "m2", {"kinds": ["supply", "data"], "trust": 6})]),
    )  # fmt: skip


@pytest.mark.parametrize("name", list(GRAPH_FORMATS))
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / "network"
    path.write_bytes(b"".join(GRAPH_FORMATS[name].write(graph())))
    layout = detect(path)
    found = [
        {heading.lower(): text for heading, text in zip(layout.headers, row.cells, strict=True) if text}
        for row in read_rows(path, layout)
    ]
    assert [(r["row"], r.get("id"), r.get("label")) for r in found[:2]] == [
        ("node", "m1", "Fjord"),
        ("node", "m2", ODD),
    ]
    assert (found[0]["tier"], found[0]["staff"], found[0]["tags"]) == ("Gold", "12", "a;b")
    assert (found[2]["source"], found[2]["target"]) == ("m1", "m2")
    assert found[2].get("kinds", found[2].get("type")) == "supply;data"


@pytest.mark.parametrize("name", ["graphml", "gexf"])
def test_networkx_reads_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / "network"
    path.write_bytes(b"".join(GRAPH_FORMATS[name].write(graph())))
    if name == "gexf":
        # The library knows the versions before 1.3, which say the same of what is written here.
        text = path.read_text().replace("http://gexf.net/1.3", "http://www.gexf.net/1.2draft").replace('"1.3"', '"1.2"')
        path.write_text(text)
        read = networkx.read_gexf(path)
    else:
        read = networkx.read_graphml(path)
    assert dict(read.nodes(data="label")) == {"m1": "Fjord", "m2": ODD}
    assert (read.nodes["m1"]["tier"], read.nodes["m1"]["staff"]) == ("Gold", 12)
    assert [(*sorted((a, b)), d["trust"]) for a, b, d in read.edges(data=True)] == [("m1", "m2", 6)]


def test_kumu_gets_elements_and_connections() -> None:
    content = json.loads(b"".join(GRAPH_FORMATS["kumu"].write(graph())))
    assert content["elements"][0] == {
        "_id": "m1", "label": "Fjord", "tags": ["a", "b"], "attributes": {"tier": "Gold", "staff": 12},
    }  # fmt: skip
    assert content["connections"][0]["type"] == "supply;data"


def test_cards_are_folded_between_characters_and_read_again(tmp_path: Path) -> None:
    name = "Åse " + "Ø" * 80
    path = tmp_path / "cards.vcf"
    cards = [
        Card("1", name, organization="Fjord; Valley, AS", email="a@b.example"),
        Card("2", "Firm", is_organization=True),
    ]
    path.write_bytes(b"".join(write_vcards(cards)))
    assert all(len(line) <= 75 for line in path.read_bytes().split(b"\r\n"))
    layout = detect(path)
    rows = [dict(zip(layout.headers, row.cells, strict=True)) for row in read_rows(path, layout)]
    # A person may be in several organisations, with ; between; so none has one in its name.
    assert [(r["row"], r["name"]) for r in rows] == [
        ("organisation", "Fjord; Valley, AS"), ("organisation", "Firm"), ("person", name),
    ]  # fmt: skip
    assert folded("x" * 75) == "x" * 75 + "\r\n"
