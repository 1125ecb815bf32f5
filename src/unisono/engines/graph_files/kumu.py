"""Read a network from JSON: Kumu's elements and connections, and nodes with links or edges as other tools write them.

Source: docs.kumu.io, "JSON blueprint". JSON is read whole, so what it may unpack to is counted before.
"""

import json
import re
from pathlib import Path
from typing import Any

from unisono.engines.graph_files.records import EDGE, KIND, NODE, Record, Records, heading_of, named, put
from unisono.engines.tabular import TabularError
from unisono.engines.tabular.encoding import detected_encoding
from unisono.engines.tabular.layout import MAX_CELL, MAX_ROWS

_MAX_BYTES = 32 * 1024 * 1024
_MAX_VALUES = 1_000_000
_MAX_DEPTH = 32
# A text that never ends is one token to the end of the file, so that each character is looked at once.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}:,]', re.DOTALL)
_NODES = ("elements", "nodes")
_EDGES = ("connections", "links", "edges")


def _check_size(text: str) -> None:
    """Refuse what would fill memory once it is unpacked: too many values, too deep, endless texts."""
    depth = values = 0
    for match in _TOKEN.finditer(text):
        start = match.start()
        mark = text[start]
        if mark == '"':
            if match.end() - start > 2 * MAX_CELL:
                raise TabularError("cell_too_long", line=text.count("\n", 0, start) + 1, limit=MAX_CELL)
        elif mark in "[{":
            depth += 1
            values += 1
            if depth > _MAX_DEPTH:
                raise TabularError("too_deep", line=text.count("\n", 0, start) + 1, limit=_MAX_DEPTH)
        elif mark in "]}":
            depth -= 1
        else:
            values += 1
        if values > _MAX_VALUES:
            raise TabularError("too_large", what="JSON", limit=_MAX_VALUES)


class _TwiceError(ValueError):
    """A name comes twice in one object: which value is meant nobody can tell."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _value in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _TwiceError(f"“{twice[:40]}” comes twice in one object")
    return found


def _no_number(text: str) -> Any:
    raise _TwiceError(f"{text} is no number")


def _loaded(path: Path) -> Any:
    if path.stat().st_size > _MAX_BYTES:
        raise TabularError("too_large", what="JSON", limit=_MAX_BYTES)
    text = path.read_text(encoding=detected_encoding(path))
    _check_size(text)
    try:
        # Numbers stay the texts that they are: nothing is rounded, and a giant one costs nothing.
        return json.loads(
            text, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_no_number
        )  # fmt: skip
    except json.JSONDecodeError as error:
        raise TabularError("broken_json", line=error.lineno, said=error.msg[:80]) from None
    except _TwiceError as error:
        raise TabularError("broken_json", said=str(error)) from None
    except RecursionError:
        raise TabularError("too_deep", limit=_MAX_DEPTH) from None


def _list_in(content: dict[str, Any], names: tuple[str, ...]) -> list[Any] | None:
    for name in names:
        if name in content:
            if not isinstance(content[name], list):
                raise TabularError("unknown_json", what=name)
            return list(content[name])
    return None


def _filled(record: Record, item: dict[str, Any], known: tuple[str, ...]) -> Record:
    """The record with every other value of the item, those under "attributes" among them."""
    inner = item.get("attributes")
    # The same word is often both a part of the element and one of its attributes.
    there = {name.casefold() for name in known}
    for name, value in [*item.items(), *(inner.items() if isinstance(inner, dict) else ())]:
        if name != "attributes" and name.casefold() not in there:
            there.add(name.casefold())
            put(record, heading_of(name), value)
    return record


def _node(item: Any, number: int) -> Record:
    if not isinstance(item, dict):
        raise TabularError("unknown_json", row=number, what=str(item)[:40])
    record: Record = {KIND: NODE}
    for name in ("_id", "id", "label"):
        put(record, "id", item.get(name))
    put(record, "label", item.get("label"))
    return named(_filled(record, item, ("_id", "id", "label")))


def _edge(item: Any, number: int) -> Record:
    if not isinstance(item, dict):
        raise TabularError("unknown_json", row=number, what=str(item)[:40])
    record: Record = {KIND: EDGE}
    for heading, names in (("source", ("from", "source")), ("target", ("to", "target"))):
        for name in names:
            end = item.get(name)
            # Some tools write the whole node where its id belongs.
            put(
                record, heading, (end.get("_id") or end.get("id") or end.get("label")) if isinstance(end, dict) else end
            )
    return _filled(record, item, ("from", "source", "to", "target", "_id", "id"))


def kumu_records(path: Path) -> Records:
    """Records of a JSON file of a network; raises TabularError."""
    content = _loaded(path)
    if not isinstance(content, dict):
        raise TabularError("unknown_json", what="elements")
    nodes, edges = _list_in(content, _NODES), _list_in(content, _EDGES)
    if nodes is None and edges is None:
        raise TabularError("unknown_json", what="elements")
    del content
    number = 0
    for items, record_of in ((nodes or [], _node), (edges or [], _edge)):
        for item in items:
            number += 1
            if number > MAX_ROWS:
                raise TabularError("too_many_rows", limit=MAX_ROWS)
            yield record_of(item, number)
