"""Erasing a person through page, API and command: the same outcome, and only after somebody said yes."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Comment, Membership, Network
from unisono.cli.commands import unisono
from unisono.platform import outbox
from unisono.platform.accounts import create_workspace
from unisono.platform.actor import Actor
from unisono.platform.models import Erasure


@pytest.fixture
def person(actor: Actor, network: Network, add_member: Callable[..., Membership], settings: Any, tmp_path: Path) -> Any:
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"
    member = add_member("Hotel Utsikten")
    values = {"name": "Marit Lie", "email": "marit@example.org", "organizations": [member.organization_id]}
    found = actions.add_record(actor=actor, network=network, kind=KINDS["person"], values=values)
    note = {"membership": member.pk, "text": "Marit Lie called."}
    actions.add_record(actor=actor, network=network, kind=KINDS["note"], values=note)
    return found


def _page(person: Any, network: Network, page: Client, api: Client) -> None:
    address = f"/n/{network.slug}/people/{person.pk}/erase"
    assert address in page.get(f"/n/{network.slug}/people/{person.pk}/").content.decode()
    shown = page.get(address).content.decode()
    assert "Erase Marit Lie" in shown and "What stays" in shown
    assert page.post(address).status_code == 422
    assert not Erasure.objects.exists()
    assert page.post(address, {"agreed": "1"}).status_code == 302


def _api(person: Any, network: Network, page: Client, api: Client) -> None:
    address = f"/api/v1/networks/{network.slug}/people/{person.pk}/erasure"
    assert api.get(address).json()["counts"]["mentions in other texts"] == 1
    assert api.post(address).json()["person_id"] == str(person.pk)
    assert [row["person_id"] for row in api.get("/api/v1/erasures").json()["items"]] == [str(person.pk)]


def _command(person: Any, network: Network, page: Client, api: Client) -> None:
    told = CliRunner().invoke(unisono, ["person", "erase", "Marit Lie"])
    assert told.exit_code == 2 and "--yes" in told.stderr
    assert not Erasure.objects.exists()
    assert CliRunner().invoke(unisono, ["person", "erase", "Marit Lie", "--yes"]).exit_code == 0
    assert str(person.pk) in CliRunner().invoke(unisono, ["person", "erased"]).stdout


@pytest.mark.parametrize("door", [_page, _api, _command])
def test_every_door_erases(
    door: Callable[..., None], person: Any, network: Network, page_client: Client, make_api: Callable[..., Client]
) -> None:
    """Looked at first, then done: the person's row says nothing any more, the note no longer names them."""
    door(person, network, page_client, make_api("read", "erase"))
    person.refresh_from_db()
    assert (person.name, person.email) == ("(erased)", "")
    assert KINDS["note"].model.objects.get().text == "(erased) called."
    assert page_client.get(f"/n/{network.slug}/people/{person.pk}/").status_code == 404


def test_only_an_owner_erases(
    person: Any, network: Network, make_actor: Callable[..., Actor], make_api: Callable[..., Client]
) -> None:
    """An orchestrator, and an owner's token without the scope: refused."""
    address = f"/api/v1/networks/{network.slug}/people/{person.pk}/erasure"
    assert make_api("read", "erase", acting=make_actor("orchestrator")).post(address).status_code == 403
    assert make_api("read", "write").post(address).status_code == 403
    words = ["person", "erase", "Marit Lie", "--yes", "--as", "orchestrator@example.org"]
    assert CliRunner().invoke(unisono, words).exit_code == 5
    person.refresh_from_db()
    assert person.name == "Marit Lie"


def test_everything_about_a_person_leaves_by_every_door(
    person: Any, actor: Actor, network: Network, page_client: Client, make_api: Callable[..., Client], tmp_path: Path
) -> None:
    """Fields, roles, texts that name them, events, a file that names them: the same zip by page, API and command."""
    member = Membership.objects.get()
    role = {"person": person.pk, "role_type": "mobiliser", "tasks": "Brings people together"}
    actions.add_record(actor=actor, network=network, kind=KINDS["role"], values=role)
    for name, content in (("letter.txt", b"Dear Marit Lie"), ("plan.txt", b"Nobody is named")):
        actions.attach_file(actor=actor, network=network, membership_id=member.pk, name=name, chunks=[content])
    archives = [
        b"".join(page_client.get(f"/n/{network.slug}/people/{person.pk}/everything")),
        b"".join(make_api("read", "configure").get(f"/api/v1/networks/{network.slug}/people/{person.pk}/everything")),
    ]
    file = tmp_path / "marit.zip"
    assert CliRunner().invoke(unisono, ["person", "everything", "Marit Lie", str(file)]).exit_code == 0
    for archive in (*archives, file.read_bytes()):
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            told = json.loads(opened.read("person.json"))
            assert [name.rpartition("-")[2] for name in opened.namelist()[1:]] == ["letter.txt"]
        assert told["person"]["E-mail"] == "marit@example.org"
        assert told["records"]["roleassignment"][0]["tasks"] == "Brings people together"
        assert told["named_in"][0]["texts"]["text"] == "Marit Lie called."
        assert told["events"][0] == {**told["events"][0], "kind": "person.added"}


def test_only_who_leads_the_network_hands_it_out(
    person: Any, network: Network, make_actor: Callable[..., Actor], make_api: Callable[..., Client]
) -> None:
    """A contact person is refused, an orchestrator is not."""
    address = f"/api/v1/networks/{network.slug}/people/{person.pk}/everything"
    assert make_api("read", "configure", acting=make_actor("contact_person")).get(address).status_code == 403
    assert make_api("read", "configure", acting=make_actor("orchestrator")).get(address).status_code == 200


def test_what_other_networks_and_workspaces_know_stays_there(
    person: Any, actor: Actor, network: Network, page_client: Client
) -> None:
    """Mail to the same address from next door, and what is said in another network, are not this network's to give."""
    beside = actions.create_network(actor=actor, values={"name": "Harvester"})
    Comment.objects.create(network=beside, record_kind="person", record_id=person.pk, text="Said elsewhere")
    other, _owner = create_workspace(name="Next door", owner_email="stranger@example.com")
    for workspace_id in (other.pk, network.workspace_id):
        outbox.put(kind="mail", purpose="mention", recipient=person.email, payload={}, workspace_id=workspace_id)
    archive = b"".join(page_client.get(f"/n/{network.slug}/people/{person.pk}/everything"))
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        told = json.loads(opened.read("person.json"))
    assert (told["comments"], len(told["mail"])) == ([], 1)
