"""Live links: make one, revoke one, and what whoever holds one may read.

The rule of what a link shows: members in use whose membership and organisation are visible to the network or to
everyone, and ties between two of them that are visible so as well. Never what only parties, the care team or one
person may read; nor people, notes, what members expect to gain, or what the two sides of a tie say of each other.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.graph_exporting import graph_from
from unisono.areas.network.kinds import MEMBER, RELATIONSHIP
from unisono.areas.network.models import CustomField, LiveLink, Network, Tag
from unisono.areas.network.queries.lists import select, unknown_filters
from unisono.areas.network.queries.records import fields_for, visible
from unisono.engines.graph_files import write_kumu
from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotFound
from unisono.platform.fields import Field, Type, one_line
from unisono.platform.messages import message as _
from unisono.platform.models.accounts import Role
from unisono.platform.tenancy import Visibility, current_workspace_id

_OPEN = (Visibility.PUBLIC, Visibility.NETWORK)
_LEFT_OUT = frozenset({"expected_gain"})
_LEFT_OUT_OF_TIES = frozenset({"first_interest", "second_interest", "first_trust", "second_trust"})
PER_MINUTE = 60
MAX_MEMBERS, MAX_TIES = 20_000, 200_000
_MINUTE = timedelta(minutes=1)


class TooOftenError(Exception):
    """A link was read more often than it may be; `seconds` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Reading:
    """What a link gives now: a mark that changes whenever it does, and the JSON in pieces."""

    etag: str
    content: Iterator[bytes]


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_live_link(
    *,
    actor: Actor,
    network: Network,
    name: str,
    query: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    at: datetime | None = None,
) -> tuple[LiveLink, str]:
    """A link to the members of a list, by default all, with the secret of its address, which is shown this once.

    Raises Invalid, NotAllowed, NotFound.
    """
    policies.check_can_configure_network(actor, network)
    name = one_line(name)
    if not 1 <= len(name) <= 100:
        raise Invalid.at("name", _("A link needs a name of 1 to 100 characters."), _("Say what reads it."))
    chosen = {field: [str(v) for v in values] for field, values in (filters or {}).items() if values}
    _check_filters(network, chosen)
    secret = secrets.token_urlsafe(32)
    now = at or timezone.now()
    link = LiveLink.objects.create(
        network=network, name=name, query=one_line(query)[:200], filters=chosen, secret_hash=hash_of(secret),
        created_by_id=actor.user_id, created_at=now,
    )  # fmt: skip
    _log(actor, link, "added", at, {"name": [None, name]})
    return link, secret


def _check_filters(network: Network, filters: Mapping[str, Any]) -> None:
    """Raise Invalid where a list would pass over a filter, and so give more than was chosen."""
    if problems := unknown_filters(network, MEMBER, filters):
        raise Invalid.of(problems)


@transaction.atomic
def revoke_live_link(*, actor: Actor, network: Network, link_id: UUID | str, at: datetime | None = None) -> LiveLink:
    """Revoke a link at once and for good. Raises Conflict, NotAllowed, NotFound."""
    policies.check_can_configure_network(actor, network)
    try:
        link: LiveLink = LiveLink.objects.get(pk=link_id, network=network)
    except (LiveLink.DoesNotExist, ValueError):
        raise _no_link() from None
    now = at or timezone.now()
    if not LiveLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now):
        raise Conflict.at(_("link"), _("It is revoked already."), _("Nothing is left to do."))
    link.refresh_from_db()
    _log(actor, link, "revoked", at, {})
    return link


def live_links_of(actor: Actor, network: Network) -> list[LiveLink]:
    """The network's links, those in use first, newest first."""
    policies.check_can_configure_network(actor, network)
    links = LiveLink.objects.filter(network=network).select_related("created_by")
    return sorted(links, key=lambda link: link.revoked_at is not None)


def _no_link() -> NotFound:
    return NotFound.at(_("link"), _("There is no such link, or it was revoked."), _("Ask for a new one."))


def _log(actor: Actor, link: LiveLink, verb: str, at: datetime | None, changes: Mapping[str, Any]) -> None:
    log.record(
        log.event(
            actor=actor, kind=f"live_link.{verb}", subject=link, network_id=link.network_id, about_id=link.network_id,
            changes=changes, at=at,
        )
    )  # fmt: skip


