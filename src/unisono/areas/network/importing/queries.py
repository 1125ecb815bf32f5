"""Reads of imports."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from unisono.areas.network import policies
from unisono.areas.network.importing.jobs import BEFORE
from unisono.areas.network.importing.readable_rows import readable_rows
from unisono.areas.network.importing.reading import PROBLEM
from unisono.areas.network.importing.row_kinds import FURTHER, NEW_PEOPLE, kind_named
from unisono.areas.network.importing.undo_plan import Kept, kept_of, later_events
from unisono.areas.network.models import ImportBatch, ImportRow, Network
from unisono.areas.network.queries.lists import PER_PAGE, Page, page_of
from unisono.engines.tabular import write_csv
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound
from unisono.platform.messages import message as _
from unisono.platform.models import Job

STATUSES = tuple(ImportRow.Status.values)


@dataclass(frozen=True, slots=True)
class LaterEdit:
    """Something edited after the import, which undoing leaves as it is. `reason` says in words why it stays.

    `field` is empty when the record as a whole stays.
    """

    record_kind: str
    record_id: UUID
    name: str
    field: str
    by: str
    at: datetime | None
    reason: str


def batches_of(actor: Actor, network: Network) -> list[ImportBatch]:
    """Imports of the network, newest first, each with its file and who started it."""
    policies.check_can_import(actor, network)
    batches = ImportBatch.objects.filter(network=network).select_related("file", "started_by")
    return [_settled(batch) for batch in batches.order_by("-created_at", "-pk")[:200]]


def get_batch(actor: Actor, network: Network, batch_id: UUID | str) -> ImportBatch:
    """One import; NotFound when it does not exist for the actor."""
    policies.check_can_import(actor, network)
    try:
        key = batch_id if isinstance(batch_id, UUID) else UUID(str(batch_id))
        batches = ImportBatch.objects.select_related("file", "network", "started_by")
        return _settled(batches.get(network=network, pk=key))
    except (ValueError, ImportBatch.DoesNotExist):
        raise NotFound.at(
            _("import"), _("There is no such import in this network."), _("Look at the list of imports.")
        ) from None


def _settled(batch: ImportBatch) -> ImportBatch:
    """The batch; one whose job was cancelled before it began, or died, is back where it came from."""
    if batch.is_busy:
        job = job_of(batch)
        if job is None or jobs.end_if_dead(job).is_over:
            back = BEFORE[ImportBatch.State(batch.state)]
            ImportBatch.objects.filter(pk=batch.pk, state=batch.state, job_id=batch.job_id).update(state=back)
            batch.refresh_from_db(fields=["state", "counts", "problems", "applied_at", "undone_at"])
    return batch


def job_of(batch: ImportBatch) -> Job | None:
    """The latest job of the batch: its progress while busy, its problems when it failed."""
    job: Job | None = Job.objects.filter(pk=batch.job_id).first() if batch.job_id else None
    return job


def rows_of(
    actor: Actor, network: Network, batch: ImportBatch, *, status: str = "", number: int = 1, per_page: int = PER_PAGE
) -> Page:
    """One page of the rows of a batch in file order; `status` narrows ("decide" means still to be decided)."""
    policies.check_can_import(actor, network)
    rows = batch.rows.order_by("number")
    page = page_of(rows.filter(status=status) if status else rows, number=number, per_page=per_page)
    readable_rows(actor, network, page.rows)
    return page


def row_of(actor: Actor, network: Network, batch: ImportBatch, number: int) -> ImportRow:
    """The row with this number in the file, as the actor may see it."""
    return readable_rows(actor, network, [stored_row(actor, network, batch, number)])[0]


def stored_row(actor: Actor, network: Network, batch: ImportBatch, number: int) -> ImportRow:
    """The row with this number as it is stored, for actions that change it."""
    policies.check_can_import(actor, network)
    row: ImportRow | None = batch.rows.filter(number=number).first()
    if row is None:
        raise NotFound.at(
            _("row %(row)s") % {"row": number}, _("The import has no such row."), _("Look at the list of rows.")
        )
    return row


def rows_numbered(actor: Actor, network: Network, batch: ImportBatch, numbers: Iterable[int]) -> dict[int, ImportRow]:
    """The rows with these numbers, as they stand in the file: without what they would change, in one query."""
    policies.check_can_import(actor, network)
    rows = batch.rows.filter(number__in=list(numbers)).only("batch", "number", "kind", "name", "cells")
    return {row.number: row for row in rows}


def counts_of(batch: ImportBatch) -> dict[str, int]:
    """Rows by status: "new", "update", "same", "decide", "wrong", "left_out", and "rows" in all.

    After the apply `batch.counts` also holds "created" and "updated": records by kind.
    """
    counts = {status: int(batch.counts.get(status, 0)) for status in STATUSES}
    return {**counts, "rows": sum(counts.values())}


def new_people_in(batch: ImportBatch) -> int:
    """How many people rows of further kinds bring in, beside the rows' own records; 0 once they have come in."""
    if batch.applied_at is not None or not FURTHER.keys() & (batch.mapping.get("columns") or {}).keys():
        return 0
    rows = batch.rows.filter(status=ImportRow.Status.NEW, kind__in=FURTHER, changes__has_key=NEW_PEOPLE)
    named = rows.order_by().values_list("changes", flat=True).iterator(chunk_size=2_000)
    return len({name for changes in named for name in changes[NEW_PEOPLE][1]})


def wrong_rows_csv(actor: Actor, network: Network, batch: ImportBatch) -> Iterator[bytes]:
    """The wrong rows as CSV with a column "problem" at the end; mended, the file can be imported as it is."""
    policies.check_can_import(actor, network)
    headers: list[str] = batch.headers
    headers = [header for header in headers if header.casefold() != PROBLEM]
    columns = [*headers, PROBLEM]

    def rows() -> Iterator[list[str]]:
        for row in batch.rows.filter(status="wrong").order_by("number").iterator(chunk_size=1_000):
            said = " ".join(f"{p['place']}: {p['rule']} {p['remedy']}" for p in row.problems)
            yield [*(row.text_in(header) for header in headers), said]

    return write_csv(columns, rows())


def later_edits_of(actor: Actor, network: Network, batch: ImportBatch, *, limit: int = 200) -> list[LaterEdit]:
    """What was edited since an applied batch and would stay; for an undone batch what did stay."""
    policies.check_can_import(actor, network)
    if batch.state == ImportBatch.State.UNDONE:
        kept = [
            Kept(k["record_kind"], UUID(k["record_id"]), k["reason"], k["field"]) for k in batch.options.get("kept", [])
        ]
    elif batch.applied_at is not None:
        kept = kept_of(batch, limit=limit)
    else:
        return []
    kept = kept[:limit]
    by = later_events(kept, batch)
    records = {}
    for name in {one.record_kind for one in kept}:
        kind = kind_named(name)
        ids = [one.record_id for one in kept if one.record_kind == name]
        open_ones = kind.model._default_manager.filter(policies.readable(actor, network, kind.model))
        records.update(open_ones.select_related(*kind.related).in_bulk(ids))
    edits = []
    for one in kept:
        kind, record = kind_named(one.record_kind), records.get(one.record_id)
        who, at = by.get(one.record_id, ("", None))
        known = kind.field(one.field)
        edits.append(
            LaterEdit(
                record_kind=one.record_kind,
                record_id=one.record_id,
                name=kind.title(record) if record is not None else "",
                field=str(known.label) if known else one.field.removeprefix("custom."),
                by=who,
                at=at,
                reason=one.reason,
            )
        )
    return edits
