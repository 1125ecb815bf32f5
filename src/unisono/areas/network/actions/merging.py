"""Make one organisation of two that are the same; nothing is dropped without a word in the log."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.actions.merge_rows import differences, present, rows_on
from unisono.areas.network.indexing import index_record
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, ORGANIZATION_FIELDS, RELATIONSHIP
from unisono.areas.network.models import (
    DuplicatePair,
    FormerMembership,
    Membership,
    MergeRecord,
    Network,
    Offering,
    Organization,
    Relationship,
)
from unisono.areas.network.queries.elsewhere import organizations_elsewhere
from unisono.areas.network.queries.records import get_record
from unisono.platform import log, search
from unisono.platform.accounts import share_mandates
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotAllowed, NotFound
from unisono.platform.messages import message as _

_MERGED_FIELDS = tuple(f.name for f in ORGANIZATION_FIELDS if f.name not in ("name", "key", "aliases"))
_MEMBER_FIELDS = ("actor_type", "origin", "tier", "format", "wave", "partner_decision", "expected_gain", "source_ref")
# The further to the front, the more alive a membership is.
_LIVELIEST = ("active", "paused", "onboarding", "invited", "prospect", "exited")
_EMPTY: tuple[Any, ...] = (None, "", [])
# Given the membership that stays, the one that goes, and what a row touched by the merge bears.
Handover = Callable[[Membership, Membership, Mapping[str, Any]], None]
_handovers: list[Handover] = []


def register_handover(handover: Handover) -> None:
    """Let a higher area move what it hung on a membership to the one that this is joined with."""
    if handover not in _handovers:
        _handovers.append(handover)


@transaction.atomic
def merge_organizations(
    *,
    actor: Actor,
    network: Network,
    keep_id: UUID | str,
    absorb_id: UUID | str,
    take: Collection[str] = (),
    at: datetime | None = None,
) -> Organization:
    """Make one organisation of two: `keep` takes over everything that hangs on `absorb`.

    Empty fields of the kept one are filled from the other, and those that `take` names take the other's value; its
    name becomes another name. The absorbed row stays,
    in the state "merged" and pointing at the kept one, so that old references still lead somewhere. It reaches into
    every network that either is in, so the actor must be allowed to change records in all of them. Raises Conflict,
    Invalid, NotAllowed, NotFound.
    """
    policies.check_can_edit_records(actor, network)
    ids = _meant(actor, network, (keep_id, absorb_id))
    if ids[0] == ids[1]:
        raise Invalid.at("absorb", _("An organisation cannot be merged with itself."), _("Choose another one."))
    held(Membership, Q(organization__in=ids))
    both = {organization.pk: organization for organization in held(Organization, Q(pk__in=ids))}
    # Once more, since one may have become a member before its organisation was held.
    memberships = held(Membership, Q(organization__in=ids))
    keep: Organization = both[ids[0]]
    absorb: Organization = both[ids[1]]
    if keep.merged_into_id or absorb.merged_into_id:
        raise Conflict.at("absorb", _("It was merged a moment ago."), _("Look at the list again."))
    check_everywhere(actor, keep, absorb, memberships)
    now = at or timezone.now()
    before = rows_on(ids)
    merging = _Merging(actor, now)
    changes = {"merged": [absorb.name, keep.name], **_fill(keep, absorb, take)}
    # A key that gives way stays on the absorbed row, where imports still find it.
    merging.touch(absorb, merged_into=keep, state="merged", key="" if keep.key == absorb.key else absorb.key)
    merging.touch(keep)
    merging.join_memberships(keep, absorb, memberships)
    share_mandates(of=absorb.pk, to=keep.pk)
    for mine, theirs in (
        (keep.people, absorb.people),
        (keep.offerings, absorb.offerings),
    ):
        moving = list(theirs.values_list("pk", flat=True))
        mine.add(*moving)
        theirs.remove(*moving)
        theirs.model.objects.filter(pk__in=moving).update(**merging.touched)
    absorb.capabilities.update(organization=keep, **merging.touched)
    absorb.resources.update(owner=keep, **merging.touched)
    search.remove([absorb.pk])
    merging.happened("organization.merged", keep, network.pk, keep.pk, changes)
    log.record(merging.events)
    rows = differences(before, {**present(before), **rows_on(ids)})
    MergeRecord.objects.create(
        keep=keep, absorb=absorb, network=network, merged_at=now, merged_by_id=actor.user_id, rows=rows
    )
    _settle_pairs(actor, keep, absorb, now)
    index_record(network, ORGANIZATION, keep)
    return keep


def _meant(actor: Actor, network: Network, given: tuple[UUID | str, UUID | str]) -> list[UUID]:
    """The keys of the two: one is in this network, the other may be in another that the actor may change."""
    found: list[UUID] = []
    absent = 0
    for each in given:
        try:
            found.append(get_record(actor, network, ORGANIZATION, each).pk)
        except NotFound:
            absent += 1
            other = organizations_elsewhere(actor, network)
            if absent > 1 or not other.filter(pk=_key(each)).exists():
                raise
            found.append(_key(each))
    return found


def _key(given: UUID | str) -> UUID:
    """A key as a key; a nil one, which nothing has, for a text that is none."""
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except ValueError:
        return UUID(int=0)


def _settle_pairs(actor: Actor, keep: Organization, absorb: Organization, now: datetime) -> None:
    """The question whether the two are one is answered; others about the one that is gone are none any more."""
    pairs = DuplicatePair.objects.filter(Q(first=absorb) | Q(second=absorb), state=DuplicatePair.State.OPEN)
    pairs.filter(Q(first=keep) | Q(second=keep)).update(
        state=DuplicatePair.State.SAME, decided_by_id=actor.user_id, decided_at=now
    )
    pairs.delete()


def held(model: type[Any], condition: Q) -> list[Any]:
    """The rows as they are now, which nobody else changes or hangs anything on before this is over.

    Members come before organisations and each in the order of keys, as whoever edits them takes them.
    """
    return list(model.objects.select_for_update().filter(condition).order_by("pk"))


def check_everywhere(actor: Actor, keep: Organization, absorb: Organization, memberships: Iterable[Any]) -> None:
    """Raise NotAllowed when a network that either is in would be changed by somebody who may not change it."""
    both = [keep.pk, absorb.pk]
    owned = Offering.owners.through.objects.filter(organization__in=both)
    reached = {member.network_id for member in memberships} | {absorb.recorded_in_id}
    reached |= set(owned.values_list("offering__network_id", flat=True))
    for network in Network.objects.filter(pk__in=reached - {None}):
        if not policies.can_edit_records(actor, network):
            raise NotAllowed.at(
                _("your role"),
                _("One of the two is in another network too, whose records your role does not allow you to change."),
                _("Ask an owner of the workspace to merge them."),
            )


def _fill(keep: Organization, absorb: Organization, take: Collection[str]) -> dict[str, list[Any]]:
    """Fill empty fields of the kept organisation; gives what changed, and what gives way to the kept one's value."""
    chosen = _taken_values(keep, absorb, take)
    changes = _joined_values(keep, absorb, [name for name in _MERGED_FIELDS if name not in chosen]) | chosen
    # What was kept to the parties stays so, whoever's it was.
    taken = {n: level for n, level in absorb.readers.items() if n in changes and getattr(keep, n) == getattr(absorb, n)}
    keep.readers = {**keep.readers, **taken}
    if absorb.key:
        changes["key"] = [keep.key, absorb.key] if not keep.key else [absorb.key, keep.key]
        keep.key = keep.key or absorb.key
    if absorb.state != keep.state:
        changes["state"] = [absorb.state, keep.state]
    if keep.archived_at is not None and absorb.archived_at is None:
        changes["archived_at"] = [keep.archived_at, None]
        keep.archived_at = None
    aliases = list(dict.fromkeys([*keep.aliases, absorb.name, *absorb.aliases]))
    keep.aliases = [alias for alias in aliases if alias != keep.name]
    return changes | _joined_custom(keep, absorb)


