"""Read a zip file that holds a CSV file of members and one of the ties between them."""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unisono.engines.graph_files.records import EDGE, KIND, NODE, Records
from unisono.engines.tabular import Layout, TabularError, detect, read_rows

_ENDINGS = (".csv", ".tsv", ".txt")
_MAX_ENTRIES = 50
_MAX_TABLE = 128 * 1024 * 1024
_MAX_RATIO = 200
_ENDS = (("source", "target"), ("from", "to"), ("source id", "target id"), ("first", "second"))


@contextmanager
def _tables(path: Path) -> Iterator[list[tuple[str, Path, Layout]]]:
    """(kind, unpacked file, layout) of the tables, members first."""
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            entries = archive.infolist()
            if len(entries) > _MAX_ENTRIES:
                raise TabularError("too_large", what="entries", limit=_MAX_ENTRIES)
            chosen = [e for e in entries if _is_table(e.filename)]
            if not 1 <= len(chosen) <= 2:
                raise TabularError("archive")
            found = [_unpacked(archive, entry, Path(folder) / str(at)) for at, entry in enumerate(chosen)]
            if len({kind for kind, _file, _layout in found}) < len(found):
                raise TabularError("archive")
            yield sorted(found, key=lambda table: table[0] != NODE)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError, OSError):
        raise TabularError("damaged") from None


def _is_table(name: str) -> bool:
    base = name.rpartition("/")[2]
    # Beside each file some systems write a hidden one of their own.
    return base.lower().endswith(_ENDINGS) and not base.startswith(".") and "__MACOSX" not in name


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> tuple[str, Path, Layout]:
    if entry.flag_bits & 0x1:
        raise TabularError("encrypted")
    if entry.file_size > _MAX_TABLE or entry.file_size > max(1_000_000, entry.compress_size * _MAX_RATIO):
        raise TabularError("too_large", what=entry.filename[:80], limit=_MAX_TABLE)
    with archive.open(entry) as packed, target.open("wb") as out:
        # What the entry says of its size may be a lie; the library stops there, and what is missing shows in its sum.
        shutil.copyfileobj(packed, out, 256 * 1024)
    layout = detect(target)
    if layout.format != "csv":
        raise TabularError("archive")
    headings = {" ".join(heading.replace("_", " ").split()).casefold() for heading in layout.headers}
    is_edges = any(headings.issuperset(ends) for ends in _ENDS)
    return EDGE if is_edges else NODE, target, layout


def archive_records(path: Path) -> Records:
    """Records of both tables; raises TabularError."""
    with _tables(path) as tables:
        for kind, file, layout in tables:
            for row in read_rows(file, layout):
                cells = {h: text for h, text in zip(layout.headers, row.cells, strict=True) if text.strip()}
                yield {KIND: kind, **cells}
