"""Jobs: work done by the worker, with progress to look at and a flag to stop it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection, models, transaction
from django.utils import timezone
from django_tasks import task

from unisono.platform import notifications
from unisono.platform.actor import Actor, actor_of
from unisono.platform.errors import NotFound, Problem, UseCaseError
from unisono.platform.files import sweep_daily
from unisono.platform.messages import message as _
from unisono.platform.models import Job, User, Workspace
from unisono.platform.policies import check_may_write_own
from unisono.platform.tenancy import workspace_scope

_logger = logging.getLogger("unisono.jobs")
_BEAT_SECONDS = 10.0
# A running job without a sign of life for so long has lost its worker.
_DEAD_AFTER = timedelta(seconds=90)


class Cancelled(Exception):
    """The job is to stop, or was given up; raised by `Progress` inside the work, which rolls back and ends."""


class Progress:
    """Handed to the work of a job: tell how far it is, and learn whether to stop.

    Called outside the work's own transaction it is visible at once; inside one, when that commits.
    """

    def __init__(self, job_id: UUID, watch: Callable[[int, int | None], None] | None = None) -> None:
        self.job_id = job_id
        self._watch = watch

    def __call__(self, done: int, total: int | None = None) -> None:
        changed: dict[str, Any] = {"done": done, "heartbeat_at": timezone.now()}
        if total is not None:
            changed["total"] = total
        going_on = Job.objects.filter(pk=self.job_id, state=Job.State.RUNNING, cancel_requested=False)
        is_wanted = going_on.update(**changed)
        if self._watch is not None:
            self._watch(done, total)
        if not is_wanted:
            raise Cancelled


Work = Callable[[Actor, UUID, Progress], dict[str, Any]]
_works: dict[str, Work] = {}
_told: dict[str, Callable[[UUID], UUID | None]] = {}
FINISHED = "job"


def register(kind: str, work: Work, *, network_of: Callable[[UUID], UUID | None] | None = None) -> None:
    """Name a piece of work: `work(actor, subject_id, progress) -> result`.

    With `network_of`, which finds the network of its subject, whoever started it is told when it is over.
    """
    _works[kind] = work
    if network_of is not None:
        _told[kind] = network_of


def start(*, actor: Actor, kind: str, subject_id: UUID | None = None) -> Job:
    """Queue a job; it begins when the surrounding transaction has committed."""
    if kind not in _works:
        raise LookupError(kind)
    job: Job = Job.objects.create(kind=kind, subject_id=subject_id, started_by_id=actor.user_id)
    transaction.on_commit(lambda: run_job.enqueue(str(actor.workspace_id), str(job.pk)))
    return job


def run(job: Job, actor: Actor, *, watch: Callable[[int, int | None], None] | None = None) -> Job:
    """Do the work of a job now, in this process; its errors become the job's problems.

    `watch(done, total)` is called at each step, for whoever looks on from this process.
    """
    now = timezone.now()
    if not Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(
        state=Job.State.RUNNING, started_at=now, heartbeat_at=now
    ):
        job.refresh_from_db()
        return job
    changed: dict[str, Any]
    try:
        with _beating(job.pk):
            result = _works[job.kind](actor, job.subject_id or job.pk, Progress(job.pk, watch))
        changed = {"state": Job.State.DONE, "result": result}
    except Cancelled:
        changed = {"state": Job.State.CANCELLED}
    except UseCaseError as error:
        changed = {"state": Job.State.FAILED, "problems": [problem.as_dict() for problem in error.problems]}
    except Exception:
        _logger.exception("job failed", extra={"job_id": str(job.pk), "job_kind": job.kind})
        problem = Problem(
            job.kind,
            _("The work stopped because of a fault in the program; nothing was saved."),
            _("Try again; if it fails again, tell the operator."),
        )
        changed = {"state": Job.State.FAILED, "problems": [problem.as_dict()]}
    ended = Job.objects.filter(pk=job.pk)
    if changed["state"] != Job.State.DONE:
        # A job that was given up meanwhile keeps the reason.
        ended = ended.filter(state=Job.State.RUNNING)
    else:
        changed["problems"] = []
    ended.update(ended_at=timezone.now(), **changed)
    job.refresh_from_db()
    # Somebody who watches needs not be told.
    if watch is None and job.kind in _told and job.state != Job.State.CANCELLED:
        _tell(job)
    _logger.info("job ended", extra={"job_id": str(job.pk), "job_kind": job.kind, "state": job.state})
    return job


def _tell(job: Job) -> None:
    """Tell whoever started a job that it is over."""
    subject = job.subject_id or job.pk
    details = {"job_kind": job.kind, "state": str(job.state), "subject_id": str(subject)}
    notifications.notify(
        kind=FINISHED, user_ids=[job.started_by_id], subject_id=job.pk, network_id=_told[job.kind](subject),
        details=details,
    )  # fmt: skip


@contextmanager
def _beating(job_id: UUID) -> Iterator[None]:
    """Give signs of life from a thread of its own: what the work writes itself is seen only when it commits."""
    over = Event()

    def beat() -> None:
        try:
            while not over.wait(_BEAT_SECONDS):
                try:
                    Job._base_manager.filter(pk=job_id).update(heartbeat_at=timezone.now())
                except DatabaseError:
                    # SQLite lets one write at a time; while the work does, see `_without_waiting`.
                    continue
        finally:
            connection.close()

    Thread(target=beat, name=f"heartbeat of {job_id}", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def end_if_dead(job: Job) -> Job:
    """The job; one whose worker died has failed."""
    if _end_dead(Job._base_manager.filter(pk=job.pk)):
        job.refresh_from_db()
    return job


def end_dead_jobs() -> int:
    """End the jobs of all workspaces whose worker died; gives how many they were."""
    return _end_dead(Job._base_manager.all())


def _end_dead(jobs: models.QuerySet[Job]) -> int:
    dead = jobs.filter(state=Job.State.RUNNING, heartbeat_at__lt=timezone.now() - _DEAD_AFTER)
    if not dead.exists():
        return 0
    problem = Problem(
        _("worker"),
        _("The worker ended in the middle of the work; what it had not finished was not saved."),
        _("Try again; if it fails again, tell the operator."),
    )
    try:
        with _without_waiting():
            number = dead.update(state=Job.State.FAILED, ended_at=timezone.now(), problems=[problem.as_dict()])
    except OperationalError:
        # Somebody writes, most likely the job itself.
        return 0
    if number:
        _logger.warning("jobs ended whose worker died", extra={"number": number})
    return number


@contextmanager
def _without_waiting() -> Iterator[None]:
    """On SQLite, fail at once when somebody else writes: a long job cannot give signs of life while it does."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        before = int(cursor.fetchone()[0])
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {before}")


