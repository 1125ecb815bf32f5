"""Write people and firms as vCard 4.0, a card each, lines folded and texts escaped.

Source: RFC 6350; lines are no longer than 75 bytes (3.2), texts are escaped as in 3.4.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_CHUNK = 500
_SPECIAL = re.compile(r"[\\,;\n]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Card:
    """A person or, with `is_organization`, a firm. `uid` stays the same from one export to the next."""

    uid: str
    name: str
    organization: str = ""
    job_title: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    street: str = ""
    place: str = ""
    region: str = ""
    country: str = ""
    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    is_organization: bool = False


def escaped(text: str) -> str:
    """The text as it stands in a value.

    >>> escaped("Fjord; Valley, and more")
    'Fjord\\\\; Valley\\\\, and more'
    """
    return _SPECIAL.sub(lambda m: "\\n" if m[0] == "\n" else f"\\{m[0]}", _CONTROL.sub("", text))


def folded(line: str) -> str:
    """The line in pieces of 75 bytes, none in the middle of a character."""
    raw = line.encode()
    if len(raw) <= 75:
        return f"{line}\r\n"
    pieces, start, width = [], 0, 75
    while start < len(raw):
        end = min(len(raw), start + width)
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end].decode())
        start, width = end, 74
    return "\r\n ".join(pieces) + "\r\n"


def _lines(card: Card) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"UID:urn:uuid:{card.uid}"
    yield f"KIND:{'org' if card.is_organization else 'individual'}"
    yield f"FN:{escaped(card.name)}"
    if not card.is_organization:
        given, _space, family = card.name.rpartition(" ")
        yield f"N:{escaped(family)};{escaped(given)};;;"
    if firm := card.name if card.is_organization else card.organization:
        yield f"ORG:{escaped(firm)}"
    for name, value in (("TITLE", card.job_title), ("EMAIL", card.email)):
        if value:
            yield f"{name}:{escaped(value)}"
    if card.phone:
        yield f"TEL;VALUE=text:{escaped(card.phone)}"
    if card.website:
        yield f"URL:{card.website}"
    address = (card.street, card.place, card.region, card.country)
    if any(address):
        street, place, region, country = map(escaped, address)
        yield f"ADR:;;{street};{place};{region};;{country}"
    for language in card.languages:
        yield f"LANG:{escaped(language)}"
    if card.categories:
        yield f"CATEGORIES:{','.join(map(escaped, card.categories))}"
    yield "END:VCARD"


def write_vcards(cards: Iterable[Card]) -> Iterator[bytes]:
    """A file of cards, piece by piece."""
    buffer: list[str] = []
    for number, card in enumerate(cards, start=1):
        buffer += map(folded, _lines(card))
        if number % _CHUNK == 0:
            yield "".join(buffer).encode()
            buffer.clear()
    yield "".join(buffer).encode()
