"""Search over all kinds of record of a network at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Value, When

from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries.records import visible
from unisono.core.text import name_key
from unisono.platform import search
from unisono.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class Found:
    """A record that search found."""

    kind: Kind
    id: UUID
    title: str
    record: Any


def find(actor: Actor, network: Network, query: str, *, kinds: Sequence[Kind] = (), per_kind: int = 5) -> list[Found]:
    """The first records of each kind in which every word of `query` begins some word, kind by kind.

    What the actor may not read is left out inside the query, so that not even its number shows.
    """
    chosen = [kind for kind in (kinds or KINDS.values()) if kind.searchable]
    found: list[Found] = []
    if not search.terms_of(query):
        return found
    for kind in chosen:
        records = (
            visible(actor, network, kind)
            .filter(pk__in=search.record_ids(query, kind.name))
            .prefetch_related(None)
            .order_by(*_nearest_first(kind, query))[:per_kind]
        )
        found += [Found(kind, record.pk, kind.title(record), record) for record in records]
    return found


def _nearest_first(kind: Kind, query: str) -> list[Any]:
    """Names that begin with the words come before names that hold them, and those before mere mentions."""
    if not kind.order.endswith("name_key"):
        return [kind.order, "pk"]
    key = name_key(query)
    nearness = Case(
        When(**{f"{kind.order}__startswith": key}, then=Value(0)),
        When(**{f"{kind.order}__contains": key}, then=Value(1)),
        default=Value(2),
    )
    return [nearness, kind.order, "pk"]
