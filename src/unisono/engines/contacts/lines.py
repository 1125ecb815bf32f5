"""Lines of a vCard file, unfolded and decoded: versions 2.1, 3.0 and 4.0, and what phones make of them.

Sources: vCard 2.1 (versit Consortium, 1996), RFC 2426, RFC 6350.
"""

import codecs
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from unisono.engines.tabular import TabularError
from unisono.engines.tabular.encoding import detected_encoding
from unisono.engines.tabular.layout import MAX_CELL, MAX_LINE

# Pictures, sounds and keys may be of any size; nothing is kept of them.
_PASSED_OVER = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in ("utf-8", "ascii", "cp1252", "iso-8859-1", "iso-8859-15", "cp1250", "cp1251", "koi8-r", "gb18030",
                 "gbk", "big5", "shift_jis", "euc_jp", "euc_kr")
)  # fmt: skip
_NAME = re.compile(r"(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]+)$")


@dataclass(slots=True)
class Property:
    """One property of a card: its name, its parameters in capitals, its raw value, the line where it stands."""

    name: str
    value: str
    line: int
    types: frozenset[str] = frozenset()
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def is_preferred(self) -> bool:
        return "PREF" in self.types or self.parameters.get("PREF", "") == "1"


def _split_head(text: str) -> tuple[str, str] | None:
    """What stands before and after the colon that ends a property's name; None where there is none."""
    if '"' not in text.partition(":")[0]:
        head, colon, value = text.partition(":")
        return (head, value) if colon else None
    quoted = False
    for at, character in enumerate(text[:2_000]):
        if character == '"':
            quoted = not quoted
        elif character == ":" and not quoted:
            return text[:at], text[at + 1 :]
    return None


def parsed(text: str, line: int) -> Property | None:
    """A property out of its unfolded line; None for what is none."""
    split = _split_head(text)
    if split is None:
        return None
    first, *rest = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', split[0]) if '"' in split[0] else split[0].split(";")
    match = _NAME.match(first.strip())
    if match is None:
        return None
    parameters: dict[str, str] = {}
    types: set[str] = set()
    for part in rest[:50]:
        name, equals, value = part.partition("=")
        value = value.strip().strip('"')
        if not equals:
            # Version 2.1 leaves out what a word is a value of.
            types.add(name.strip().upper())
        elif name.strip().upper() == "TYPE":
            types |= {word.strip().upper() for word in value.split(",")}
        else:
            parameters[name.strip().upper()] = value.upper()
    return Property(match[1].upper(), split[1], line, frozenset(types), parameters)


def _is_quoted_printable(known: Property) -> bool:
    return "QUOTED-PRINTABLE" in known.types or known.parameters.get("ENCODING") == "QUOTED-PRINTABLE"


def _decoded(known: Property, encoding: str) -> str:
    """The value of a property with what quoted-printable hides."""
    if not _is_quoted_printable(known):
        return known.value
    raw = quopri.decodestring(known.value.encode(encoding, "replace"))
    asked = known.parameters.get("CHARSET", "")
    try:
        asked = codecs.lookup(asked).name if asked else encoding
    except LookupError:
        asked = encoding
    for name in (asked if asked in _CHARSETS else "utf-8", "utf-8", "cp1252"):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    with path.open("r", encoding=encoding, newline=None) as file:
        number = 0
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise TabularError("line_too_long", line=number, limit=MAX_LINE)
            if "\0" in line:
                raise TabularError("nul", row=number)
            yield number, line.rstrip("\n")


def properties(path: Path) -> Iterator[Property]:
    """The properties of all cards in order, BEGIN and END among them; raises TabularError."""
    encoding = detected_encoding(path)
    last: Property | None = None
    length = 0
    soft = False
    for number, line in _lines(path, encoding):
        # Some phones end a value in the middle of a soft break, and the card with it.
        soft = soft and line.strip().upper() != "END:VCARD"
        if last is not None and (soft or line[:1] in (" ", "\t")):
            piece = line if soft else line[1:]
            soft = _is_quoted_printable(last) and piece.endswith("=")
            length = _grown(last, piece[:-1] if soft else piece, length, number)
            continue
        if not line.strip():
            continue
        known = parsed(line, number)
        if known is None:
            # A text that somebody broke without folding it, or the lines of a picture.
            if last is None or last.name in ("BEGIN", "END"):
                raise TabularError("broken_card", line=number)
            length = _grown(last, f"\\n{line}", length, number)
            continue
        if last is not None:
            last.value = _decoded(last, encoding)
            yield last
        last, length = known, len(known.value)
        soft = _is_quoted_printable(known) and known.value.endswith("=")
        if soft:
            known.value = known.value[:-1]
        if known.name in _PASSED_OVER:
            known.value = ""
        elif length > MAX_CELL:
            raise TabularError("cell_too_long", line=number, limit=MAX_CELL)
    if last is not None:
        last.value = _decoded(last, encoding)
        yield last


def _grown(last: Property, piece: str, length: int, line: int) -> int:
    if last.name in _PASSED_OVER:
        return 0
    length += len(piece)
    if length > MAX_CELL:
        raise TabularError("cell_too_long", line=line, limit=MAX_CELL)
    # Strings grow in place here, as long as nobody else holds them.
    last.value += piece
    return length
