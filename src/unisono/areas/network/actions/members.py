"""Members: bring an organisation, new or known, into a network."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from unisono.areas.network import policies
from unisono.areas.network.actions.records import store_new
from unisono.areas.network.actions.values import name_is_taken, parse_values
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Membership, Network, Organization
from unisono.areas.network.queries.records import fields_of, organization_within_reach
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict
from unisono.platform.messages import message as _


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

    The existing one may be of any network that the actor has a role in.

    A new organisation with the name of an existing one raises Conflict unless `same_name` says that they are two.
    """
    policies.check_can_edit_records(actor, network)
    fields = fields_of(network, MEMBER)
    if organization_id is not None:
        organization = organization_within_reach(actor, organization_id)
        values = {"name": organization.name, **values}
    clean = parse_values(actor, network, MEMBER, fields, values, partial=organization_id is not None)
    if organization_id is None:
        same = name_is_taken(actor, clean["name"])
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