def _taken_values(keep: Organization, absorb: Organization, names: Iterable[str]) -> dict[str, list[Any]]:
    """Take the values of the one that goes for these fields, as a person chose."""
    changes: dict[str, list[Any]] = {}
    for name in names:
        if name not in (*_MERGED_FIELDS, "name"):
            raise Invalid.at(
                "take",
                _("“%(name)s” is no field that can be taken over.") % {"name": name},
                _("Use some of: %(names)s.") % {"names": ", ".join(("name", *_MERGED_FIELDS))},
            )
        mine, theirs = getattr(keep, name), getattr(absorb, name)
        if mine != theirs and theirs not in _EMPTY:
            changes[name] = [mine, theirs]
            setattr(keep, name, theirs)
            if name == "name":
                keep.name_key = absorb.name_key
                keep.aliases = [*keep.aliases, mine]
    return changes


def _joined_values(new: Any, old: Any, names: Iterable[str]) -> dict[str, list[Any]]:
    """Fill empty columns of `new`; for each the log has [before, after], of `old` where that gives way."""
    changes = {}
    for name in names:
        mine, theirs = getattr(new, name), getattr(old, name)
        if theirs in _EMPTY or mine == theirs:
            continue
        if mine in _EMPTY:
            setattr(new, name, theirs)
            changes[name] = [mine, theirs]
        else:
            changes[name] = [theirs, mine]
    return changes


def _joined_custom(new: Any, old: Any) -> dict[str, list[Any]]:
    changes = {}
    custom = dict(new.custom or {})
    for name, theirs in (old.custom or {}).items():
        mine = custom.get(name)
        if theirs in _EMPTY or mine == theirs:
            continue
        # Of a field of one network the log has the name; two of the same name keep the key that tells them apart.
        field = f"custom.{name.rpartition('-')[2]}"
        changes[f"custom.{name}" if field in changes else field] = [mine, theirs] if mine in _EMPTY else [theirs, mine]
        custom[name] = theirs if mine in _EMPTY else mine
    new.custom = custom
    return changes


