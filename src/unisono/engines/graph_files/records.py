"""A record of a graph file: heading to text, with the kind of thing that it stands for; and its limits."""

from collections.abc import Iterator
from typing import Any

from unisono.engines.tabular import TabularError
from unisono.engines.tabular.layout import MAX_CELL, MAX_COLUMNS

Record = dict[str, str]
Records = Iterator[Record]

# Heading under which each record says what it is.
KIND = "row"
NODE, EDGE = "node", "edge"
# Headings with a meaning of their own; an attribute of the same name gets a word after it.
RESERVED = frozenset({KIND, "id", "source", "target"})


def heading_of(name: str) -> str:
    """The heading under which an attribute of this name stands.

    >>> heading_of(" Modularity  Class "), heading_of("id")
    ('Modularity Class', 'id (attribute)')
    """
    text = " ".join(name.split())[:180] or "attribute"
    return f"{text} (attribute)" if text.casefold() in RESERVED else text


def put(record: Record, heading: str, value: Any, *, line: int | None = None) -> None:
    """Set a value of a record, the first one if several come; raises TabularError for what is too much."""
    text = text_of(value)
    if not text or heading in record:
        return
    if len(text) > MAX_CELL:
        raise TabularError("cell_too_long", line=line, limit=MAX_CELL)
    if len(record) > MAX_COLUMNS:
        raise TabularError("too_many_columns", line=line, limit=MAX_COLUMNS)
    record[heading] = text


def text_of(value: Any) -> str:
    """A value as a person would type it; lists with ; between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ";".join(text for part in value if (text := text_of(part)))
    if isinstance(value, dict):
        return ";".join(f"{name}: {text}" for name, part in value.items() if (text := text_of(part)))
    return str(value).strip()


def named(record: Record) -> Record:
    """A node's record; one without a name is called by its id."""
    if record[KIND] == NODE and "id" in record and not any(name.casefold() in ("label", "name") for name in record):
        record["label"] = record["id"]
    return record
