"""Standings and parts as plain data, as the API and the command give them."""

from typing import Any

from unisono.areas.activities.models import Participation
from unisono.areas.activities.queries.standing import Standing


def plain_standing(standing: Standing) -> dict[str, Any]:
    """How a member stands."""
    contact = standing.contact
    return {
        "member": standing.membership.pk,
        "name": standing.membership.organization.name,
        "last_contact": contact
        and {"on": contact.on, "kind": contact.kind, "record_id": contact.record_id, "title": contact.title},
        "months_since": standing.months,
        "gatherings": standing.attended,
        "gatherings_before": standing.attended_before,
        "open_needs": [{"id": need.id, "statement": need.statement} for need in standing.needs],
        "reason": standing.reason,
    }


def plain_part(part: Participation) -> dict[str, Any]:
    """A member's part in something."""
    return {
        "id": part.pk,
        "membership": part.membership_id,
        "name": part.membership.organization.name,
        "state": part.state,
    }
