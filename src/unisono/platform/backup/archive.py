"""The archive: a zip of one JSON line a row, the stored files, the heads of the log, and a manifest with all hashes."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from unisono.platform.errors import Invalid

FORMAT, FORMAT_VERSION = "unisono-backup", 1
MANIFEST = "manifest.json"
HEADS, ERASURES = "audit/heads.jsonl", "erasures.jsonl"
_PIECE = 1024 * 1024
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def table_name(table: str) -> str:
    """Where the rows of a table stand."""
    return f"tables/{table}.jsonl"


def file_name(sha256: str) -> str:
    """Where the content of a stored file stands."""
    return f"files/{sha256}"


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file's content, a mebibyte at a time."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


class Writer:
    """Writes members one after the other and remembers their hashes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.hashes: dict[str, str] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> str:
        """Write a member from its pieces; gives its hash."""
        digest = hashlib.sha256()
        with self._archive.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                digest.update(piece)
                member.write(piece)
        self.hashes[name] = digest.hexdigest()
        return self.hashes[name]

    def add_rows(self, name: str, rows: Iterable[list[Any]]) -> int:
        """Write a member of one JSON line a row; gives how many they are."""
        number = 0

        def pieces() -> Iterator[bytes]:
            nonlocal number
            waiting: list[str] = []
            for row in rows:
                number += 1
                waiting.append(_encode(row))
                if len(waiting) == 500:
                    yield ("\n".join(waiting) + "\n").encode("utf-8", "surrogatepass")
                    waiting = []
            if waiting:
                yield ("\n".join(waiting) + "\n").encode("utf-8", "surrogatepass")

        self.add(name, pieces())
        return number

    def close(self, manifest: dict[str, Any]) -> None:
        """Write the manifest, with the hash of every member and, beside it, its own."""
        content = json.dumps({**manifest, "members": self.hashes}, ensure_ascii=False, indent=1).encode()
        self._archive.writestr(MANIFEST, content)
        self._archive.writestr(f"{MANIFEST}.sha256", hashlib.sha256(content).hexdigest())


def _damaged(path: Path, what: str) -> Invalid:
    return Invalid.at(
        str(path),
        _("The backup is damaged: %(what)s.") % {"what": what},
        _("Take another one; nothing was restored from this."),
    )


class Reader:
    """Reads an archive of which every member was compared with its hash first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._archive = zipfile.ZipFile(path)
            content = self._archive.read(MANIFEST)
            kept = self._archive.read(f"{MANIFEST}.sha256").decode("ascii", "replace")
            self.manifest: dict[str, Any] = json.loads(content)
        except FileNotFoundError:
            raise Invalid.at(str(path), _("There is no such file."), _("Name the file of a backup.")) from None
        except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError):
            raise _damaged(path, _("it is no archive, or does not end where it should")) from None
        if hashlib.sha256(content).hexdigest() != kept or self.manifest.get("format") != FORMAT:
            raise _damaged(path, _("its manifest is not what was written"))

    def close(self) -> None:
        self._archive.close()

    def check(self) -> None:
        """Read every member and compare it with its hash. Raises Invalid."""
        members: dict[str, str] = self.manifest["members"]
        there = set(self._archive.namelist()) - {MANIFEST, f"{MANIFEST}.sha256"}
        if there != set(members):
            raise _damaged(self._path, _("%(name)s is missing or too much") % {"name": min(there ^ set(members))})
        for name, kept in members.items():
            digest = hashlib.sha256()
            try:
                for piece in self.pieces(name):
                    digest.update(piece)
            except (zipfile.BadZipFile, zlib.error, OSError, EOFError):
                raise _damaged(self._path, _("%(name)s cannot be read") % {"name": name}) from None
            if digest.hexdigest() != kept:
                raise _damaged(self._path, _("%(name)s is not what was written") % {"name": name})

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a member, a mebibyte at a time; nothing for one that is not there."""
        if name not in self.manifest["members"]:
            return
        with self._archive.open(name) as member:
            while piece := member.read(_PIECE):
                yield piece

    def lines(self, name: str) -> Iterator[str]:
        """The lines of a member."""
        if name not in self.manifest["members"]:
            return
        with self._archive.open(name) as member:
            for line in member:
                yield line.decode("utf-8", "surrogatepass")

    def rows(self, name: str) -> Iterator[list[Any]]:
        """The rows of a table."""
        return map(json.loads, self.lines(name))
