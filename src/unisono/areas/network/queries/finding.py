"""Search over all kinds of record of a network at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, Value, When

from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries.lists import select
from unisono.core.text import name_key
from unisono.platform import search
from unisono.platform.actor import Actor

# As many hits can be sorted while somebody types.
_FEW = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A record that search found."""

    kind: Kind
    id: UUID
    title: str
    record: Any


def find(
    actor: Actor,
    network: Network,
    query: str,
    *,
    kinds: Sequence[Kind] = (),
    per_kind: int = 5,
    filters: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
) -> list[Found]:
    """The first records of each kind in which every word of `query` begins some word, kind by kind.

    Names that begin with the query come before names that hold it, and those before mere mentions. What the actor
    may not read is left out inside the query, so that not even its number shows. `filters` narrow kinds as `select`
    takes them. Where thousands match, those mentions that were entered last stand for the rest.
    """
    chosen = [kind for kind in (kinds or KINDS.values()) if kind.searchable]
    found: list[Found] = []
    if not search.terms_of(query):
        return found
    there = search.few_found(query, most=_FEW)
    for kind in chosen:
        if there is not None and kind.name not in there:
            continue
        narrowed = (filters or {}).get(kind.name)
        records = select(actor, network, kind, filters=narrowed, fields=kind.fields).prefetch_related(None)
        if there is not None:
            records = records.filter(pk__in=there[kind.name])
        else:
            records = records.filter(_near(kind, query, mentions=not narrowed))
        nearest = _in_order(kind, records, query)[:per_kind]
        found += [Found(kind, record.pk, kind.title(record), record) for record in nearest]
    return found


def _has_names(kind: Kind) -> bool:
    return kind.order.endswith("name_key")


def _in_order(kind: Kind, records: QuerySet[Any, Any], query: str) -> QuerySet[Any, Any]:
    """Nearest first."""
    if not _has_names(kind):
        return records
    key = name_key(query)
    nearness = Case(
        When(**{f"{kind.order}__startswith": key}, then=Value(0)),
        When(**{f"{kind.order}__contains": f" {key}"}, then=Value(1)),
        default=Value(2),
    )
    return records.order_by(nearness, kind.order, "pk")


def _near(kind: Kind, query: str, *, mentions: bool) -> Q:
    """Names with a word that begins with the query, and those that were entered last among all that match."""
    condition = Q(pk__in=[])
    if _has_names(kind):
        key = name_key(query)
        condition |= Q(**{f"{kind.order}__startswith": key}) | Q(**{f"{kind.order}__contains": f" {key}"})
    if mentions:
        condition |= Q(pk__in=search.latest_found(query, kind.name, limit=_FEW))
    return condition