@task()
def run_job(workspace_id: str, job_id: str) -> None:
    """What the worker calls: open the workspace's scope and do the job as the one who started it."""
    workspace = Workspace.objects.get(pk=workspace_id)
    with workspace_scope(workspace.pk):
        job = Job.objects.filter(pk=job_id).select_related("started_by").first()
        if job is None:
            return
        user = job.started_by
        actor = actor_of(user, workspace) if isinstance(user, User) else None
        run(job, actor or Actor(workspace_id=workspace.pk))
    sweep_daily()


def cancel(*, actor: Actor, job_id: UUID | str) -> None:
    """Ask a job of the actor's to stop; one that waits never begins, one that runs stops at its next step."""
    check_may_write_own(actor)
    jobs = Job.objects.filter(pk=job_id, started_by_id=actor.user_id)
    if not jobs.update(cancel_requested=True):
        raise NotFound.at("job", _("There is no such job."), _("It may belong to somebody else."))
    jobs.filter(state=Job.State.WAITING).update(state=Job.State.CANCELLED, ended_at=timezone.now())
    _end_dead(jobs)


def jobs_of(actor: Actor, *, limit: int = 100) -> list[Job]:
    """The actor's jobs, newest first."""
    jobs = Job.objects.filter(started_by_id=actor.user_id)
    _end_dead(jobs)
    return list(jobs.order_by("-created_at", "-pk")[:limit])


def job_of(actor: Actor, job_id: UUID | str) -> Job:
    """One job of the actor's; NotFound for anybody else's."""
    job = Job.objects.filter(pk=job_id, started_by_id=actor.user_id).first() if _is_id(job_id) else None
    if job is None:
        raise NotFound.at("job", _("There is no such job."), _("It may belong to somebody else."))
    return end_if_dead(job)


def _is_id(value: UUID | str) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
