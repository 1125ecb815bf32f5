"""Look at a workbook before it is parsed: refuse what unpacks to too much, is damaged, or declares entities."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from unisono.engines.tabular.errors import TabularError

_MAX_DIRECTORY = 1024 * 1024
_MAX_ENTRIES = 4_000
_MAX_TOTAL = 600 * 1024 * 1024
_MAX_SHEET = 400 * 1024 * 1024
_MAX_STRINGS = 64 * 1024 * 1024
_MAX_STRING_COUNT = 800_000
_MAX_OTHER = 8 * 1024 * 1024
_MAX_OTHER_TAGS = 70_000
# Below this size a high ratio does no harm; above it no honest sheet is squeezed so far.
_RATIO_FROM = 8 * 1024 * 1024
_MAX_RATIO = 200
_MAX_CELLS_IN_ROW = 16_384
_MAX_GAP = 8 * 1024 * 1024
_CHUNK = 1024 * 1024
_END = b"PK\x05\x06"
_ZIP64_LOCATOR = b"PK\x06\x07"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
# Parts that are parsed into a tree as a whole. What sheets point at, such as the links of their cells, is not read.
_TREE = re.compile(
    r"(\[Content_Types\]\.xml|_rels/\.rels|docProps/\w+\.xml|xl/(workbook|styles|theme/\w+)\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/chartsheets/_rels/.+\.rels)$",
    re.IGNORECASE,
)
_ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])")
_STRING = re.compile(rb"<(?:\w+:)?(si)(?=[\s/>])")


def check_workbook(path: Path) -> None:
    """Raise TabularError unless the workbook can be parsed within memory and time; reads it once, as a stream."""
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, path.stat().st_size)
            for info in archive.infolist():
                if _SHEET.search(info.filename):
                    _check_sheet(archive, info)
                elif info.filename.lower().endswith("sharedstrings.xml"):
                    _check_strings(archive, info)
                elif _TREE.search(info.filename):
                    _check_tree(archive, info)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error):
        raise TabularError("damaged") from None
    except (NotImplementedError, RuntimeError):
        # An unknown way of packing, or a password.
        raise TabularError("encrypted") from None


def _check_directory(path: Path) -> None:
    """Look at the archive's directory by its size alone: reading an immense one is the attack."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = max(0, size - 65_557)
        file.seek(start)
        tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < 22:
        raise TabularError("damaged")
    directory_size, directory_at = struct.unpack("<LL", tail[end + 12 : end + 20])
    if tail[max(0, end - 20) : end].startswith(_ZIP64_LOCATOR) or directory_size > _MAX_DIRECTORY:
        raise TabularError("too_large", what="directory", limit=_MAX_DIRECTORY)
    if directory_at + directory_size > start + end:
        raise TabularError("damaged")


def _check_entries(archive: zipfile.ZipFile, size: int) -> None:
    entries = sorted(archive.infolist(), key=lambda info: info.header_offset)
    if len(entries) > _MAX_ENTRIES:
        raise TabularError("too_large", what="entries", limit=_MAX_ENTRIES)
    if not any(info.filename == "[Content_Types].xml" for info in entries):
        raise TabularError("unknown_format")
    total, end = 0, 0
    for info in entries:
        if info.flag_bits & 0x1:
            raise TabularError("encrypted")
        if info.header_offset < end:
            # Entries that share their bytes: a bomb made of one kernel.
            raise TabularError("damaged")
        end = info.header_offset + info.compress_size
        total += info.file_size
        if info.file_size > _RATIO_FROM and info.file_size > _MAX_RATIO * max(1, info.compress_size):
            raise TabularError("too_large", what=info.filename[:80], limit=_RATIO_FROM)
        limit = _MAX_OTHER
        if _SHEET.search(info.filename):
            limit = _MAX_SHEET
        elif info.filename.lower().endswith("sharedstrings.xml"):
            limit = _MAX_STRINGS
        elif not _TREE.search(info.filename):
            limit = _MAX_TOTAL
        if info.file_size > limit:
            raise TabularError("too_large", what=info.filename[:80], limit=limit)
    if total > _MAX_TOTAL or end > size:
        raise TabularError("too_large" if total > _MAX_TOTAL else "damaged", what="workbook", limit=_MAX_TOTAL)


def _check_prolog(start: bytes) -> None:
    """Refuse a document type before the parser sees it; the parser refuses what hides from this look."""
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise TabularError("entities")


def _tags(stream: IO[bytes], tag: re.Pattern[bytes]) -> Iterator[tuple[bytes, int]]:
    """(name, 0) of each tag and, after each piece that was read, (b"", bytes since the last tag)."""
    since, rest, first = 0, b"", True
    while chunk := stream.read(_CHUNK):
        if first:
            _check_prolog(chunk[:65_536])
            first = False
        text = rest + chunk
        last = 0
        for match in tag.finditer(text):
            yield match[1], 0
            last = match.end()
        since = len(text) - last if last else since + len(chunk)
        yield b"", since
        # A tag may lie across two pieces; one that was counted must not be counted again.
        rest = text[max(last, len(text) - 40) :]


def _check_sheet(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """No row of more cells than a sheet has columns, and nothing so long between two cells that it fills memory."""
    cells = 0
    with archive.open(info) as stream:
        for name, since in _tags(stream, _ROW_OR_CELL):
            cells = 0 if name == b"row" else cells + (name == b"c")
            if cells > _MAX_CELLS_IN_ROW:
                raise TabularError("too_many_columns", limit=_MAX_CELLS_IN_ROW)
            if since > _MAX_GAP:
                raise TabularError("cell_too_long", limit=_MAX_GAP)


def _check_strings(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    count = 0
    with archive.open(info) as stream:
        for name, _since in _tags(stream, _STRING):
            count += name == b"si"
            if count > _MAX_STRING_COUNT:
                raise TabularError("too_large", what=info.filename[:80], limit=_MAX_STRING_COUNT)


def _check_tree(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    content = archive.read(info)
    _check_prolog(content)
    if content.count(b"<") > _MAX_OTHER_TAGS:
        raise TabularError("too_large", what=info.filename[:80], limit=_MAX_OTHER_TAGS)
