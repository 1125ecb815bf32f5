"""Read GraphML: nodes, nested ones too, and edges with their attributes; labels as yEd writes them.

Source: U. Brandes and others, GraphML Progress Report, 2001; the primer at graphml.graphdrawing.org.
"""

from pathlib import Path
from xml.sax.xmlreader import AttributesImpl

from unisono.engines.graph_files.records import EDGE, KIND, NODE, Record, Records, heading_of, put
from unisono.engines.graph_files.xml_stream import Reader, xml_records
from unisono.engines.tabular import TabularError
from unisono.engines.tabular.layout import MAX_COLUMNS

_LABELS = ("NodeLabel", "EdgeLabel")


class _GraphML(Reader):
    root = "graphml"

    def __init__(self) -> None:
        super().__init__()
        # Id of a key to (what it is for, heading, default).
        self._keys: dict[str, tuple[str, str, str]] = {}
        self._open: list[Record] = []
        self._key = ""

    def opened(self, name: str, attributes: AttributesImpl) -> None:
        if name == "key":
            self._key = attributes.get("id") or ""
            if len(self._keys) >= 2 * MAX_COLUMNS:
                raise TabularError("too_many_columns", line=self.line, limit=MAX_COLUMNS)
            self._keys[self._key] = (
                attributes.get("for") or "all", heading_of(attributes.get("attr.name") or self._key), "",
            )  # fmt: skip
        elif name == "node":
            record = {KIND: NODE}
            put(record, "id", attributes.get("id"), line=self.line)
            if self._open:
                put(record, "part of", self._open[-1].get("id"), line=self.line)
            self._open.append(record)
        elif name == "edge":
            record = {KIND: EDGE}
            for end in ("source", "target"):
                put(record, end, attributes.get(end), line=self.line)
            self._open.append(record)
        elif name == "data":
            self._key = attributes.get("key") or ""
            self.listen()
        elif name == "default" or name in _LABELS:
            self.listen()

    def closed(self, name: str, text: str) -> None:
        if name == "default" and self.path and self.path[-1] == "key":
            what, heading, _default = self._keys[self._key]
            self._keys[self._key] = (what, heading, text)
        elif name == "data" and self._open and self.path and self.path[-1] in (NODE, EDGE):
            known = self._keys.get(self._key)
            put(self._open[-1], known[1] if known else heading_of(self._key), text, line=self.line)
        elif name in _LABELS and self._open:
            put(self._open[-1], "label", text, line=self.line)
        elif name in (NODE, EDGE) and self._open:
            record = self._open.pop()
            for what, heading, default in self._keys.values():
                if default and what in (name, "all"):
                    put(record, heading, default, line=self.line)
            self.emit(record)


def graphml_records(path: Path) -> Records:
    """Records of a GraphML file; raises TabularError."""
    return xml_records(path, _GraphML())
