"""Many at once: bring members into a gathering or an initiative, and note who was there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy

from unisono.areas.activities.kinds import PARTICIPATION
from unisono.areas.activities.models import Gathering, Initiative, Participation
from unisono.areas.network import policies
from unisono.areas.network.actions import add_record, change_state, restore_record
from unisono.areas.network.actions.values import parse_values
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Network
from unisono.areas.network.queries import get_record
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, Problem
from unisono.platform.fields import Field, Type
from unisono.platform.messages import message as _

MEMBERS = Field("memberships", gettext_lazy("Members"), Type.REFS, refers_to="member", required=True)
MOST = 500


def _occasion(actor: Actor, network: Network, kind_name: str, record_id: UUID | str) -> Gathering | Initiative:
    found: Gathering | Initiative = get_record(actor, network, KINDS[kind_name], record_id)
    return found


@transaction.atomic
def add_participants(
    *,
    actor: Actor,
    network: Network,
    kind: str,
    record_id: UUID | str,
    memberships: Sequence[UUID | str],
    state: str = "invited",
    at: datetime | None = None,
) -> list[Participation]:
    """Add these members, by id or exact name, to a gathering or initiative (`kind`); gives the new parts.

    Whoever is in it already stays as it is; a part that was put away is brought back. Raises Invalid, NotAllowed,
    NotFound.
    """
    policies.check_can_edit_records(actor, network)
    occasion = _occasion(actor, network, kind, record_id)
    clean = parse_values(actor, network, PARTICIPATION, [MEMBERS], {"memberships": memberships}, partial=False)
    if len(clean["memberships"]) > MOST:
        raise Invalid.at(
            "memberships",
            _("At most %(limit)s members are added at once.") % {"limit": MOST},
            _("Add them in parts, or import a list."),
        )
    there = list(Participation.objects.filter(**{kind: occasion}, membership__in=clean["memberships"]))
    known = {part.membership_id for part in there if not part.is_archived}
    put_away = {part.membership_id: part for part in there if part.is_archived and part.person_id is None}
    return [
        _bring_back(actor, network, put_away[membership], state, at) if membership in put_away
        else add_record(
            actor=actor, network=network, kind=PARTICIPATION, state=state, at=at,
            values={"membership": membership, kind: occasion.pk},
        )
        for membership in clean["memberships"] if membership not in known
    ]  # fmt: skip


def _bring_back(actor: Actor, network: Network, part: Participation, state: str, at: datetime | None) -> Any:
    """A part that was put away, in use again: a member takes part once, so there is no second one."""
    about: dict[str, Any] = {"actor": actor, "network": network, "kind": PARTICIPATION, "record_id": part.pk, "at": at}
    back = restore_record(**about)
    return change_state(**about, state=state) if state in part.TRANSITIONS.get(part.state, ()) else back


@transaction.atomic
def mark_participations(
    *,
    actor: Actor,
    network: Network,
    kind: str,
    record_id: UUID | str,
    participations: Sequence[UUID | str],
    state: str,
    at: datetime | None = None,
) -> list[Any]:
    """Note what became of these parts in a gathering or initiative: who was there, who did not come.

    All of them or none; one that is in the state already stays as it is. Raises Conflict, Invalid, NotAllowed,
    NotFound.
    """
    policies.check_can_edit_records(actor, network)
    occasion = _occasion(actor, network, kind, record_id)
    if state not in PARTICIPATION.states:
        raise Invalid.at(
            "state",
            _("“%(state)s” is no state of this record.") % {"state": state[:60]},
            _("Use one of: %(states)s.") % {"states": ", ".join(PARTICIPATION.states)},
        )
    wanted = {str(each) for each in participations}
    found = [part for part in Participation.objects.filter(**{kind: occasion}) if str(part.pk) in wanted]
    if len(found) < len(wanted):
        raise Invalid.of(
            [Problem("participations", _("Some of these take no part in it."), _("Look at the list again."))]
        )
    return [
        change_state(actor=actor, network=network, kind=PARTICIPATION, record_id=part.pk, state=state, at=at)
        for part in found if part.state != state
    ]  # fmt: skip
