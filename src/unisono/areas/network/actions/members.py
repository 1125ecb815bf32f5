"""Members: bring an organisation into a network, and make one of two that are the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.actions.records import store_new
from unisono.areas.network.actions.values import name_is_taken, parse_values
from unisono.areas.network.indexing import index_record, index_records
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, ORGANIZATION_FIELDS, PERSON
from unisono.areas.network.models import Membership, Network, Organization, Relationship
from unisono.areas.network.queries.records import fields_of, get_record
from unisono.platform import log, search
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid


@transaction.atomic
def add_member(
    *,
    actor: Actor,
    network: Network,
    values: Mapping[str, Any],
    organization_id: UUID | str | None = None,
    state: str = "active",
    same_name: bool = False,
    source_ref: str = "",
    at: datetime | None = None,
) -> Membership:
    """Make an organisation a member: a new one from `values`, or the existing `organization_id`.

    A new organisation with the name of an existing one raises Conflict unless `same_name` says that they are two.
    """
    policies.check_can_edit_records(actor, network)
    fields = fields_of(network, MEMBER)
    if organization_id is not None:
        organization = get_record(actor, network, ORGANIZATION, organization_id)
        values = {"name": organization.name, **values}
    clean = parse_values(network, MEMBER, fields, values, partial=organization_id is not None)
    if organization_id is None:
        same = name_is_taken(network, clean["name"])
        if same is not None and not same_name:
            raise Conflict.at(
                "name",
                _("There is already an organisation called “%(name)s”.") % {"name": same.name},
                _("Make that one a member (organisation %(id)s), or say that this is another of the same name.")
                % {"id": same.pk},
            )
        organization = Organization(recorded_in=network)
    if Membership.objects.filter(network=network, organization=organization).exists():
        raise Conflict.at(
            "organization",
            _("“%(name)s” is a member already.") % {"name": organization.name},
            _("Open its page; if it is archived, bring it back."),
        )
    member: Membership = store_new(
        actor=actor,
        network=network,
        kind=MEMBER,
        record=Membership(network=network, organization=organization),
        clean=clean,
        state=state,
        source_ref=source_ref,
        at=at,
    )
    return member


_MERGED_FIELDS = tuple(f.name for f in ORGANIZATION_FIELDS if f.name not in ("name", "key", "aliases"))


@transaction.atomic
def merge_organizations(
    *,
    actor: Actor,
    network: Network,
    keep_id: UUID | str,
    absorb_id: UUID | str,
    at: datetime | None = None,
) -> Organization:
    """Make one organisation of two: `keep` takes over everything that hangs on `absorb`.

    Empty fields of the kept one are filled from the other; its name becomes another name. The absorbed row stays,
    in the state "merged" and pointing at the kept one, so that old references still lead somewhere.
    """
    policies.check_can_edit_records(actor, network)
    keep: Organization = get_record(actor, network, ORGANIZATION, keep_id)
    absorb: Organization = get_record(actor, network, ORGANIZATION, absorb_id)
    if keep.pk == absorb.pk:
        raise Invalid.at("absorb", _("An organisation cannot be merged with itself."), _("Choose another one."))
    now = at or timezone.now()
    # Claim the absorbed row first: two people who merge it at once must take turns.
    if not Organization.objects.filter(pk=absorb.pk, merged_into=None).update(
        merged_into=keep, state="merged", key="", updated_at=now, updated_by_id=actor.user_id
    ):
        raise Conflict.at("absorb", _("It was merged a moment ago."), _("Look at the list again."))
    changes: dict[str, Any] = {"merged": [absorb.name, keep.name]}
    for name in _MERGED_FIELDS:
        value = getattr(absorb, name)
        if getattr(keep, name) in (None, "", []) and value not in (None, "", []):
            changes[name] = [getattr(keep, name), value]
            setattr(keep, name, value)
    if not keep.key and absorb.key:
        changes["key"] = ["", absorb.key]
        keep.key = absorb.key
    keep.aliases = list(dict.fromkeys([*keep.aliases, absorb.name, *absorb.aliases]))
    keep.aliases = [alias for alias in keep.aliases if alias != keep.name]
    keep.updated_at, keep.updated_by_id = now, actor.user_id
    keep.save()
    _move_memberships(keep, absorb)
    for person in absorb.people.all():
        person.organizations.add(keep)
        person.organizations.remove(absorb)
    for offering in absorb.offerings.all():
        offering.owners.add(keep)
        offering.owners.remove(absorb)
    absorb.capabilities.update(organization=keep)
    absorb.resources.update(owner=keep)
    search.remove([absorb.pk])
    log.record(
        log.event(
            actor=actor, kind="organization.merged", subject=keep, network_id=network.pk, about_id=keep.pk,
            changes=changes, at=at,
        )
    )  # fmt: skip
    index_record(network, ORGANIZATION, keep)
    people = keep.people.prefetch_related("organizations")
    index_records(network, PERSON, people)
    return keep


def _move_memberships(keep: Organization, absorb: Organization) -> None:
    """Hand the absorbed organisation's memberships over; where both are members, join the two memberships."""
    kept = {m.network_id: m for m in Membership.objects.filter(organization=keep)}
    for old in Membership.objects.filter(organization=absorb):
        new = kept.get(old.network_id)
        if new is None:
            old.organization = keep
            old.save(update_fields=["organization"])
            continue
        new.sides = list(dict.fromkeys([*new.sides, *old.sides]))
        for name in (
            "actor_type",
            "tier",
            "origin",
            "format",
            "wave",
            "partner_decision",
            "expected_gain",
            "referrer_id",
        ):
            if getattr(new, name) in (None, ""):
                setattr(new, name, getattr(old, name))
        if old.joined_on and (new.joined_on is None or old.joined_on < new.joined_on):
            new.joined_on = old.joined_on
        new.custom = {**old.custom, **{k: v for k, v in new.custom.items() if v not in (None, "", [])}}
        new.save()
        new.tags.add(*old.tags.all())
        for agreement in old.agreements.all():
            agreement.parties.add(new)
        for related in (old.needs, old.notes, old.attachments, old.role_assignments):
            related.update(membership=new)
        # A tie between the two would tie the kept one to itself.
        Relationship.objects.filter(Q(first=old, second=new) | Q(first=new, second=old)).delete()
        old.relationships_first.update(first=new)
        old.relationships_second.update(second=new)
        old.referred.update(referrer=new)
        search.remove([old.pk])
        old.delete()
