"""Jobs: they end one way or another, also when their worker is killed in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from unisono.areas.network import importing
from unisono.areas.network.models import ImportBatch, Network
from unisono.cli.operate import worker
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.models import Job

KIND = "test.work"
Works = Callable[[Callable[..., Any]], Job]


@pytest.fixture
def waiting(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> Works:
    """`waiting(work)` is a job that does this and waits to be run."""

    def make(work: Callable[..., Any]) -> Job:
        monkeypatch.setitem(jobs._works, KIND, work)
        return Job.objects.create(kind=KIND, started_by_id=actor.user_id)

    return make


@pytest.fixture
def silent(actor: Actor) -> Callable[..., Job]:
    """`silent(minutes)` is a running job that gave its last sign of life so long ago."""

    def make(minutes: float = 10, **more: Any) -> Job:
        then = timezone.now() - timedelta(minutes=minutes)
        running = {"kind": KIND, "state": Job.State.RUNNING, "started_by_id": actor.user_id}
        job: Job = Job.objects.create(**running, started_at=then, heartbeat_at=then, **more)
        return job

    return make


def test_a_job_is_done_once(actor: Actor, waiting: Works) -> None:
    def work(actor: Actor, subject: UUID, progress: jobs.Progress) -> dict[str, Any]:
        progress(1, 4)
        return {"made": 4}

    job = jobs.run(waiting(work), actor)
    assert (job.state, job.result, job.percent) == ("done", {"made": 4}, 25)
    assert job.heartbeat_at is not None
    ended = job.ended_at
    assert jobs.run(job, actor).ended_at == ended


def test_errors_become_its_problems(actor: Actor, waiting: Works) -> None:
    def refused(*given: Any) -> dict[str, Any]:
        raise Invalid.at("row 3", "No name.", "Add one.")

    def faulty(*given: Any) -> dict[str, Any]:
        raise RuntimeError("what a person typed")

    assert jobs.run(waiting(refused), actor).problems == [
        {"place": "row 3", "rule": "No name.", "remedy": "Add one."}
    ]  # fmt: skip
    job = jobs.run(waiting(faulty), actor)
    assert job.state == "failed"
    assert "what a person typed" not in str(job.problems)


def test_it_stops_at_the_next_step_when_asked(actor: Actor, waiting: Works) -> None:
    steps = []

    def work(actor: Actor, subject: UUID, progress: jobs.Progress) -> dict[str, Any]:
        for step in range(5):
            steps.append(step)
            if step == 2:
                jobs.cancel(actor=actor, job_id=progress.job_id)
            progress(step)
        return {}

    assert jobs.run(waiting(work), actor).state == "cancelled"
    assert steps == [0, 1, 2]


def test_a_silent_job_has_failed_and_says_why(actor: Actor, silent: Callable[..., Job]) -> None:
    dead, living = silent(2), silent(1)
    job = jobs.job_of(actor, dead.pk)
    assert job.state == "failed"
    assert "worker" in job.problems[0]["rule"]
    assert job.problems[0]["remedy"]
    assert jobs.job_of(actor, living.pk).state == "running"


def test_the_list_of_jobs_shows_it_as_failed(actor: Actor, silent: Callable[..., Job]) -> None:
    silent()
    assert [job.state for job in jobs.jobs_of(actor)] == ["failed"]


def test_cancelling_a_silent_job_ends_it(actor: Actor, silent: Callable[..., Job]) -> None:
    job = silent()
    jobs.cancel(actor=actor, job_id=job.pk)
    job.refresh_from_db()
    assert job.is_over


def test_a_worker_ends_silent_jobs_when_it_starts(silent: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    dead, living = silent(), silent(0)
    monkeypatch.setattr("unisono.cli.operate.call_command", lambda *given, **more: None)
    assert worker.callback is not None
    worker.callback(once=True)
    dead.refresh_from_db()
    living.refresh_from_db()
    assert (dead.state, living.state) == ("failed", "running")


def test_a_job_that_was_given_up_stops_at_its_next_step(actor: Actor, waiting: Works) -> None:
    """As when the machine slept: the work must not go on beside another try."""

    def work(actor: Actor, subject: UUID, progress: jobs.Progress) -> dict[str, Any]:
        Job.objects.filter(pk=progress.job_id).update(heartbeat_at=timezone.now() - timedelta(hours=1))
        jobs.end_dead_jobs()
        progress(1)
        raise AssertionError("it went on")

    job = jobs.run(waiting(work), actor)
    assert job.state == "failed"
    assert "worker" in job.problems[0]["rule"]


@pytest.mark.parametrize("state", ["checking", "applying", "undoing"])
def test_an_import_whose_worker_died_is_back_where_it_came_from(
    actor: Actor, network: Network, silent: Callable[..., Job], state: str
) -> None:
    batch = importing.start_import(actor=actor, network=network, file=("list.csv", [b"name\nHotel Utsikten\n"]))
    job = silent(1, subject_id=batch.pk)
    ImportBatch.objects.filter(pk=batch.pk).update(state=state, job_id=job.pk)
    assert importing.get_batch(actor, network, batch.pk).state == state, "it may still live"
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    back = {"checking": "columns", "applying": "checked", "undoing": "applied"}
    assert importing.get_batch(actor, network, batch.pk).state == back[state]


@pytest.mark.django_db(transaction=True)
def test_it_gives_signs_of_life_while_its_work_says_nothing(
    actor: Actor, waiting: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_BEAT_SECONDS", 0.05)

    def work(actor: Actor, subject: UUID, progress: jobs.Progress) -> dict[str, Any]:
        begun = Job.objects.get(pk=progress.job_id).heartbeat_at
        deadline = time.monotonic() + 10
        while Job.objects.get(pk=progress.job_id).heartbeat_at == begun:
            assert time.monotonic() < deadline, "no sign of life"
            time.sleep(0.02)
        return {}

    assert jobs.run(waiting(work), actor).state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_job_in_a_long_transaction_is_not_given_up(actor: Actor, silent: Callable[..., Job]) -> None:
    """On SQLite it cannot give signs of life then; nobody may wait for it, and nobody may end it."""
    if connection.vendor != "sqlite":
        pytest.skip("elsewhere it gives signs of life at any time")
    job, begun, over = silent(), threading.Event(), threading.Event()

    def long_work() -> None:
        with transaction.atomic():
            begun.set()
            over.wait(20)
        connection.close()

    thread = threading.Thread(target=long_work)
    thread.start()
    try:
        assert begun.wait(10)
        started = time.monotonic()
        assert jobs.job_of(actor, job.pk).state == "running"
        assert time.monotonic() - started < 5
    finally:
        over.set()
        thread.join()
    assert jobs.job_of(actor, job.pk).state == "failed"


_WORKER = """
import os, sys, time
import django
django.setup()
from unisono.platform import jobs

