"""What a command prints: results on stdout, everything said to people on stderr, JSON alone on stdout."""

import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import click
from django.core.serializers.json import DjangoJSONEncoder

from unisono.platform.errors import (
    Conflict,
    Infeasible,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    UseCaseError,
)

EXIT_CODES: dict[type[UseCaseError], int] = {Invalid: 2, NotFound: 2, Infeasible: 3, Conflict: 4, NotAllowed: 5}
_WIDEST_CELL = 48


# What a terminal would obey instead of showing it: escape sequences, and marks that turn the direction of a line.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def shown(text: str) -> str:
    """The text with a visible sign in place of what a terminal would obey.

    >>> shown("Fjord\\x1b[2J")
    'Fjord\ufffd[2J'
    """
    return text if text.isprintable() else _OBEYED.sub("\ufffd", text)


def say(message: str) -> None:
    """Tell the person at the terminal something."""
    click.echo(shown(message), err=True)


def print_json(data: Any) -> None:
    """The result, for programs."""
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    # JSON says what a terminal would obey as an escape of its own: the value stays the same.
    click.echo(_OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def fail(problems: Sequence[Problem], code: int, *, as_json: bool = False) -> NoReturn:
    """End with what is wrong on stderr."""
    if as_json:
        say(json.dumps({"problems": [problem.as_dict() for problem in problems]}, ensure_ascii=False))
    else:
        for problem in problems:
            say(str(problem))
    sys.exit(code)


def fail_with(error: UseCaseError, *, as_json: bool = False) -> NoReturn:
    """End with the exit code of this kind of error."""
    fail(error.problems, next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), as_json=as_json)


def _width(text: str) -> int:
    """Columns that a text takes in a terminal: wide letters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _fitted(text: str, width: int) -> str:
    text = " ".join(text.split())
    if _width(text) <= width:
        return text + " " * (width - _width(text))
    while text and _width(text) > width - 1:
        text = text[:-1]
    return f"{text}…" + " " * (width - 1 - _width(text))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under headings; in a terminal long cells are cut, in a pipe nothing is."""
    table = [[shown(str(cell)) for cell in row] for row in rows]
    limit = _WIDEST_CELL if sys.stdout.isatty() else 10_000
    widths = [
        min(limit, max([_width(columns[i]), *(_width(" ".join(row[i].split())) for row in table)]))
        for i in range(len(columns))
    ]
    for row in [list(columns), *table]:
        click.echo("  ".join(_fitted(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """One record: a label and its value a line; a long text goes on below itself."""
    filled = [(shown(label), shown(value)) for label, value in pairs if value]
    width = max((_width(label) for label, _value in filled), default=0)
    room = max(30, (shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000) - width - 2)
    for label, value in filled:
        lines = [
            line for part in value.splitlines() for line in (click.wrap_text(part, room).splitlines() or [""])
        ]  # fmt: skip
        for number, line in enumerate(lines):
            click.echo(f"{_fitted(label if number == 0 else '', width)}  {line}".rstrip())
