"""Making a backup: one consistent look at every table, while others go on writing."""

import contextlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

import unisono
from unisono.platform import erasures
from unisono.platform.audit.heads import heads_file
from unisono.platform.backup.archive import (
    ERASURES,
    FORMAT,
    FORMAT_VERSION,
    HEADS,
    Writer,
    file_name,
    pieces_of,
    table_name,
)
from unisono.platform.backup.tables import LEFT_OUT, columns, rows, tables
from unisono.platform.errors import Invalid
from unisono.platform.files import path_of
from unisono.platform.models import StoredFile


@dataclass(frozen=True, slots=True)
class Written:
    """What a backup holds; `missing` names stored files whose content was not there."""

    tables: int
    rows: int
    files: int
    size_bytes: int
    missing: list[str]


@contextmanager
def snapshot() -> Iterator[None]:
    """Inside, every table is read as it was at one moment, and nobody is kept from writing."""
    if connection.vendor == "sqlite":
        # The house's transactions take the write lock at their beginning; this one only reads.
        connection.ensure_connection()
        mode = connection.transaction_mode  # type: ignore[attr-defined]
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
        try:
            with transaction.atomic(durable=True):
                connection.transaction_mode = mode  # type: ignore[attr-defined]
                yield
        finally:
            connection.transaction_mode = mode  # type: ignore[attr-defined]
        return
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def backup(path: Path) -> Written:
    """Write a backup; the file appears when it is whole, readable by its owner alone. Raises Invalid."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Invalid.at(
            str(path), _("The file cannot be written: %(e)s.") % {"e": error.strerror}, _("Choose another place.")
        ) from None
    try:
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                number, total, files, missing = _write(Writer(archive))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise Invalid.at(
            str(path),
            _("The file cannot be written: %(e)s.") % {"e": error.strerror},
            _("Make room, or choose another place."),
        ) from None
    finally:
        Path(name).unlink(missing_ok=True)
    return Written(number, total, files, path.stat().st_size, missing)


def _write(writer: Writer) -> tuple[int, int, int, list[str]]:
    """Write all members and the manifest; gives numbers of tables, rows and files, and which files were missing."""
    # The heads come first: they then never know of an event that the tables do not have.
    writer.add(HEADS, _kept(heads_file()))
    told: dict[str, Any] = {}
    with snapshot():
        applied = sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
        for model in tables():
            table = model._meta.db_table
            told[table] = {"columns": columns(model), "rows": writer.add_rows(table_name(table), rows(model))}
        hashes = StoredFile._base_manager.order_by("sha256").values_list("sha256", flat=True).distinct()
        wanted = list(hashes)
    missing = []
    for sha256 in wanted:
        # Content outlives the row that names it by a day, so it is there although the snapshot is over.
        if path_of(sha256).exists():
            writer.add(file_name(sha256), pieces_of(path_of(sha256)))
        else:
            missing.append(sha256)
    # Erasures come last: whoever was erased meanwhile is erased when this is restored.
    erasures.keep_list()
    writer.add(ERASURES, _kept(Path(settings.ERASURES_FILE)))
    writer.close(
        {
            "format": FORMAT, "format_version": FORMAT_VERSION, "version": unisono.__version__,
            "created_at": timezone.now().isoformat(), "database": connection.vendor, "migrations": applied,
            "tables": told, "left_out": LEFT_OUT, "missing_files": missing,
        }
    )  # fmt: skip
    return len(told), sum(each["rows"] for each in told.values()), len(wanted) - len(missing), missing


def _kept(path: Path) -> Iterator[bytes]:
    with contextlib.suppress(FileNotFoundError):
        yield from pieces_of(path)
