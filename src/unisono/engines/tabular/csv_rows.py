"""Read delimited text row by row within fixed memory, and find out how it is delimited."""

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from unisono.engines.tabular.errors import TabularError
from unisono.engines.tabular.layout import DELIMITERS, MAX_CELL, MAX_COLUMNS, MAX_LINE, MAX_ROWS
from unisono.engines.tabular.write import unguarded

_SAMPLE_LINES = 200
_SAMPLE_CHARACTERS = 256 * 1024


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with their ends, none longer than is read."""
    with path.open("r", encoding=encoding, newline="") as file:
        number = 0
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                if max(line.count(delimiter) for delimiter in DELIMITERS) > MAX_COLUMNS * 10:
                    raise TabularError("too_many_columns", row=number, limit=MAX_COLUMNS)
                raise TabularError("line_too_long", row=number, limit=MAX_LINE)
            if "\0" in line:
                raise TabularError("nul", row=number)
            yield line


def delimiter_of(path: Path, encoding: str) -> str:
    """The delimiter under which most rows have the same number of columns; more columns win between equals."""
    sample: list[str] = []
    characters = 0
    for line in itertools.islice(_lines(path, encoding), _SAMPLE_LINES):
        sample.append(line)
        characters += len(line)
        if characters > _SAMPLE_CHARACTERS:
            break
    best, best_score = DELIMITERS[0], (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            counts = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if any(map(str.strip, row)))
        except csv.Error:
            continue
        counts.pop(0, None)
        wide = {columns: rows for columns, rows in counts.items() if columns > 1}
        if not wide:
            continue
        columns, rows = max(wide.items(), key=lambda item: (item[1], item[0]))
        score = (round(rows / counts.total(), 2), columns)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of every row that is not blank; numbers count as a spreadsheet does.

    Raises TabularError for what cannot be read: too many columns or rows, endless cells, quotes never closed.
    """
    csv.field_size_limit(MAX_CELL)
    is_at_end = False

    def lines() -> Iterator[str]:
        nonlocal is_at_end
        yield from _lines(path, encoding)
        is_at_end = True

    reader = csv.reader(lines(), delimiter=delimiter, strict=False)
    number = kept = 0
    while True:
        line_before = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                code = "unclosed_quote" if reader.line_num - line_before > 1 else "cell_too_long"
                raise TabularError(code, row=number + 1, limit=MAX_CELL) from None
            raise TabularError("unclosed_quote", row=number + 1) from None
        number += 1
        if is_at_end:
            # The reader asks for a line after the last one only inside quotes; it would take all below for one cell.
            raise TabularError("unclosed_quote", row=number)
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        if len(cells) > MAX_COLUMNS:
            raise TabularError("too_many_columns", row=number, limit=MAX_COLUMNS)
        kept += 1
        if kept > MAX_ROWS + 1:
            raise TabularError("too_many_rows", row=number, limit=MAX_ROWS)
        yield number, [unguarded(cell) if cell[:1] == "'" else cell for cell in cells]