class _Merging:
    """One merge by one actor: what it touches bears its time, what it does is told to the log."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.actor, self.now = actor, now
        self.touched = {"updated_at": now, "updated_by_id": actor.user_id}
        self.events: list[Any] = []

    def touch(self, record: Any, **changed: Any) -> None:
        """Store a record as changed by this merge."""
        for name, value in {**changed, **self.touched}.items():
            setattr(record, name, value)
        record.save()

    def happened(
        self, kind: str, subject: Any, network_id: UUID | None, about_id: UUID | None, changes: Mapping[str, Any]
    ) -> None:
        """Keep an event for the log, its values as the log holds them."""
        before, after = ({name: pair[side] for name, pair in changes.items()} for side in (0, 1))
        self.events.append(
            log.event(
                actor=self.actor, kind=kind, subject=subject, network_id=network_id, about_id=about_id,
                changes=log.changes_between(before, after, personal=log.personal_in(subject, changes)), at=self.now,
            )
        )  # fmt: skip

    def join_memberships(self, keep: Organization, absorb: Organization, memberships: Iterable[Membership]) -> None:
        """Hand the absorbed organisation's memberships over; where both are members, join the two memberships."""
        chosen = list(memberships)
        kept = {member.network_id: member for member in chosen if member.organization_id == keep.pk}
        for old in chosen:
            if old.organization_id != absorb.pk:
                continue
            new = kept.get(old.network_id)
            if new is None:
                self.touch(old, organization=keep)
                change = {"organization": [absorb.name, keep.name]}
                self.happened("member.merged", old, old.network_id, keep.pk, change)
            else:
                self._join(keep, new, old)

    def _join(self, keep: Organization, new: Membership, old: Membership) -> None:
        changes = self._join_life(new, old)
        changes |= _joined_values(new, old, _MEMBER_FIELDS) | _joined_custom(new, old)
        sides = list(dict.fromkeys([*new.sides, *old.sides]))
        changes["sides"] = [new.sides, sides]
        new.sides = sides
        if old.joined_on and (new.joined_on is None or old.joined_on < new.joined_on):
            changes["joined_on"] = [new.joined_on, old.joined_on]
            new.joined_on = old.joined_on
        # Neither of the two was brought in by itself.
        brought_by = next((r for r in (new.referrer_id, old.referrer_id) if r not in (None, new.pk, old.pk)), None)
        changes["referrer"] = [new.referrer_id, brought_by]
        new.referrer_id = brought_by
        tags = sorted(tag.name for tag in new.tags.all())
        new.tags.add(*old.tags.all())
        changes["tags"] = [tags, sorted(tag.name for tag in new.tags.all())]
        self.touch(new)
        agreed = list(old.agreements.values_list("pk", flat=True))
        new.agreements.add(*agreed)
        old.agreements.remove(*agreed)
        new.agreements.filter(pk__in=agreed).update(**self.touched)
        # A tie between the two would tie the kept one to itself.
        for tie in Relationship.objects.filter(Q(first=old, second=new) | Q(first=new, second=old)):
            self.happened(f"{RELATIONSHIP.name}.removed", tie, old.network_id, keep.pk, {"kinds": [tie.kinds, []]})
            tie.delete()
        for related in (old.needs, old.notes, old.attachments, old.role_assignments):
            related.update(membership=new, **self.touched)
        old.relationships_first.update(first=new, **self.touched)
        old.relationships_second.update(second=new, **self.touched)
        for handover in _handovers:
            handover(new, old, self.touched)
        old.referred.exclude(pk=new.pk).update(referrer=new, **self.touched)
        self.happened(f"{MEMBER.name}.merged", new, new.network_id, keep.pk, changes)
        search.remove([old.pk])
        old.former.update(membership=new)
        FormerMembership.objects.update_or_create(pk=old.pk, defaults={"membership": new})
        old.delete()

    def _join_life(self, new: Membership, old: Membership) -> dict[str, list[Any]]:
        """The joined membership is in use if either was, in the state of the livelier of those in use."""
        changes: dict[str, list[Any]] = {}
        in_use = [member for member in (new, old) if member.archived_at is None] or [new, old]
        liveliest = min(in_use, key=lambda member: _LIVELIEST.index(member.state))
        if new.archived_at is not None and old.archived_at is None:
            changes["archived_at"] = [new.archived_at, None]
            new.archived_at = None
        if new.state != liveliest.state:
            changes["state"] = [new.state, liveliest.state]
        elif old.state != new.state:
            changes["state"] = [old.state, new.state]
        new.state = liveliest.state
        for name, empty in (("exited_on", None), ("exit_reason", "")):
            # Why and when it left is said only of one that has left.
            before = getattr(new, name)
            given = before or getattr(old, name)
            result = given if new.state == "exited" else empty
            changes[name] = [before if before != result else getattr(old, name) or result, result]
            setattr(new, name, result)
        return changes
