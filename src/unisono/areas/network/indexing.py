"""Which records of the area search finds, and by which words."""

from collections.abc import Iterable
from typing import Any

from unisono.areas.network.kinds import MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import Membership, Network
from unisono.platform import search
from unisono.platform.tenancy import Visibility

_OPEN = (Visibility.PUBLIC, Visibility.NETWORK)


def searchable(network: Network | None, kind: Kind, record: Any) -> search.Searchable:
    """What search may know of a record."""
    return search.Searchable(
        record_kind=kind.name,
        record_id=record.pk,
        title=kind.title(record),
        text=kind.search_text(record),
        network_id=network.pk if network is not None and kind.has_network else None,
    )


def index_records(network: Network, kind: Kind, records: Iterable[Any], *, new: bool = False) -> None:
    """Make many records findable, or no longer findable where they are archived or confidential."""
    chosen = list(records)
    if not kind.searchable:
        return
    open_ones = [r for r in chosen if r.archived_at is None and r.visibility in _OPEN]
    if len(open_ones) < len(chosen):
        search.remove([r.pk for r in chosen if r not in open_ones])
    search.index((searchable(network, kind, r) for r in open_ones), new=new)


def index_record(network: Network, kind: Kind, record: Any) -> None:
    """Make one record findable as it now is, and with it what is found through its name."""
    index_records(network, kind, [record])
    if kind in (MEMBER, ORGANIZATION):
        organization = record.organization if kind is MEMBER else record
        if kind is MEMBER:
            index_records(network, ORGANIZATION, [organization])
        others = Membership.objects.filter(organization=organization).exclude(pk=record.pk)
        for membership in others.select_related("organization", "network").prefetch_related("tags"):
            index_records(membership.network, MEMBER, [membership])
