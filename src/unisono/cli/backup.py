"""Commands of the operator: make a backup while in use, and put one back onto an empty installation."""

from pathlib import Path

import click
from django.utils.translation import gettext as _

from unisono.cli.output import fail_with, print_json, say
from unisono.platform import backup as backups
from unisono.platform.errors import UseCaseError


@click.command(
    "backup",
    help="Write everything that is kept into one archive: all tables as at one moment, stored files, heads of the log. "
    "The server and the worker may go on.",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def backup(file: Path, as_json: bool) -> None:
    try:
        written = backups.backup(file)
    except UseCaseError as error:
        fail_with(error, as_json=as_json)
    say(
        _("Written: %(file)s, %(rows)s rows of %(tables)s tables, %(files)s files, %(size)s MiB.")
        % {"file": file, "rows": written.rows, "tables": written.tables, "files": written.files,
           "size": max(1, written.size_bytes // (1024 * 1024))}
    )  # fmt: skip
    for sha256 in written.missing:
        say(_("Not in it, since its content is not there: the stored file %(hash)s.") % {"hash": sha256})
    if as_json:
        print_json({"file": str(file), "rows": written.rows, "tables": written.tables, "files": written.files,
                    "size_bytes": written.size_bytes, "missing_files": written.missing})  # fmt: skip


@click.command(
    "restore",
    help="Put a backup back into an empty database, SQLite or PostgreSQL, whichever it was made from. All or nothing. "
    "Who was erased since is erased again.",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--erasures", type=click.Path(dir_okay=False, path_type=Path),
    help="The list of erasures as it was kept after the backup was made.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON, alone on stdout.")
def restore(file: Path, erasures: Path | None, as_json: bool) -> None:
    try:
        written = backups.restore(file, erasures=erasures)
    except UseCaseError as error:
        fail_with(error, as_json=as_json)
    say(_("Restored: %(n)s rows. Everybody signs in again.") % {"n": sum(written.values())})
    if as_json:
        print_json({"tables": written})
