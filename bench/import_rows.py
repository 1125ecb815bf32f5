"""Import of generated members: seconds, rows a second and peak memory of the check and the apply.

    python bench/import_rows.py [--rows 100000] [--seed 7] [--xlsx] [--again | --changed]

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
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

_FIRST = ["Fjord", "Dal", "Sogn", "Ålesund", "Lærdal", "Nordic", "Bergen", "Voss", "Stryn", "Aurland", "Flåm", "Førde"]
_SECOND = ["Kayak", "Cider", "Hotel", "Boats", "Trout", "Farm", "Guides", "Bakery", "Museum", "Rail", "Cabins", "Bikes"]
_TIERS = ["Gold", "Silver", "Bronze", "Supporter"]


_HEADINGS = ["Company", "Member id", "City", "Level", "Joined", "Homepage", "E-mail", "Employees"]
_CONTACT = ["Contact name", "Contact email"]


def member_rows(rows: int, seed: int, *, contacts: bool = False, phase: int = 0) -> Iterator[list[str]]:
    """A member file: name, number, place, tier, joined, website, e-mail, staff and perhaps a contact person.

    Another `phase` moves the place of every row and the name of every contact.
    """
    rng = random.Random(seed)
    yield [*_HEADINGS, *(_CONTACT if contacts else [])]
    for number in range(1, rows + 1):
        first, second = rng.choice(_FIRST), rng.choice(_SECOND)
        place = _FIRST[(rng.randrange(len(_FIRST)) + phase) % len(_FIRST)]
        row = [
            f"{first} {second} {number}",
            f"M-{number:07d}",
            place,
            rng.choice(_TIERS),
            f"{rng.randint(1995, 2025)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            f"https://www.firm{number}.example.org/",
            f"post@firm{number}.example.org",
            str(rng.randint(1, 900)),
        ]
        contact = [f"Kari {second}{'s' * phase} {number}", f"kari@firm{number}.example.org"]
        yield [*row, *(contact if contacts else [])]


def write_file(path: Path, rows: Iterator[list[str]]) -> None:
    """The rows as CSV or as a workbook, by the ending of the path."""
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet("Members")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def run(paths: list[Path]) -> None:
    """Check and apply each file, and say how long it took."""
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
        for path in paths:
            title = path.name
            began, cpu = time.perf_counter(), time.process_time()
            batch = start_import(actor=actor, network=network, file=path)
            mapping = suggested_mapping(batch).mapping
            seen, cpu_seen = time.perf_counter(), time.process_time()
            job = jobs.run(set_mapping(actor=actor, network=network, batch_id=batch.pk, mapping=mapping), actor)
            assert job.state == "done", job.problems
            checked, cpu_checked = time.perf_counter(), time.process_time()
            rows = job.result["counts"]["rows"]
            job = jobs.run(apply_import(actor=actor, network=network, batch_id=batch.pk), actor)
            assert job.state == "done", job.problems
            ended, cpu_ended = time.perf_counter(), time.process_time()
            seconds = ended - began
            print(f"{connection.vendor}, {title}: {rows:,} rows in {seconds:.1f} s, {rows / seconds:,.0f} rows/s")
            print(f"  upload {seen - began:.1f} s, check {checked - seen:.1f} s, apply {ended - checked:.1f} s")
            print(
                f"  processor {cpu_ended - cpu:.1f} s: {cpu_seen - cpu:.1f}, {cpu_checked - cpu_seen:.1f}, "
                f"{cpu_ended - cpu_checked:.1f}; peak {_peak()} MiB (before the import {before})"
            )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--xlsx", action="store_true", help="a workbook in place of CSV")
    parser.add_argument("--again", action="store_true", help="import the same file a second time")
    parser.add_argument(
        "--changed", action="store_true", help="with contact persons; then a file that changes all rows"
    )
    parser.add_argument("--inside", type=Path, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        run(options.inside)
        return
    ending = "xlsx" if options.xlsx else "csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"members.{ending}"
        write_file(path, member_rows(options.rows, options.seed, contacts=options.changed))
        paths = [path, path] if options.again else [path]
        if options.changed:
            paths.append(Path(folder) / f"changed.{ending}")
            write_file(paths[1], member_rows(options.rows, options.seed, contacts=True, phase=1))
        print(f"{options.rows:,} rows, {path.stat().st_size / 1e6:.1f} MB, seed {options.seed}")
        command = [sys.executable, __file__, "--inside", *map(str, paths)]
        subprocess.run(command, check=True, env={**os.environ, "UNISONO_DATA_DIR": folder})


if __name__ == "__main__":
    main()
