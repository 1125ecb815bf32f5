"""Stored files: content-addressed on disk, described in the database."""

import contextlib
import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from unisono.platform.errors import Invalid
from unisono.platform.fields import one_line
from unisono.platform.messages import message as _
from unisono.platform.models import StoredFile

# What members hand around; anything else is refused. Served as a download, never shown inline.
TYPES: dict[str, str] = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gexf": "application/gexf+xml",
    ".graphml": "application/graphml+xml",
    ".ics": "text/calendar",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".md": "text/markdown",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".vcf": "text/vcard",
    ".webp": "image/webp",
    ".xml": "application/xml",
    ".zip": "application/zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


# Content outlives the last row that names it by a day: somebody may just be handing the same in, or making a backup.
_KEPT_SECONDS = 24 * 60 * 60
_logger = logging.getLogger("unisono.files")


def path_of(sha256: str) -> Path:
    """Where content with this hash lies."""
    return Path(settings.FILES_DIR) / sha256[:2] / sha256


def store(*, name: str, chunks: Iterable[bytes]) -> StoredFile:
    """Keep content under its hash and describe it; raises Invalid for a type or size that is not taken."""
    suffix = Path(name).suffix.lower()
    if suffix not in TYPES:
        raise Invalid.at(
            name,
            _("Files of this type are not kept."),
            _("Use one of: %(types)s.") % {"types": " ".join(sorted(TYPES))},
        )
    root = Path(settings.FILES_DIR)
    root.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=root, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.MAX_UPLOAD_BYTES:
                    raise Invalid.at(
                        name,
                        _("The file is larger than %(limit)s MiB.")
                        % {"limit": settings.MAX_UPLOAD_BYTES // (1024 * 1024)},
                        _("Split it, or raise UNISONO_MAX_UPLOAD_MIB."),
                    )
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        target = path_of(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return StoredFile.objects.create(
        sha256=digest.hexdigest(), name=one_line(Path(name).name)[-255:], content_type=TYPES[suffix], size_bytes=size
    )


def forget(stored: StoredFile) -> None:
    """Delete the row of a file that nothing refers to; `sweep` removes its content when no other row names it."""
    stored.delete()
    let_go([stored.sha256])


def let_go(hashes: Iterable[str]) -> None:
    """Begin the day of content whose row has gone; `sweep` removes then what no other row names."""
    for sha256 in hashes:
        with contextlib.suppress(FileNotFoundError):
            os.utime(path_of(sha256))


def wipe(stored: StoredFile) -> None:
    """Put nothing in place of a file's content, wherever the workspace has it; what others name stays theirs.

    The content goes from the disk when the transaction commits.
    """
    sha256 = stored.sha256
    empty = hashlib.sha256(b"").hexdigest()
    transaction.on_commit(lambda: _write_nothing(path_of(empty)))
    StoredFile.objects.filter(sha256=sha256).update(sha256=empty, size_bytes=0)
    stored.refresh_from_db()
    if not StoredFile._base_manager.filter(sha256=sha256).exists():
        transaction.on_commit(lambda: path_of(sha256).unlink(missing_ok=True))


def _write_nothing(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()


def sweep() -> int:
    """Remove content that no row names, and uploads that broke off, when they are a day old; gives how many."""
    root, number = Path(settings.FILES_DIR), 0
    for folder, pattern in ((root, "incoming-*"), *((folder, "*") for folder in root.glob("??"))):
        old = [path for path in folder.glob(pattern) if not _is_fresh(path)]
        named = StoredFile._base_manager.filter(sha256__in=[path.name for path in old])
        kept = set(named.values_list("sha256", flat=True))
        number += sum(_removed(path) for path in old if path.name not in kept)
    return number


def _removed(path: Path) -> bool:
    """Remove a file, unless somebody hands the same content in at this very moment."""
    aside = path.with_name(f"{path.name.partition('.')[0]}.{os.getpid()}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return False
    if _is_fresh(aside):
        aside.replace(path)
        return False
    aside.unlink(missing_ok=True)
    return True


def sweep_daily() -> None:
    """Sweep, unless that was done within the last day; what stops it is logged and stops nothing else."""
    mark = Path(settings.FILES_DIR) / "swept"
    if not mark.parent.is_dir() or _is_fresh(mark):
        return
    try:
        mark.touch()
        sweep()
    except OSError:
        _logger.exception("files cannot be swept")


def _is_fresh(path: Path) -> bool:
    """Whether it is there and was written within the last day."""
    try:
        return path.stat().st_mtime > time.time() - _KEPT_SECONDS
    except FileNotFoundError:
        return False
