"""The log is sealed by a chain of hashes: whatever is done to it afterwards is found, and nothing in a whole one."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread
from threading import Event as Signal
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection
from tests.platform.audit.tampering import rechain, tampered
from uuid_utils.compat import uuid7

from unisono.core.audit import FIRST, Rule, canonical, first_break, sealed
from unisono.platform import log
from unisono.platform.accounts import create_workspace
from unisono.platform.actor import Actor
from unisono.platform.audit import heads, sealing, verifying
from unisono.platform.audit.sealing import seal_all, seal_workspace
from unisono.platform.audit.verifying import verify_all, verify_workspace
from unisono.platform.logging import JsonFormatter
from unisono.platform.models import AuditHead, Event, User, Workspace

TAMPERINGS = 1_000 if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else 200


@pytest.fixture(autouse=True)
def own_heads(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of heads for each test."""
    settings.AUDIT_HEADS_FILE = tmp_path / "audit" / "heads.jsonl"
    monkeypatch.setattr(sealing, "_followed", heads.Heads())
    monkeypatch.setattr(verifying, "_PATIENCE_SECONDS", 0.0)
    return Path(settings.AUDIT_HEADS_FILE)


@pytest.fixture
def happen(actor: Actor, owner: User) -> Callable[..., list[Event]]:
    """`happen(5)` writes so many events of different content."""

    def write(number: int) -> list[Event]:
        events = [
            log.event(
                actor=actor,
                kind=("member.edited", "note.added", "member.state_changed")[i % 3],
                subject=owner,
                network_id=uuid7() if i % 2 else None,
                about_id=uuid7() if i % 3 else None,
                batch_id=uuid7() if i % 5 == 0 else None,
                changes={"tier": ["Silver", f"Gold {i}"], "phone": [None, None], "staff": [i, 0.5]} if i % 4 else {},
            )
            for i in range(number)
        ]  # fmt: skip
        log.record(events)
        return events

    return write


def test_a_thousand_tamperings_are_all_found(
    happen: Callable[..., list[Event]], workspace: Workspace, owner: User
) -> None:
    """Edits of every column, deletions, swaps, insertions, removed tails, forged chains: each is found."""
    elsewhere, _user = create_workspace(name="Elsewhere", owner_email=owner.email)
    happen(30)
    seal_all()
    happen(11)
    seal_all()
    events = list(Event.objects.order_by("sequence"))
    assert [event.sequence for event in events] == list(range(1, 42))
    assert verify_workspace(workspace).is_sound
    ways: dict[str, int] = {}
    for seed in range(TAMPERINGS):
        what, verdict = tampered(seed, events, elsewhere, lambda: verify_workspace(workspace))
        assert not verdict.is_sound, f"seed {seed}: {what} was not found"
        assert verdict.problem is not None and verdict.problem.remedy
        ways[what] = ways.get(what, 0) + 1
    assert len(ways) > 30
    # What was undone leaves a whole log.
    assert verify_workspace(workspace).is_sound


def test_the_place_of_the_first_break_is_named(happen: Callable[..., list[Event]], workspace: Workspace) -> None:
    """The seventh event is edited: the verdict names the seventh, and says what is broken and what to do."""
    happen(10)
    seal_all()
    Event.objects.filter(sequence=7).update(kind="member.removed")
    verdict = verify_workspace(workspace)
    assert verdict.broken is not None
    assert (verdict.broken.rule, verdict.broken.sequence) == (Rule.SEAL, 7)
    assert verdict.problem is not None
    assert verdict.problem.place == "Fjord cluster, event 7"


def test_an_event_that_comes_late_is_sealed_late(happen: Callable[..., list[Event]], workspace: Workspace) -> None:
    """An event with an older key than those sealed already, as of a transaction that took long, is not passed by."""
    late = happen(1)[0]
    Event.objects.filter(pk=late.pk)._raw_delete("default")
    happen(4)
    seal_all()
    Event.objects.bulk_create([late])
    assert seal_all() == 1
    assert Event.objects.get(pk=late.pk).sequence == 5
    assert verify_workspace(workspace).is_sound


def test_each_workspace_has_a_chain_of_its_own(happen: Callable[..., list[Event]], owner: User) -> None:
    """The log of one workspace is whole although that of another is not."""
    create_workspace(name="Elsewhere", owner_email=owner.email)
    happen(3)
    seal_all()
    Event.objects.filter(sequence=2).update(kind="member.removed")
    assert [(v.workspace, v.is_sound) for v in verify_all()] == [("Elsewhere", True), ("Fjord cluster", False)]


