"""Read a sheet of a workbook row by row, cells as the texts that a person would type."""

import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException

from unisono.engines.tabular.errors import TabularError
from unisono.engines.tabular.layout import MAX_CELL, MAX_COLUMNS, MAX_ROWS

# Rows of a sheet are filled up to their last cell, so that a few bytes far to the right cost thousands of cells.
_MAX_CELLS = 50_000_000
_MAX_SHEET_ROWS = 1_048_576
# Wherever it lies; sheets that are a chart cannot be passed over without.
_POINTED_AT = re.compile(r"(?!xl/chartsheets/).*/_rels/", re.IGNORECASE)
# openpyxl falls back to a parser that expands entities where defusedxml is missing.
if not openpyxl.DEFUSEDXML:
    raise ImportError("openpyxl must run with defusedxml")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        # Opened here: given a path, openpyxl refuses a file whose name does not end in .xlsx, and kept files have none.
        with path.open("rb") as file, warnings.catch_warnings():
            # Styles and extensions that openpyxl does not know do not matter for reading texts.
            warnings.simplefilter("ignore")
            reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
            # Sheets are read without the list of what they point at, which for many links is larger than they are.
            reader.valid_files = [name for name in reader.valid_files if not _POINTED_AT.match(name)]
            reader.read()
            book = reader.wb
            try:
                yield book
            finally:
                book.close()
    except DefusedXmlException:
        raise TabularError("entities") from None
    except (zipfile.BadZipFile, zlib.error, ParseError, EOFError, InvalidFileException, OSError):
        raise TabularError("damaged") from None
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        # What openpyxl raises for parts that are missing or make no sense, and in place of what its parser raised.
        refused = isinstance(error.__cause__ or error.__context__, DefusedXmlException)
        raise TabularError("entities" if refused else "damaged") from None


def sheet_names(path: Path) -> list[str]:
    """Names of the sheets, visible ones first."""
    with _opened(path) as book:
        sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
        return [sheet.title for sheet in sorted(sheets, key=lambda sheet: sheet.sheet_state != "visible")]


def xlsx_rows(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of every row of a sheet that is not blank."""
    with _opened(path) as book:
        if sheet not in book.sheetnames:
            raise TabularError("no_sheet", sheet=sheet[:60], sheets=", ".join(book.sheetnames)[:300])
        worksheet = book[sheet]
        # The declared size may be missing or a lie; rows are as long as their cells reach.
        worksheet.reset_dimensions()
        kept, visited = 0, 0
        for number, values in enumerate(worksheet.iter_rows(values_only=True), start=1):
            visited += len(values)
            if visited > _MAX_CELLS:
                raise TabularError("too_large", row=number, what="cells", limit=_MAX_CELLS)
            if number > _MAX_SHEET_ROWS:
                raise TabularError("too_many_rows", row=number, limit=MAX_ROWS)
            beyond = values[MAX_COLUMNS:]
            # Cells that are only coloured do not count; a blank one that somebody wrote does.
            if beyond and beyond.count(None) < len(beyond):
                raise TabularError("too_many_columns", row=number, limit=MAX_COLUMNS)
            cells = ["" if value is None else cell_text(value) for value in _up_to_last(values[:MAX_COLUMNS])]
            if not cells:
                continue
            if any(len(cell) > MAX_CELL for cell in cells):
                raise TabularError("cell_too_long", row=number, limit=MAX_CELL)
            kept += 1
            if kept > MAX_ROWS + 1:
                raise TabularError("too_many_rows", row=number, limit=MAX_ROWS)
            yield number, cells


def _up_to_last(values: Sequence[Any]) -> Sequence[Any]:
    """The values up to the last that is not blank."""
    end = len(values)
    while end and (values[end - 1] is None or not str(values[end - 1]).strip()):
        end -= 1
    return values[:end]


def cell_text(value: Any) -> str:
    """The text that a person would type for the value: days as 2021-02-28, whole numbers without .0."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isfinite(value) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value)
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
