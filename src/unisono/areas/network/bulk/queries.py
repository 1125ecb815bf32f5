"""Reads of bulk edits: one of them, what its undo left, and both as plain data."""

from typing import Any
from uuid import UUID

from unisono.areas.network import policies
from unisono.areas.network.bulk.planning import Preview
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import BulkEdit, Network
from unisono.areas.network.queries.records import fields_of, visible
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound
from unisono.platform.messages import message as _
from unisono.platform.models import Job

_SHOWN = 100
State = BulkEdit.State
# Where an edit is again when its job came to nothing.
_BEFORE = {State.APPLYING: State.FAILED, State.UNDOING: State.APPLIED}


def get_bulk_edit(actor: Actor, network: Network, edit_id: UUID | str) -> BulkEdit:
    """One of the network's, for those who may change its records."""
    policies.check_can_see_network(actor, network)
    edit: BulkEdit | None = None
    try:
        key = edit_id if isinstance(edit_id, UUID) else UUID(str(edit_id))
    except ValueError:
        key = None
    if key is not None and policies.can_edit_records(actor, network):
        edit = BulkEdit.objects.filter(network=network, pk=key).select_related("network", "started_by").first()
    if edit is None:
        raise NotFound.at(_("bulk edit"), _("There is no such change."), _("Open it from where it was made."))
    return _settled(edit)


def _settled(edit: BulkEdit) -> BulkEdit:
    """The edit; one whose job was cancelled before it began, or died, is back where it came from."""
    if edit.is_busy:
        job: Job | None = Job.objects.filter(pk=edit.job_id).first() if edit.job_id else None
        if job is None or jobs.end_if_dead(job).is_over:
            back = _BEFORE[State(edit.state)]
            BulkEdit.objects.filter(pk=edit.pk, state=edit.state, job_id=edit.job_id).update(state=back)
            edit.refresh_from_db(fields=["state", "counts", "refused", "kept", "applied_at", "undone_at"])
    return edit


def kept_records(actor: Actor, network: Network, edit: BulkEdit) -> list[dict[str, Any]]:
    """What undoing left since it was edited meanwhile, as far as the actor may read it: record, name, field."""
    kind = KINDS[edit.record_kind]
    labels = {f.name: str(f.label) for f in fields_of(network, kind)} | {"state": _("State")}
    chosen = edit.kept[:_SHOWN]
    found = {
        str(record.pk): record
        for record in visible(actor, network, kind, archived=None).filter(pk__in=[k["record_id"] for k in chosen])
    }
    return [
        {"record": found[each["record_id"]], "name": kind.title(found[each["record_id"]]),
         "field": labels.get(each["field"], each["field"])}
        for each in chosen if each["record_id"] in found
    ]  # fmt: skip


def plain_bulk_edit(edit: BulkEdit) -> dict[str, Any]:
    """A bulk edit as the API and the command give it."""
    return {
        "id": edit.pk,
        "record_kind": edit.record_kind,
        "state": edit.state,
        "counts": edit.counts,
        "refused": edit.refused,
        "kept": edit.kept,
        "job_id": edit.job_id,
        "created_at": edit.created_at,
        "applied_at": edit.applied_at,
        "undone_at": edit.undone_at,
    }


def plain_preview(preview: Preview) -> dict[str, Any]:
    """A preview as the API and the command give it."""
    return {
        "counts": preview.counts,
        "looked_at": preview.looked_at,
        "refused": preview.refusals,
        "examples": [{"id": p.record.pk, "changes": p.values} for p in preview.examples],
    }
