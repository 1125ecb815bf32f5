"""Further kinds of importable rows, beside organisations and what belongs to them: ties, and those of higher areas.

A further kind is declared once, as a `RowKind`, and told to `register`, as jobs and guards are, when the app of its
area starts (`apps.py: ready`). After that its rows go through the same steps as every other row: suggestion of
columns, check, preview, decisions, mending, apply and undo, by page, API and command. To add one:

1. Say which fields a row has (`fields`): plain `Field`s, read from the cells as text, date and so on, each with the
   headings it is known under (`synonyms`). A field that is `required` must be mapped and filled. A field that names
   another record is a text here; look the record up in `judge` (`end_meant` finds an organisation by the id it has
   within the file, its key or its name).
2. `judge(checker, rows)` says what each row would do: it sets `status` ("new", "update", "same", "left_out", "wrong"
   with a `Problem` in `row.parsed.problems`), `record_id`, `changes` and `note` of each `Verdict`. It gets some
   hundred rows at once, after all rows of organisations: load what they need in a few queries. What it must remember
   from one call to the next (rows that repeat each other) it keeps in `checker.kept`.
3. `write(preparation, rows)` prepares the records of (row, parsed, id of the record it changes or None):
   `preparation.writer.new` and `.changed` write the record, its event, its search entry and what undoing needs;
   `preparation.end_meant` gives the organisation that a text names, `preparation.members` new members by it.
   A judge whose rows bring in people as well says so in `changes` (`NEW_PEOPLE`), and they are counted.
4. `creates` are the kinds of record that its rows bring in, what is removed first at an undo first.
   `stands_on` says by (kind of record, kind and column) which others it cannot be without.
5. `compared_with(network)` are the rows whose change makes a check stale.

`relationships.py` is the example.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet

from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import ImportRow, Network
from unisono.platform.fields import Field, Label

if TYPE_CHECKING:
    from unisono.areas.network.importing.applying import Preparation
    from unisono.areas.network.importing.checking import Checker, Verdict
    from unisono.areas.network.importing.parsing import Parsed

# What organisations' own rows create, in the order in which an undo removes it.
_OWN_ORDER = ("need", "capability", "offering", "person", "member", "organization")

# Where a new row says in `changes` which people it brings in: [None, names].
NEW_PEOPLE = "new_people"
Rows = Sequence[tuple[ImportRow, "Parsed", UUID | None]]


@dataclass(frozen=True, slots=True)
class RowKind:
    """A further kind of importable row; the module's first lines say how to make one."""

    name: str
    label: Label
    fields: Callable[[Network], list[Field]]
    title: Callable[[dict[str, Any]], str]
    judge: Callable[["Checker", "list[Verdict]"], None]
    write: Callable[["Preparation", Rows], None]
    creates: tuple[Kind, ...]
    # (kind that it creates, kind it stands on, column or path that holds its id)
    stands_on: tuple[tuple[str, str, str], ...]
    compared_with: Callable[[Network], QuerySet[Any, Any]]
    # Fields whose texts name organisations: rows of those are looked at again when one row is mended.
    named_by: tuple[str, ...] = ()
    # Words by which a column tells that a row is one, folded.
    words: tuple[str, ...] = ()


FURTHER: dict[str, RowKind] = {}


def register(kind: RowKind) -> None:
    """Make rows of this kind importable; called once when the app of its area starts."""
    FURTHER[kind.name] = kind


def removal_order() -> tuple[str, ...]:
    """Kinds of record that imports create: what is removed first must not be pointed at by what is removed later."""
    further = [kind.name for row_kind in reversed(FURTHER.values()) for kind in row_kind.creates]
    return (*dict.fromkeys(further), *_OWN_ORDER)


def kind_named(name: str) -> Kind:
    """The kind of record of this name, of whatever area."""
    if name in KINDS:
        return KINDS[name]
    return next(kind for kind in _created() if kind.name == name)


def all_kinds() -> list[Kind]:
    """Every kind of record that an import may touch."""
    return list({kind.name: kind for kind in (*KINDS.values(), *_created())}.values())


def _created() -> list[Kind]:
    return [kind for row_kind in FURTHER.values() for kind in row_kind.creates]


def label_of_rows(name: str) -> Label:
    """What rows of this kind are called, many of them."""
    return FURTHER[name].label if name in FURTHER else KINDS[name].label_plural


def stands_on() -> list[tuple[str, str, str]]:
    """(kind, kind it stands on, path) of what further rows bring in, what is removed first coming first."""
    return [each for row_kind in reversed(FURTHER.values()) for each in row_kind.stands_on]