def check(actor, subject, progress):
    from django.db import transaction
    with transaction.atomic():
        progress(1, 100)
        print("working", flush=True)
        time.sleep(120)

jobs.register("import.check", check)
from django.core.management import call_command
call_command("db_worker", interval=0.1, startup_delay=False, reload=False, verbosity=0)
"""


@pytest.fixture
def started_worker() -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """A worker process on the database of the test, whose check of an import takes long."""
    running: list[subprocess.Popen[str]] = []
    database = connection.settings_dict
    address = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        secret = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
        where = f"{database['USER']}{secret}@{database['HOST']}:{database['PORT'] or 5432}"
        address = f"postgresql://{where}/{database['NAME']}"
    told = {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "unisono.config.settings"}

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _WORKER], env=os.environ | told, stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="kills processes as Linux does")
@pytest.mark.django_db(transaction=True)
def test_after_the_worker_was_killed_an_import_can_be_taken_up_again(
    actor: Actor,
    network: Network,
    started_worker: Callable[[], subprocess.Popen[str]],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
    batch = importing.start_import(actor=actor, network=network, file=("list.csv", [b"name\nHotel Utsikten\n"]))
    mapping = importing.suggested_mapping(batch, kind="member").mapping
    job = importing.set_mapping(actor=actor, network=network, batch_id=batch.pk, mapping=mapping)
    process = started_worker()
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    job.refresh_from_db()
    assert job.state == "running"

    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL

    job.refresh_from_db()
    assert job.state == "running", "nobody was left to say how it ended"
    with pytest.raises(Conflict):
        importing.remove_import(actor=actor, network=network, batch_id=batch.pk)
    monkeypatch.setattr(jobs, "_DEAD_AFTER", timedelta(0))
    jobs.cancel(actor=actor, job_id=job.pk)
    assert importing.get_batch(actor, network, batch.pk).state == "columns"
    job.refresh_from_db()
    assert job.state == "failed"
    importing.remove_import(actor=actor, network=network, batch_id=batch.pk)
    assert not ImportBatch.objects.exists()
