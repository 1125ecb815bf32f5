"""Write a list as CSV, XLSX or JSON so that no cell is taken for a formula by the program that opens it."""

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

_CHUNK_ROWS = 500
_CHUNK_BYTES = 256 * 1024
_MAX_XLSX_CELL = 32_767
# Spreadsheets run a text that begins like this. An apostrophe before it keeps it a text; one that is there already
# gets another, so that reading takes away exactly what writing added.
_RISKY = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Rows = Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format that lists are written in."""

    name: str
    content_type: str
    write: Callable[[Sequence[str], Rows], Iterator[bytes]]


def guarded(text: str) -> str:
    """`text` with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if _GUARDED.match(text) else text


def _plain(value: Any) -> Any:
    """Numbers as numbers, everything else as text; moments and days in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float, Decimal)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ";".join(str(part) for part in value)
    return str(value)


def write_csv(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """CSV as spreadsheets open it: UTF-8 with a byte order mark, commas, every text in quotes.

    Quotes around every text leave no doubt about the delimiter, whatever the texts contain.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC)

    def taken() -> bytes:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text.encode("utf-8", "replace")

    yield b"\xef\xbb\xbf"
    writer.writerow([guarded(column) for column in columns])
    for number, row in enumerate(rows, start=1):
        writer.writerow([guarded(cell) if isinstance(cell := _plain(value), str) else cell for value in row])
        if number % _CHUNK_ROWS == 0:
            yield taken()
    yield taken()


def write_xlsx(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A workbook of one sheet, written row by row; every text is stored as a text, days as days."""
    with tempfile.TemporaryFile(suffix=".xlsx") as file:
        workbook = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
                "remove_timezone": True,
            },
        )
        sheet = workbook.add_worksheet()
        bold = workbook.add_format({"bold": True})
        for position, column in enumerate(columns):
            sheet.write_string(0, position, _xml_text(column), bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for position, value in enumerate(row):
                if isinstance(value, date) and not isinstance(value, datetime) and value.year >= 1900:
                    sheet.write_datetime(number, position, value)
                    continue
                cell = _plain(value)
                if isinstance(cell, str):
                    if cell:
                        sheet.write_string(number, position, _xml_text(cell))
                else:
                    sheet.write_number(number, position, cell)
        workbook.close()
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _xml_text(text: str) -> str:
    return _NOT_IN_XML.sub("", text)[:_MAX_XLSX_CELL]


def write_json(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A JSON array of objects, one a line; numbers and lists stay what they are, decimals are exact text."""
    yield b"["
    lines: list[str] = []
    separator = "\n"
    for row in rows:
        record = {column: _json_value(value) for column, value in zip(columns, row, strict=False)}
        lines.append(separator + json.dumps(record, ensure_ascii=False))
        separator = ",\n"
        if len(lines) == _CHUNK_ROWS:
            yield "".join(lines).encode("utf-8", "replace")
            lines.clear()
    yield "".join([*lines, "\n]\n"]).encode("utf-8", "replace")


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_json_value(part) for part in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)


FORMATS: dict[str, Format] = {
    "csv": Format("csv", "text/csv; charset=utf-8", write_csv),
    "xlsx": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "json": Format("json", "application/json", write_json),
}
