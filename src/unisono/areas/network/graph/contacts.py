"""When somebody was last in touch with each member, as far as the one who asks may know."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Max, QuerySet
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.models import Network, Note
from unisono.platform.actor import Actor

# Attention is compared over a year, so that a summer or a winter season weighs alike.
ATTENTION_OVER = timedelta(days=365)

# `provider(actor, network)` gives rows with the columns `member` (id of the membership) and `happened`.
Provider = Callable[[Actor, Network], QuerySet[Any, Any]]
_sources: dict[str, Provider] = {}


def register_contact_source(name: str, provider: Provider) -> None:
    """Add something that counts as being in touch; it gives only what the actor may know of."""
    _sources[name] = provider


def _rows(actor: Actor, network: Network) -> list[QuerySet[Any, Any]]:
    policies.check_can_see_network(actor, network)
    return [provider(actor, network) for provider in _sources.values()]


def last_contacts(actor: Actor, network: Network, member: UUID | None = None) -> dict[UUID, datetime]:
    """When each member, or the one named, was last heard from; those who never were are left out.

    One query for each source.
    """
    latest: dict[UUID, datetime] = {}
    for rows in _rows(actor, network):
        rows = rows.filter(member=member) if member is not None else rows
        for member, at in rows.order_by().values("member").annotate(last=Max("happened")).values_list("member", "last"):
            if member is not None and (member not in latest or latest[member] < at):
                latest[member] = at
    return latest


def heard_since(actor: Actor, network: Network, since: datetime) -> list[QuerySet[Any, Any]]:
    """Ids of members heard from since then, as one subquery for each source."""
    return [
        # A row without a member would make "not among them" true of nobody.
        rows.order_by().filter(happened__gte=since, member__isnull=False).values("member")
        for rows in _rows(actor, network)
    ]


def silent_since(network: Network, now: datetime | None = None) -> datetime:
    """The moment since which nobody must have been in touch with a member that counts as silent."""
    return (now or timezone.now()) - timedelta(days=network.silent_after_months * 365.25 / 12)


def _notes(actor: Actor, network: Network) -> QuerySet[Any, Any]:
    """A note says that somebody had to do with the member: on the day on which it was written."""
    notes = Note.objects.filter(policies.readable(actor, network), network=network, archived_at=None)
    return notes.annotate(member=F("membership_id"), happened=F("created_at"))


def register() -> None:
    """Name the sources of this area; called once when the app starts."""
    register_contact_source("note", _notes)
