"""Guards on the life of a membership: the rules of the sources that a transition must meet."""

from collections.abc import Mapping
from typing import Any

from unisono.areas.network.models import Agreement, Membership, Person, RoleAssignment
from unisono.platform.accounts import mandates_of
from unisono.platform.errors import Problem
from unisono.platform.messages import message as _
from unisono.platform.states import register_guard


def _wave_is_set(membership: Membership, context: Mapping[str, Any]) -> Problem | None:
    """PERKS-G2, KIJIMA-R2: first few producers, then wider circles, so an invitation belongs to a wave."""
    if membership.wave is None:
        return Problem("wave", _("An invitation belongs to a wave."), _("Set the member's wave first."))
    return None


def _decision_is_noted(membership: Membership, context: Mapping[str, Any]) -> Problem | None:
    """SJODIN-X2: decide whether to partner, invest or neither before asking."""
    if not membership.partner_decision:
        return Problem(
            "partner_decision",
            _("Nothing is decided about this partner yet."),
            _("Note the decision: partner with it, invest in it, or neither."),
        )
    return None


def _rules_are_in_force(membership: Membership, context: Mapping[str, Any]) -> Problem | None:
    """SJODIN-X3: scope and rules are agreed before a member is active."""
    kinds = [Agreement.Kind.PARTICIPATION_RULES, Agreement.Kind.SCOPE]
    if membership.agreements.filter(kind__in=kinds, state="in_force", archived_at=None).exists():
        return None
    return Problem(
        "agreements",
        _("No agreement on scope or participation rules is in force with this member."),
        _("Add one with the member as a party, and set it in force."),
    )


def _gain_is_stated(membership: Membership, context: Mapping[str, Any]) -> Problem | None:
    """SJODIN-X5: the member's expected gain is stated."""
    if membership.expected_gain.strip():
        return None
    return Problem("expected_gain", _("What the member expects to gain is not stated."), _("Ask, and write it down."))


def _contact_is_assigned(membership: Membership, context: Mapping[str, Any]) -> Problem | None:
    """TREN-O4: every member has a contact person."""
    assigned = membership.role_assignments.filter(
        role_type=RoleAssignment.RoleType.CONTACT_PERSON, archived_at=None
    ).exclude(state="ended")
    if assigned.exists():
        return None
    return Problem("roles", _("The member has no contact person."), _("Assign the role “contact person” first."))


def _reason_is_given(membership: Membership, context: Mapping[str, Any]) -> Problem | None:
    """TREN-R4, SJODIN-R13: leaving is always possible, and its reason is kept."""
    if str(context.get("reason", "")).strip():
        return None
    return Problem("reason", _("A member leaves for a reason."), _("Write the reason down."))


def _mandate_is_passed(person: Person, context: Mapping[str, Any]) -> Problem | None:
    """Whoever leaves acts for the firm no more, so somebody says who does."""
    network = context.get("network")
    held = mandates_of(person.email) if person.email and network is not None else []
    if not any(each.network_id == network.pk for each in held if network is not None):
        return None
    return Problem(
        "mandate",
        _("This person acts for the organisation in this network."),
        _("Hand the mandate over to somebody else, or end it: the person's page does both."),
    )


def register() -> None:
    """Put the guards in place; called once when the app starts."""
    register_guard("person", "active", "left", _mandate_is_passed)
    register_guard("member", "prospect", "invited", _decision_is_noted)
    register_guard("member", "prospect", "invited", _wave_is_set)
    for guard in (_rules_are_in_force, _contact_is_assigned, _gain_is_stated):
        register_guard("member", "onboarding", "active", guard)
    for before in ("prospect", "invited", "onboarding", "active", "paused"):
        register_guard("member", before, "exited", _reason_is_given)
