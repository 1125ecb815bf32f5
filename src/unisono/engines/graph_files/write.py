"""Write a network as GraphML, GEXF, Kumu's JSON, or a zip file of two CSV files, piece by piece.

What is written is read by the readers beside this module, by Gephi, yEd, Kumu and networkx.
"""

import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from unisono.engines.graph_files.records import text_of
from unisono.engines.tabular import write_csv

_CHUNK = 500
_CHUNK_BYTES = 256 * 1024
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_GRAPHML = "http://graphml.graphdrawing.org/xmlns"
_GEXF = "http://gexf.net/1.3"


@dataclass(frozen=True, slots=True)
class Node:
    """A member: its id in the file, what it is called, and a value for each attribute."""

    id: str
    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """A tie between two members, in no direction."""

    id: str
    source: str
    target: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """A network to write. Attributes map names to "string", "int" or "double"; nodes and edges are read once."""

    node_attributes: Mapping[str, str]
    edge_attributes: Mapping[str, str]
    nodes: Iterable[Node]
    edges: Iterable[Edge]


def _pieces(parts: Iterable[str]) -> Iterator[bytes]:
    """Texts as bytes, many at once."""
    buffer: list[str] = []
    for part in parts:
        buffer.append(part)
        if len(buffer) == _CHUNK:
            yield "".join(buffer).encode()
            buffer.clear()
    yield "".join(buffer).encode()


def _xml(value: Any) -> str:
    return _NOT_IN_XML.sub("", text_of(value))


def _graphml_keys(what: str, prefix: str, attributes: Mapping[str, str]) -> Iterator[str]:
    for at, (name, kind) in enumerate(attributes.items()):
        yield f'<key id="{prefix}{at}" for="{what}" attr.name={quoteattr(_xml(name))} attr.type="{kind}"/>\n'


def _graphml_data(prefix: str, attributes: Mapping[str, str], values: Mapping[str, Any]) -> str:
    found = ((at, _xml(values.get(name))) for at, name in enumerate(attributes))
    return "".join(f'<data key="{prefix}{at}">{escape(text)}</data>' for at, text in found if text)


def write_graphml(graph: Graph) -> Iterator[bytes]:
    """GraphML; members carry their name as the attribute "label"."""

    def parts() -> Iterator[str]:
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="{_GRAPHML}">\n'
        yield '<key id="label" for="node" attr.name="label" attr.type="string"/>\n'
        yield from _graphml_keys("node", "n", graph.node_attributes)
        yield from _graphml_keys("edge", "e", graph.edge_attributes)
        yield '<graph edgedefault="undirected">\n'
        for node in graph.nodes:
            data = _graphml_data("n", graph.node_attributes, node.values)
            yield f"<node id={quoteattr(node.id)}>"
            yield f'<data key="label">{escape(_xml(node.label))}</data>{data}</node>\n'
        for edge in graph.edges:
            data = _graphml_data("e", graph.edge_attributes, edge.values)
            ends = f"source={quoteattr(edge.source)} target={quoteattr(edge.target)}"
            yield f"<edge id={quoteattr(edge.id)} {ends}>{data}</edge>\n"
        yield "</graph>\n</graphml>\n"

    return _pieces(parts())


def _gexf_attributes(what: str, attributes: Mapping[str, str]) -> Iterator[str]:
    types = {"int": "integer"}
    yield f'<attributes class="{what}">\n'
    for at, (name, kind) in enumerate(attributes.items()):
        yield f'<attribute id="{at}" title={quoteattr(_xml(name))} type="{types.get(kind, kind)}"/>\n'
    yield "</attributes>\n"


def _gexf_values(attributes: Mapping[str, str], values: Mapping[str, Any]) -> str:
    found = ((at, _xml(values.get(name))) for at, name in enumerate(attributes))
    inner = "".join(f'<attvalue for="{at}" value={quoteattr(text)}/>' for at, text in found if text)
    return f"<attvalues>{inner}</attvalues>" if inner else ""


