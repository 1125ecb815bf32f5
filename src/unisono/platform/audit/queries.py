"""Reading the log as an owner does: who did what to which record, narrowed, page by page or as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.engines.tabular import FORMATS
from unisono.platform.accounts import names_of_users
from unisono.platform.actor import Actor
from unisono.platform.audit.policies import check_can_read_log
from unisono.platform.errors import Invalid
from unisono.platform.models import AuditHead, Event, User

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the log is narrowed to; everything where nothing is said.

    `person` is the address or id of a user, `kind` a kind of record ("member") or of event ("member.edited"), `record`
    the id of a record, `since` and `until` days or moments, both of them included.
    """

    person: str = ""
    kind: str = ""
    record: str = ""
    since: str = ""
    until: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return any((self.person, self.kind, self.record, self.since, self.until))


def _id(value: str, place: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise Invalid.at(place, _("This is no id."), _("Copy it from the address of the record's page.")) from None


def _moment(value: str, place: str, *, is_end: bool = False) -> datetime:
    """A day or moment; a day as an end is that day's last instant. Without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(value)
        if len(value) <= len("2026-01-31"):
            found = datetime.combine(date.fromisoformat(value), time())
            found += timedelta(days=1, microseconds=-1) if is_end else timedelta()
    except (ValueError, OverflowError):
        raise Invalid.at(place, _("This is no day."), _("Write it as 2026-01-31.")) from None
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def events_asked(actor: Actor, asked: Asked) -> QuerySet[Event, Event]:
    """The events, newest first. Raises NotAllowed for anybody but an owner."""
    check_can_read_log(actor)
    events: QuerySet[Any, Any] = Event.objects.order_by("-at", "id")
    if asked.person:
        events = _of(events, asked.person)
    if asked.kind:
        exact = "." in asked.kind
        events = events.filter(kind=asked.kind) if exact else events.filter(kind__startswith=f"{asked.kind}.")
    if asked.record:
        key = _id(asked.record, "record")
        events = events.filter(Q(subject_id=key) | Q(about_id=key))
    if asked.since:
        events = events.filter(at__gte=_moment(asked.since, "since"))
    if asked.until:
        events = events.filter(at__lte=_moment(asked.until, "until", is_end=True))
    return events


def _of(events: QuerySet[Any, Any], person: str) -> QuerySet[Any, Any]:
    """Those of one user; none of an address unknown here, which says nothing of accounts in other workspaces."""
    if "@" not in person:
        return events.filter(actor_user_id=_id(person, "person"))
    return events.filter(actor_user_id__in=User.objects.filter(email=person.strip().lower()).values("pk"))


def head_of(actor: Actor) -> AuditHead | None:
    """How far the log is sealed; None before the sealer came by for the first time."""
    check_can_read_log(actor)
    return AuditHead.objects.first()


def people_in_log(actor: Actor) -> dict[UUID, str]:
    """Users of whom there are events, by key."""
    check_can_read_log(actor)
    found = Event.objects.order_by().values_list("actor_user_id", flat=True).distinct()
    return dict(sorted(names_of_users(key for key in found if key).items(), key=lambda item: item[1].casefold()))


def kinds_in_log(actor: Actor) -> list[str]:
    """Kinds of event that occur."""
    check_can_read_log(actor)
    return list(Event.objects.order_by("kind").values_list("kind", flat=True).distinct())


def plain_events(events: list[Event]) -> list[dict[str, Any]]:
    """Events for programs, with the names of those who acted."""
    names = names_of_users({event.actor_user_id for event in events if event.actor_user_id})
    return [
        {
            "id": event.pk,
            "at": event.at,
            "kind": event.kind,
            "actor_id": event.actor_user_id,
            "actor": names.get(event.actor_user_id, "") if event.actor_user_id else "",
            "network_id": event.network_id,
            "subject_type": event.subject_type,
            "subject_id": event.subject_id,
            "about_id": event.about_id,
            "batch_id": event.batch_id,
            "changes": event.changes,
            "sequence": event.sequence,
            "seal": event.seal or "",
        }
        for event in events
    ]


def export_log(actor: Actor, asked: Asked, *, format: str) -> tuple[str, str, Iterator[bytes]]:
    """The log as a file: its name, its type, and its content piece by piece."""
    events = events_asked(actor, asked)
    if format not in FORMATS:
        raise Invalid.at("format", _("There is no such format."), _("Use one of: %(f)s.") % {"f": ", ".join(FORMATS)})
    writer = FORMATS[format]
    return f"audit.{format}", writer.content_type, writer.write(_HEADINGS, _rows(events))


_HEADINGS = (
    "at", "actor", "actor_id", "kind", "subject_type", "subject_id", "about_id", "network_id", "batch_id", "changes",
    "sequence", "seal",
)  # fmt: skip


def _rows(events: QuerySet[Event, Event]) -> Iterator[list[Any]]:
    names: dict[UUID, str] = {}
    for event in events.iterator(chunk_size=_CHUNK):
        who = event.actor_user_id
        if who and who not in names:
            names[who] = names_of_users([who]).get(who, "")
        changes = "; ".join(
            name if change == [None, None] else f"{name}: {_shown(change)}" for name, change in event.changes.items()
        )
        yield [
            event.at.isoformat(), names.get(who, "") if who else "", *_texts(who), event.kind, event.subject_type,
            *_texts(event.subject_id, event.about_id, event.network_id, event.batch_id), changes, event.sequence,
            event.seal or "",
        ]  # fmt: skip


def _texts(*values: Any) -> list[str]:
    return [str(value) if value else "" for value in values]


def _shown(change: Any) -> str:
    return " → ".join(str(part) for part in change) if isinstance(change, list) and len(change) == 2 else str(change)
