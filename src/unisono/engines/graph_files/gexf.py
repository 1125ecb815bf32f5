"""Read GEXF 1.0 to 1.3, as Gephi writes it: nodes, nested ones too, and edges with their attributes.

Source: the GEXF working group, gexf.net. What is said of times and looks is left aside.
"""

from pathlib import Path
from xml.sax.xmlreader import AttributesImpl

from unisono.engines.graph_files.records import EDGE, KIND, NODE, Record, Records, heading_of, put
from unisono.engines.graph_files.xml_stream import Reader, xml_records
from unisono.engines.tabular import TabularError
from unisono.engines.tabular.layout import MAX_COLUMNS


class _Gexf(Reader):
    root = "gexf"

    def __init__(self) -> None:
        super().__init__()
        # (node or edge, id of an attribute) to [heading, default].
        self._attributes: dict[tuple[str, str], list[str]] = {}
        self._class, self._id = NODE, ""
        self._open: list[Record] = []

    def opened(self, name: str, attributes: AttributesImpl) -> None:
        line = self.line
        if name == "attributes":
            self._class = attributes.get("class") or NODE
        elif name == "attribute":
            self._id = attributes.get("id") or ""
            if len(self._attributes) >= 2 * MAX_COLUMNS:
                raise TabularError("too_many_columns", line=line, limit=MAX_COLUMNS)
            self._attributes[self._class, self._id] = [heading_of(attributes.get("title") or self._id), ""]
        elif name == "default":
            self.listen()
        elif name == "node":
            record = {KIND: NODE}
            put(record, "id", attributes.get("id"), line=line)
            put(record, "label", attributes.get("label"), line=line)
            put(record, "part of", attributes.get("pid"), line=line)
            if self._open:
                put(record, "part of", self._open[-1].get("id"), line=line)
            self._open.append(record)
        elif name == "edge":
            record = {KIND: EDGE}
            for word in ("source", "target", "label", "kind", "weight"):
                put(record, word, attributes.get(word), line=line)
            put(record, "direction", attributes.get("type"), line=line)
            self._open.append(record)
        elif name == "attvalue" and self._open:
            record, key = self._open[-1], attributes.get("for") or attributes.get("id") or ""
            known = self._attributes.get((record[KIND], key))
            put(record, known[0] if known else heading_of(key), attributes.get("value"), line=line)

    def closed(self, name: str, text: str) -> None:
        if name == "default" and (known := self._attributes.get((self._class, self._id))):
            known[1] = text
        elif name in (NODE, EDGE) and self._open:
            record = self._open.pop()
            for (what, _id), (heading, default) in self._attributes.items():
                if default and what == name:
                    put(record, heading, default, line=self.line)
            self.emit(record)


def gexf_records(path: Path) -> Records:
    """Records of a GEXF file; raises TabularError."""
    return xml_records(path, _Gexf())
