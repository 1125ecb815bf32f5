"""Heads of the log's chains, kept in a file outside the database, so that a tail cannot go unnoticed.

One JSON object a line, only ever added to: `{"workspace", "sequence", "seal", "at", "what"}`. `what` is "sealed";
"disputed" where the sealer found another log than the one it had left; "restored" where a backup was put back and the
chain goes on from there; "closed" where a workspace was removed with its log.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

SEALED, DISPUTED, RESTORED, CLOSED = "sealed", "disputed", "restored", "closed"
_lock = Lock()


@dataclass(slots=True)
class Kept:
    """What the file says of one workspace: its last head, where the sealer disputed the log, whether it was closed."""

    sequence: int = 0
    seal: str = ""
    disputed: int | None = None
    is_closed: bool = False

    def take(self, what: str, sequence: int, seal: str) -> None:
        """Read the next line of the workspace."""
        if what == RESTORED:
            self.disputed = None
        if what == DISPUTED:
            self.disputed = sequence if self.disputed is None else self.disputed
        elif what != SEALED or self.is_closed or sequence >= self.sequence:
            # Of two sealers one may come late with a head that is passed already.
            self.is_closed = what == CLOSED
            self.sequence, self.seal = sequence, seal


@dataclass(slots=True)
class Heads:
    """The file as far as it was read. Memory grows with workspaces, not with heads."""

    workspaces: dict[UUID, Kept] = field(default_factory=dict)
    offset: int = 0

    def of(self, workspace_id: UUID) -> Kept:
        """What is kept of one workspace."""
        return self.workspaces.get(workspace_id) or Kept()

    def read_on(self) -> None:
        """Read what was added since; a file that became shorter is read anew."""
        path = heads_file()
        if not path.exists() or path.stat().st_size < self.offset:
            self.workspaces, self.offset = {}, 0
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(self.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    # Somebody is just writing it, or was stopped while writing: then the next head says the same.
                    break
                self.offset += len(line)
                if (entry := _entry(line)) is not None:
                    self.workspaces.setdefault(entry[0], Kept()).take(*entry[1:])


def heads_file() -> Path:
    """Where the heads are kept."""
    return Path(settings.AUDIT_HEADS_FILE)


def read() -> Heads:
    """The whole file; empty when it is not there."""
    found = Heads()
    found.read_on()
    return found


def append(workspace_id: UUID, sequence: int, seal: str, *, what: str = SEALED, at: datetime | None = None) -> None:
    """Add a head; it is on the disk when this returns."""
    line = {
        "workspace": str(workspace_id), "sequence": sequence, "seal": seal,
        "at": (at or timezone.now()).isoformat(), "what": what,
    }  # fmt: skip
    path = heads_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            # A line on which somebody was stopped stays as it is; the new one begins after it.
            torn = size and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, f"{chr(10) if torn else ''}{json.dumps(line)}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def _entry(line: bytes) -> tuple[UUID, str, int, str] | None:
    try:
        data: dict[str, Any] = json.loads(line)
        return UUID(data["workspace"]), str(data["what"]), int(data["sequence"]), str(data["seal"])
    except (ValueError, KeyError, TypeError):
        return None
