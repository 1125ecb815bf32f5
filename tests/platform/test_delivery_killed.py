"""A worker killed with SIGKILL while it sends: nothing is lost, and what is repeated carries the id it had before."""

import ipaddress
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.platform.killing import POINTS, Worker, counting, nursery
from tests.platform.receiving import Receiver, is_signed

from unisono.areas.network import actions
from unisono.areas.network.models import Membership, Network
from unisono.platform import delivery, mail, webhooks
from unisono.platform.actor import Actor
from unisono.platform.models import Event, Outgoing

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="kills processes as Linux does"),
]
SEED = 20261127
MESSAGES = 4
Start = Callable[[int], Worker]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_ALLOW_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    receiving = Receiver()
    yield receiving
    receiving.end()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Start]:
    """`worker(step)` sends what is due, in a process of its own that dies at this step; 0 is never reached."""
    mails = (tmp_path / "mail").as_uri()
    with nursery(UNISONO_OUTBOUND_ALLOW_NETWORKS='["127.0.0.0/8"]', UNISONO_EMAIL_URL=mails) as start:
        yield lambda step: start("outbox", step)


def _leases_run_out() -> None:
    """As three minutes later."""
    Outgoing._base_manager.exclude(lease=None).update(next_at=timezone.now())


def _queue(actor: Actor, receiver: Receiver) -> tuple[list[str], str]:
    """Messages to one webhook; gives their ids and the secret."""
    endpoint, secret = webhooks.add_webhook(actor=actor, name="Our site", url=receiver.url)
    sent = [webhooks.test_webhook(actor=actor, webhook_id=endpoint.pk) for _number in range(MESSAGES)]
    return [f"msg_{each.pk.hex}" for each in sent], secret


def _check(receiver: Receiver, ids: list[str], secret: str, kills: int) -> None:
    """All arrived, under their own ids, with one body each; so many were repeated as tries were cut short at most."""
    counts = Counter(receiver.ids())
    assert set(counts) == set(ids), "nothing is lost, nothing is invented"
    assert sum(counts.values()) - len(ids) <= kills
    bodies: dict[str, set[bytes]] = {}
    for headers, body in receiver.taken:
        assert is_signed(secret, headers, body)
        bodies.setdefault(headers["webhook-id"], set()).add(body)
    assert all(len(each) == 1 for each in bodies.values())
    assert set(Outgoing._base_manager.values_list("state", flat=True)) == {"sent"}


def test_killed_at_any_step_nothing_is_lost_and_repeats_can_be_told(
    actor: Actor, receiver: Receiver, worker: Start
) -> None:
    with counting(lambda number: None) as steps:
        ids, secret = _queue(actor, receiver)
        delivery.deliver_due()
    total = steps[0]
    Outgoing._base_manager.all().delete()
    receiver.taken.clear()
    ids = [f"msg_{webhooks.test_webhook(actor=actor, webhook_id=hook.pk).pk.hex}"
           for hook in webhooks.webhooks_of(actor) for _number in range(MESSAGES)]  # fmt: skip
    chance, kills = random.Random(SEED), 0
    for _number in range(max(3, POINTS)):
        process = worker(chance.randint(1, max(2, total // 2)))
        kills += process.wait() == -signal.SIGKILL
        acknowledged = set(Outgoing._base_manager.filter(state="sent").values_list("pk", flat=True))
        assert {f"msg_{pk.hex}" for pk in acknowledged} <= set(receiver.ids()), "what is noted as taken was taken"
        _leases_run_out()
    assert kills
    assert worker(0).wait() == 0
    _check(receiver, ids, secret, kills)


def test_killed_while_the_receiver_answers_it_is_sent_again_with_the_same_id(
    actor: Actor, receiver: Receiver, worker: Start
) -> None:
    ids, secret = _queue(actor, receiver)
    chance, kills = random.Random(SEED + 1), 0
    for _number in range(2):
        process, heard, wanted = None, threading.Event(), len(receiver.taken) + chance.randint(1, 2)

        def on_request(wanted: int = wanted, heard: threading.Event = heard) -> None:
            if len(receiver.taken) == wanted:
                heard.set()
                threading.Event().wait(0.3)

        receiver.on_request = on_request
        process = worker(0)
        if heard.wait(30):
            process.kill()
        kills += process.wait() == -signal.SIGKILL
        _leases_run_out()
    assert kills
    receiver.on_request = lambda: None
    assert worker(0).wait() == 0
    _check(receiver, ids, secret, kills)


def test_a_mail_killed_amid_its_sending_arrives_with_the_same_message_id(worker: Start, tmp_path: Path) -> None:
    with transaction.atomic():
        queued = mail.send(to="marit@example.org", template="test")
    died = 0
    for step in (2, 4, 5, 6, 7):
        died += worker(step).wait() == -signal.SIGKILL
        _leases_run_out()
    assert died
    assert worker(0).wait() == 0
    texts = [path.read_text() for path in (tmp_path / "mail").iterdir()]
    assert texts
    assert all(f"Message-ID: <{queued.pk}@localhost>" in text for text in texts)
    kept = Outgoing._base_manager.get()
    assert (kept.state, kept.payload) == ("sent", {})


_ADD = """
import os, sys, uuid
import django
django.setup()
from tests.platform.killing import POINTS, Worker, counting, nursery, kill_at
from unisono.areas.network import actions
from unisono.areas.network.models import Network
from unisono.platform.actor import actor_of
from unisono.platform.models import User, Workspace
from unisono.platform.tenancy import workspace_scope

workspace = Workspace.objects.get()
with workspace_scope(workspace.pk):
    actor = actor_of(User.objects.get(email="ingrid@example.org"), workspace)
    with counting(kill_at(int(sys.argv[1]))) as steps:
        actions.add_member(actor=actor, network=Network.objects.get(), values={"name": sys.argv[2]})
print(steps[0])
"""


def test_a_change_and_its_message_are_kept_together_or_not_at_all(
    actor: Actor, network: Network, receiver: Receiver, tmp_path: Path
) -> None:
    webhooks.add_webhook(actor=actor, name="Our site", url=receiver.url, kinds=["member.added"])
    with counting(lambda number: None) as steps:
        actions.add_member(actor=actor, network=network, values={"name": "Rehearsal"})
    database = connection.settings_dict
    address = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        secret = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
        where = f"{database['USER']}{secret}@{database['HOST']}:{database['PORT'] or 5432}"
        address = f"postgresql://{where}/{database['NAME']}"
    told = {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "unisono.config.settings"}
    chance = random.Random(SEED + 2)
    points = sorted({*(chance.randint(1, steps[0]) for _number in range(POINTS)), steps[0]})
    died = 0
    for step in points:
        name = f"Member {step}"
        process = subprocess.run(
            [sys.executable, "-c", _ADD, str(step), name], env=os.environ | told, cwd=Path(__file__).parents[2],
            capture_output=True, check=False,
        )  # fmt: skip
        died += process.returncode == -signal.SIGKILL
        there = list(Membership.objects.filter(organization__name=name).values_list("pk", flat=True))
        events = Event.objects.filter(kind="member.added", subject_id__in=there).count()
        bodies = [json.loads(each.payload["body"]) for each in Outgoing._base_manager.filter(purpose="member.added")]
        subjects = [key for body in bodies if (key := body["data"]["subject"]["id"]) in set(map(str, there))]
        assert len(there) == events == len(subjects), f"step {step}"
        assert len(bodies) == Membership.objects.count(), "no message without its change"
    assert died
