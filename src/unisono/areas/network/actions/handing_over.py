"""When somebody who acts for a firm leaves it: the mandate passes to somebody else, or ends, in one step."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.actions.records import log_entry
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.models import Network, Person, RoleAssignment
from unisono.areas.network.queries.records import get_record
from unisono.platform.accounts import Mandate, mandates_of, pass_mandate
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid

# Given the person who leaves, the one who takes over, and what a touched row bears.
PersonHandover = Callable[[Person, Person, Mapping[str, Any]], None]
_handovers: list[PersonHandover] = []


def register_person_handover(handover: PersonHandover) -> None:
    """Let a higher area move what is still open for a person to the one who takes over."""
    if handover not in _handovers:
        _handovers.append(handover)


class HandedOver(NamedTuple):
    """Who left, who took over if anybody did, and in how many networks a mandate passed or ended."""

    person: Any
    successor: Any | None
    mandates: int


def mandates_to_pass(actor: Actor, person: Person) -> list[Mandate]:
    """Mandates that the person holds for its organisations, in networks in which the actor decides about them."""
    organizations = set(person.organizations.values_list("pk", flat=True))
    held = [each for each in mandates_of(person.email) if each.organization_id in organizations] if person.email else []
    networks = Network.objects.in_bulk({each.network_id for each in held})
    return [each for each in held if _decides(actor, networks.get(each.network_id), each.organization_id)]


def _decides(actor: Actor, network: Network | None, organization_id: UUID) -> bool:
    if network is None:
        return False
    return policies.can_edit_records(actor, network) or organization_id in policies.represented(actor, network)


@transaction.atomic
def hand_over(
    *,
    actor: Actor,
    network: Network,
    person_id: UUID | str,
    successor_id: UUID | str | None,
    at: datetime | None = None,
) -> HandedOver:
    """Somebody leaves: whom they act for passes to `successor_id`, or to nobody, and with it what is open for them.

    The account that leaves acts for the firm no more, from this moment on. Raises Conflict, Invalid, NotAllowed,
    NotFound.
    """
    person = get_record(actor, network, PERSON, person_id, to_change=True)
    policies.check_can_lead_record(actor, network, PERSON, person)
    mandates = mandates_to_pass(actor, person)
    if not mandates:
        raise Conflict.at(
            _("mandate"), _("“%(name)s” acts for no organisation here.") % {"name": person},
            _("Set the state of the person instead."),
        )  # fmt: skip
    policies.check_can_pass_mandates(actor, {(each.user_id, each.network_id) for each in mandates})
    successor = _successor(actor, network, person, successor_id, mandates) if successor_id else None
    now = at or timezone.now()
    touched = {"updated_at": now, "updated_by_id": actor.user_id}
    _leave(person, touched)
    for mandate in mandates:
        pass_mandate(
            mandate, actor=actor, at=at,
            email=successor.email if successor else "", name=successor.name if successor else "",
        )  # fmt: skip
    if successor is not None:
        open_roles = RoleAssignment.objects.filter(person=person, archived_at=None).exclude(state="ended")
        open_roles.filter(network__in={each.network_id for each in mandates}).update(person=successor, **touched)
        for move in _handovers:
            move(person, successor, touched)
    person.state = "left"
    log_entry(actor=actor, network=network, kind=PERSON, verb="state_changed", record=person,
              changes={"state": ["active", "left"]}, at=at)  # fmt: skip
    for mandate in mandates:
        # Who acts for whom is personal: the log has the step, and of the persons their keys alone.
        log_entry(
            actor=actor, network=network, kind=PERSON, verb="handed_over", record=person,
            changes={"mandate": [str(mandate.organization_id), None], "successor": [None, None]}, at=at,
        )  # fmt: skip
    return HandedOver(get_record(actor, network, PERSON, person.pk), successor, len(mandates))


def _leave(person: Person, touched: Mapping[str, Any]) -> None:
    """Mark the person as gone; the condition lets one of two who hand over at once win."""
    if not Person.objects.filter(pk=person.pk, state="active").update(state="left", **touched):
        raise Conflict.at("state", _("Somebody else just handed this over."), _("Look again at who acts now."))


def _successor(
    actor: Actor, network: Network, person: Person, successor_id: UUID | str, mandates: Iterable[Mandate]
) -> Any:
    found = get_record(actor, network, PERSON, successor_id, to_change=True)
    there = set(found.organizations.values_list("pk", flat=True))
    if found.pk == person.pk or found.state != "active" or found.is_archived:
        raise Invalid.at("successor", _("Whoever takes over is there, and somebody else."), _("Choose another person."))
    if not {each.organization_id for each in mandates} <= there:
        raise Invalid.at(
            "successor", _("Whoever takes over belongs to the same organisation."), _("Add the person to it first.")
        )
    if "@" not in found.email:
        raise Invalid.at(
            "successor", _("Whoever takes over needs an e-mail address to sign in."), _("Add it to the person first.")
        )
    return found
