"""The use cases of an import; the page, the API and the command call these."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.importing import jobs as import_jobs
from unisono.areas.network.importing.checking import Checker, Verdict
from unisono.areas.network.importing.mapping import FILE_KEY, mapped
from unisono.areas.network.importing.matching import Known
from unisono.areas.network.importing.parsing import parse_row
from unisono.areas.network.importing.queries import get_batch, stored_row
from unisono.areas.network.importing.readable_rows import readable_rows
from unisono.areas.network.importing.reading import detected, read_options, signature_of
from unisono.areas.network.importing.row_kinds import FURTHER
from unisono.areas.network.models import ImportBatch, ImportMapping, ImportRow, Network
from unisono.engines.importable import ENDINGS
from unisono.platform import jobs, log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.files import forget, store
from unisono.platform.messages import message as _
from unisono.platform.models import Job, StoredFile

State = ImportBatch.State


def start_import(
    *,
    actor: Actor,
    network: Network,
    file: Path | StoredFile | tuple[str, Iterable[bytes]],
    options: Mapping[str, Any] | None = None,
) -> ImportBatch:
    """Take a file in and find out how it is written: the batch is then in the state "columns".

    `file` is a path, a stored file, or (name, chunks) as an upload gives them. `options` may set "encoding",
    "delimiter", "sheet" and "header_row" where detection errs. A file that cannot be read raises Invalid with its
    place, rule and remedy; nothing is saved then.
    """
    policies.check_can_import(actor, network)
    chosen = read_options(options)
    name = file.name if isinstance(file, (Path, StoredFile)) else file[0]
    if Path(name).suffix.lower() not in ENDINGS:
        raise Invalid.at(
            name, _("Files of this type are not imported."), _("Use one of: %(e)s.") % {"e": " ".join(ENDINGS)}
        )
    given = isinstance(file, StoredFile)
    stored = file if isinstance(file, StoredFile) else store(name=name, chunks=_chunks_of(file))
    try:
        layout = detected(stored, chosen)
        with transaction.atomic():
            batch: ImportBatch = ImportBatch.objects.create(
                network=network,
                file=stored,
                layout=layout.as_dict(),
                options=_kept_options(options),
                headers=layout.headers,
                header_signature=signature_of(layout.headers),
                started_by_id=actor.user_id,
            )
            log.record(
                log.event(
                    actor=actor, kind="import.started", subject=batch, network_id=network.pk, about_id=network.pk,
                    batch_id=batch.pk,
                )
            )  # fmt: skip
    except BaseException:
        if not given:
            _forget(stored)
        raise
    return batch


def set_mapping(
    *,
    actor: Actor,
    network: Network,
    batch_id: UUID | str,
    mapping: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
) -> Job:
    """Say what the columns mean, remember it for files with the same headings, and queue the check.

    `mapping` has these parts, of which only "columns" must be there::

        {"kind_column": "category",                       # or null: all rows are of one kind
         "kinds": {"CNCF Members": "member", "*": "offering"},   # see mapping.kinds_of_rows; or skip
         "columns": {"member": {"name": "name", "joined": "joined_on", "extra": "custom:Extra", "x": null},
                     "offering": {...}},
         "date_order": "ymd",                             # or "dmy", "mdy"
         "trim": ["(member)"]}                            # words taken off the end of names

    `options` re-reads the file in another way first (see `start_import`). Raises Invalid, Conflict (applied already).
    """
    batch = get_batch(actor, network, batch_id)
    headers, changed = batch.headers, {}
    if options is not None:
        layout = detected(batch.file, read_options(options))
        headers = layout.headers
        kept = {name: batch.options[name] for name in ("fixes", "decisions") if name in batch.options}
        changed = {
            "layout": layout.as_dict(), "headers": headers, "header_signature": signature_of(headers),
            "options": {**_kept_options(options), **kept},
        }  # fmt: skip
    mapped(network, headers, mapping)
    with transaction.atomic():
        _claim(batch, (State.COLUMNS, State.CHECKED, State.FAILED), State.CHECKING, mapping=dict(mapping), **changed)
        ImportMapping.objects.update_or_create(
            network=network,
            header_signature=signature_of(headers),
            defaults={"mapping": dict(mapping), "updated_at": timezone.now()},
        )
        return _queue(actor, batch, import_jobs.CHECK)


def read_again(*, actor: Actor, network: Network, batch_id: UUID | str, options: Mapping[str, Any]) -> ImportBatch:
    """Read the file of a batch in another way (see `start_import`): its columns are then to be mapped anew.

    Raises Invalid when the file cannot be read so, Conflict when the batch is busy or was applied.
    """
    batch = get_batch(actor, network, batch_id)
    layout = detected(batch.file, read_options(options))
    with transaction.atomic():
        _claim(
            batch, (State.COLUMNS, State.CHECKED, State.FAILED), State.COLUMNS,
            layout=layout.as_dict(), headers=layout.headers, header_signature=signature_of(layout.headers),
            options=_kept_options(options), mapping={}, counts={}, problems=[],
        )  # fmt: skip
        batch.rows.all().delete()
    return get_batch(actor, network, batch_id)


def decide_row(*, actor: Actor, network: Network, batch_id: UUID | str, number: int, decision: str) -> ImportRow:
    """Answer whether a doubtful row is the "same" as its candidate, "different", or to be left out ("leave_out").

    "" takes the answer back. Rows in other states may be left out and taken in again as well.
    """
    if decision not in ("", *ImportRow.Decision.values):
        raise Invalid.at("decision", _("There is no such answer."), _("Use same, different or leave_out."))
    batch = get_batch(actor, network, batch_id)
    with _open_rows(batch):
        row = stored_row(actor, network, batch, number)
        if row.status == ImportRow.Status.WRONG:
            raise Conflict.at(
                _("row %(row)s") % {"row": number},
                _("The row is wrong and stays out as it is."),
                _("Mend it first; then it can be decided."),
            )
        if decision in ("same", "different") and not row.candidate:
            raise Conflict.at(
                _("row %(row)s") % {"row": number}, _("There is nothing to decide about this row."), _("Go on.")
            )
        before = row.status
        if decision in _STATUS_AFTER:
            row.status = _STATUS_AFTER[decision]
        elif row.candidate:
            row.status = ImportRow.Status.DECIDE
        elif row.decision:
            # The row was left out, and comes in again as what it was.
            row.status = "update" if row.record_id and row.changes else "same" if row.record_id else "new"
        row.decision = decision
        row.save(update_fields=["status", "decision"])
        _count(batch, {before: -1, row.status: 1} if before != row.status else {})
    return readable_rows(actor, network, [row])[0]


def decide_rows(*, actor: Actor, network: Network, batch_id: UUID | str, decision: str) -> int:
    """Answer all rows that are still to be decided alike; gives how many they were."""
    if decision not in ImportRow.Decision.values:
        raise Invalid.at("decision", _("There is no such answer."), _("Use same, different or leave_out."))
    batch = get_batch(actor, network, batch_id)
    with _open_rows(batch):
        status = _STATUS_AFTER[decision]
        rows = batch.rows.filter(status=ImportRow.Status.DECIDE)
        number: int = rows.update(status=status, decision=decision)
        _count(batch, {ImportRow.Status.DECIDE: -number, status: number})
    return number


def fix_row(
    *, actor: Actor, network: Network, batch_id: UUID | str, number: int, cells: Mapping[str, str]
) -> ImportRow:
    """Give cells of one row new texts (heading to text) and check the row anew; the file itself stays as it is."""
    batch = get_batch(actor, network, batch_id)
    if unknown := [column for column in cells if column not in batch.headers]:
        raise Invalid.at(unknown[0], _("The file has no such column."), _("Choose one of its columns."))
    if batch.state != State.CHECKED:
        raise _not_now(batch)
    stored_row(actor, network, batch, number)
    # The directory may be large: it is read before anything is held.
    mapping = mapped(network, batch.headers, batch.mapping)
    checker = Checker(actor, network, mapping)
    with _open_rows(batch):
        row = stored_row(actor, network, batch, number)
        texts = {**row.cells, **{column: str(text) for column, text in cells.items()}}
        texts = {column: text for column, text in texts.items() if text.strip()}
        verdict = Verdict(parse_row(number, texts, mapping), texts)
        _enter_neighbours(checker, batch, verdict)
        if verdict.parsed.kind in ("member", "organization"):
            checker.organizations([verdict])
        elif verdict.parsed.kind in mapping.fields:
            checker.belongings([verdict])
        else:
            verdict.status = "left_out"
        before = row.status
        row.cells, row.kind, row.name, row.status = texts, verdict.parsed.kind, verdict.parsed.name, verdict.status
        row.values, row.compared = verdict.kept(), verdict.compared
        row.record_id, row.candidate, row.changes = verdict.record_id, verdict.candidate, verdict.changes
        row.problems = [problem.as_dict() for problem in verdict.parsed.problems]
        row.decision, row.note = "", verdict.note
        row.save()
        fixes = {**batch.options.get("fixes", {}), str(number): {c: texts.get(c, "") for c in batch.headers}}
        batch.options = {**batch.options, "fixes": fixes}
        batch.save(update_fields=["options"])
        _count(batch, {before: -1, row.status: 1} if before != row.status else {})
    return row


def apply_import(*, actor: Actor, network: Network, batch_id: UUID | str, undecided: str = "separate") -> Job:
    """Queue the writing of a checked batch: all its rows or, when anything fails, none.

    Rows nobody decided come in as records of their own ("separate") or not at all ("leave_out"). Wrong rows stay
    out. Raises Conflict when the batch is not in the state "checked".
    """
    if undecided not in ("separate", "leave_out"):
        raise Invalid.at("undecided", _("There is no such way with undecided rows."), _("Use separate or leave_out."))
    batch = get_batch(actor, network, batch_id)
    with transaction.atomic():
        _claim(batch, (State.CHECKED,), State.APPLYING, undecided=undecided)
        return _queue(actor, batch, import_jobs.APPLY)


def undo_import(*, actor: Actor, network: Network, batch_id: UUID | str) -> Job:
    """Queue the undoing of an applied batch: what it created goes, what it changed goes back.

    Whatever somebody edited since stays as it is and is listed by `later_edits_of`.
    """
    batch = get_batch(actor, network, batch_id)
    with transaction.atomic():
        _claim(batch, (State.APPLIED,), State.UNDOING)
        return _queue(actor, batch, import_jobs.UNDO)


def remove_import(*, actor: Actor, network: Network, batch_id: UUID | str) -> None:
    """Drop a batch that was never applied, with its rows. Raises Conflict for any other."""
    batch = get_batch(actor, network, batch_id)
    with transaction.atomic():
        if batch.applied_at is not None or not ImportBatch.objects.filter(
            pk=batch.pk, state__in=(State.COLUMNS, State.CHECKED, State.FAILED)
        ).update(state=State.FAILED):
            raise _not_now(batch)
        batch.rows.all().delete()
        log.record(
            log.event(
                actor=actor, kind="import.removed", subject=batch, network_id=network.pk, about_id=network.pk,
                batch_id=batch.pk,
            )
        )  # fmt: skip
        stored = batch.file
        batch.delete()
    _forget(stored)


_STATUS_AFTER = {"same": "update", "different": "new", "leave_out": "left_out"}


def _chunks_of(file: Path | tuple[str, Iterable[bytes]]) -> Iterable[bytes]:
    if not isinstance(file, Path):
        return file[1]

    def chunks() -> Iterator[bytes]:
        try:
            with file.open("rb") as stream:
                while chunk := stream.read(256 * 1024):
                    yield chunk
        except OSError:
            raise Invalid.at(
                str(file), _("The file cannot be opened."), _("Check its name and that you may read it.")
            ) from None

    return chunks()


def _kept_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (options or {}).items() if value not in (None, "")}


def _forget(stored: StoredFile) -> None:
    """Delete a file that nothing refers to; that it stays does no harm."""
    with contextlib.suppress(Exception):
        forget(stored)


def _not_now(batch: ImportBatch) -> Conflict:
    return Conflict.at(
        _("import"),
        _("In its present state (%(state)s) this cannot be done.") % {"state": batch.get_state_display()},
        _("Look at the import again."),
    )


def _claim(batch: ImportBatch, before: tuple[str, ...], after: str, **changed: Any) -> None:
    """Move the batch on; of two people who press at once only one does."""
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=before).update(state=after, **changed):
        batch.refresh_from_db(fields=["state"])
        raise _not_now(batch)


def _queue(actor: Actor, batch: ImportBatch, kind: str) -> Job:
    job = jobs.start(actor=actor, kind=kind, subject_id=batch.pk)
    ImportBatch.objects.filter(pk=batch.pk).update(job_id=job.pk)
    return job


@contextlib.contextmanager
def _open_rows(batch: ImportBatch) -> Iterator[None]:
    """Rows may be changed while the batch is checked and no job works on it; the batch is held meanwhile."""
    with transaction.atomic():
        if not ImportBatch.objects.filter(pk=batch.pk, state=State.CHECKED).update(state=State.CHECKED):
            raise _not_now(batch)
        batch.refresh_from_db(fields=["counts", "options"])
        yield


def _count(batch: ImportBatch, steps: Mapping[str, int]) -> None:
    counts = dict(batch.counts)
    for status, step in steps.items():
        counts[status] = counts.get(status, 0) + step
    batch.counts = counts
    batch.save(update_fields=["counts"])


def _enter_neighbours(checker: Checker, batch: ImportBatch, verdict: Verdict) -> None:
    """Let the check of one row know the other rows of the file that it may repeat, belong to or tie together."""
    parsed = verdict.parsed
    further = FURTHER.get(parsed.kind)
    texts = {str(parsed.values[name]) for name in further.named_by if name in parsed.values} if further else set()
    named = Q()
    for name in {parsed.name, *parsed.names, *texts}:
        named |= Q(name__iexact=name)
    rows = batch.rows.filter(kind__in=("member", "organization")).exclude(number=parsed.number)
    others = rows.filter(named, status__in=("new", "decide"))
    entered = [(other, _known(checker, other)) for other in others.order_by("number")[:50]]
    for kind in ("member", "organization"):
        if column := checker.mapping.column_of(kind, FILE_KEY):
            keys = texts | ({parsed.file_key} if parsed.file_key else set())
            same_id = rows.annotate(within=Cast(KeyTextTransform(column, "cells"), TextField())).filter(
                kind=kind, within__in=keys
            )
            for other in same_id.exclude(status__in=("wrong", "left_out")):
                known = next((known for one, known in entered if one.pk == other.pk), None) or _known(checker, other)
                checker.by_file_key[other.text_in(column)] = known


def _known(checker: Checker, row: ImportRow) -> Known:
    """What a row that was checked stands for."""
    known = checker.directory.by_id.get(row.record_id) if row.record_id else None
    return known or checker.directory.enter_row(parse_row(row.number, row.cells, checker.mapping))
