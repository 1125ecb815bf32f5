"""Saved views on list pages, by API and by command."""

import json
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from unisono.areas.network import actions
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries import get_view, views_of
from unisono.cli.commands import unisono
from unisono.platform.accounts import ensure_user, give_role
from unisono.platform.actor import Actor
from unisono.platform.models import User

AddMember = Callable[..., Membership]


def test_a_list_is_kept_opened_changed_and_removed_on_its_page(
    page_client: Client, actor: Actor, network: Network, add_member: AddMember
) -> None:
    add_member("Lærdal Smoked Trout", tier="Gold")
    add_member("Hotel Utsikten", tier="Basic")
    path = f"/n/{network.slug}/members/"
    sent = {"tier": "Gold", "columns": ["name", "tier"], "view_name": "Gold", "view_pinned": "on"}
    answer = page_client.post(f"{path}views", sent)
    [view] = views_of(actor, network)
    assert answer["Location"] == f"{path}?tier=Gold&view={view.pk}"
    with CaptureQueriesContext(connection) as asked:
        page = page_client.get(answer["Location"]).content.decode()
    assert len(asked.captured_queries) <= 12
    assert "Lærdal Smoked Trout" in page and "Hotel Utsikten" not in page and 'data-label="Tags"' not in page
    assert "Pinned views" in page and "Changed since" not in page
    assert page_client.get(f"{path}?view={view.pk}")["Location"] == answer["Location"]

    assert "Changed since" in page_client.get(f"{path}?tier=Basic&view={view.pk}").content.decode()
    page_client.post(f"/n/{network.slug}/views/{view.pk}/change", {"keep": "1", "tier": "Basic", "columns": ["name"]})
    kept = get_view(actor, network, view.pk)
    assert (kept.filters, kept.columns, kept.name) == ({"tier": ["Basic"]}, ["name"], "Gold")
    page_client.post(f"/n/{network.slug}/views/{view.pk}/mark", {"default": "1"})
    assert page_client.get(path)["Location"] == f"{path}?tier=Basic&view={view.pk}"
    assert page_client.get(f"{path}?view=all").status_code == 200

    answer = page_client.post(f"/n/{network.slug}/views/{view.pk}/remove", follow=True)
    undo = f"/n/{network.slug}/views/{view.pk}/restore"
    assert undo in answer.content.decode()
    assert "This view is not there" in page_client.get(f"{path}?view={view.pk}").content.decode()
    page_client.post(undo)
    assert get_view(actor, network, view.pk).pinned


def test_a_view_whose_value_is_gone_says_so(
    page_client: Client, actor: Actor, network: Network, add_member: AddMember
) -> None:
    member = add_member("Lærdal Smoked Trout", tier="Gold")
    view = actions.save_view(actor=actor, network=network, kind=MEMBER, name="Gold", filters={"tier": ["Gold"]})
    actions.edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Silver"})
    page = page_client.get(f"/n/{network.slug}/members/?tier=Gold&view={view.pk}").content.decode()
    assert "Something in this view is gone" in page and "“Gold”" in page


def test_a_view_by_api(make_api: Callable[..., Client], network: Network, actor: Actor) -> None:
    client, base = make_api("read", "write"), f"/api/v1/networks/{network.slug}/views"
    body = {"record_kind": "member", "name": "Gold", "filters": {"tier": ["Gold"]}, "shared": True, "pinned": True}
    answer = client.post(base, json.dumps(body), content_type="application/json")
    assert answer.status_code == 201
    view = answer.json()
    assert (view["filters"], view["shared"], view["pinned"], view["mine"]) == ({"tier": ["Gold"]}, True, True, True)
    answer = client.patch(
        f"{base}/{view['id']}", '{"name": "Golden", "pinned": false}', content_type="application/json"
    )
    assert (answer.json()["name"], answer.json()["pinned"], answer.json()["shared"]) == ("Golden", False, True)
    assert [each["name"] for each in client.get(f"{base}?record_kind=member").json()["items"]] == ["Golden"]
    assert client.delete(f"{base}/{view['id']}").status_code == 204
    assert client.get(f"{base}/{view['id']}").status_code == 404
    assert client.post(f"{base}/{view['id']}/restore").json()["name"] == "Golden"
    wrong = client.post(base, '{"record_kind": "hat", "name": "x"}', content_type="application/json")
    assert (wrong.status_code, wrong.json()["problems"][0]["place"]) == (422, "record_kind")


def test_a_view_of_somebody_else_is_taken_from_everybody(
    make_api: Callable[..., Client], page_client: Client, network: Network, make_actor: Callable[..., Actor]
) -> None:
    orchestrator = make_actor("orchestrator")

    def shared(name: str) -> Any:
        return actions.save_view(actor=orchestrator, network=network, kind=MEMBER, name=name, shared=True)

    address = f"/api/v1/networks/{network.slug}/views/{shared('Gold').pk}"
    answer = make_api("read", "write", "configure").patch(address, '{"shared": false}', content_type="application/json")
    assert (answer.status_code, answer.json()["shared"]) == (200, False)
    answer = page_client.post(f"/n/{network.slug}/views/{shared('Silver').pk}/change", {"shared": "0"}, follow=True)
    assert answer.status_code == 200
    named = shared("Bronze").name
    assert CliRunner().invoke(unisono, ["views", "change", named, "--keep"]).exit_code == 0


def test_a_view_by_command(network: Network, actor: Actor, add_member: AddMember) -> None:
    add_member("Lærdal Smoked Trout", tier="Gold")
    add_member("Hotel Utsikten", tier="Basic")

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(unisono, ["views", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    run("save", "member", "Gold", "--filter", "tier=Gold", "--pin", "--columns", "name,tier")
    assert "Lærdal Smoked Trout" in run("records", "gold") and "Hotel" not in run("records", "Gold")
    run("change", "Gold", "--name", "Golden", "--share", "--unpin")
    [view] = json.loads(run("list", "--json"))
    assert (view["name"], view["shared"], view["pinned"]) == ("Golden", True, False)
    run("remove", "Golden")
    assert json.loads(run("list", "--json")) == []
    run("restore", view["id"])
    assert "Golden" in run("list")


def test_columns_chosen_last_are_kept_for_the_person_and_the_list(
    page_client: Client, actor: Actor, network: Network, add_member: AddMember
) -> None:
    """They outlive the session, are one's own, and choosing those of one list leaves other lists and networks alone."""
    add_member("Lærdal Smoked Trout", tier="Gold")
    path = f"/n/{network.slug}/members/"
    assert (
        page_client.get(f"{path}?columns=name&columns=tier&columns=nothing&tier=Gold")["Location"]
        == f"{path}?tier=Gold"
    )
    page_client.get(f"/n/{network.slug}/people/?columns=name&columns=email")
    user = User.objects.get(pk=actor.user_id)
    assert user.list_columns == {str(network.pk): {"member": ["name", "tier"], "person": ["name", "email"]}}

    def shown(slug: str, user: User) -> str:
        client = Client()
        client.force_login(user)
        return client.get(f"/n/{slug}/members/").content.decode()

    page = shown(network.slug, user)
    assert 'data-label="Tier"' in page and 'data-label="Tags"' not in page
    colleague = ensure_user(email="kari@example.org")
    give_role(user=colleague, workspace=network.workspace, role="orchestrator")
    assert 'data-label="Tags"' in shown(network.slug, colleague)
    second = actions.create_network(actor=actor, values={"name": "Second"})
    actions.add_member(actor=actor, network=second, values={"name": "Vik Kayak"})
    assert 'data-label="Tags"' in shown(second.slug, user)
