"""How a file is written, what its reader may be told, and the limits that every file keeps."""

from dataclasses import asdict, dataclass, field
from typing import Any

MAX_COLUMNS = 500
MAX_ROWS = 1_000_000
MAX_LINE = 2 * 1024 * 1024
MAX_CELL = 100_000
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What somebody says about a file; None leaves it to detection. `header_row` 0 means "no headings"."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: enough to read it again without looking.

    `header_row` counts rows from 1 as a spreadsheet does. `headers` are distinct and never empty.
    """

    format: str
    headers: list[str]
    header_row: int
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it, a text for each heading, and how many cells it has beyond them."""

    number: int
    cells: list[str]
    surplus: int = 0


def distinct_headers(raw: list[str]) -> list[str]:
    """Headings as they stand, with a number where one is empty or comes again.

    >>> distinct_headers(["name", "", "name"])
    ['name', 'column 2', 'name (2)']
    """
    taken: set[str] = set()
    headers: list[str] = []
    for position, text in enumerate(raw, start=1):
        base = " ".join(text.split())[:200] or f"column {position}"
        header, count = base, 1
        while header.casefold() in taken:
            count += 1
            header = f"{base} ({count})"
        taken.add(header.casefold())
        headers.append(header)
    return headers
