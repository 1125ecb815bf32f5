"""Merges that were made, and can be taken back."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS, ORGANIZATION
from unisono.areas.network.models import MergeRecord, Network, Organization
from unisono.areas.network.queries.comments import readable_records
from unisono.areas.network.queries.records import visible
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound
from unisono.platform.messages import message as _


def _merges(actor: Actor, network: Network) -> QuerySet[MergeRecord]:
    """Merges into organisations that the actor may read in this network, newest first."""
    here = visible(actor, network, ORGANIZATION, archived=None).values("pk")
    found: QuerySet[MergeRecord] = MergeRecord.objects.filter(keep__in=here)
    return found.select_related("keep", "absorb", "merged_by", "undone_by").defer("rows")


def merges_of(
    actor: Actor, network: Network, *, organization: Organization | None = None, limit: int = 100
) -> list[MergeRecord]:
    """The latest merges, of one organisation that stayed if it is given."""
    merges = _merges(actor, network)
    if organization is not None:
        merges = merges.filter(keep=organization)
    return list(merges[:limit])


def left_of(actor: Actor, network: Network, merges: Iterable[MergeRecord]) -> dict[UUID, list[dict[str, str]]]:
    """By merge, what stayed when it was taken back: {"kind", "id", "name", "field"} of each record.

    Of a record that the actor may not read in this network it says that there is one, and no more.
    """
    merges = list(merges)
    wanted = {(each["kind"], UUID(each["id"])) for merge in merges for each in merge.left}
    readable = readable_records(actor, network, wanted)
    return {merge.pk: [_named(each, readable.get(UUID(each["id"]))) for each in merge.left] for merge in merges}


def _named(left: dict[str, str], record: Any) -> dict[str, str]:
    if record is None:
        return {"kind": "", "id": "", "name": _("a record"), "field": ""}
    kind = KINDS[left["kind"]]
    field = kind.field(left["field"]) if left["field"] else None
    return {
        "kind": kind.name,
        "id": left["id"],
        "name": kind.title(record)[:200],
        "field": str(field.label) if field else left["field"],
    }


def get_merge(actor: Actor, network: Network, merge_id: UUID | str) -> MergeRecord:
    """One merge; NotFound when it is none that the actor may see.

    One whose kept organisation was merged since is found as well, by way of the one that is left.
    """
    policies.check_can_see_network(actor, network)
    try:
        record = MergeRecord.objects.select_related("keep", "absorb").filter(pk=merge_id).first()
    except (ValueError, ValidationError):
        record = None
    if record is not None:
        last, seen = record.keep, {record.keep_id}
        while last.merged_into_id is not None and last.merged_into_id not in seen:
            seen.add(last.merged_into_id)
            last = Organization.objects.get(pk=last.merged_into_id)
        if visible(actor, network, ORGANIZATION, archived=None).filter(pk=last.pk).exists():
            return record
    raise NotFound.at("merge", _("There is no such merge."), _("Look at the list of merges."))
