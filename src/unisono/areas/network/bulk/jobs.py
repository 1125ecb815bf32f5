"""The two jobs of a bulk edit: make it, take it back."""

from typing import Any
from uuid import UUID

from unisono.areas.network.bulk.actions import APPLY, UNDO, apply_edit, undo_edit
from unisono.areas.network.models import BulkEdit
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.jobs import Progress


def _edit(edit_id: UUID) -> BulkEdit:
    edit: BulkEdit = BulkEdit.objects.select_related("network").get(pk=edit_id)
    return edit


def apply(actor: Actor, edit_id: UUID, progress: Progress) -> dict[str, Any]:
    """Make the change."""
    try:
        return dict(apply_edit(actor, _edit(edit_id), progress).counts)
    except BaseException:
        BulkEdit.objects.filter(pk=edit_id, state=BulkEdit.State.APPLYING).update(state=BulkEdit.State.FAILED)
        raise


def undo(actor: Actor, edit_id: UUID, progress: Progress) -> dict[str, Any]:
    """Take it back."""
    try:
        return dict(undo_edit(actor, _edit(edit_id), progress).counts)
    except BaseException:
        BulkEdit.objects.filter(pk=edit_id, state=BulkEdit.State.UNDOING).update(state=BulkEdit.State.APPLIED)
        raise


def _network_of(edit_id: UUID) -> UUID | None:
    return BulkEdit.objects.filter(pk=edit_id).values_list("network_id", flat=True).first()


def register() -> None:
    """Name the jobs; called once when the app starts."""
    jobs.register(APPLY, apply, network_of=_network_of)
    jobs.register(UNDO, undo, network_of=_network_of)
