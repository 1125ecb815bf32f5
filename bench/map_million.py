"""The picture of a network of a million relations, through the job of the product: time, memory and progress.

Fills a network with plain rows (ends drawn as in `bench/graph.py`, seed 7; no search entries, no events) in the
database that the environment names, once; then has the job draw its picture in a process of its own and reads the
first figures as the page does:

    UNISONO_DATA_DIR=bench-data python bench/map_million.py
    DATABASE_URL=postgresql://… python bench/map_million.py --members 200000 --relations 1000000

For each sign of progress it reports the seconds since the start and the memory of the process.
"""

# ruff: noqa: E402 - Django is set up before anything of the product is imported.
import argparse
import os
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unisono.config.settings")
os.environ.setdefault("UNISONO_LOG_LEVEL", "WARNING")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, models, transaction
from graph import SEED, relations
from uuid_utils.compat import uuid7

from unisono.areas.network.actions import create_network
from unisono.areas.network.graph.actions import renew_picture
from unisono.areas.network.graph.figures import figures_of
from unisono.areas.network.graph.showing import map_data
from unisono.areas.network.models import Membership, Network, Organization, Relationship
from unisono.platform import bulk, jobs
from unisono.platform.accounts import create_workspace
from unisono.platform.actor import Actor, actor_of
from unisono.platform.models import Job, User, Workspace
from unisono.platform.tenancy import workspace_scope

_BATCH = 20_000


def memory() -> float:
    """What the process holds now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def fill(blank: models.Model, rows: Iterator[dict[str, Any]]) -> None:
    """Insert a row for each of `rows`: what it says, and for the rest what `blank` has."""
    names = [f.attname for f in blank._meta.concrete_fields]
    usual = {name: getattr(blank, name) for name in names}
    while batch := [tuple((usual | row).values()) for row in islice(rows, _BATCH)]:
        bulk.insert(type(blank), names, batch)


def network_of(members: int, wanted: int) -> Actor:
    """The network in a workspace of its own; made when it is not there yet."""
    short = f"map-million-{members}-{wanted}"
    owner = f"{short}@example.org"
    workspace = Workspace.objects.filter(slug=short).first()
    made = workspace is None
    if workspace is None:
        workspace, _owner = create_workspace(name=short, owner_email=owner)
    user = User.objects.get(email=owner)
    actor = actor_of(user, workspace)
    assert actor is not None
    if made:
        started = time.perf_counter()
        with workspace_scope(workspace.pk), transaction.atomic():
            network = create_network(actor=actor, values={"name": "Million"}, is_synthetic=True)
            base = {"workspace_id": workspace.pk}
            firms, keys = [uuid7() for _ in range(members)], [uuid7() for _ in range(members)]
            fill(
                Organization(**base),
                ({"id": key, "name": f"Firm {at}", "name_key": f"firm {at}"} for at, key in enumerate(firms)),
            )
            fill(
                Membership(**base, network_id=network.pk),
                ({"id": key, "organization_id": firm} for key, firm in zip(keys, firms, strict=True)),
            )
            ends = (side.tolist() for side in relations(members, wanted, SEED))
            fill(
                Relationship(**base, network_id=network.pk),
                (
                    {"id": uuid7(), "first_id": keys[one], "second_id": keys[other], "kinds": ["supply"]}
                    for one, other in zip(*ends, strict=True)
                ),
            )
        print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)
    return actor


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--relations", type=int, default=1_000_000)
    chosen = parser.parse_args()
    call_command("migrate", verbosity=0)
    actor = network_of(chosen.members, chosen.relations)
    with workspace_scope(actor.workspace_id):
        network = Network.objects.get()
        before, started, work = memory(), time.perf_counter(), time.process_time()

        def watch(done: int, total: int | None) -> None:
            print(
                f"  step {done} of {total}: {time.perf_counter() - started:.1f} s,"
                f" {time.process_time() - work:.1f} s of processor, {memory():.0f} MiB",
                flush=True,
            )

        print(f"{connection.vendor}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; {before:.0f} MiB")
        job = jobs.run(renew_picture(actor=actor, network=network), actor, watch=watch)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        took = f"{time.perf_counter() - started:.1f} s, {time.process_time() - work:.1f} s of processor"
        print(f"job {job.state}: {took}, at most {most:.0f} MiB; {job.result or job.problems}", flush=True)
        for title, call in (("figures", figures_of), ("data of the map", map_data)):
            work = time.process_time()
            call(actor, network)
            print(f"{title}: {time.process_time() - work:.1f} s of processor")
    return 0 if job.state == Job.State.DONE else 1


if __name__ == "__main__":
    sys.exit(main())
