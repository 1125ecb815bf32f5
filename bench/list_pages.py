"""Median server time and number of queries of each list page, at 10,000 members by default.

Loads the demo network *Fjord and valley* scaled up into the database that the environment names, once, and asks
each page in process as its owner:

    UNISONO_DATA_DIR=bench-data python bench/list_pages.py --members 10000
    DATABASE_URL=postgresql://... python bench/list_pages.py

Exit code 1 when a page takes more than 200 ms at the median or more than 12 queries.
"""

# ruff: noqa: E402 - Django is set up before anything of the product is imported.
import argparse
import os
import statistics
import sys
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unisono.config.settings")
os.environ.setdefault("UNISONO_LOG_LEVEL", "WARNING")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from unisono import demo
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Membership, Network
from unisono.platform.accounts import create_workspace
from unisono.platform.models import User, Workspace
from unisono.platform.tenancy import workspace_scope

LIMIT_MS, LIMIT_QUERIES = 200, 12
_OWNER = "bench@example.org"
_SLUG_OF_WORKSPACE = "list-page-bench"


def network_of(members: int) -> Network:
    """The scaled demo network in a workspace of its own; made when it is not there yet."""
    workspace = Workspace.objects.filter(slug=_SLUG_OF_WORKSPACE).first()
    if workspace is None:
        workspace, _owner = create_workspace(name="List page bench", owner_email=_OWNER)
        demo.load("fjord-and-valley", workspace=workspace, members=members)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
    with workspace_scope(workspace.pk):
        network = Network.objects.get()
        network.members_there = Membership.objects.filter(network=network).count()
    return network


def pages(network: Network) -> list[str]:
    """Addresses of every kind's list, and of the ways in which people use the list of members."""
    base = f"/n/{network.slug}"
    lists = [f"{base}/{kind.plural}/" for kind in KINDS.values() if kind.name != "note"]
    members = f"{base}/members/"
    uses = [
        "?q=kayak",
        "?q=b",
        "?state=active",
        "?sort=-joined_on",
        "?sort=state",
        "?page=150",
        "?archived=1",
        "?sides=provider",
    ]
    others = [
        f"{base}/people/?q=an",
        f"{base}/needs/?q=guests",
        f"{base}/relationships/?q=hotel",
        f"{base}/members/pick?q=fj",
        f"/palette/?network={network.slug}&q=fj",
    ]
    return [*lists, *(members + use for use in uses), *others]


def measured(client: Client, path: str, runs: int) -> tuple[float, float, int]:
    """Median milliseconds by the clock and of this process's own work, and number of queries, of one page."""
    queries: list[str] = []

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append(sql)
        return execute(sql, params, many, context)

    client.get(path)
    with connection.execute_wrapper(noted):
        answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    times, work = [], []
    for _run in range(runs):
        started, worked = time.perf_counter(), time.process_time()
        client.get(path)
        times.append((time.perf_counter() - started) * 1000)
        work.append((time.process_time() - worked) * 1000)
    return statistics.median(times), statistics.median(work), len(queries)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    network = network_of(chosen.members)
    client = Client()
    client.force_login(User.objects.get(email=_OWNER))
    print(f"{connection.vendor}, {network.members_there} members, median of {chosen.runs}")
    slow = 0
    for path in pages(network):
        milliseconds, work, queries = measured(client, path, chosen.runs)
        over = milliseconds > LIMIT_MS or queries > LIMIT_QUERIES
        slow += over
        print(
            f"{'!' if over else ' '} {milliseconds:7.1f} ms (work {work:5.1f})  {queries:3d} queries  {path}",
            flush=True,
        )
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
