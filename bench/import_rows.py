"""Import of generated members: seconds, rows a second and peak memory of the check and the apply.

    python bench/import_rows.py [--rows 100000] [--seed 7] [--again]

Runs in a process and a database of its own: SQLite in a new folder, or the database that DATABASE_URL names, which
must be empty. The generator and its seed are below; the same seed gives the same file.
"""

import argparse
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_FIRST = ["Fjord", "Dal", "Sogn", "Ålesund", "Lærdal", "Nordic", "Bergen", "Voss", "Stryn", "Aurland", "Flåm", "Førde"]
_SECOND = ["Kayak", "Cider", "Hotel", "Boats", "Trout", "Farm", "Guides", "Bakery", "Museum", "Rail", "Cabins", "Bikes"]
_TIERS = ["Gold", "Silver", "Bronze", "Supporter"]


def write_members(path: Path, rows: int, seed: int) -> None:
    """A member file: name, number, place, tier, joined, website, e-mail, staff."""
    rng = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Company", "Member id", "City", "Level", "Joined", "Homepage", "E-mail", "Employees"])
        for number in range(1, rows + 1):
            first, second = rng.choice(_FIRST), rng.choice(_SECOND)
            writer.writerow(
                [
                    f"{first} {second} {number}",
                    f"M-{number:07d}",
                    rng.choice(_FIRST),
                    rng.choice(_TIERS),
                    f"{rng.randint(1995, 2025)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                    f"https://www.firm{number}.example.org/",
                    f"post@firm{number}.example.org",
                    rng.randint(1, 900),
                ]
            )


def run(path: Path, *, again: bool) -> None:
    """Check and apply the file, and say how long it took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unisono.config.settings")
    os.environ.setdefault("UNISONO_LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from unisono.areas.network.actions import create_network
    from unisono.areas.network.importing import apply_import, set_mapping, start_import, suggested_mapping
    from unisono.platform import jobs
    from unisono.platform.accounts import create_workspace
    from unisono.platform.actor import actor_of
    from unisono.platform.tenancy import workspace_scope

    call_command("migrate", verbosity=0)
    workspace, user = create_workspace(name="Bench", owner_email="bench@example.org", owner_name="Bench")
    actor = actor_of(user, workspace)
    assert actor is not None
    with workspace_scope(workspace.pk):
        network = create_network(actor=actor, values={"name": "Bench"})
        before = _peak()
        for title in ("first import", "the same file again")[: 2 if again else 1]:
            began, cpu = time.perf_counter(), time.process_time()
            batch = start_import(actor=actor, network=network, file=path)
            mapping = suggested_mapping(batch).mapping
            seen = time.perf_counter()
            job = jobs.run(set_mapping(actor=actor, network=network, batch_id=batch.pk, mapping=mapping), actor)
            assert job.state == "done", job.problems
            checked = time.perf_counter()
            rows = job.result["counts"]["rows"]
            job = jobs.run(apply_import(actor=actor, network=network, batch_id=batch.pk), actor)
            assert job.state == "done", job.problems
            ended = time.perf_counter()
            seconds = ended - began
            print(f"{connection.vendor}, {title}: {rows:,} rows in {seconds:.1f} s, {rows / seconds:,.0f} rows/s")
            print(f"  upload {seen - began:.1f} s, check {checked - seen:.1f} s, apply {ended - checked:.1f} s")
            print(f"  processor {time.process_time() - cpu:.1f} s; peak {_peak()} MiB (before the import {before})")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--again", action="store_true", help="import the same file a second time")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        run(options.inside, again=options.again)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "members.csv"
        write_members(path, options.rows, options.seed)
        print(f"{options.rows:,} rows, {path.stat().st_size / 1e6:.1f} MB, seed {options.seed}")
        command = [sys.executable, __file__, "--inside", str(path), *(["--again"] if options.again else [])]
        subprocess.run(command, check=True, env={**os.environ, "UNISONO_DATA_DIR": folder})


if __name__ == "__main__":
    main()
