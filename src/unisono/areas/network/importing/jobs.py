"""The three jobs of an import. Each moves the batch on when it is done and back when it is not."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.importing.applying import apply_rows
from unisono.areas.network.importing.checking import check_rows, state_of_directory
from unisono.areas.network.importing.undoing import undo_changes
from unisono.areas.network.models import ImportBatch
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import UseCaseError
from unisono.platform.jobs import Progress

CHECK, APPLY, UNDO = "import.check", "import.apply", "import.undo"
State = ImportBatch.State
# State in which a batch is found when its job ended without an end.
BEFORE = {State.CHECKING: State.COLUMNS, State.APPLYING: State.CHECKED, State.UNDOING: State.APPLIED}


def _batch(actor: Actor, batch_id: UUID) -> ImportBatch:
    batch: ImportBatch = ImportBatch.objects.select_related("network", "file").get(pk=batch_id)
    # A role may have been taken away while the job waited.
    policies.check_can_import(actor, batch.network)
    return batch


def _back(batch_id: UUID, state: str, **changed: Any) -> None:
    ImportBatch.objects.filter(pk=batch_id).update(state=state, **changed)


def check(actor: Actor, batch_id: UUID, progress: Progress) -> dict[str, Any]:
    """Compare all rows of the file with what is there."""
    try:
        batch = _batch(actor, batch_id)
        return {"counts": _compare(actor, batch, progress)}
    except UseCaseError as error:
        problems = [problem.as_dict() for problem in error.problems]
        ImportBatch.objects.get(pk=batch_id).rows.all().delete()
        _back(batch_id, State.FAILED, problems=problems, counts={})
        raise
    except BaseException:
        _back(batch_id, State.COLUMNS)
        raise


def _compare(actor: Actor, batch: ImportBatch, progress: Progress, *, state: str = State.CHECKED) -> dict[str, int]:
    compared_with = state_of_directory(actor, batch.network)
    counts = dict(check_rows(actor, batch, progress))
    counts["rows"] = sum(counts.values())
    batch.counts, batch.compared_with = counts, compared_with
    ImportBatch.objects.filter(pk=batch.pk).update(
        state=state, counts=counts, compared_with=compared_with, checked_at=timezone.now(), problems=[]
    )
    return counts


def apply(actor: Actor, batch_id: UUID, progress: Progress) -> dict[str, Any]:
    """Write the batch; rows are compared anew first when the directory has changed since the check."""
    try:
        batch = _batch(actor, batch_id)
        if batch.compared_with != state_of_directory(actor, batch.network):
            _compare(actor, batch, progress, state=State.APPLYING)
        return apply_rows(actor, batch, progress)
    except UseCaseError as error:
        _back(batch_id, State.CHECKED, problems=[p.as_dict() for p in error.problems], compared_with="")
        raise
    except BaseException:
        _back(batch_id, State.CHECKED)
        raise


def undo(actor: Actor, batch_id: UUID, progress: Progress) -> dict[str, Any]:
    """Undo the batch."""
    try:
        return undo_changes(actor, _batch(actor, batch_id), progress)
    except BaseException:
        _back(batch_id, State.APPLIED)
        raise


def register() -> None:
    """Name the jobs; called once when the app starts."""
    jobs.register(CHECK, check)
    jobs.register(APPLY, apply)
    jobs.register(UNDO, undo)
