"""The outbox: written with its change, sent by one worker at a time, tried again with patience, given up in the end."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from unisono.platform import delivery, outbox
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, NotAllowed, NotFound
from unisono.platform.messages import message as _
from unisono.platform.models import Event, Outgoing, Workspace

START = datetime(2026, 3, 2, 9, tzinfo=timezone.get_fixed_timezone(0))


class Clock:
    """Says what time it is, and can be set forward."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A channel that takes everything; what it was given is in the list, by id."""
    taken: list[str] = []

    def send(outgoing: Outgoing) -> int:
        taken.append(str(outgoing.pk))
        return 200

    monkeypatch.setitem(outbox._channels, "mail", outbox.Channel(send=send))
    yield taken


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """`failing(error)` lets every try end like this."""

    def let(error: Exception) -> None:
        def send(outgoing: Outgoing) -> int:
            raise error

        monkeypatch.setitem(outbox._channels, "mail", outbox.Channel(send=send))

    return let


def put(workspace: Workspace | None = None, *, at: datetime = START, **more: Any) -> Outgoing:
    given = {"kind": "mail", "purpose": "test", "recipient": "marit@example.org", "payload": {"text": "canary"}}
    with transaction.atomic():
        return outbox.put(**given, workspace_id=workspace.pk if workspace else None, at=at, **more)


@pytest.mark.django_db(transaction=True)
def test_a_message_is_written_in_the_transaction_of_its_change(receiver: list[str]) -> None:
    with pytest.raises(RuntimeError):
        outbox.put(kind="mail", purpose="test", recipient="a@example.org", payload={}, workspace_id=None)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.put(kind="mail", purpose="test", recipient="a@example.org", payload={}, workspace_id=None)
        raise ZeroDivisionError
    assert not Outgoing._base_manager.exists()
    assert delivery.deliver_due() == 0
    assert receiver == []


@pytest.mark.django_db
def test_it_is_sent_once_and_its_content_is_wiped(receiver: list[str], clock: Clock) -> None:
    sent = put()
    assert delivery.deliver_due(clock=clock) == 1
    assert delivery.deliver_due(clock=clock) == 0
    assert receiver == [str(sent.pk)]
    sent.refresh_from_db()
    assert (sent.state, sent.attempts, sent.payload, sent.sent_at) == ("sent", 1, {}, START)
    assert "canary" not in str(Outgoing._base_manager.values_list())


@pytest.mark.django_db
def test_a_failed_try_is_repeated_later_and_later_until_three_days_are_over(
    failing: Callable[[Exception], None], clock: Clock
) -> None:
    failing(outbox.TryAgain(_("The receiver answered %(code)s.") % {"code": 503}, status=503))
    sent, moments = put(), []
    while True:
        if delivery.deliver_due(clock=clock):
            moments.append(clock.now - START)
        sent.refresh_from_db()
        if sent.is_over:
            break
        assert sent.payload, "kept while it may still be sent"
        clock.now = sent.next_at
    assert sent.state == "given_up"
    assert moments[-1] == timedelta(hours=72), "the last try is at the very end"
    assert 15 <= len(moments) <= 25
    pauses = [later - earlier for earlier, later in pairwise(moments[:-1])]
    assert timedelta(seconds=8) <= pauses[0] <= timedelta(seconds=12)
    assert max(pauses) <= timedelta(hours=7.2)
    assert all(b > a for a, b in pairwise(pauses[:6])), "each pause is longer"
    assert sent.payload == {}, "wiped when given up"
    assert outbox.why(sent) == "The receiver answered 503."
    assert (sent.tries[-1]["status"], sent.tries[-1]["error"]) == (503, "The receiver answered 503.")


def test_pauses_differ_by_chance_so_that_what_failed_together_does_not_come_back_together() -> None:
    pauses = {delivery.pause_after(3, rng=Random(seed)) for seed in range(50)}
    assert len(pauses) == 50
    assert timedelta(seconds=72) <= min(pauses) < max(pauses) <= timedelta(seconds=108)


