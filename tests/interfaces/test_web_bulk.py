"""Bulk edits from a list page, by API and by command."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from unisono.areas.network.bulk import get_bulk_edit
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import BulkEdit, Membership, Network
from unisono.areas.network.queries import select
from unisono.cli.commands import unisono
from unisono.platform.actor import Actor

AddMember = Callable[..., Membership]


@pytest.fixture
def members(add_member: AddMember) -> list[Membership]:
    return [add_member("Lærdal Smoked Trout", tier="Gold"), add_member("Hotel Utsikten", tier="Basic")]


def tiers(actor: Actor, network: Network) -> list[str]:
    return [member.tier for member in select(actor, network, MEMBER, sort="name")]


def test_marked_rows_are_previewed_changed_and_taken_back(
    page_client: Client, actor: Actor, network: Network, members: list[Membership]
) -> None:
    path = f"/n/{network.slug}/members/"
    assert str(members[0].pk) in page_client.get(path).content.decode()
    sent: dict[str, Any] = {"ids": [str(member.pk) for member in members], "list": "q=&sort=name", "what": "tier"}
    assert "See what it would do" in page_client.post(f"{path}bulk", sent).content.decode()
    sent |= {"tier": "Silver"}
    page = page_client.post(f"{path}bulk", {**sent, "do": "preview"}).content.decode()
    assert "Change 2 members" in page and "Gold" in page and "Basic" in page
    assert tiers(actor, network) == ["Basic", "Gold"]
    answer = page_client.post(f"{path}bulk", {**sent, "do": "apply", "expected": "2"})
    assert answer["Location"] == f"{path}?q=&sort=name"
    assert tiers(actor, network) == ["Silver", "Silver"]
    edit = BulkEdit.objects.get()
    undo = f"/n/{network.slug}/bulk/{edit.pk}/undo"
    assert undo in page_client.get(path).content.decode()
    page_client.post(undo)
    assert tiers(actor, network) == ["Basic", "Gold"]


def test_all_that_match_and_what_is_refused(
    page_client: Client, actor: Actor, network: Network, members: list[Membership]
) -> None:
    path = f"/n/{network.slug}/members/bulk"
    sent = {"all": "1", "list": "tier=Gold", "what": "+state", "state": "exited"}
    page = page_client.post(path, {**sent, "do": "preview"}).content.decode()
    assert "A member leaves for a reason." in page and "Lærdal Smoked Trout" in page and "Nothing would change" in page
    sent["reason"] = "Closed down."
    page_client.post(path, {**sent, "do": "apply"})
    assert [m.state for m in select(actor, network, MEMBER, sort="name")] == ["active", "exited"]
    page = page_client.get(f"/n/{network.slug}/bulk/{BulkEdit.objects.get().pk}/").content.decode()
    assert "1 record was changed." in page
    answer = page_client.post(
        path, {"ids": [str(members[0].pk)], "what": "size_class", "size_class": "x", "do": "preview"}
    )
    assert answer.status_code == 422
    assert page_client.post(path, {"do": "preview"}).status_code == 422


def test_not_filled_in_counts_among_several_values(
    page_client: Client, actor: Actor, network: Network, members: list[Membership], add_member: AddMember
) -> None:
    """The list shows Gold and those without a tier; the change reaches the same ones."""
    add_member("Aurland Cider")
    path, asked = f"/n/{network.slug}/members/", "tier=Gold&tier="
    page = page_client.get(f"{path}?{asked}").content.decode()
    assert "Aurland Cider" in page and "Lærdal Smoked Trout" in page and "Hotel Utsikten" not in page
    sent = {"all": "1", "list": asked, "what": "tier", "tier": "Silver", "do": "apply"}
    page_client.post(f"{path}bulk", sent)
    assert tiers(actor, network) == ["Silver", "Basic", "Silver"]


def test_bulk_by_api(
    make_api: Callable[..., Client], actor: Actor, network: Network, members: list[Membership]
) -> None:
    client, path = make_api("read", "write"), f"/api/v1/networks/{network.slug}/bulk"

    def post(to: str, body: dict[str, Any]) -> Any:
        return client.post(to, json.dumps(body), content_type="application/json")

    body = {"record_kind": "member", "filters": {"tier": ["Gold"]}, "set": {"tier": "Silver"}, "dry_run": True}
    seen = post(path, body).json()
    assert seen["counts"] == {"selected": 1, "changed": 1, "same": 0, "refused": 0} and seen["id"] is None
    assert tiers(actor, network) == ["Basic", "Gold"]
    made = post(path, {**body, "dry_run": False, "expected": 1})
    assert (made.status_code, made.json()["state"]) == (201, "applied")
    assert tiers(actor, network) == ["Basic", "Silver"]
    base = f"{path}/{made.json()['id']}"
    assert client.get(base).json()["counts"]["changed"] == 1
    assert post(f"{base}/undo", {}).json()["state"] == "undone"
    assert tiers(actor, network) == ["Basic", "Gold"]
    assert post(f"{base}/undo", {}).status_code == 409
    assert post(path, {"record_kind": "member", "set": {"name": "x"}}).status_code == 422


def test_bulk_by_command(actor: Actor, network: Network, members: list[Membership]) -> None:
    def run(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(unisono, ["bulk", *arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == code, result.stderr
        return json.loads(result.stdout) if result.stdout else None

    seen = run("member", "--filter", "tier=Gold", "--set", "tier=Silver", "--dry-run")
    assert seen["counts"]["changed"] == 1 and tiers(actor, network) == ["Basic", "Gold"]
    made = run("member", "--all", "--set", "tier=Silver", "--add-tag", "host")
    assert made["counts"]["changed"] == 2 and tiers(actor, network) == ["Silver", "Silver"]
    run("member", "--set", "tier=Silver", code=2)
    assert run("undo", made["id"])["counts"]["restored"] == 2
    assert tiers(actor, network) == ["Basic", "Gold"]
    assert get_bulk_edit(actor, network, made["id"]).state == "undone"
