"""The outbox: what is to leave is written with the change that causes it; see what waits and why, retry it, drop it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotFound
from unisono.platform.messages import message as _
from unisono.platform.models import Outgoing
from unisono.platform.policies import check_can_administer

LIFETIME = timedelta(hours=72)
# How long one try may take before it counts as lost; every channel ends far sooner by its own timeouts.
LEASE = timedelta(minutes=3)
KEPT = timedelta(days=30)
State = Outgoing.State


class TryAgain(Exception):
    """It could not be sent now; `reason` is for people, `after` says when the receiver wants to be asked again."""

    def __init__(self, reason: str, *, after: timedelta | None = None, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.after, self.status = reason, after, status


class Refused(Exception):
    """The receiver will not take it, however often it is tried."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


@dataclass(frozen=True, slots=True)
class Channel:
    """How one kind of message is sent.

    `send(outgoing)` returns when the receiver has taken it, with the status it gave if there is one, or raises
    TryAgain or Refused. It is called outside any transaction. `tried(outgoing, now)` is called inside the transaction
    that notes the result of each try. With `wipes` the payload goes as soon as nothing more will be sent.
    """

    send: Callable[[Outgoing], int | None]
    tried: Callable[[Outgoing, datetime], None] | None = None
    wipes: bool = True


_channels: dict[str, Channel] = {}


def register(kind: str, channel: Channel) -> None:
    """Name how messages of a kind are sent."""
    _channels[kind] = channel


def channel_of(outgoing: Outgoing) -> Channel:
    """How it is sent."""
    return _channels[outgoing.kind]


