"""Writing to the event log: one function for one event, one for many."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from unisono.platform.actor import Actor
from unisono.platform.models import Event
from unisono.platform.references import hold_references
from unisono.platform.tenancy import Visibility

_followers: list[Callable[[Sequence[Event]], None]] = []
_CONFIDENTIAL = frozenset({Visibility.CARE_TEAM.value, Visibility.PRIVATE.value})


def _plain(value: Any) -> Any:
    """`value` as JSON holds it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    return str(value)


def changes_between(
    before: Mapping[str, Any], after: Mapping[str, Any], *, personal: frozenset[str] = frozenset()
) -> dict[str, list[Any]]:
    """Fields whose value differs, each with [before, after]; personal fields by name, with nulls."""
    changed: dict[str, list[Any]] = {}
    for name, new in after.items():
        old, new = _plain(before.get(name)), _plain(new)
        if old != new:
            changed[name] = [None, None] if name in personal else [old, new]
    return changed


def first_values(values: Mapping[str, Any], *, personal: frozenset[str] = frozenset()) -> dict[str, list[Any]]:
    """The same for a record that is new: each filled field with [null, value]."""
    return {
        name: [None, None] if name in personal else [None, _plain(value)]
        for name, value in values.items()
        if value is not None
    }


@cache
def _long_texts(model: type[Any]) -> frozenset[str]:
    return frozenset(column.name for column in model._meta.concrete_fields if isinstance(column, models.TextField))


def personal_in(record: Any, names: Iterable[str], *, visibility: str | None = None) -> frozenset[str]:
    """Which of these fields of a record are logged by name only.

    Those that its table declares as PERSONAL ("custom" stands for every custom field), long texts, in which anybody may
    be named, and every field of a record that only the care team or its author may read, or will after a change to
    `visibility`. What the log holds can never be erased.
    """
    chosen = tuple(names)
    if getattr(record, "visibility", None) in _CONFIDENTIAL or visibility in _CONFIDENTIAL:
        return frozenset(chosen)
    declared: frozenset[str] = getattr(record, "PERSONAL", frozenset())
    model: Any = type(record)
    return _declared(declared | _long_texts(model), chosen)


@lru_cache(maxsize=1_000)
def _declared(personal: frozenset[str], names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name in names if name in personal or name.partition(".")[0] in personal)


def event(
    *,
    actor: Actor,
    kind: str,
    subject: models.Model,
    network_id: UUID | None = None,
    about_id: UUID | None = None,
    changes: Mapping[str, Any] | None = None,
    batch_id: UUID | None = None,
    at: datetime | None = None,
) -> Event:
    """An event, not yet stored."""
    now = at or timezone.now()
    made = Event(
        workspace_id=actor.workspace_id,
        network_id=network_id,
        kind=kind,
        actor_user_id=actor.user_id,
        subject_type=str(subject._meta.model_name),
        subject_id=subject.pk,
        about_id=about_id,
        batch_id=batch_id,
        changes=dict(changes or {}),
        at=now,
        created_at=now,
    )
    made.is_confidential = getattr(subject, "visibility", None) in _CONFIDENTIAL
    return made


def follow(follower: Callable[[Sequence[Event]], None]) -> None:
    """Let `follower` see events as they are written, inside the transaction of their use case."""
    if follower not in _followers:
        _followers.append(follower)


def record(events: Event | Iterable[Event]) -> None:
    """Append to the log; call it inside the transaction of the use case, when its rows are written.

    Raises Conflict when something that those rows point at has gone meanwhile (see `hold_references`).
    """
    written = [events] if isinstance(events, Event) else list(events)
    with transaction.atomic(savepoint=False):
        Event.objects.bulk_create(written, batch_size=2_000)
        hold_references()
        for follow in _followers:
            follow(written)
