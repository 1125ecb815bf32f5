"""Processor time of bulk edits of a whole network and of taking them back, 10,000 members by default.

Uses the network of `list_pages.py` in the database that the environment names, and makes it once:

    UNISONO_DATA_DIR=bench-data python bench/bulk_edits.py --members 10000

Every edit is undone again, so that the next run finds the same. Exit code 1 when one takes more than 10 s.
"""

import argparse
import sys
import time
from typing import Any

from django.core.management import call_command
from list_pages import _OWNER, network_of

from unisono.areas.network.bulk import actions as bulk_actions
from unisono.areas.network.bulk import edit_many, preview_many, undo_many
from unisono.areas.network.kinds import MEMBER
from unisono.platform.actor import actor_of
from unisono.platform.models import User
from unisono.platform.tenancy import workspace_scope

LIMIT = 10.0
CHANGES: dict[str, dict[str, Any]] = {
    "a field of members": {"set": {"tier": "Bench"}},
    "a field of organisations": {"set": {"region": "Bench"}},
    "a tag": {"add_tags": "bench"},
    "a state": {"state": "exited", "reason": "Bench."},
    "putting away": {"archive": True},
}


def seconds_of(work: Any) -> tuple[float, Any]:
    """Processor time of one call, and what it gave."""
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


def main() -> int:
    """Print a line for each change: looking ahead, making it, taking it back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=10_000)
    members = parser.parse_args().members
    call_command("migrate", verbosity=0)
    # Done here and now, not by a worker.
    bulk_actions.AT_ONCE = sys.maxsize
    network = network_of(members)
    actor = actor_of(User.objects.get(email=_OWNER), network.workspace)
    assert actor is not None
    slowest = 0.0
    with workspace_scope(network.workspace_id):
        where: dict[str, Any] = {"actor": actor, "network": network}
        for name, change in CHANGES.items():
            asked: dict[str, Any] = {**where, "kind": MEMBER, "selection": {}, "change": change}
            ahead, _seen = seconds_of(lambda asked=asked: preview_many(**asked))
            making, edit = seconds_of(lambda asked=asked: edit_many(**asked))
            back, _undone = seconds_of(lambda edit=edit: undo_many(**where, edit_id=edit.pk))
            slowest = max(slowest, ahead, making, back)
            print(f"{name:26} {ahead:6.1f} s ahead {making:6.1f} s made {back:6.1f} s undone", flush=True)
    return int(slowest > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
