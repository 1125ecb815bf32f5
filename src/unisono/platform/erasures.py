"""The list of erasures outside the database: one JSON object of keys a line, only ever added to."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from unisono.platform.models import Erasure


class Erased(NamedTuple):
    """Who was erased in which workspace."""

    workspace_id: UUID
    person_id: UUID
    user_id: UUID | None


def _line(erasure: Erasure) -> str:
    return json.dumps(
        {
            "workspace": str(erasure.workspace_id),
            "person": str(erasure.person_id),
            "user": str(erasure.user_id) if erasure.user_id else None,
            "at": erasure.erased_at.isoformat(),
        }
    )


def keep_list() -> None:
    """Add what the list does not have yet; called after each erasure and before each backup."""
    path = Path(settings.ERASURES_FILE)
    there = {(e.workspace_id, e.person_id) for e in erased_in(_lines(path))}
    new = [e for e in Erasure._base_manager.order_by("pk") if (e.workspace_id, e.person_id) not in there]
    if not new:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, "".join(f"{_line(erasure)}\n" for erasure in new).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def erased_in(lines: Iterable[str]) -> Iterator[Erased]:
    """What lines of a list say; a line that cannot be read is left out."""
    for line in lines:
        try:
            data = json.loads(line)
            user = UUID(data["user"]) if data.get("user") else None
            yield Erased(UUID(data["workspace"]), UUID(data["person"]), user)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