def test_a_sealer_that_was_stopped_before_it_kept_the_head_is_made_good(
    happen: Callable[..., list[Event]], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the commit and the file, the next sealer keeps the head; nothing is lost or sealed twice."""
    happen(3)
    seal_all()
    happen(2)

    def killed(*_arguments: Any, **_more: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(heads, "append", killed)
        with pytest.raises(SystemExit):
            seal_all()
    verdict = verify_workspace(workspace)
    assert verdict.broken is not None and verdict.broken.rule == Rule.BEYOND
    assert seal_all() == 0
    assert verify_workspace(workspace).is_sound


def test_sealing_on_hides_nothing(happen: Callable[..., list[Event]], workspace: Workspace) -> None:
    """A log that was forged, or cut, is found also after further events were sealed in good faith."""
    happen(6)
    seal_all()
    Event.objects.filter(sequence=2).update(kind="member.removed")
    rechain(workspace.pk)
    happen(2)
    seal_all()
    assert not verify_workspace(workspace).is_sound


def test_a_tail_that_was_cut_is_found_after_more_was_sealed(
    happen: Callable[..., list[Event]], workspace: Workspace
) -> None:
    """The last three events are gone with the head; five new ones are sealed in their place."""
    happen(6)
    seal_all()
    Event.objects.filter(sequence__gt=3)._raw_delete("default")
    rechain(workspace.pk)
    happen(5)
    seal_all()
    assert not verify_workspace(workspace).is_sound


def test_a_line_that_was_torn_does_not_break_the_file(
    happen: Callable[..., list[Event]], workspace: Workspace, own_heads: Path
) -> None:
    """A sealer was stopped in the middle of a line; the next head stands on a line of its own."""
    happen(2)
    seal_all()
    with own_heads.open("a", encoding="utf-8") as file:
        file.write('{"workspace": "0199')
    happen(1)
    seal_all()
    assert json.loads(own_heads.read_text(encoding="utf-8").splitlines()[-1])["sequence"] == 3
    assert verify_workspace(workspace).is_sound


def test_a_workspace_that_is_gone_is_found(happen: Callable[..., list[Event]], workspace: Workspace) -> None:
    """The log is removed with the whole workspace: the file still knows of it."""
    happen(2)
    seal_all()
    AuditHead.objects.all()._raw_delete("default")
    Event.objects.all()._raw_delete("default")
    workspace.roles.all()._raw_delete("default")
    Workspace.objects.filter(pk=workspace.pk)._raw_delete("default")
    (verdict,) = verify_all()
    assert verdict.broken is not None and verdict.broken.rule == Rule.GONE
    heads.append(workspace.pk, 0, "", what=heads.CLOSED)
    assert list(verify_all()) == []


def _seal_at_once(workspace_id: Any, barrier: Barrier, sealers: int) -> list[Any]:
    def one(_number: int) -> Any:
        try:
            barrier.wait(timeout=20)
            return seal_workspace(workspace_id)
        except (IntegrityError, sealing._Overtaken) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(sealers) as pool:
        return list(pool.map(one, range(sealers)))


@pytest.mark.django_db(transaction=True)
def test_sealers_that_meet_seal_each_event_once(
    happen: Callable[..., list[Event]], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three sealers begin at once: every event has one number, none is missing, the log is whole."""
    monkeypatch.setattr(sealing, "_BATCH", 7)
    happen(60)
    counts = _seal_at_once(workspace.pk, Barrier(3), 3)
    seal_all()
    assert [count for count in counts if isinstance(count, Exception)] == []
    assert sorted(Event.objects.values_list("sequence", flat=True)) == list(range(1, 61))
    assert verify_workspace(workspace).is_sound


@pytest.mark.django_db(transaction=True)
def test_without_the_condition_sealers_that_meet_break_the_log(
    happen: Callable[..., list[Event]], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a head that is moved on without the condition, by a sealer that saw an older one."""
    happen(6)
    stale = AuditHead.objects.create(seal=FIRST)

    def unconditional(head: AuditHead, sequence: int, seal: str) -> None:
        AuditHead.objects.filter(pk=head.pk).update(sequence=sequence, seal=seal)

    monkeypatch.setattr(sealing, "take_head", unconditional)
    seal_workspace(workspace.pk)
    happen(6)
    # The second sealer had read the head before the first one moved it.
    sealing.take_head(stale, 3, "c" * 64)
    with pytest.raises(IntegrityError):
        seal_workspace(workspace.pk)


def test_content_is_the_same_on_every_database() -> None:
    """Numbers, letters and the order of names are written one way, whatever a database made of them."""
    assert (
        canonical(["ø", None], {"b": 1e2, "a": {"y": [1.5, True]}}) == '["\\u00f8",null,{"a":{"y":[1.5,true]},"b":100}]'
    )
    one = sealed(FIRST, 1, "[]")
    assert first_break([(1, one, "[]"), (3, "x", "[]")], {}, end=2) is not None


def test_what_stops_one_workspace_stops_no_other(
    happen: Callable[..., list[Event]],
    workspace: Workspace,
    owner: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whichever workspace has its turn first: the fault is logged by the workspace's key, the others are sealed."""
    elsewhere, _user = create_workspace(name="Elsewhere", owner_email=owner.email)
    sealed_ones: list[Any] = []
    for bad, good in ((workspace.pk, elsewhere.pk), (elsewhere.pk, workspace.pk)):

        def seal(workspace_id: Any, bad: Any = bad) -> int:
            if workspace_id == bad:
                raise ValueError("what Nina wrote")
            sealed_ones.append(workspace_id)
            return 1

        with monkeypatch.context() as patch:
            patch.setattr(sealing, "seal_workspace", seal)
            with pytest.raises(ValueError, match="Nina"):
                seal_all()
        assert sealed_ones.pop() == good
        assert caplog.records[-1].__dict__["workspace"] == str(bad)
        assert "Nina" not in JsonFormatter().format(caplog.records[-1])


def test_the_sealer_outlives_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that nobody thought of: the next round comes all the same."""
    over, rounds = Signal(), []

    def broken() -> int:
        rounds.append(1)
        if len(rounds) == 3:
            over.set()
        raise ValueError("unexpected")

    monkeypatch.setattr(sealing, "seal_all", broken)
    monkeypatch.setattr(sealing, "_PAUSE_SECONDS", 0.01)
    thread = Thread(target=sealing._seal_now_and_then, args=(over,))
    thread.start()
    thread.join(10)
    assert len(rounds) == 3