def put(
    *,
    kind: str,
    purpose: str,
    recipient: str,
    payload: Mapping[str, Any],
    workspace_id: UUID | None,
    endpoint_id: UUID | None = None,
    lifetime: timedelta = LIFETIME,
    at: datetime | None = None,
) -> Outgoing:
    """Write a message into the outbox, in the transaction of the change that causes it; the worker sends it.

    Outside a transaction it raises RuntimeError: a message must never leave for a change that was not kept, nor a
    change be kept whose message is lost.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Put a message into the outbox inside the transaction of its change.")
    if kind not in _channels:
        raise LookupError(kind)
    now = at or timezone.now()
    return Outgoing._base_manager.create(
        kind=kind, purpose=purpose, recipient=recipient, payload=dict(payload), workspace_id=workspace_id,
        endpoint_id=endpoint_id, created_at=now, next_at=now, expires_at=now + min(lifetime, LIFETIME),
    )  # fmt: skip


def _of(actor: Actor, *, account_mail: bool) -> QuerySet[Outgoing]:
    check_can_administer(actor)
    mine = Q(workspace_id=actor.workspace_id)
    return Outgoing._base_manager.filter(mine | Q(workspace_id=None) if account_mail else mine)


def outgoing_of(
    actor: Actor, *, state: str = "", kind: str = "", limit: int = 200, account_mail: bool = False
) -> list[Outgoing]:
    """What the workspace sends, that which waits first, then newest first. Raises Invalid, NotAllowed.

    With `account_mail` that of accounts too, which belongs to no workspace: for the operator at the console alone.
    """
    found = _of(actor, account_mail=account_mail)
    for name, value, known in (("state", state, State.values), ("kind", kind, Outgoing.Kind.values)):
        if not value:
            continue
        if value not in known:
            raise Invalid.at(name, _("There is none such."), _("Use one of: %(k)s.") % {"k": ", ".join(known)})
        found = found.filter(**{name: value})
    waiting = list(found.filter(state=State.WAITING).order_by("next_at", "pk")[:limit])
    over = list(found.exclude(state=State.WAITING).order_by("-created_at", "-pk")[: max(0, limit - len(waiting))])
    return [*waiting, *over]


def one_outgoing(actor: Actor, outgoing_id: UUID | str, *, account_mail: bool = False) -> Outgoing:
    """One message. Raises NotAllowed, NotFound."""
    try:
        found = _of(actor, account_mail=account_mail).filter(pk=UUID(str(outgoing_id))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound.at(_("outbox"), _("There is no such message."), _("“unisono outbox list” shows all."))
    return found


@transaction.atomic
def retry(*, actor: Actor, outgoing_id: UUID | str, account_mail: bool = False, at: datetime | None = None) -> Outgoing:
    """Try a message at once: one that waits, or one that was refused or given up and whose content is still there.

    It keeps its id, so that a receiver who has it after all can tell. Raises Conflict, NotAllowed, NotFound.
    """
    found, now = one_outgoing(actor, outgoing_id, account_mail=account_mail), at or timezone.now()
    changed: dict[str, Any] = {"next_at": now}
    if found.is_over:
        if not found.payload:
            raise Conflict.at(
                _("message"),
                _("Its content is no longer kept."),
                _("Do again what caused it: invite again, ask for a new link."),
            )
        changed |= {"state": State.WAITING, "ended_at": None, "expires_at": now + LIFETIME}
    # One that is being sent at this moment is left to that.
    seen = Outgoing._base_manager.filter(pk=found.pk, state=found.state, lease=None)
    if not seen.update(**changed):
        raise _busy()
    log.record(log.event(actor=actor, kind="outgoing.retried", subject=found, at=at))
    found.refresh_from_db()
    return found


@transaction.atomic
def drop(*, actor: Actor, outgoing_id: UUID | str, account_mail: bool = False, at: datetime | None = None) -> Outgoing:
    """Do not send a message that waits. Raises Conflict, NotAllowed, NotFound."""
    found, now = one_outgoing(actor, outgoing_id, account_mail=account_mail), at or timezone.now()
    changed: dict[str, Any] = {"state": State.DROPPED, "ended_at": now}
    if channel_of(found).wipes:
        changed["payload"] = {}
    if not Outgoing._base_manager.filter(pk=found.pk, state=State.WAITING, lease=None).update(**changed):
        raise Conflict.at(_("message"), _("It is over"), _("Nothing is left to drop.")) if found.is_over else _busy()
    log.record(log.event(actor=actor, kind="outgoing.dropped", subject=found, at=at))
    found.refresh_from_db()
    return found


def _busy() -> Conflict:
    return Conflict.at(_("message"), _("It is being sent at this moment."), _("Look again in a few minutes."))


def forget_recipient(address: str) -> int:
    """Remove every mail to an address, sent or waiting, as when somebody is erased; gives how many they were."""
    number, _rows = Outgoing._base_manager.filter(kind=Outgoing.Kind.MAIL, recipient__iexact=address.strip()).delete()
    return number


def waiting_summary(*, now: datetime | None = None) -> dict[str, Any]:
    """For the operator, over all workspaces: how many wait, how many are overdue, how many ended badly of late."""
    now = now or timezone.now()
    waiting = Outgoing._base_manager.filter(state=State.WAITING)
    bad = Outgoing._base_manager.filter(state__in=[State.FAILED, State.GIVEN_UP], ended_at__gt=now - timedelta(days=1))
    return {
        "waiting": waiting.count(),
        "overdue": waiting.filter(next_at__lt=now - timedelta(minutes=10)).count(),
        "bad": bad.count(),
    }


def why(outgoing: Outgoing) -> str:
    """In one sentence, why a message stands where it does."""
    if outgoing.state == State.SENT:
        return _("It was taken at try %(n)s.") % {"n": outgoing.attempts}
    if outgoing.state == State.DROPPED:
        return _("Somebody dropped it.")
    if outgoing.state == State.WAITING and not outgoing.attempts:
        return _("It waits for the worker.")
    if outgoing.state == State.WAITING and outgoing.lease:
        return _("It is being sent.")
    return outgoing.last_error or _("It waits for the worker.")


def plain_outgoing(outgoing: Outgoing) -> dict[str, Any]:
    """A message as plain data, without its content."""
    names = (
        "id", "kind", "purpose", "recipient", "state", "attempts", "last_error", "created_at", "sent_at", "ended_at",
        "expires_at", "tries",
    )  # fmt: skip
    over = outgoing.is_over
    return {name: getattr(outgoing, name) for name in names} | {
        "next_at": None if over else outgoing.next_at,
        "why": str(why(outgoing)),
        "is_account_mail": outgoing.workspace_id is None,
    }
