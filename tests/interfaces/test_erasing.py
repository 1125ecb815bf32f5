"""Erasing a person through page, API and command: the same outcome, and only after somebody said yes."""

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