def link_of(secret: str) -> tuple[LiveLink, UUID]:
    """The link with this secret, and its workspace, not in scope yet; NotFound for an unknown or revoked one."""
    # Which workspace it is comes from the link itself, so this one look-up cannot be inside a scope.
    link: LiveLink | None = (
        LiveLink._base_manager.filter(secret_hash=hash_of(secret), revoked_at=None).select_related("network").first()
    )
    if link is None or link.workspace_id is None:
        raise _no_link()
    return link, link.workspace_id


def count_use(link: LiveLink, *, at: datetime | None = None) -> None:
    """Note that a link is read; raises TooOftenError beyond so many times a minute."""
    now = at or timezone.now()
    this_minute = Q(minute_began_at__gt=now - _MINUTE)
    mine = LiveLink.objects.filter(pk=link.pk)
    if mine.filter(this_minute, uses_in_minute__lt=PER_MINUTE).update(uses_in_minute=F("uses_in_minute") + 1):
        return
    # The condition lets one of two readers begin the minute, the other one counts in it.
    fresh = {"minute_began_at": now, "uses_in_minute": 1, "last_used_at": now}
    if not mine.filter(~this_minute | Q(minute_began_at=None)).update(**fresh):
        raise TooOftenError(60)


def reading_of(link: LiveLink) -> Reading:
    """What the link gives now. Raises Invalid when that is more than a link gives."""
    network = link.network
    # A field that is gone would no longer narrow the list.
    _check_filters(network, link.filters)
    reader = _reader(network)
    fields = _fields(reader, network)
    members = select(reader, network, MEMBER, query=link.query, filters=link.filters, by_team=True).filter(
        visibility__in=_OPEN, organization__visibility__in=_OPEN, organization__merged_into=None
    )
    ties = visible(reader, network, RELATIONSHIP).filter(visibility__in=_OPEN).order_by("pk")
    if members.order_by().count() > MAX_MEMBERS or ties.order_by().count() > MAX_TIES:
        raise Invalid.at(
            _("link"),
            _("It would give more than %(m)s members or %(t)s ties.") % {"m": MAX_MEMBERS, "t": MAX_TIES},
            _("Make a link to a part of the list, or export the network to a file."),
        )
    graph = graph_from(network, members, ties, fields, without=_LEFT_OUT_OF_TIES)
    return Reading(
        etag=_mark_of(link, members, ties),
        content=write_kumu(graph),
    )


def _reader(network: Network) -> Actor:
    """Somebody who may only look: of what the visibility classes hide, nothing is read in the first place."""
    return Actor(workspace_id=current_workspace_id(), roles={network.pk: frozenset({Role.OBSERVER.value})})


def _fields(reader: Actor, network: Network) -> list[Field]:
    return [
        f for f in fields_for(reader, network, MEMBER)
        if f.name not in _LEFT_OUT and f.type not in (Type.REF, Type.REFS)
    ]  # fmt: skip


def given_by_links(network: Network) -> frozenset[str]:
    """Names of the profile's fields that links give of a member that everyone in the network may read."""
    return frozenset(field.name for field in _fields(_reader(network), network) if field.on)


def _mark_of(link: LiveLink, members: QuerySet[Any, Any], ties: QuerySet[Any, Any]) -> str:
    """A mark over each row that is given: a count or a latest moment stays when one comes as another one goes."""
    words = sorted(Tag.objects.filter(network=link.network).values_list("name", flat=True))
    own = CustomField.objects.filter(network=link.network, archived_at=None).order_by("pk").values_list("name", "label")
    mark = hashlib.sha256(repr([str(link.pk), link.query, link.filters, words, [*own]]).encode())
    for rows, *moments in ((members, "updated_at", "organization__updated_at"), (ties, "updated_at")):
        for row in rows.order_by("pk").values_list("pk", *moments).iterator(chunk_size=5_000):
            mark.update(repr(row).encode())
        mark.update(b"|")
    return f'"{mark.hexdigest()[:32]}"'


def plain_link(link: LiveLink) -> dict[str, Any]:
    """A link as plain data; its address is known to nobody but those who were given it."""
    return {
        "id": link.pk,
        "name": link.name,
        "query": link.query,
        "filters": link.filters,
        "created_at": link.created_at,
        "last_used_at": link.last_used_at,
        "revoked_at": link.revoked_at,
    }
