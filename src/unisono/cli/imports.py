"""The command that imports a member file, and those that look at imports and undo them."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network import importing
from unisono.areas.network.importing.mapping import kinds_of_rows
from unisono.areas.network.importing.plain import plain_batch, plain_edit, plain_row
from unisono.areas.network.importing.row_kinds import kind_named
from unisono.areas.network.models import ImportBatch
from unisono.cli.output import fail, print_json, print_table, say
from unisono.cli.session import Session, in_session
from unisono.platform import jobs
from unisono.platform.errors import Conflict, Invalid, Problem
from unisono.platform.models import Job

_SHOWN = 20


class _ImportGroup(click.Group):
    """`unisono import FILE` is short for `unisono import file FILE`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["file", *args]
        return super().parse_args(context, args)


def _tell_left_out(batch: ImportBatch) -> None:
    """Which columns of the file go nowhere, so that nothing is lost without a word."""
    for kind, columns in batch.mapping.get("columns", {}).items():
        # The column that says the kind of a row has done its work.
        left = [name for name, target in columns.items() if not target and name != batch.mapping.get("kind_column")]
        if left:
            words = {"kind": str(importing.label_of_rows(kind)).lower(), "columns": ", ".join(left)}
            say(_("Columns left out for %(kind)s: %(columns)s (--keep-unmapped keeps them).") % words)


def _numbers(counts: dict[str, int]) -> str:
    """How many of each kind, in words: 722 members, 1 offer."""
    return ", ".join(
        f"{number:,} {str(kind_named(name).label if number == 1 else kind_named(name).label_plural).lower()}"
        for name, number in counts.items()
        if number
    )


@click.group(
    "import",
    cls=_ImportGroup,
    help="Import members, ties and contacts from lists, networks and cards: unisono import FILE.",
)
def imports() -> None:
    """Commands of imports."""


@imports.command(
    "file", help="Import a file: read it, check all rows, write them. “unisono import FILE” does the same."
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--mapping", "mapping_file", type=click.Path(path_type=Path), metavar="M.json",
              help="What the columns mean; what is suggested or was chosen before by default.")  # fmt: skip
@click.option("--kind", type=click.Choice(kinds_of_rows()), help="All rows are of this kind.")
@click.option("--keep-unmapped", is_flag=True, help="Columns that go nowhere become fields of the network.")
@click.option("--encoding", default="", help="Encoding, where detection errs, for example cp1252.")
@click.option("--delimiter", default="", help="Delimiter, where detection errs: , ; | or tab.")
@click.option("--sheet", default="", help="Sheet of a workbook; the first with rows by default.")
@click.option("--header-row", type=click.IntRange(0, 1000), help="Row of the headings; 0 for none.")
@click.option("--undecided", type=click.Choice(["separate", "leave_out"]), default="separate", show_default=True,
              help="Rows that may be an existing record: import as records of their own, or leave out.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Import nothing and end with status 2 when a row is wrong.")
@click.option("--wrong-rows", type=click.Path(path_type=Path), metavar="OUT.csv",
              help="Write wrong rows there, with what is wrong.")  # fmt: skip
@in_session(writes=True)
def import_file(
    session: Session,
    path: Path,
    mapping_file: Path | None,
    kind: str | None,
    keep_unmapped: bool,
    encoding: str,
    delimiter: str,
    sheet: str,
    header_row: int | None,
    undecided: str,
    strict: bool,
    wrong_rows: Path | None,
) -> None:
    actor, network = session.actor, session.network
    options = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet, "header_row": header_row}
    batch = importing.start_import(actor=actor, network=network, file=path, options=options)
    where: dict[str, Any] = {"actor": actor, "network": network, "batch_id": batch.pk}
    applied = False
    try:
        mapping = _mapping(batch, mapping_file, kind, keep_unmapped)
        finish(session, importing.set_mapping(**where, mapping=mapping), _("Checking"))
        batch = importing.get_batch(actor, network, batch.pk)
        counts = importing.counts_of(batch)
        _tell_left_out(batch)
        wrong = _tell(session, batch, wrong_rows)
        if not session.dry_run and not (strict and wrong):
            finish(session, importing.apply_import(**where, undecided=undecided), _("Importing"))
            applied = True
            batch = importing.get_batch(actor, network, batch.pk)
        data = {**plain_batch(batch), "wrong_rows": wrong}
    finally:
        if not applied:
            importing.remove_import(**where)
    if session.as_json:
        print_json(data)
    if strict and wrong:
        fail([Problem(path.name, _("%(n)s rows are wrong.") % {"n": counts["wrong"]}, _("Nothing was imported."))], 2)
    if applied:
        made, changed = _numbers(batch.counts.get("created", {})), _numbers(batch.counts.get("updated", {}))
        say(_("Imported. New: %(m)s. Changed: %(c)s.") % {"m": made or _("none"), "c": changed or _("none")})
        if counts["decide"] and undecided == "separate":
            say(_("%(n)s doubtful rows came in as records of their own; merge them where they are the same.")
                % {"n": counts["decide"]})  # fmt: skip
        say(_("Undo: unisono import undo %(id)s") % {"id": batch.pk})
        if not session.as_json:
            click.echo(str(batch.pk))


