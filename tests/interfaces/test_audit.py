"""The log through its doors: page, API and command show and verify the same; only owners get in."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Membership, Network
from unisono.cli.commands import unisono
from unisono.platform.accounts import create_workspace
from unisono.platform.actor import Actor
from unisono.platform.audit import heads, seal_all, sealing, verifying
from unisono.platform.models import Event, User

CANARY = "kanarifugl-7315"


@pytest.fixture(autouse=True)
def own_heads(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of heads for each test."""
    settings.AUDIT_HEADS_FILE = tmp_path / "heads.jsonl"
    monkeypatch.setattr(sealing, "_followed", heads.Heads())
    monkeypatch.setattr(verifying, "_PATIENCE_SECONDS", 0.0)


def run(*words: str) -> Any:
    return CliRunner().invoke(unisono, ["audit", *words])


@pytest.fixture
def member(add_member: Callable[..., Membership]) -> Membership:
    return add_member("Hotel Utsikten", place="Aurland")


def test_every_door_shows_the_same(
    member: Membership, network: Network, actor: Actor, page_client: Client, make_api: Callable[..., Client]
) -> None:
    """What was done to one member, by page, API and command: the same events in the same order."""
    actions.edit_record(
        actor=actor, network=network, kind=KINDS["member"], record_id=member.pk, values={"tier": "Gold"}
    )
    command = [row["id"] for row in json.loads(run("list", "--record", str(member.pk), "--json").stdout)]
    answer = make_api("audit").get("/api/v1/audit", {"record": str(member.pk)})
    assert command == [row["id"] for row in answer.json()["items"]]
    assert len(command) == 2
    page = page_client.get("/audit/", {"record": str(member.pk)}).content.decode()
    assert page.count("Hotel Utsikten</a>") == 2
    assert "Gold" in page and "Ingrid Solheim" in page


def test_the_log_is_narrowed_by_person_kind_and_time(member: Membership, make_api: Callable[..., Client]) -> None:
    """Each filter leaves out what is asked for, and a day that is none is refused."""
    client = make_api("audit")

    def number(**parameters: str) -> int:
        return len(client.get("/api/v1/audit", parameters).json()["items"])

    assert number(kind="member") == 1
    assert number(kind="member.edited") == 0
    assert number(person="ingrid@example.org") == number()
    assert number(until="2020-01-01") == 0
    assert number(since="2020-01-01") == number()
    assert client.get("/api/v1/audit", {"since": "31.31.2020"}).status_code == 422


def test_the_log_does_not_tell_who_has_an_account_elsewhere(
    member: Membership, make_api: Callable[..., Client], page_client: Client
) -> None:
    """An address of another workspace's owner and one of nobody give the same answer, by each door."""
    create_workspace(name="Elsewhere", owner_email="elsewhere@example.org")
    client, answers = make_api("audit"), []
    for address in ("elsewhere@example.org", "nobody@example.org"):
        answer = client.get("/api/v1/audit", {"person": address})
        page = page_client.get("/audit/", {"person": address})
        command = run("list", "--person", address)
        assert answer.json()["items"] == []
        answers.append((answer.status_code, answer.content, page.status_code, command.exit_code, command.stdout))
    assert answers[0] == answers[1]


def test_pages_of_the_api_follow_each_other(member: Membership, make_api: Callable[..., Client]) -> None:
    """Following the cursor gives every event once."""
    client, found, address = make_api("audit"), [], ""
    while True:
        answer = client.get("/api/v1/audit", {"limit": 1, "cursor": address}).json()
        found += [row["id"] for row in answer["items"]]
        if not (address := answer["next"]):
            break
    assert sorted(found) == sorted(str(key) for key in Event.objects.values_list("pk", flat=True))


def test_the_log_leaves_as_a_file(member: Membership, page_client: Client, tmp_path: Path) -> None:
    """The page's export and the command's hold the same lines."""
    answer = b"".join(page_client.get("/audit/export", {"format": "csv", "kind": "member"}))
    assert b"member.added" in answer and b"organization.added" not in answer
    assert run("export", str(tmp_path / "log.csv"), "--kind", "member").exit_code == 0
    assert (tmp_path / "log.csv").read_bytes() == answer


@pytest.mark.django_db(transaction=True)
def test_verifying_through_every_door(member: Membership, page_client: Client, make_api: Callable[..., Client]) -> None:
    """A whole log is called sound, one that was changed is not: command by its exit status, job by its result."""
    seal_all()
    assert run("verify").exit_code == 0
    page_client.post("/audit/verify")
    assert "all are what they were" in page_client.get("/audit/").content.decode()
    Event.objects.filter(sequence=1).update(kind="member.removed")
    broken = run("verify", "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["workspaces"][0]["broken"] == {"rule": "seal", "sequence": 1}
    assert "Fjord cluster, event 1" in broken.stderr
    client = make_api("audit")
    job = client.post("/api/v1/audit/verify").json()
    assert client.get(f"/api/v1/jobs/{job['id']}").json()["result"]["sound"] is False
    page_client.post("/audit/verify")
    assert "The log is not what it was" in page_client.get("/audit/").content.decode()


@pytest.mark.parametrize("role", ["orchestrator", "contact_person", "observer"])
def test_only_an_owner_reads_the_log(
    role: str, member: Membership, make_actor: Callable[..., Actor], make_api: Callable[..., Client]
) -> None:
    """Whoever is no owner is refused by every door, and does not see the way to it."""
    other = make_actor(role)
    client = make_api("audit", "read", acting=other)
    assert client.get("/api/v1/audit").status_code == 403
    assert client.get("/api/v1/audit/export").status_code == 403
    assert client.post("/api/v1/audit/verify").status_code == 403
    assert run("list", "--as", f"{role}@example.org").exit_code == 5
    page = Client()
    page.force_login(User.objects.get(pk=other.user_id))
    assert page.get("/audit/").status_code == 403
    assert "/audit/" not in page.get("/", follow=True).content.decode()


def test_confidential_words_are_not_in_the_log(
    member: Membership, network: Network, actor: Actor, page_client: Client
) -> None:
    """A note of the care team and a person's values: named as changed, never shown, also not as a title."""
    note = {"membership": member.pk, "text": CANARY, "visibility": "care_team"}
    actions.add_record(actor=actor, network=network, kind=KINDS["note"], values=note)
    person = {"name": CANARY, "organizations": [member.organization_id], "phone": CANARY}
    actions.add_record(actor=actor, network=network, kind=KINDS["person"], values=person)
    assert CANARY not in json.dumps(list(Event.objects.values_list("changes", flat=True)))
    content = page_client.get("/audit/", {"kind": "note"}).content.decode()
    assert "Note" in content and CANARY not in content
    assert CANARY.encode() not in b"".join(page_client.get("/audit/export", {"format": "json"}))
