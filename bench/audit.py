"""How long sealing and verifying the log take, at 1,000,000 events by default.

Writes events of a workspace of its own into the database that the environment names, once, seals and verifies them:

    UNISONO_DATA_DIR=bench-data python bench/audit.py --events 1000000
    DATABASE_URL=postgresql://... python bench/audit.py

A third of the events add something (no changes), the others change one to three fields; seed 7.
"""

# ruff: noqa: E402 - Django is set up before anything of the product is imported.
import argparse
import os
import random
import resource
import sys
import time
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unisono.config.settings")
os.environ.setdefault("UNISONO_LOG_LEVEL", "WARNING")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from unisono.core.audit import FIRST, Link, first_break, sealed
from unisono.platform import bulk
from unisono.platform.accounts import create_workspace
from unisono.platform.audit import seal_workspace, verify_workspace
from unisono.platform.audit.sealing import HASHED, content_of
from unisono.platform.models import Event, Workspace
from unisono.platform.tenancy import workspace_scope

_SLUG = "audit-bench"
_CHUNK = 10_000


def _row(rng: random.Random, workspace: Workspace, start: Any, at: int) -> tuple[Any, ...]:
    fields = ("tier", "place", "staff_count", "description")
    changes: dict[str, Any] = {
        name: [f"before {rng.randrange(1_000)}", f"after {rng.randrange(1_000)}"] for name in fields[: at % 3 + at % 2]
    }
    moment = start + timedelta(seconds=at)
    return (
        uuid7(), workspace.pk, moment, workspace.pk, ("member.added", "member.edited", "need.edited")[at % 3],
        workspace.pk, "membership", uuid7(), uuid7(), None, moment, changes if at % 3 else {},
    )  # fmt: skip


def fill(number: int) -> Workspace:
    """The workspace with its events; made when it is not there yet."""
    found = Workspace.objects.filter(slug=_SLUG).first()
    if found is not None:
        return found
    workspace, _owner = create_workspace(name="Audit bench", owner_email="bench@example.org")
    rng, start = random.Random(7), timezone.now() - timedelta(days=365)
    with workspace_scope(workspace.pk):
        for first in range(0, number, _CHUNK):
            with transaction.atomic():
                rows = [_row(rng, workspace, start, at) for at in range(first, min(number, first + _CHUNK))]
                bulk.insert(Event, HASHED, rows)
    return workspace


def timed(what: str, number: int, work: Any) -> Any:
    """Do it, and say how long it took."""
    start, own = time.perf_counter(), time.process_time()
    answer = work()
    seconds, spent = time.perf_counter() - start, time.process_time() - own
    print(f"{what:<28}{seconds:8.1f} s  {spent:8.1f} s of processor  {number / max(seconds, 1e-9):10,.0f} events/s")
    return answer


def hashed_alone(number: int) -> None:
    """What hashing takes without a database: the lower bound."""
    rng, start = random.Random(7), timezone.now()
    workspace = Workspace(name="x", slug="x")
    contents = [content_of(_row(rng, workspace, start, at)) for at in range(10_000)]

    def chain() -> None:
        links: list[Link] = []
        before = FIRST
        for sequence, content in enumerate(contents, start=1):
            before = sealed(before, sequence, content)
            links.append((sequence, before, content))
        for _again in range(number // len(contents)):
            assert first_break(links, {}, end=len(links)) is None

    timed("hashing alone", number, chain)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    chosen = parser.parse_args()
    call_command("migrate", interactive=False, verbosity=0)
    print(
        f"{connection.vendor}, Python {sys.version.split()[0]}, {chosen.events:,} events, load {os.getloadavg()[0]:.1f}"
    )
    workspace = fill(chosen.events)
    timed("seal", chosen.events, lambda: seal_workspace(workspace.pk))
    verdict = timed("verify", chosen.events, lambda: verify_workspace(workspace))
    hashed_alone(chosen.events)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"sound: {verdict.is_sound}, sealed {verdict.sealed:,}, peak memory {peak} MiB")
    return 0 if verdict.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
