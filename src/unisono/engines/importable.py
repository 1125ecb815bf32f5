"""Files that can be imported, whatever their format: found out by content, read as rows of one table."""

from collections.abc import Callable, Iterator
from pathlib import Path

from unisono.engines import tabular
from unisono.engines.contacts import ORGANIZATION, PERSON, vcard_records
from unisono.engines.graph_files import (
    EDGE,
    KIND,
    NODE,
    Records,
    archive_records,
    gexf_records,
    graphml_records,
    kumu_records,
)
from unisono.engines.tabular import Layout, ReadOptions, Row, TabularError
from unisono.engines.tabular.layout import MAX_COLUMNS

_READERS: dict[str, Callable[[Path], Records]] = {
    "graphml": graphml_records,
    "gexf": gexf_records,
    "kumu": kumu_records,
    "archive": archive_records,
    "vcard": vcard_records,
}
# Formats whose rows are of several kinds, told by their first column.
KINDS_OF_ROWS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("graphml", "gexf", "kumu", "archive"), (NODE, EDGE)),
    "vcard": (ORGANIZATION, PERSON),
}
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".graphml", ".gexf", ".xml", ".json", ".vcf", ".zip")
_SNIFFED = 64 * 1024
_NO_OPTIONS = ReadOptions()


def _start_of(path: Path) -> str:
    """The first characters, as far as they can be told apart."""
    with path.open("rb") as file:
        start = file.read(_SNIFFED)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return start.decode("utf-16", "replace").lstrip()
    return start.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").lstrip()


def _format_of(path: Path) -> str | None:
    """The format of a file that is no table by itself; None for CSV and workbooks."""
    start = _start_of(path)
    if start[:12].upper().startswith("BEGIN:VCARD"):
        return "vcard"
    if start.startswith("{"):
        return "kumu"
    if start.startswith("<") and any(start.startswith(mark) for mark in ("<?xml", "<!", "<graphml", "<gexf")):
        return "gexf" if "<gexf" in start or ":gexf" in start.partition(">")[0] else "graphml"
    return None


def detect(path: Path, options: ReadOptions = _NO_OPTIONS) -> Layout:
    """How the file is written, judged by its content and not by its name; raises TabularError.

    The whole file is looked at, so that reading it afterwards stays within memory.
    """
    if path.stat().st_size == 0:
        raise TabularError("empty")
    format = _format_of(path)
    if format is None:
        try:
            return tabular.detect(path, options)
        except TabularError as error:
            if error.code != "unknown_format" or not zip_like(path):
                raise
        format = "archive"
    headings = dict.fromkeys([KIND])
    number = 0
    has_nodes = False
    for number, record in enumerate(_READERS[format](path), start=1):
        has_nodes = has_nodes or record[KIND] != EDGE
        if not headings.keys() >= record.keys():
            headings |= dict.fromkeys(record)
            if len(headings) > MAX_COLUMNS:
                raise TabularError("too_many_columns", row=number, limit=MAX_COLUMNS)
    if not number:
        raise TabularError("empty_graph" if format != "vcard" else "empty")
    return Layout(format=format, headers=list(headings), header_row=0)


def zip_like(path: Path) -> bool:
    """Whether the file begins as zip files do."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def read_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """The rows of the file, each with one text a heading; raises TabularError at the row that cannot be read."""
    reader = _READERS.get(layout.format)
    if reader is None:
        yield from tabular.read_rows(path, layout)
        return
    for number, record in enumerate(reader(path), start=1):
        yield Row(number, [record.get(heading, "") for heading in layout.headers])
