"""Which records of the area search finds, and by which words."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from unisono.areas.network.hiding import OpenPart
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import Network
from unisono.platform import search
from unisono.platform.tenancy import Visibility

_OPEN = (Visibility.PUBLIC, Visibility.NETWORK)
_CHUNK = 500


def _keeps_something(kind: Kind, record: Any) -> bool:
    return bool(getattr(record.organization if kind is MEMBER else record, "readers", None))


def searchable(network: Network | None, kind: Kind, record: Any) -> search.Searchable:
    """What search may know of a record."""
    return search.Searchable(
        record_kind=kind.name,
        record_id=record.id,
        title=kind.title(record),
        text=kind.search_text(OpenPart(record) if _keeps_something(kind, record) else record),
        network_id=network.pk if network is not None and kind.has_network else None,
    )


def with_words(kind: Kind, **condition: Any) -> QuerySet[Any, Any]:
    """Records chosen by keys that are permitted already, with all that their search text asks for.

    The workspace is left out of the conditions: with it, and no statistics, SQLite reads the whole workspace.
    """
    lists = []
    for path in kind.prefetched:
        related: Any = kind.model._meta.get_field(path).related_model
        lists.append(Prefetch(path, related._base_manager.order_by(*related._meta.ordering)))
    records: QuerySet[Any, Any] = kind.model._base_manager.filter(**condition).prefetch_related(*lists)
    # Without names it would follow every foreign key there is.
    return records.select_related(*kind.related) if kind.related else records


def index_records(network: Network | None, kind: Kind, records: Iterable[Any], *, new: bool = False) -> None:
    """Make many records findable, or no longer findable where they are archived or confidential."""
    chosen = list(records)
    if not kind.searchable:
        return
    open_ones = [r for r in chosen if r.archived_at is None and r.visibility in _OPEN]
    if len(open_ones) < len(chosen):
        hidden = {r.pk for r in chosen} - {r.pk for r in open_ones}
        search.remove(hidden)
    search.index((searchable(network, kind, r) for r in open_ones), new=new)


def index_record(network: Network, kind: Kind, record: Any) -> None:
    """Make one record findable as it now is, and with it what is found through its name."""
    index_records(network, kind, [record])
    if kind in (MEMBER, ORGANIZATION):
        organization = record.organization if kind is MEMBER else record
        if kind is MEMBER:
            index_records(network, ORGANIZATION, [organization])
        index_hanging([organization.pk])


# How records hang on an organisation by whose name they are found.
_HANGING = {
    "member": "organization",
    "person": "organizations",
    "need": "membership__organization",
    "offering": "owners",
    "capability": "organization",
    "resource": "owner",
}


def index_hanging(
    organization_ids: Iterable[UUID], *, kinds: Iterable[str] = tuple(_HANGING), but_in: Network | None = None
) -> None:
    """Make findable by the organisations' present names what hangs on them, in whatever network but `but_in`."""
    ids = list(organization_ids)
    for name in kinds:
        path = _HANGING[name]
        kind = KINDS[name]
        for start in range(0, len(ids), _CHUNK):
            # By way of the keys, since a join would bring what hangs on two of them twice.
            keys = kind.model._base_manager.filter(**{f"{path}__in": ids[start : start + _CHUNK]})
            if but_in is not None and kind.has_network:
                keys = keys.exclude(network=but_in)
            found = with_words(kind, pk__in=keys.values("pk"))
            if kind.has_network:
                found = found.select_related("network", *kind.related)
            by_network: dict[Any, list[Any]] = {}
            for record in found:
                by_network.setdefault(record.network if kind.has_network else None, []).append(record)
            for network, chosen in by_network.items():
                index_records(network, kind, chosen)