@pytest.mark.django_db
def test_what_a_receiver_refuses_is_not_tried_again(failing: Callable[[Exception], None], clock: Clock) -> None:
    failing(outbox.Refused("No such mailbox.", status=550))
    sent = put()
    delivery.deliver_due(clock=clock)
    clock.now += timedelta(days=1)
    assert delivery.deliver_due(clock=clock) == 0
    sent.refresh_from_db()
    assert (sent.state, sent.payload) == ("failed", {})


@pytest.mark.django_db
def test_a_fault_of_the_program_is_no_end_and_tells_nothing_of_the_content(
    failing: Callable[[Exception], None], clock: Clock
) -> None:
    failing(ValueError("canary"))
    sent = put()
    delivery.deliver_due(clock=clock)
    sent.refresh_from_db()
    assert sent.state == "waiting"
    assert "canary" not in f"{sent.last_error} {sent.tries}"


@pytest.mark.django_db
def test_a_message_that_is_too_late_is_not_sent(receiver: list[str], clock: Clock) -> None:
    """A link in it would be dead."""
    sent = put(lifetime=timedelta(hours=24))
    clock.now += timedelta(hours=25)
    delivery.deliver_due(clock=clock)
    sent.refresh_from_db()
    assert (sent.state, receiver, sent.payload) == ("given_up", [], {})


@pytest.mark.django_db
def test_what_a_dead_worker_held_is_sent_by_another_one_with_the_same_id(receiver: list[str], clock: Clock) -> None:
    sent = put()
    held = delivery.claim(now=clock.now)
    assert held is not None
    assert delivery.deliver_due(clock=clock) == 0, "somebody has it"
    clock.now += outbox.LEASE + timedelta(seconds=1)
    assert delivery.deliver_due(clock=clock) == 1
    assert receiver == [str(sent.pk)]
    # The one that was believed dead comes back: what it says changes nothing any more.
    delivery._note(held, "failed", "late", clock.now)
    sent.refresh_from_db()
    assert (sent.state, sent.attempts) == ("sent", 2)


