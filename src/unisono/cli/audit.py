"""Commands of the log: verify and seal it, read it, write it to a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from unisono.areas.network.exporting import Export
from unisono.cli.output import fail, fail_with, print_json, print_table, say
from unisono.cli.records import write_out
from unisono.cli.session import Session, in_session
from unisono.platform import audit
from unisono.platform.audit import Asked
from unisono.platform.console import chosen_workspace
from unisono.platform.errors import UseCaseError


@click.group("audit", help="The log of who did what: read it, and verify that nobody changed it.")
def audit_group() -> None:
    """Commands of the log."""


@audit_group.command(
    "verify",
    help="Read the sealed log of every workspace and compare it with the heads kept outside the database. "
    "Exit status 1 when a log is not what it was; the first broken place is named.",
)
@click.option("--workspace", default="", metavar="SLUG", help="Only this workspace.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def verify(workspace: str, as_json: bool) -> None:
    try:
        found = [audit.verify_workspace(chosen_workspace(workspace))] if workspace else list(audit.verify_all())
    except UseCaseError as error:
        fail_with(error, as_json=as_json)
    if as_json:
        print_json({"sound": all(v.is_sound for v in found), "workspaces": [v.as_dict() for v in found]})
    else:
        for verdict in found:
            if verdict.is_sound:
                words = {"w": verdict.workspace, "n": verdict.sealed, "m": verdict.waiting}
                click.echo(_("%(w)s: %(n)s events are what they were; %(m)s are not sealed yet.") % words)
    if problems := [verdict.problem for verdict in found if verdict.problem]:
        fail(problems, 1, as_json=as_json)


@audit_group.command("seal", help="Seal what is not sealed yet, now. The worker does so every few seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def seal(as_json: bool) -> None:
    number = audit.seal_all()
    say(_("%(n)s events sealed.") % {"n": number})
    if as_json:
        print_json({"sealed": number})


def _narrowed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that narrow the log."""
    for option in (
        click.option("--until", default="", metavar="DAY", help="Up to this day or moment."),
        click.option("--since", default="", metavar="DAY", help="From this day or moment on."),
        click.option("--record", default="", metavar="ID", help="Only what was done to this record."),
        click.option(
            "--kind", default="", metavar="KIND", help="Only this kind of record or event: member, member.edited."
        ),
        click.option("--person", default="", metavar="EMAIL", help="Only what this user did; address or id."),
    ):
        function = option(function)
    return function


@audit_group.command("list", help="List what was done, newest first.")
@_narrowed
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@in_session(network=False)
def list_events(session: Session, person: str, kind: str, record: str, since: str, until: str, limit: int) -> None:
    asked = Asked(person, kind, record, since, until)
    rows = audit.plain_events(list(audit.events_asked(session.actor, asked)[:limit]))
    if session.as_json:
        print_json(rows)
        return
    print_table(
        [_("When"), _("Who"), _("What"), _("Record"), _("Fields"), _("No.")],
        (
            [
                f"{row['at']:%Y-%m-%d %H:%M:%S}", row["actor"], row["kind"], str(row["subject_id"]),
                ", ".join(row["changes"]), str(row["sequence"] or ""),
            ]
            for row in rows
        ),
    )  # fmt: skip


@audit_group.command("export", help="Write the log to a file: CSV, XLSX or JSON by its ending; - is stdout, as CSV.")
@click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@_narrowed
@in_session(network=False)
def export_events(session: Session, file: Path, person: str, kind: str, record: str, since: str, until: str) -> None:
    format = file.suffix.removeprefix(".").lower() or "csv"
    asked = Asked(person, kind, record, since, until)
    write_out(session, Export(*audit.export_log(session.actor, asked, format=format)), file)
