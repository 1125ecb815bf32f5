"""Find out how a file is written, and read its rows one by one."""

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from unisono.engines.tabular.csv_rows import csv_rows, delimiter_of
from unisono.engines.tabular.encoding import detected_encoding
from unisono.engines.tabular.errors import TabularError
from unisono.engines.tabular.layout import MAX_COLUMNS, Layout, ReadOptions, Row, distinct_headers
from unisono.engines.tabular.workbook_guard import check_workbook
from unisono.engines.tabular.xlsx_rows import sheet_names, xlsx_rows

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_FORMATS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"{\\rtf")
_HEADER_AMONG = 20
_NO_OPTIONS = ReadOptions()


def detect(path: Path, options: ReadOptions = _NO_OPTIONS) -> Layout:
    """How the file is written, judged by its content and not by its name; raises TabularError.

    The whole file is checked for its encoding (CSV) or its size unpacked (XLSX), so that reading it afterwards
    stays within memory. A file with headings and no row below them is refused.
    """
    if path.stat().st_size == 0:
        raise TabularError("empty")
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_OLE):
        with path.open("rb") as file:
            head = file.read(1024 * 1024)
        raise TabularError("encrypted" if "EncryptedPackage".encode("utf-16-le") in head else "old_excel")
    if any(start.startswith(magic) for magic in _OTHER_FORMATS):
        raise TabularError("binary")
    if start.startswith(b"PK\x03\x04"):
        check_workbook(path)
        names = sheet_names(path)
        if not names:
            raise TabularError("empty")
        chosen = [options.sheet] if options.sheet else names
        for sheet in chosen:
            try:
                return _layout(path, options, Layout("xlsx", [], 0, sheet=sheet, sheets=names))
            except TabularError as error:
                # A cover sheet is passed over for one that holds rows.
                if error.code not in ("empty", "header_only") or sheet == chosen[-1]:
                    raise
    encoding = detected_encoding(path, options.encoding)
    delimiter = options.delimiter or delimiter_of(path, encoding)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise TabularError("unknown_format")
    return _layout(path, options, Layout("csv", [], 0, encoding=encoding, delimiter=delimiter))


def _raw_rows(path: Path, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    if layout.format == "xlsx":
        return xlsx_rows(path, layout.sheet)
    return csv_rows(path, layout.encoding, layout.delimiter)


def _layout(path: Path, options: ReadOptions, found: Layout) -> Layout:
    rows = _raw_rows(path, found)
    asked = options.header_row
    first = list(itertools.islice(rows, max(_HEADER_AMONG, asked or 0) + 1))
    if not first:
        raise TabularError("empty")
    width = min(MAX_COLUMNS, max(len(cells) for _number, cells in first))
    if asked == 0:
        headers, header_row = [""] * width, 0
    else:
        header_row, cells = _header(first, asked)
        if not any(number > header_row for number, _cells in first):
            raise TabularError("header_only", row=header_row)
        headers = [*cells, *[""] * (width - len(cells))]
    return Layout(
        format=found.format,
        headers=distinct_headers(headers),
        header_row=header_row,
        encoding=found.encoding,
        delimiter=found.delimiter,
        sheet=found.sheet,
        sheets=found.sheets,
    )


def _header(first: list[tuple[int, list[str]]], asked: int | None) -> tuple[int, list[str]]:
    """The row of headings: the one asked for, or the first that is about as wide as most rows."""
    if asked is not None:
        found = next(((number, cells) for number, cells in first if number == asked), None)
        if found is None:
            raise TabularError("empty", row=asked)
        return found
    filled = [sum(bool(cell.strip()) for cell in cells) for _number, cells in first]
    usual = Counter(len(cells) for _number, cells in first).most_common(1)[0][0]
    for position, count in enumerate(filled):
        if count * 2 > usual:
            return first[position]
    return first[0]


def read_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """Rows below the headings, each with one text a heading; raises TabularError at the row that cannot be read."""
    width = len(layout.headers)
    for number, cells in _raw_rows(path, layout):
        if number > layout.header_row:
            surplus = max(0, len(cells) - width)
            yield Row(number, cells[:width] + [""] * (width - len(cells)), surplus)