def _race(workers: int) -> int:
    """How often one message is sent when so many workers look at the same moment."""
    meet, sent = threading.Barrier(workers), []
    real = delivery._took

    def together(seen: Any, now: datetime) -> bool:
        meet.wait(10)
        return real(seen, now)

    def work() -> None:
        try:
            outgoing = delivery.claim(now=START)
            if outgoing is not None:
                sent.append(outgoing.pk)
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "_took", together)
        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return len(sent)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends(receiver: list[str]) -> None:
    put()
    assert _race(2) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_both_would_send(receiver: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a claim that does not look at what it saw lets both have it."""

    def careless(seen: Any, now: datetime) -> bool:
        return bool(Outgoing._base_manager.filter(pk=seen["pk"]).update(next_at=now + outbox.LEASE))

    monkeypatch.setattr(delivery, "_took", careless)
    put()
    assert _race(2) == 2


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_message_once(receiver: list[str]) -> None:
    sent = [put(at=timezone.now()).pk for _number in range(12)]
    meet = threading.Barrier(4)

    def work() -> None:
        try:
            meet.wait(10)
            delivery.deliver_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receiver) == sorted(map(str, sent))


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_is_noted_also_when_the_database_is_busy(
    receiver: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a large import, during which nobody else writes to SQLite, would let everything be sent twice."""
    sent = put(at=timezone.now())
    real, busy = delivery._kept, [True, True]

    def kept(*given: Any) -> bool:
        if busy:
            busy.pop()
            raise OperationalError("database is locked")
        return real(*given)

    monkeypatch.setattr(delivery, "_kept", kept)
    assert delivery.deliver_due() == 1
    sent.refresh_from_db()
    assert (sent.state, sent.attempts, len(receiver)) == ("sent", 1, 1)


@pytest.mark.django_db
def test_an_owner_sees_what_the_workspace_sends_and_nobody_elses(
    actor: Actor, workspace: Workspace, make_actor: Callable[..., Actor], receiver: list[str]
) -> None:
    mine, accounts = put(workspace), put()
    other = Workspace.objects.create(name="Next door", slug="next-door")
    theirs = put(other)
    assert [o.pk for o in outbox.outgoing_of(actor)] == [mine.pk]
    assert {o.pk for o in outbox.outgoing_of(actor, account_mail=True)} == {mine.pk, accounts.pk}
    for hidden in (theirs.pk, accounts.pk, "nonsense"):
        with pytest.raises(NotFound):
            outbox.one_outgoing(actor, hidden)
        with pytest.raises(NotFound):
            outbox.drop(actor=actor, outgoing_id=hidden)
    for role in ("orchestrator", "observer"):
        with pytest.raises(NotAllowed):
            outbox.outgoing_of(make_actor(role))
    assert "canary" not in str(outbox.plain_outgoing(mine))


@pytest.mark.django_db
def test_retry_brings_the_next_try_forward(
    actor: Actor, workspace: Workspace, failing: Callable[[Exception], None], clock: Clock
) -> None:
    failing(outbox.TryAgain("Busy."))
    sent = put(workspace)
    delivery.deliver_due(clock=clock)
    sent.refresh_from_db()
    assert sent.next_at > clock.now
    assert outbox.retry(actor=actor, outgoing_id=sent.pk, at=clock.now).next_at == clock.now
    assert delivery.deliver_due(clock=clock) == 1
    assert [e.kind for e in Event.objects.filter(subject_id=sent.pk)] == ["outgoing.retried"]


@pytest.mark.django_db
def test_what_is_wiped_cannot_be_retried(
    actor: Actor, workspace: Workspace, failing: Callable[[Exception], None], clock: Clock
) -> None:
    failing(outbox.Refused("No such mailbox."))
    sent = put(workspace)
    delivery.deliver_due(clock=clock)
    with pytest.raises(Conflict, match="no longer kept"):
        outbox.retry(actor=actor, outgoing_id=sent.pk)


@pytest.mark.django_db
def test_what_is_dropped_is_not_sent(actor: Actor, workspace: Workspace, receiver: list[str], clock: Clock) -> None:
    sent = put(workspace)
    dropped = outbox.drop(actor=actor, outgoing_id=sent.pk)
    assert (dropped.state, dropped.payload) == ("dropped", {})
    assert delivery.deliver_due(clock=clock) == 0
    assert receiver == []
    with pytest.raises(Conflict):
        outbox.drop(actor=actor, outgoing_id=sent.pk)


@pytest.mark.django_db
def test_what_is_being_sent_is_left_to_that(
    actor: Actor, workspace: Workspace, receiver: list[str], clock: Clock
) -> None:
    sent = put(workspace)
    assert delivery.claim(now=clock.now) is not None
    for change in (outbox.drop, outbox.retry):
        with pytest.raises(Conflict, match="being sent"):
            change(actor=actor, outgoing_id=sent.pk)


@pytest.mark.django_db
def test_rows_of_the_past_go_and_a_recipient_can_be_forgotten(receiver: list[str], clock: Clock) -> None:
    put()
    delivery.deliver_due(clock=clock)
    waiting = put()
    assert delivery.forget_old(now=clock.now + timedelta(days=29)) == 0
    assert delivery.forget_old(now=clock.now + timedelta(days=31)) == 1
    assert Outgoing._base_manager.get() == waiting
    assert outbox.forget_recipient("Marit@example.org") == 1
    assert not Outgoing._base_manager.exists()


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_while_it_runs(receiver: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_LOOK_SECONDS", 0.05)
    deliverer = delivery.Deliverer(at_once=2)
    deliverer.start()
    try:
        sent = [put(at=timezone.now()).pk for _number in range(5)]
        end = timezone.now() + timedelta(seconds=20)
        while Outgoing._base_manager.filter(state="waiting").exists():
            assert timezone.now() < end
    finally:
        deliverer.end()
    assert sorted(receiver) == sorted(map(str, sent))
