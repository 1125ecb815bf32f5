"""Rows as somebody may see them: what the check found in a record is shown to those who may read the record."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from unisono.areas.network import policies
from unisono.areas.network.importing.row_kinds import FURTHER, kind_named
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import ImportRow, Network
from unisono.platform.actor import Actor
from unisono.platform.messages import message as _


def readable_rows(actor: Actor, network: Network, rows: Sequence[ImportRow]) -> Sequence[ImportRow]:
    """The rows, never to be saved, without values of records that the actor may not read."""
    wanted: dict[str, set[UUID]] = {}
    for row in rows:
        for kind, pk in _records_of(row):
            wanted.setdefault(kind, set()).add(pk)
    hidden = _hidden(actor, network, wanted)
    for row in rows if hidden else ():
        if not hidden.isdisjoint(pk for _kind, pk in _compared(row)):
            row.changes = {}
            row.note = _("It changes a record that you may not read.")
        if not hidden.isdisjoint(pk for _kind, pk in _candidate(row)):
            row.candidate = {**row.candidate, "name": str(_("a record that you may not read"))}
    return rows


def _records_of(row: ImportRow) -> Iterable[tuple[str, UUID]]:
    yield from _compared(row)
    yield from _candidate(row)


def _compared(row: ImportRow) -> Iterable[tuple[str, UUID]]:
    if not row.changes:
        return
    for kind, pk in row.compared:
        yield kind, UUID(pk)
    if row.record_id is not None and not row.compared:
        yield _record_kind(row), row.record_id


def _candidate(row: ImportRow) -> Iterable[tuple[str, UUID]]:
    if pk := row.candidate.get("record_id"):
        yield _record_kind(row), UUID(pk)


def _record_kind(row: ImportRow) -> str:
    """The kind of record that a row names by its key: for a member's row that is its organisation."""
    if row.kind in FURTHER:
        return FURTHER[row.kind].creates[0].name
    return ORGANIZATION.name if row.kind == MEMBER.name else row.kind


def _hidden(actor: Actor, network: Network, wanted: dict[str, set[UUID]]) -> set[UUID]:
    """Which of these records the actor may not read, in one query."""

    def of_kind(kind: Kind, ids: set[UUID]) -> QuerySet[Any, UUID]:
        records = kind.model._default_manager.filter(pk__in=ids).exclude(policies.readable(actor, network, kind.model))
        return records.order_by().values_list("pk", flat=True)

    hidden = [of_kind(kind_named(kind), ids) for kind, ids in wanted.items()]
    return set(hidden[0].union(*hidden[1:], all=True)) if hidden else set()