def _mapping(batch: ImportBatch, file: Path | None, kind: str | None, keep_unmapped: bool) -> dict[str, Any]:
    if file is None:
        suggestion = importing.suggested_mapping(batch, kind=kind)
        return suggestion.with_custom_fields() if keep_unmapped else suggestion.mapping
    try:
        mapping = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid.at(str(file), _("The mapping cannot be read: %(e)s.") % {"e": error}, _("Write JSON.")) from None
    if not isinstance(mapping, dict):
        raise Invalid.at(str(file), _("A mapping is an object."), _("See the documentation of imports."))
    return mapping


def finish(session: Session, job: Job, title: str) -> None:
    """Do the job here, or wait for the worker that was faster; its problems end the command."""
    job = jobs.run(job, session.actor, watch=_meter(title))
    while not job.is_over:
        time.sleep(0.3)
        job.refresh_from_db()
        jobs.end_if_dead(job)
    if sys.stderr.isatty():
        click.echo("", err=True)
    if job.state == Job.State.CANCELLED:
        raise Conflict.at(job.kind, _("The job was cancelled."), _("Start again."))
    if job.state != Job.State.DONE:
        raise Invalid.of(Problem(**problem) for problem in job.problems)


def _meter(title: str) -> Callable[[int, int | None], None]:
    """Says on stderr how far the work is: one line that changes in a terminal, a line every two seconds elsewhere."""
    told, of = 0.0, 0

    def watch(done: int, total: int | None) -> None:
        nonlocal told, of
        of = total or of
        if time.monotonic() - told < (0.2 if sys.stderr.isatty() else 2):
            return
        told = time.monotonic()
        text = f"{title}: {done:,}" + (f" / {of:,}" if of else "")
        click.echo(f"\r{text}" if sys.stderr.isatty() else text, err=True, nl=not sys.stderr.isatty())

    return watch


def _tell(session: Session, batch: ImportBatch, out: Path | None) -> list[dict[str, Any]]:
    """Say what the check found; gives the first wrong rows."""
    counts = importing.counts_of(batch)
    say(
        _("%(rows)s rows: %(new)s new, %(update)s updates, %(same)s unchanged, %(decide)s to decide, "
          "%(wrong)s wrong, %(left_out)s left out") % counts
    )  # fmt: skip
    if new_people := importing.new_people_in(batch):
        say(_("People nobody knew who come in with the rows: %(n)s.") % {"n": new_people})
    wrong = [
        plain_row(row)
        for row in importing.rows_of(session.actor, session.network, batch, status="wrong", per_page=_SHOWN).rows
    ]
    for row in wrong:
        for problem in row["problems"]:
            say(str(Problem(**problem)))
    if counts["wrong"] > len(wrong):
        say(_("… and %(n)s more wrong rows; --wrong-rows writes all.") % {"n": counts["wrong"] - len(wrong)})
    doubtful = importing.rows_of(session.actor, session.network, batch, status="decide", per_page=_SHOWN).rows
    for row in doubtful:
        reasons = ", ".join(row.candidate["reasons"])
        say(
            _("row %(n)s: “%(name)s” looks like “%(other)s” %(score)s (%(reasons)s)")
            % {
                "n": row.number, "name": row.name, "other": row.candidate["name"], "score": row.candidate["score"],
                "reasons": reasons,
            }
        )  # fmt: skip
    if out is not None and counts["wrong"]:
        with out.open("wb") as file:
            file.writelines(importing.wrong_rows_csv(session.actor, session.network, batch))
        say(_("Wrong rows: %(path)s") % {"path": out})
    return wrong


@imports.command("list", help="List imports, newest first.")
@in_session()
def list_imports(session: Session) -> None:
    batches = importing.batches_of(session.actor, session.network)
    if session.as_json:
        print_json([plain_batch(batch) for batch in batches])
        return
    print_table(
        [_("File"), _("State"), _("Rows"), _("Begun"), _("Id")],
        (
            [b.file.name, b.state, str(importing.counts_of(b)["rows"]), f"{b.created_at:%Y-%m-%d %H:%M}", str(b.pk)]
            for b in batches
        ),
    )


@imports.command("show", help="Show one import: its counts, and what undoing would leave as it is.")
@click.argument("batch_id", metavar="ID")
@in_session()
def show_import(session: Session, batch_id: str) -> None:
    batch = importing.get_batch(session.actor, session.network, batch_id)
    edits = importing.later_edits_of(session.actor, session.network, batch)
    print_json({**plain_batch(batch), "later_edits": [plain_edit(edit) for edit in edits]})


@imports.command("undo", help="Undo an import; what was edited since stays and is listed.")
@click.argument("batch_id", metavar="ID")
@in_session(writes=True)
def undo(session: Session, batch_id: str) -> None:
    job = importing.undo_import(actor=session.actor, network=session.network, batch_id=batch_id)
    finish(session, job, _("Undoing"))
    batch = importing.get_batch(session.actor, session.network, batch_id)
    edits = importing.later_edits_of(session.actor, session.network, batch)
    for edit in edits:
        say(f"{edit.record_kind} {edit.name} {edit.field}: {edit.reason} ({edit.by})")
    session.done(_("Undone."), data={**plain_batch(batch), "later_edits": [plain_edit(edit) for edit in edits]})
