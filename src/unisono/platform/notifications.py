"""Telling people: one function writes what somebody is told, whatever area it comes from."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotAllowed
from unisono.platform.fields import Label
from unisono.platform.models import Notification, NotificationChoice
from unisono.platform.permissions import may_write_own

_kinds: dict[str, Label] = {}


def register(kind: str, label: Label) -> None:
    """Name a kind of thing that people can be told about; `label` stands beside its switch in the settings."""
    _kinds[kind] = label


def notify(
    *,
    kind: str,
    user_ids: Iterable[UUID | None],
    subject_id: UUID,
    by: UUID | None = None,
    network_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Tell these people, those aside who caused it or do not want to know; nobody is told the same thing twice.

    Inside the use case's transaction. Another way to reach people, such as mail, begins here.
    """
    if kind not in _kinds:
        raise LookupError(kind)
    wanted = {user_id for user_id in user_ids if user_id is not None and user_id != by}
    if not wanted:
        return
    off = NotificationChoice.objects.filter(kind=kind, user_id__in=wanted, is_on=False)
    wanted -= set(off.values_list("user_id", flat=True))
    now = at or timezone.now()
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=user_id, kind=kind, subject_id=subject_id, actor_user_id=by, network_id=network_id,
                details=dict(details or {}), created_at=now,
            )
            for user_id in sorted(wanted)
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def notifications_of(actor: Actor, *, unread: bool = False, limit: int = 100) -> list[Notification]:
    """What the actor was told, newest first."""
    found = Notification.objects.filter(user_id=actor.user_id)
    if unread:
        found = found.filter(read_at=None)
    return list(found.order_by("-created_at", "-pk")[:limit])


@transaction.atomic
def mark_read(*, actor: Actor, ids: Iterable[UUID] | None = None, read: bool = True, at: datetime | None = None) -> int:
    """Mark some of the actor's notifications, or all, as read or unread; gives how many changed.

    It is no event of the log: whether somebody has looked is nobody else's business.
    """
    if not may_write_own(actor):
        raise NotAllowed.at(_("token"), _("This token may only read."), _("Use one with the scope “write”."))
    found = Notification.objects.filter(user_id=actor.user_id, read_at__isnull=read)
    if ids is not None:
        found = found.filter(pk__in=list(ids))
    return int(found.update(read_at=(at or timezone.now()) if read else None))


def choices_of(actor: Actor) -> list[dict[str, Any]]:
    """Every kind of thing one can be told about, and whether the actor wants it."""
    off = NotificationChoice.objects.filter(user_id=actor.user_id, is_on=False).values_list("kind", flat=True)
    silent = set(off)
    return [{"kind": kind, "label": str(label), "on": kind not in silent} for kind, label in _kinds.items()]


@transaction.atomic
def choose(*, actor: Actor, wanted: Mapping[str, bool]) -> list[dict[str, Any]]:
    """Set which kinds the actor wants to be told about; those not named stay as they are."""
    if not may_write_own(actor):
        raise NotAllowed.at(_("token"), _("This token may only read."), _("Use one with the scope “write”."))
    if unknown := [kind for kind in wanted if kind not in _kinds]:
        raise Invalid.at(
            unknown[0], _("Nobody is told about this."), _("Use some of: %(k)s.") % {"k": ", ".join(_kinds)}
        )
    for kind, is_on in wanted.items():
        NotificationChoice.objects.update_or_create(user_id=actor.user_id, kind=kind, defaults={"is_on": is_on})
    return choices_of(actor)
