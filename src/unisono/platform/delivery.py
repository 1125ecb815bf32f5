"""Sending what is in the outbox: each message by one worker at a time, at least once, with patience and an end."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Any
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from uuid_utils.compat import uuid7

from unisono.platform.messages import message as _
from unisono.platform.models import Outgoing
from unisono.platform.outbox import KEPT, LEASE, Refused, State, TryAgain, channel_of
from unisono.platform.tenancy import workspace_scope

_logger = logging.getLogger("unisono.outbox")
_FIRST, _FACTOR, _LONGEST = timedelta(seconds=10), 3, timedelta(hours=6)
_KEPT_TRIES = 30
_LOOK_SECONDS = 1.0
_SWEEP_SECONDS = 3600.0
_AT_ONCE = 4
# Each waits for the database half a minute at most; together less than a lease.
_NOTING_TRIES = 4
_chance = SystemRandom()


def pause_after(attempts: int, *, rng: Random = _chance) -> timedelta:
    """How long to wait after so many tries: 10 s, 30 s, 90 s … 6 h, each a fifth more or less by chance."""
    return min(_FIRST * _FACTOR ** min(attempts - 1, 20), _LONGEST) * rng.uniform(0.8, 1.2)


def claim(*, now: datetime | None = None) -> Outgoing | None:
    """The next message that is due, now leased to the caller; None when nothing is due.

    The condition of the update lets one of several workers have it. A lease that ran out is due again, so what a
    worker held when it died is sent by another one. Mail goes first: people wait for it.
    """
    now = now or timezone.now()
    due = Outgoing._base_manager.filter(state=State.WAITING, next_at__lte=now).order_by("kind", "next_at", "pk")
    for seen in due.values("pk", "next_at", "lease")[: 4 * _AT_ONCE]:
        if _took(seen, now):
            return Outgoing._base_manager.get(pk=seen["pk"])
    return None


def _took(seen: Mapping[str, Any], now: datetime) -> bool:
    """Whether the message, as it was seen, is now leased to the caller."""
    lease = {"lease": uuid7(), "next_at": now + LEASE, "attempts": F("attempts") + 1}
    return bool(Outgoing._base_manager.filter(**seen, state=State.WAITING).update(**lease))


def deliver(outgoing: Outgoing, *, clock: Callable[[], datetime] = timezone.now) -> None:
    """Send a claimed message and note what came of it."""
    channel, begun = channel_of(outgoing), time.monotonic()
    scope = workspace_scope(outgoing.workspace_id) if outgoing.workspace_id else nullcontext()
    with scope:
        status: int | None = None
        if clock() > outgoing.expires_at + LEASE:
            _note(outgoing, State.GIVEN_UP, _("Nobody could send it in time."), clock())
            return
        try:
            status = channel.send(outgoing)
        except TryAgain as error:
            _failed(outgoing, error.reason, clock(), begun, error.status, error.after)
        except Refused as error:
            _note(outgoing, State.FAILED, error.reason, clock(), begun, error.status)
        except Exception:
            _logger.exception("sending failed", extra={"state": outgoing.kind})
            _failed(outgoing, _("Sending it failed because of a fault in the program."), clock(), begun)
        else:
            _note(outgoing, State.SENT, "", clock(), begun, status)


def _failed(
    outgoing: Outgoing, reason: str, now: datetime, begun: float, status: int | None = None,
    after: timedelta | None = None,
) -> None:  # fmt: skip
    """Note a try that failed: it is tried again later, until its time is over."""
    if now >= outgoing.expires_at:
        _note(outgoing, State.GIVEN_UP, reason, now, begun, status)
        return
    pause = max(pause_after(outgoing.attempts), min(after or timedelta(0), _LONGEST))
    _note(outgoing, State.WAITING, reason, now, begun, status, next_at=min(now + pause, outgoing.expires_at))


def _note(
    outgoing: Outgoing, state: str, reason: str, now: datetime, begun: float | None = None,
    status: int | None = None, *, next_at: datetime | None = None,
) -> None:  # fmt: skip
    """Keep the result of a try, unless its lease ran out meanwhile and another one has taken over."""
    changed: dict[str, Any] = {"state": state, "last_error": reason, "lease": None}
    if begun is not None:
        taken = round((time.monotonic() - begun) * 1000)
        entry = {"at": now.isoformat(), "milliseconds": taken, "status": status, "error": reason}
        changed["tries"] = [*outgoing.tries, entry][-_KEPT_TRIES:]
    if next_at is not None:
        changed["next_at"] = next_at
    else:
        changed["ended_at"] = now
        if channel_of(outgoing).wipes:
            changed["payload"] = {}
    if state == State.SENT:
        changed["sent_at"] = now
    lease = outgoing.lease
    for name, value in changed.items():
        setattr(outgoing, name, value)
    for left in reversed(range(_NOTING_TRIES)):
        try:
            if not _kept(outgoing, lease, changed, now):
                return
            break
        except OperationalError:
            # SQLite lets one write at a time, and a large import writes for long. What is not noted is sent again.
            if not left or connection.in_atomic_block:
                raise
            connection.close()
    _logger.info("outgoing", extra={"state": state, "number": outgoing.attempts})


def _kept(outgoing: Outgoing, lease: UUID | None, changed: Mapping[str, Any], now: datetime) -> bool:
    """Whether the result of a try is stored, with what follows from it."""
    with transaction.atomic():
        held = Outgoing._base_manager.filter(pk=outgoing.pk, lease=lease, state=State.WAITING)
        if not held.update(**changed):
            return False
        if (tried := channel_of(outgoing).tried) is not None:
            tried(outgoing, now)
    return True


def deliver_due(*, clock: Callable[[], datetime] = timezone.now, over: Callable[[], bool] = lambda: False) -> int:
    """Send everything that is due; gives how many tries were made."""
    number = 0
    while not over() and (outgoing := claim(now=clock())) is not None:
        deliver(outgoing, clock=clock)
        number += 1
    return number


def forget_old(*, now: datetime | None = None) -> int:
    """Remove what ended a month ago; gives how many they were."""
    old = Outgoing._base_manager.filter(ended_at__lt=(now or timezone.now()) - KEPT)
    return int(old.delete()[0])


class Deliverer:
    """A few threads of the worker that look into the outbox every second."""

    def __init__(self, *, at_once: int = _AT_ONCE) -> None:
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number == 0,), name=f"outbox {number}", daemon=True)
            for number in range(at_once)
        ]

    def start(self) -> None:
        """Begin to look and send."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Take nothing new, and wait a little for what is being sent; what is not done by then has its lease."""
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self, sweeps: bool) -> None:
        swept: float | None = None
        while not self._over.is_set():
            try:
                deliver_due(over=self._over.is_set)
                if sweeps and (swept is None or time.monotonic() - swept > _SWEEP_SECONDS):
                    forget_old()
                    swept = time.monotonic()
            except DatabaseError:
                # It is away or busy; what was sent meanwhile has its lease and its id.
                connection.close()
                self._over.wait(_LOOK_SECONDS)
            except Exception:
                _logger.exception("looking into the outbox failed")
            self._over.wait(_LOOK_SECONDS)
        connection.close()
