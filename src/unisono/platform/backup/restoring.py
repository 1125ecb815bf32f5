"""Restoring a backup onto an empty installation, on whichever database: all of it, or nothing."""

import contextlib
import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from unisono.platform import bulk
from unisono.platform.audit import heads
from unisono.platform.backup.archive import ERASURES, FORMAT_VERSION, HEADS, Reader, table_name
from unisono.platform.backup.tables import columns, readers, tables
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.files import path_of
from unisono.platform.health import pending_migrations
from unisono.platform.models import AuditHead, Workspace

_BATCH = 2_000
_afterwards: list[Callable[[list[str]], None]] = []


def on_restored(function: Callable[[list[str]], None]) -> None:
    """Have `function` called inside the restore's transaction, with the lines of the list of erasures."""
    _afterwards.append(function)


def restore(path: Path, *, erasures: Path | None = None) -> dict[str, int]:
    """Put a backup back; gives the rows of each table.

    `erasures` is a later list of erasures than the one inside: whoever stands in either is erased before anybody can
    look. Raises Invalid for a damaged archive, Conflict for one of another version or a database that is not empty.
    """
    reader = Reader(path)
    try:
        reader.check()
        _check_version(reader, path)
        # Before the tables are changed too: a database that is refused stays as it is.
        _check_empty()
        if pending_migrations():
            call_command("migrate", interactive=False, verbosity=0)
        _check_empty()
        lines = _lines_of(reader, erasures)
        _store_files(reader)
        with transaction.atomic():
            written = {model._meta.db_table: _load(reader, model) for model in tables()}
            _go_on_numbering()
            connection.check_constraints()
            for function in _afterwards:
                function(lines)
            # The last step before the commit: when it fails, the database stays empty and restoring can be repeated.
            _keep(reader, lines)
    except DatabaseError as error:
        raise Invalid.at(
            str(path),
            _("The database does not take what is in the backup: %(e)s.") % {"e": str(error).splitlines()[0][:200]},
            _("Restore it into a database of the kind it was made from; nothing was restored."),
        ) from error
    finally:
        reader.close()
    return written


def _check_version(reader: Reader, path: Path) -> None:
    made = set(reader.manifest["migrations"])
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    version = {"v": reader.manifest.get("version", "?")}
    if reader.manifest["format_version"] > FORMAT_VERSION or made - known:
        raise Conflict.at(
            str(path), _("The backup was made by a newer version, %(v)s.") % version, _("Install that version first.")
        )
    if known - made or set(reader.manifest["tables"]) != {model._meta.db_table for model in tables()}:
        raise Conflict.at(
            str(path),
            _("The backup was made by an earlier version, %(v)s.") % version,
            _("Install that version, restore, then upgrade it."),
        )


def _check_empty() -> None:
    there = set(connection.introspection.table_names())
    full = [
        model._meta.db_table
        for model in tables()
        if model._meta.db_table in there and model._base_manager.exists()
    ]  # fmt: skip
    if full:
        raise Conflict.at(
            _("database"),
            _("It is not empty: %(table)s has rows.") % {"table": full[0]},
            _("Restore into a new database; this one stays as it is."),
        )


def _load(reader: Reader, model: type[Any]) -> int:
    table, names, read = model._meta.db_table, columns(model), readers(model)
    order = [reader.manifest["tables"][table]["columns"].index(name) for name in names]
    number, found = 0, reader.rows(table_name(table))
    while part := list(islice(found, _BATCH)):
        bulk.insert(
            model,
            names,
            [
                [row[at] if how is None else how(row[at]) for at, how in zip(order, read, strict=True)]
                for row in part
            ],
        )  # fmt: skip
        number += len(part)
    return number


def _go_on_numbering() -> None:
    """Rows come with their numbers; the next one goes on after the highest."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)


def _store_files(reader: Reader) -> None:
    """Put stored files where they belong: under the hash of their content, so a second time changes nothing."""
    for name in reader.manifest["members"]:
        if not name.startswith("files/"):
            continue
        target = path_of(Path(name).name)
        target.parent.mkdir(parents=True, exist_ok=True)
        incoming = target.with_name(f"incoming-{os.getpid()}")
        with incoming.open("wb") as file:
            for piece in reader.pieces(name):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        incoming.replace(target)


def _lines_of(reader: Reader, erasures: Path | None) -> list[str]:
    """Erasures of the archive, of this installation, and of the file that was given, each once."""
    lines = [line.strip() for line in reader.lines(ERASURES)]
    for path in (Path(settings.ERASURES_FILE), erasures):
        if path is not None and path.exists():
            lines += path.read_text(encoding="utf-8").splitlines()
        elif path is not None and path == erasures:
            raise Invalid.at(str(path), _("There is no such file."), _("Name the list of erasures that was kept."))
    return list(dict.fromkeys(line for line in lines if line.strip()))


def _keep(reader: Reader, lines: list[str]) -> None:
    """Heads and erasures go on outside the database; the log goes on from where the backup was made."""
    erasures, kept = Path(settings.ERASURES_FILE), heads.heads_file()
    was_there = kept.exists()
    path = erasures
    try:
        if lines:
            _replace(erasures, "".join(f"{line}\n" for line in lines).encode())
        path = kept
        if not was_there:
            _replace(kept, b"".join(reader.pieces(HEADS)))
        for workspace in Workspace.objects.all():
            head = AuditHead._base_manager.filter(workspace=workspace).first()
            heads.append(workspace.pk, head.sequence if head else 0, head.seal if head else "", what=heads.RESTORED)
    except OSError as error:
        if not was_there:
            with contextlib.suppress(OSError):
                kept.unlink(missing_ok=True)
        raise Invalid.at(
            str(path),
            _("It cannot be written: %(e)s.") % {"e": error.strerror or type(error).__name__},
            _("Make room, or give this user the right to write there, and restore again; nothing was restored."),
        ) from error


def _replace(path: Path, content: bytes) -> None:
    """Put a file in place of what was there, whole or not at all; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    incoming = path.with_name(f"{path.name}.incoming-{os.getpid()}")
    incoming.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        incoming.replace(path)
    finally:
        incoming.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
