"""A chain of hashes over numbered entries: change, take out, put in or swap one, and all that follow say so."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

# What the first entry of a chain is hashed with.
FIRST = "0" * 64
_encode = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode

# Number, seal as it is kept, content as `canonical` gives it.
Link = tuple[int | None, str | None, str]


class Rule(StrEnum):
    """What a chain can break."""

    NUMBER = "number"
    SEAL = "seal"
    HEAD = "head"
    END = "end"
    # Not found by reading a chain, but by comparing it with what is kept of it elsewhere.
    BEYOND = "beyond"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which a chain is broken; `sequence` is the number that was to come there."""

    rule: Rule
    sequence: int


def _exact(value: Any) -> Any:
    """`value` with numbers that databases write differently made alike: 1e2 and 100.0 are 100."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(name): _exact(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(part) for part in value]
    return value


def canonical(fields: Iterable[str | None], changes: Any) -> str:
    """The content of an entry as one text: JSON, without blanks, names sorted, letters beyond ASCII escaped.

    Parameters
    ----------
    fields : texts or None, in a fixed order
    changes : JSON of any depth

    Returns
    -------
    str
        Equal for equal content, whichever database kept it in between.

    Examples
    --------
    >>> canonical(["a", None], {"b": 1.0, "a": "ø"})
    '["a",null,{"a":"\\\\u00f8","b":1}]'
    """
    return _encode([*fields, _exact(changes) if changes else changes])


def sealed(before: str, sequence: int, content: str) -> str:
    """Seal of an entry: SHA-256 over the seal before it, its number and its content, as 64 hexadecimal digits."""
    return sha256(f"{before}\n{sequence}\n{content}".encode("ascii")).hexdigest()


def first_break(links: Iterable[Link], heads: Mapping[int, str], *, end: int) -> Break | None:
    """Where the chain is broken for the first time, or None.

    Parameters
    ----------
    links : iterable of (number, seal, content), in the order of their numbers
        Read once, one after the other; nothing is kept.
    heads : mapping of number to seal
        Heads that were kept elsewhere; those up to the end must be seals of the chain. O(1) each.
    end : int
        Number of the last entry there must be.

    Returns
    -------
    Break or None
        NUMBER for an entry that is missing or there twice, SEAL for one whose content, number or seal is another than
        it was, HEAD for a chain that is sound in itself and yet not the one whose head was kept, END for one that
        ends too early or too late.

    Examples
    --------
    >>> one = sealed(FIRST, 1, '["a"]')
    >>> first_break([(1, one, '["a"]')], {1: one}, end=1) is None
    True
    >>> first_break([(1, one, '["b"]')], {1: one}, end=1)
    Break(rule=<Rule.SEAL: 'seal'>, sequence=1)
    """
    before, last = FIRST, 0
    for sequence, seal, content in links:
        last += 1
        if sequence != last:
            return Break(Rule.NUMBER, last)
        before = sha256(f"{before}\n{last}\n{content}".encode("ascii")).hexdigest()
        if before != seal:
            return Break(Rule.SEAL, last)
        if last in heads and heads[last] != before:
            return Break(Rule.HEAD, last)
    return None if last == end else Break(Rule.END, min(last, end) + 1)
