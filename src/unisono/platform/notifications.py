"""Telling people: one function writes what somebody is told, whatever area it comes from."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.platform import mail
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotAllowed, NotFound
from unisono.platform.fields import Label
from unisono.platform.models import Notification, NotificationChoice
from unisono.platform.permissions import may_write_own

_kinds: dict[str, Label] = {}
_mailed: dict[str, Label] = {}
_UNSUBSCRIBE = "unisono.notifications.unsubscribe"


def register(kind: str, label: Label, *, mailed: Label | None = None) -> None:
    """Name a kind of thing that people can be told about; `label` stands beside its switch in the settings.

    With `mailed`, the sentence of a mail, they may have it by mail too.
    """
    _kinds[kind] = label
    if mailed is not None:
        _mailed[kind] = mailed


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

    Inside the use case's transaction. Whoever chose so is told by mail too, in a mail that names nobody and quotes
    nothing: it may be read years later, where nobody asks what its reader may still see.
    """
    if kind not in _kinds:
        raise LookupError(kind)
    wanted = {user_id for user_id in user_ids if user_id is not None and user_id != by}
    if not wanted:
        return
    off = NotificationChoice.objects.filter(kind=kind, user_id__in=wanted, is_on=False)
    wanted -= set(off.values_list("user_id", flat=True))
    now = at or timezone.now()
    if kind in _mailed:
        _mail(kind, wanted, subject_id, now)
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


def _mail(kind: str, user_ids: Iterable[UUID], subject_id: UUID, now: datetime) -> None:
    """Queue a mail to those who chose so and were not told of it before."""
    known = Notification.objects.filter(kind=kind, subject_id=subject_id).values("user_id")
    chosen = NotificationChoice.objects.filter(kind=kind, user_id__in=user_ids, is_on=True, by_mail=True)
    chosen = chosen.exclude(user_id__in=known).filter(user__is_active=True)
    for choice in chosen.select_related("user").order_by("user_id"):
        stop = f"{settings.BASE_URL}/unsubscribe/{_token(choice)}/"
        mail.send(
            to=choice.user.email, template="told", workspace_id=choice.workspace_id, at=now,
            context={"sentence": _mailed[kind], "url": f"{settings.BASE_URL}/notifications/", "unsubscribe": stop},
            headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )  # fmt: skip


def _token(choice: NotificationChoice) -> str:
    """What an address to unsubscribe holds: good for this choice alone, and of no other use."""
    return signing.dumps(str(choice.pk), salt=_UNSUBSCRIBE, compress=True)


def _choice_of(token: str) -> NotificationChoice:
    try:
        key = signing.loads(token, salt=_UNSUBSCRIBE)
    except signing.BadSignature:
        key = None
    # Whose it is comes from the signed token itself, so this one look-up cannot be inside a scope.
    choice = NotificationChoice._base_manager.filter(pk=key).select_related("user").first() if key else None
    if choice is None:
        raise NotFound.at(_("address"), _("This address is not whole."), _("Use the settings of your notifications."))
    return choice


def subscription_of(token: str) -> tuple[str, bool]:
    """What the mail was about, in words, and whether such mail is still wanted. Raises NotFound."""
    choice = _choice_of(token)
    return str(_kinds.get(choice.kind, choice.kind)), choice.by_mail


def unsubscribe(token: str) -> None:
    """Send no more mail of this kind; it stays under the bell. Twice is as good as once. Raises NotFound."""
    NotificationChoice._base_manager.filter(pk=_choice_of(token).pk).update(by_mail=False)


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
    """Every kind of thing one can be told about, whether the actor wants it, and by mail (None: it cannot be)."""
    rows = NotificationChoice.objects.filter(user_id=actor.user_id)
    chosen = {choice.kind: choice for choice in rows}
    return [
        {
            "kind": kind,
            "label": str(label),
            "on": kind not in chosen or chosen[kind].is_on,
            "by_mail": (kind in chosen and chosen[kind].by_mail) if kind in _mailed else None,
        }
        for kind, label in _kinds.items()
    ]


@transaction.atomic
def choose(
    *, actor: Actor, wanted: Mapping[str, bool], by_mail: Mapping[str, bool] | None = None
) -> list[dict[str, Any]]:
    """Set which kinds the actor wants to be told about, and which by mail too; those not named stay as they are."""
    if not may_write_own(actor):
        raise NotAllowed.at(_("token"), _("This token may only read."), _("Use one with the scope “write”."))
    for given, known in ((wanted, _kinds), (by_mail or {}, _mailed)):
        if unknown := [kind for kind in given if kind not in known]:
            raise Invalid.at(
                unknown[0], _("Nobody is told about this."), _("Use some of: %(k)s.") % {"k": ", ".join(known)}
            )
    for name, chosen in (("is_on", wanted), ("by_mail", by_mail or {})):
        for kind, value in chosen.items():
            NotificationChoice.objects.update_or_create(user_id=actor.user_id, kind=kind, defaults={name: value})
    return choices_of(actor)
