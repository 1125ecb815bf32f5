"""The sealer: after events are committed it numbers them, chains their hashes and keeps the head elsewhere."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event as Signal
from threading import Thread
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from unisono.core.audit import FIRST, canonical, sealed
from unisono.platform import bulk
from unisono.platform.audit import heads
from unisono.platform.models import AuditHead, Event, Workspace
from unisono.platform.tenancy import workspace_scope

_logger = logging.getLogger("unisono.audit")
_BATCH = 1_000
_PAUSE_SECONDS = 5.0
# What is hashed, in this order; `changes` comes last. A new column of the event must be added at the end before it.
HASHED = (
    "id", "workspace_id", "created_at", "network_id", "kind", "actor_user_id", "subject_type", "subject_id",
    "about_id", "batch_id", "at", "changes",
)  # fmt: skip


class _Overtaken(Exception):
    """Another sealer was quicker; what this one prepared is dropped."""


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


def content_of(values: tuple[Any, ...]) -> str:
    """What of an event is hashed, from the values of `HASHED`."""
    return canonical(map(_text, values[:-1]), values[-1])


def seal_workspace(workspace_id: UUID) -> int:
    """Seal all events of a workspace that are not yet; gives how many this call sealed.

    Events are found by their missing number, not by time: one that commits late is sealed late, and none is passed by.
    """
    number = 0
    with workspace_scope(workspace_id):
        AuditHead.objects.get_or_create(defaults={"seal": FIRST}, workspace_id=workspace_id)
        _compare(workspace_id)
        while part := _seal_batch(workspace_id):
            number += part
    return number


# What was read of the file so far: a sealer that comes by every few seconds reads only what was added.
_followed = heads.Heads()


def _compare(workspace_id: UUID) -> None:
    """Look whether the log is the one that was left, and keep its head if a sealer was stopped before it could.

    A log that is another one is sealed on, and the file says so for good: verifying finds it whatever comes after.
    """
    # The file first: it never knows more than the database did when it was read.
    _followed.read_on()
    kept, head = _followed.of(workspace_id), AuditHead.objects.get()
    if (kept.sequence, kept.seal or FIRST) == (head.sequence, head.seal):
        return
    seals = Event.objects.filter(sequence=kept.sequence).values_list("seal", flat=True)
    if kept.is_closed or not kept.sequence or (head.sequence > kept.sequence and list(seals) == [kept.seal]):
        heads.append(workspace_id, head.sequence, head.seal)
    elif kept.disputed is None:
        _logger.error("the log is not the one whose head is kept outside the database")
        heads.append(workspace_id, min(head.sequence, kept.sequence), head.seal, what=heads.DISPUTED)


def _seal_batch(workspace_id: UUID) -> int:
    """Seal a batch in one transaction; 0 when nothing was left to seal or another sealer did it."""
    try:
        with transaction.atomic():
            head = AuditHead.objects.get()
            events = list(Event.objects.filter(sequence=None).order_by("id").values_list(*HASHED)[:_BATCH])
            if not events:
                return 0
            seal, rows = head.seal, []
            for sequence, values in enumerate(events, start=head.sequence + 1):
                seal = sealed(seal, sequence, content_of(values))
                rows.append((sequence, seal, values[0]))
            take_head(head, head.sequence + len(rows), seal)
            if bulk.fill(Event, ("sequence", "seal"), rows) != len(rows):
                raise _Overtaken
    except _Overtaken:
        return 0
    heads.append(workspace_id, head.sequence + len(rows), seal)
    return len(rows)


def take_head(head: AuditHead, sequence: int, seal: str) -> None:
    """Move the head on from what was seen; the condition lets exactly one of two sealers go on."""
    seen = AuditHead.objects.filter(pk=head.pk, sequence=head.sequence, seal=head.seal)
    if not seen.update(sequence=sequence, seal=seal, sealed_at=timezone.now()):
        raise _Overtaken


def seal_all() -> int:
    """Seal the log of every workspace; gives how many events were sealed.

    What stops one workspace is logged and stops no other; the first such error is raised when all had their turn.
    """
    number, failed = 0, None
    for workspace_id in list(Workspace.objects.values_list("pk", flat=True)):
        try:
            number += seal_workspace(workspace_id)
        except Exception as error:
            # Somebody writes for long, or the disk is full: the events wait, and are sealed the next time.
            _logger.warning(
                "the log of a workspace could not be sealed now", exc_info=True, extra={"workspace": str(workspace_id)}
            )
            failed = failed or error
    if failed is not None:
        raise failed
    return number


def _seal_now_and_then(over: Signal) -> None:
    try:
        while not over.wait(_PAUSE_SECONDS):
            try:
                seal_all()
            except Exception:
                # Whatever it was, the thread goes on: without it nothing is sealed until the worker starts again.
                _logger.warning("the log could not be sealed now", exc_info=True)
                connection.close_if_unusable_or_obsolete()
    finally:
        connection.close()


@contextmanager
def sealer_running(start: Callable[..., Thread] = Thread) -> Iterator[None]:
    """Inside, the log is sealed every few seconds, from a thread of its own; and once more at the end."""
    over = Signal()
    thread = start(target=_seal_now_and_then, args=(over,), name="sealer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=_PAUSE_SECONDS)
