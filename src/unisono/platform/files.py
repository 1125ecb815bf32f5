"""Stored files: content-addressed on disk, described in the database."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from unisono.platform.errors import Invalid
from unisono.platform.models import StoredFile

# What members hand around; anything else is refused. Served as a download, never shown inline.
TYPES: dict[str, str] = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
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
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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
        sha256=digest.hexdigest(), name=Path(name).name[:255], content_type=TYPES[suffix], size_bytes=size
    )
