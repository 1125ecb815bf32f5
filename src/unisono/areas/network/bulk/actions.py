"""Use cases of bulk edits: look ahead, change many records as one, take it back as one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.bulk.planning import (
    CHUNK,
    LOOK_AHEAD,
    Change,
    Preview,
    chosen_records,
    parse_change,
    planned_of,
)
from unisono.areas.network.bulk.queries import get_bulk_edit
from unisono.areas.network.bulk.writing import undo_chunk, whole, write_chunk
from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import BulkEdit, Network
from unisono.areas.network.queries.records import fields_of
from unisono.platform import jobs, log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Problem
from unisono.platform.messages import message as _

APPLY, UNDO = "bulk.apply", "bulk.undo"
# So many are changed while one waits; more are a job.
AT_ONCE = 300
Steps = Callable[[int, int | None], None]
State = BulkEdit.State


def preview_many(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    selection: Mapping[str, Any],
    change: Mapping[str, Any],
    at: datetime | None = None,
) -> Preview:
    """What `edit_many` would do; changes nothing. Raises Invalid, NotAllowed."""
    policies.check_can_edit_records(actor, network)
    wanted = parse_change(actor, network, kind, change)
    return _preview(actor, network, kind, selection, wanted, at or timezone.now())


def _preview(
    actor: Actor, network: Network, kind: Kind, selection: Mapping[str, Any], change: Change, now: datetime
) -> Preview:
    records, missing = chosen_records(actor, network, kind, selection)
    preview = Preview(selected=records.order_by().count() + len(missing))
    limit = LOOK_AHEAD if change.state else None
    for chunk in planned_of(actor, network, kind, records, change, now=now, limit=limit):
        for planned in chunk:
            preview.add(planned)
    _count_missing(preview, kind, missing)
    return preview


def _count_missing(preview: Preview, kind: Kind, missing: list[UUID]) -> None:
    if missing:
        problem = Problem(
            str(kind.label), _("There is no such record in this network."), _("It may have been removed or merged.")
        )
        preview.refused += len(missing)
        preview.looked_at += len(missing)
        preview.reasons[problem], preview.reason_counts[problem] = missing[:20], len(missing)


@transaction.atomic
def edit_many(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    selection: Mapping[str, Any],
    change: Mapping[str, Any],
    expected: int | None = None,
    at: datetime | None = None,
) -> BulkEdit:
    """Change many records as one: those that a guard refuses stay and are listed, the others change together.

    `selection` is {"ids": […]} or a list's {"query", "filters", "archived"}; `change` has "set" (field to value, an
    empty one clears), "add_tags", "remove_tags", or "state" with "reason", or "archive". `expected` is how many the
    preview said would change: another number raises Conflict. Many records are a job (`job_id`).
    """
    policies.check_can_edit_records(actor, network)
    parse_change(actor, network, kind, change)
    records, missing = chosen_records(actor, network, kind, selection)
    now = at or timezone.now()
    edit: BulkEdit = BulkEdit.objects.create(
        network=network, record_kind=kind.name, expected=expected, started_by_id=actor.user_id, created_at=now,
        selection={name: [str(v) for v in value] if name == "ids" else value for name, value in selection.items()},
        change=_as_json(change),
    )  # fmt: skip
    if records.order_by().count() + len(missing) > AT_ONCE:
        job = jobs.start(actor=actor, kind=APPLY, subject_id=edit.pk)
        BulkEdit.objects.filter(pk=edit.pk).update(job_id=job.pk)
        edit.job_id = job.pk
        return edit
    return apply_edit(actor, edit, lambda done, total: None, at=now)


def _as_json(change: Mapping[str, Any]) -> dict[str, Any]:
    plain = log.changes_between({}, dict(change))
    return {name: pair[1] for name, pair in plain.items()}


def apply_edit(actor: Actor, edit: BulkEdit, progress: Steps, *, at: datetime | None = None) -> BulkEdit:
    """Make the change of a bulk edit in one transaction."""
    network, kind = edit.network, KINDS[edit.record_kind]
    policies.check_can_edit_records(actor, network)
    now = at or timezone.now()
    change = parse_change(actor, network, kind, edit.change)
    fields = fields_of(network, kind)
    with transaction.atomic():
        records, missing = chosen_records(actor, network, kind, edit.selection)
        preview = Preview(selected=records.order_by().count() + len(missing))
        for chunk in planned_of(actor, network, kind, records, change, now=now, hold=True):
            for planned in chunk:
                preview.add(planned)
            if chosen := [planned for planned in chunk if planned.values]:
                write_chunk(actor, edit, kind, fields, change, chosen, now)
            progress(preview.looked_at, preview.selected)
        _count_missing(preview, kind, missing)
        if edit.expected is not None and edit.expected != preview.changed:
            raise Conflict.at(
                "expected",
                _("%(now)s records would change now, not %(then)s as you saw; nothing was changed.")
                % {"now": preview.changed, "then": edit.expected},
                _("Look at the preview again."),
            )
        done = {"state": State.APPLIED, "applied_at": now, "counts": preview.counts, "refused": preview.refusals}
        if not BulkEdit.objects.filter(pk=edit.pk, state=State.APPLYING).update(**done):
            raise Conflict.at("edit", _("This change was made already."), _("Look at it again."))
        _log(actor, edit, "applied", {"changed": [None, preview.changed]}, now)
    edit.refresh_from_db()
    return edit


@transaction.atomic
def undo_many(*, actor: Actor, network: Network, edit_id: UUID | str, at: datetime | None = None) -> BulkEdit:
    """Take a bulk edit back as one: what somebody edited since stays and is listed in `kept`.

    Many records are a job (`job_id`). Raises Conflict, NotAllowed, NotFound.
    """
    policies.check_can_edit_records(actor, network)
    edit = get_bulk_edit(actor, network, edit_id)
    if not BulkEdit.objects.filter(pk=edit.pk, state=State.APPLIED).update(state=State.UNDOING):
        raise Conflict.at("edit", _("It is not there to be undone."), _("It was undone already, or is under way."))
    edit.state = State.UNDOING
    if edit.counts.get("changed", 0) > AT_ONCE:
        job = jobs.start(actor=actor, kind=UNDO, subject_id=edit.pk)
        BulkEdit.objects.filter(pk=edit.pk).update(job_id=job.pk)
        edit.job_id = job.pk
        return edit
    return undo_edit(actor, edit, lambda done, total: None, at=at)


def undo_edit(actor: Actor, edit: BulkEdit, progress: Steps, *, at: datetime | None = None) -> BulkEdit:
    """Give every record of a bulk edit what it had before, in one transaction."""
    policies.check_can_edit_records(actor, edit.network)
    kind, now = KINDS[edit.record_kind], at or timezone.now()
    kept: list[dict[str, str]] = []
    restored = done = 0
    with transaction.atomic():
        total = edit.changes.count()
        last = 0
        while changes := list(edit.changes.filter(pk__gt=last).order_by("pk")[:CHUNK]):
            last = changes[-1].pk
            ids = [change.record_id for change in changes]
            held = kind.model._default_manager.select_for_update(of=("self",)).filter(pk__in=ids)
            list(held.order_by("pk").values_list("pk"))
            records = {record.pk: record for record in whole(kind, ids)}
            back, stays = undo_chunk(actor, edit, kind, changes, records, now)
            restored, done, kept = restored + back, done + len(changes), kept + stays
            progress(done, total)
        counts = {**edit.counts, "restored": restored, "kept": len(kept)}
        undone = {"state": State.UNDONE, "undone_at": now, "kept": kept, "counts": counts}
        if not BulkEdit.objects.filter(pk=edit.pk, state=State.UNDOING).update(**undone):
            raise Conflict.at("edit", _("It is not there to be undone."), _("Look at it again."))
        _log(actor, edit, "undone", {"restored": [None, restored]}, now)
    edit.refresh_from_db()
    return edit


def _log(actor: Actor, edit: BulkEdit, verb: str, changes: dict[str, list[Any]], at: datetime) -> None:
    log.record(
        log.event(
            actor=actor, kind=f"bulk.{verb}", subject=edit, network_id=edit.network_id, about_id=edit.network_id,
            batch_id=edit.pk, changes=changes, at=at,
        )
    )  # fmt: skip
