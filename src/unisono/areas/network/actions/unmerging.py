"""Take a merge back: both organisations as they were, but for what was changed since."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.actions.merge_rows import is_record, put_back
from unisono.areas.network.actions.merging import check_everywhere, held
from unisono.areas.network.indexing import index_hanging, index_records
from unisono.areas.network.kinds import KINDS, ORGANIZATION
from unisono.areas.network.models import DuplicatePair, Membership, MergeRecord, Network, Organization
from unisono.areas.network.queries.merges import get_merge
from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict
from unisono.platform.messages import message as _


@transaction.atomic
def unmerge_organizations(
    *, actor: Actor, network: Network, merge_id: UUID | str, at: datetime | None = None
) -> MergeRecord:
    """Make two organisations again of one that a merge made of two.

    What somebody changed after the merge stays with the kept one and is listed in `left` of the record. The pair
    is remembered as two different ones. Raises Conflict, NotAllowed, NotFound.
    """
    policies.check_can_edit_records(actor, network)
    record = get_merge(actor, network, merge_id)
    ids = [record.keep_id, record.absorb_id]
    members = held(Membership, Q(organization__in=ids))
    both = {organization.pk: organization for organization in held(Organization, Q(pk__in=ids))}
    keep, absorb = both[record.keep_id], both[record.absorb_id]
    check_everywhere(actor, keep, absorb, [*members, *_memberships_in(record)])
    if keep.merged_into_id:
        raise Conflict.at(
            "merge",
            _("“%(name)s” was itself merged since.") % {"name": keep.name},
            _("Take that merge back first."),
        )
    now = at or timezone.now()
    # The condition lets exactly one of two people who press at once win.
    undone = MergeRecord.objects.filter(pk=record.pk, undone_at=None)
    if absorb.merged_into_id != keep.pk or not undone.update(undone_at=now, undone_by_id=actor.user_id):
        raise Conflict.at("merge", _("This merge was taken back already."), _("Look at the list again."))
    whole = [*ids, *(member.pk for member in members)]
    restored = put_back(record.rows, whole=whole)
    record.refresh_from_db()
    record.left = [_left(label, key, column) for label, key, column in restored.left if is_record(label)]
    record.save(update_fields=["left"])
    _remember_as_different(actor, keep, absorb, now)
    changes = {"merged": [keep.name, absorb.name]}
    about = [(keep, keep.pk), (absorb, absorb.pk)]
    log.record(
        log.event(actor=actor, kind="organization.unmerged", subject=subject, network_id=network.pk, about_id=pk,
                  changes=changes, at=now)
        for subject, pk in about
    )  # fmt: skip
    index_records(network, ORGANIZATION, Organization.objects.filter(pk__in=ids))
    index_hanging(ids)
    return record


def _memberships_in(record: MergeRecord) -> list[Any]:
    """Memberships that the merge ended, as far as the check of networks looks at them."""
    label = Membership._meta.label
    return [
        Membership(network_id=UUID(old["network"])) for table, _key, old, new in record.rows
        if table == label and new is None
    ]  # fmt: skip


def _left(label: str, key: str, column: str) -> dict[str, str]:
    """Which record stayed; without its name, which not everybody who may read of the merge may read."""
    kind = next((kind for kind in KINDS.values() if kind.model is apps.get_model(label)), None)
    return {"kind": kind.name if kind else label.rpartition(".")[2].lower(), "id": key, "field": column}


def _remember_as_different(actor: Actor, keep: Organization, absorb: Organization, now: datetime) -> None:
    first, second = sorted((keep.pk, absorb.pk))
    DuplicatePair.objects.update_or_create(
        first_id=first, second_id=second,
        defaults={"state": DuplicatePair.State.DIFFERENT, "decided_by_id": actor.user_id, "decided_at": now},
        create_defaults={"state": DuplicatePair.State.DIFFERENT, "decided_by_id": actor.user_id, "decided_at": now,
                         "found_at": now},
    )  # fmt: skip
