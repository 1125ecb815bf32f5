"""Verifying the log in the background, for whoever has no console at hand."""

from typing import Any
from uuid import UUID

from django.db import transaction

from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.audit.policies import check_can_read_log
from unisono.platform.audit.verifying import Verdict, verdict_of, verify_workspace
from unisono.platform.models import Job, Workspace

VERIFY = "audit.verify"


@transaction.atomic
def verify_soon(*, actor: Actor) -> Job:
    """Have the worker verify the log of the workspace."""
    check_can_read_log(actor)
    return jobs.start(actor=actor, kind=VERIFY)


def last_verdict(actor: Actor) -> tuple[Job, Verdict | None] | None:
    """The last time that somebody had the log verified, and what was found if that is over; None if nobody had."""
    check_can_read_log(actor)
    job = Job.objects.filter(kind=VERIFY).order_by("-created_at", "-pk").first()
    if job is None:
        return None
    return job, verdict_of(job.result) if job.state == Job.State.DONE else None


def _verify(actor: Actor, subject_id: UUID, progress: jobs.Progress) -> dict[str, Any]:
    return verify_workspace(Workspace.objects.get(pk=actor.workspace_id), progress).as_dict()


def register() -> None:
    """Name the work."""
    jobs.register(VERIFY, _verify)
