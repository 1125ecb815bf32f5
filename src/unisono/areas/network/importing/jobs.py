"""The three jobs of an import. Each moves the batch on when it is done and back when it is not."""

import hashlib
from typing import Any
from uuid import UUID

from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.duplicates import find_duplicates
from unisono.areas.network.importing.applying import apply_rows
from unisono.areas.network.importing.checking import check_rows, state_of_directory
from unisono.areas.network.importing.undoing import undo_changes
from unisono.areas.network.models import ImportBatch
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, UseCaseError
from unisono.platform.jobs import Progress
from unisono.platform.messages import message as _

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
    return {"counts": _check(actor, batch_id, progress, State.CHECKED)}


def _check(actor: Actor, batch_id: UUID, progress: Progress, after: str) -> dict[str, int]:
    """Compare, and leave the batch in the state `after`; one that stops half-way has no rows that count."""
    try:
        return _compare(actor, _batch(actor, batch_id), progress, state=after)
    except UseCaseError as error:
        problems = [problem.as_dict() for problem in error.problems]
        ImportBatch.objects.get(pk=batch_id).rows.all().delete()
        _back(batch_id, State.FAILED, problems=problems, counts={})
        raise
    except BaseException:
        _back(batch_id, State.COLUMNS)
        raise


def _compare(actor: Actor, batch: ImportBatch, progress: Progress, *, state: str) -> dict[str, int]:
    compared_with = state_of_directory(actor, batch.network)
    counts = dict(check_rows(actor, batch, progress))
    counts["rows"] = sum(counts.values())
    batch.counts, batch.compared_with = counts, compared_with
    ImportBatch.objects.filter(pk=batch.pk).update(
        state=state, counts=counts, compared_with=compared_with, checked_at=timezone.now(), problems=[]
    )
    return counts


def apply(actor: Actor, batch_id: UUID, progress: Progress) -> dict[str, Any]:
    """Write the batch; rows are compared anew first when the directory has changed since the check.

    Where that gives anything that nobody has seen yet, nothing is written.
    """
    try:
        batch = _batch(actor, batch_id)
        is_old = batch.compared_with != state_of_directory(actor, batch.network)
        seen = _verdicts(batch) if is_old else ""
    except BaseException:
        _back(batch_id, State.CHECKED)
        raise
    if is_old:
        _back(batch_id, State.CHECKING)
        _check(actor, batch_id, progress, State.APPLYING)
        if _verdicts(batch) != seen:
            error = Conflict.at(
                _("the directory"),
                _("Records changed since the check, and the rows were compared anew: some now do something else."),
                _("Look at the rows again, then import."),
            )
            _back(batch_id, State.CHECKED, problems=[p.as_dict() for p in error.problems])
            raise error
    try:
        result = apply_rows(actor, _batch(actor, batch_id), progress)
    except UseCaseError as error:
        _back(batch_id, State.CHECKED, problems=[p.as_dict() for p in error.problems], compared_with="")
        raise
    except BaseException:
        _back(batch_id, State.CHECKED)
        raise
    network = _batch(actor, batch_id).network
    if policies.can_edit_records(actor, network):
        find_duplicates(actor=actor, network=network)
    return result


def _verdicts(batch: ImportBatch) -> str:
    """Changes whenever a row would do something else."""
    digest = hashlib.sha256()
    rows = batch.rows.order_by("number").values_list("number", "status", "record_id", "candidate", "changes")
    for number, status, record_id, candidate, changes in rows.iterator(chunk_size=5_000):
        like = [candidate.get("record_id"), candidate.get("row")]
        digest.update(repr((number, status, record_id, like, sorted(changes.items()))).encode())
    return digest.hexdigest()


def undo(actor: Actor, batch_id: UUID, progress: Progress) -> dict[str, Any]:
    """Undo the batch."""
    try:
        return undo_changes(actor, _batch(actor, batch_id), progress)
    except BaseException:
        _back(batch_id, State.APPLIED)
        raise


def _network_of(batch_id: UUID) -> UUID | None:
    return ImportBatch.objects.filter(pk=batch_id).values_list("network_id", flat=True).first()


def register() -> None:
    """Name the jobs; called once when the app starts."""
    jobs.register(CHECK, check)
    jobs.register(APPLY, apply, network_of=_network_of)
    jobs.register(UNDO, undo, network_of=_network_of)