def write_gexf(graph: Graph) -> Iterator[bytes]:
    """GEXF 1.3."""

    def parts() -> Iterator[str]:
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="{_GEXF}" version="1.3">\n'
        yield '<graph defaultedgetype="undirected">\n'
        yield from _gexf_attributes("node", graph.node_attributes)
        yield from _gexf_attributes("edge", graph.edge_attributes)
        yield "<nodes>\n"
        for node in graph.nodes:
            inner = _gexf_values(graph.node_attributes, node.values)
            yield f"<node id={quoteattr(node.id)} label={quoteattr(_xml(node.label))}>{inner}</node>\n"
        yield "</nodes>\n<edges>\n"
        for edge in graph.edges:
            inner = _gexf_values(graph.edge_attributes, edge.values)
            ends = f"source={quoteattr(edge.source)} target={quoteattr(edge.target)}"
            yield f"<edge id={quoteattr(edge.id)} {ends}>{inner}</edge>\n"
        yield "</edges>\n</graph>\n</gexf>\n"

    return _pieces(parts())


def _kumu_attributes(values: Mapping[str, Any], but: Sequence[str]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, (bool, int, float)) else text_of(value)
        for name, value in values.items()
        if name not in but and value not in (None, "", [])
    }


def _kumu_element(node: Node) -> dict[str, Any]:
    element: dict[str, Any] = {"_id": node.id, "label": node.label}
    if kind := text_of(node.values.get("kind")):
        element["type"] = kind
    if tags := node.values.get("tags"):
        element["tags"] = list(tags)
    return {**element, "attributes": _kumu_attributes(node.values, ("kind", "tags"))}


def _kumu_connection(edge: Edge) -> dict[str, Any]:
    connection: dict[str, Any] = {"_id": edge.id, "from": edge.source, "to": edge.target, "direction": "undirected"}
    if kinds := text_of(edge.values.get("kinds")):
        connection["type"] = kinds
    return {**connection, "attributes": _kumu_attributes(edge.values, ("kinds",))}


def write_kumu(graph: Graph) -> Iterator[bytes]:
    """Kumu's JSON: elements and connections, one a line."""

    def listed(items: Iterable[dict[str, Any]]) -> Iterator[str]:
        separator = "\n"
        for item in items:
            yield separator + json.dumps(item, ensure_ascii=False)
            separator = ",\n"

    def parts() -> Iterator[str]:
        yield '{"elements": ['
        yield from listed(map(_kumu_element, graph.nodes))
        yield '\n], "connections": ['
        yield from listed(map(_kumu_connection, graph.edges))
        yield "\n]}\n"

    return _pieces(parts())


def write_archive(graph: Graph) -> Iterator[bytes]:
    """A zip file of nodes.csv and edges.csv, with the headings that Gephi knows."""
    nodes, edges = [*graph.node_attributes], [*graph.edge_attributes]
    tables: dict[str, tuple[list[str], Iterable[list[Any]]]] = {
        "nodes.csv": (
            ["Id", "Label", *nodes],
            ([node.id, node.label, *(node.values.get(name) for name in nodes)] for node in graph.nodes),
        ),
        "edges.csv": (
            ["Source", "Target", "Type", *edges],
            ([e.source, e.target, "Undirected", *(e.values.get(name) for name in edges)] for e in graph.edges),
        ),
    }
    with tempfile.TemporaryFile(suffix=".zip") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, (headings, rows) in tables.items():
                with archive.open(name, "w", force_zip64=True) as out:
                    for piece in write_csv(headings, rows):
                        out.write(piece)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


@dataclass(frozen=True, slots=True)
class GraphFormat:
    """A file format that networks are written in."""

    ending: str
    content_type: str
    write: Callable[[Graph], Iterator[bytes]]


GRAPH_FORMATS: dict[str, GraphFormat] = {
    "graphml": GraphFormat("graphml", "application/graphml+xml", write_graphml),
    "gexf": GraphFormat("gexf", "application/gexf+xml", write_gexf),
    "kumu": GraphFormat("json", "application/json", write_kumu),
    "zip": GraphFormat("zip", "application/zip", write_archive),
}

__all__ = ["GRAPH_FORMATS", "Edge", "Graph", "GraphFormat", "Node"]
