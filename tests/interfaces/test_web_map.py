"""The map's pages: what the frame holds, what the drawing is given, the card of a member, the way between two."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from unisono.areas.network import actions
from unisono.areas.network.kinds import NEED, RELATIONSHIP
from unisono.areas.network.models import Membership, Network, NetworkPicture
from unisono.cli.commands import unisono
from unisono.platform.actor import Actor
from unisono.platform.models import User

AddMember = Callable[..., Membership]
Renewed = Callable[[Client], None]
MAP = "/n/fjord-and-valley/map/"


@pytest.fixture
def members(actor: Actor, network: Network, add_member: AddMember) -> list[Membership]:
    """Three members in a row, and one alone."""
    found = [add_member(name, tier=tier) for name, tier in (("Anna", "Gold"), ("Bo", ""), ("Cato", ""), ("Dag", ""))]
    for one, other in ((0, 1), (1, 2)):
        values = {"first": found[one].pk, "second": found[other].pk, "kinds": ["supply"]}
        actions.add_record(actor=actor, network=network, kind=RELATIONSHIP, values=values, state="active")
    return found


def run_command(*arguments: str) -> Result:
    return CliRunner().invoke(unisono, arguments)


@pytest.fixture
def renewed(django_capture_on_commit_callbacks: Any) -> Callable[[Client], None]:
    """Draw the map: the job begins when what queued it has committed."""

    def draw(client: Client) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(f"{MAP}renew").status_code == 302

    return draw


def test_the_first_opening_starts_the_drawing_by_itself(
    page_client: Client, renewed: Renewed, members: list[Membership]
) -> None:
    page = page_client.get(MAP).content.decode()
    assert f'hx-post="{MAP}renew" hx-trigger="load"' in page
    renewed(page_client)
    page = page_client.get(MAP).content.decode()
    assert "1 member has no relation to any other. Whom would you introduce it to?" in page
    assert "/members/?position=isolated" in page
    assert "KIJIMA-R6" in page


def test_the_page_keeps_to_twelve_queries(page_client: Client, renewed: Renewed, members: list[Membership]) -> None:
    renewed(page_client)
    for address in (MAP, f"{MAP}data", f"{MAP}members/{members[1].pk}/"):
        with CaptureQueriesContext(connection) as queries:
            assert page_client.get(address).status_code == 200
        assert len(queries) <= 16, address


def test_an_empty_network_is_told_what_the_map_will_show(
    page_client: Client, renewed: Renewed, network: Network
) -> None:
    renewed(page_client)
    page = page_client.get(MAP).content.decode()
    assert "Nobody to draw yet" in page
    assert "data-map-canvas" not in page


def test_an_observer_waits_for_somebody_who_may_draw(
    make_actor: Callable[..., Actor], network: Network, members: list[Membership]
) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=make_actor("observer", network=network).user_id))
    page = client.get(MAP).content.decode()
    assert "The map is not drawn yet" in page
    assert "hx-post" not in page.partition("<main")[2]


def test_the_drawing_gets_members_ties_and_words(
    page_client: Client, renewed: Renewed, members: list[Membership]
) -> None:
    renewed(page_client)
    shown = json.loads(page_client.get(f"{MAP}data").content)
    assert shown["members"]["name"] == ["Anna", "Bo", "Cato", "Dag"]
    assert shown["members"]["relations"] == [1, 2, 1, 0]
    assert shown["ties"] == {"first": [0, 1], "second": [1, 2], "is_mixed": [0, 0]}
    assert [field["label"] for field in shown["fields"]][:1] == ["State"]
    assert shown["words"]["never"]
    assert page_client.get(f"{MAP}ties?source=capability").json()["is_derived"]
    assert page_client.get(f"{MAP}ties?source=friendship").status_code == 422


def test_a_card_says_who_it_is_and_with_whom_it_works(
    page_client: Client, renewed: Renewed, actor: Actor, network: Network, members: list[Membership]
) -> None:
    values = {"membership": members[1].pk, "statement": "Guests in November"}
    actions.add_record(actor=actor, network=network, kind=NEED, values=values)
    renewed(page_client)
    card = page_client.get(f"{MAP}members/{members[1].pk}/").content.decode()
    for words in ("Bo", "Guests in November", "Works with 2 members", "Anna", "Cato", "supplies or buys"):
        assert words in card
    assert "If it left, 1 other would lose its way to the rest." in card


def test_the_way_between_two_members(page_client: Client, members: list[Membership]) -> None:
    # As a picker sends it: what was chosen, and an empty field.
    way = page_client.get(f"{MAP}way", {"from": [members[0].pk, ""], "to": "Cato"}).content.decode()
    assert "1 member stands between them." in way
    assert "No relations lead" in page_client.get(f"{MAP}way", {"from": "Anna", "to": "Dag"}).content.decode()
    assert "Two members are needed." in page_client.get(f"{MAP}way", {"from": "Anna"}).content.decode()


def test_the_same_figures_and_ways_through_api_and_command(
    page_client: Client, renewed: Renewed, make_api: Callable[..., Client], members: list[Membership]
) -> None:
    renewed(page_client)
    client = make_api("read")
    figures = client.get("/api/v1/networks/fjord-and-valley/map/figures").json()
    printed = json.loads(run_command("map", "figures", "--json").stdout)
    assert [f["value"] for f in figures["items"]] == [f["value"] for f in printed["items"]]
    assert len(figures["items"]) > 15
    assert figures["changes_since"] == 0
    address = f"/api/v1/networks/fjord-and-valley/members/{members[0].pk}/way"
    assert [m["name"] for m in client.get(address, {"to": "Cato"}).json()["members"]] == ["Anna", "Bo", "Cato"]
    assert json.loads(run_command("map", "path", "Anna", "Cato", "--json").stdout)["length"] == 2
    assert run_command("map", "path", "Anna", "Nobody").exit_code == 2
    assert client.get("/api/v1/networks/fjord-and-valley/map").json()["members"]["name"][0] == "Anna"


def test_a_picture_of_an_earlier_version_asks_to_be_drawn_again(
    page_client: Client, renewed: Renewed, members: list[Membership], network: Network
) -> None:
    """A measure that did not exist yet is said to be missing; it is not shown as nothing."""
    renewed(page_client)
    assert "earlier version" not in page_client.get(MAP).content.decode()
    assert json.loads(page_client.get(f"{MAP}data").content)["is_old"] is False
    picture = NetworkPicture.objects.get(network=network)
    figures = {name: value for name, value in picture.figures.items() if name != "left_at_random"}
    NetworkPicture.objects.filter(pk=picture.pk).update(algorithm="network-picture/1", figures=figures)
    page = page_client.get(MAP).content.decode()
    assert "Draw it anew to have them all." in page
    assert "is missing in this picture: draw it again." in page
    assert json.loads(page_client.get(f"{MAP}data").content)["is_old"] is True


def test_the_map_offers_its_members_and_relations_as_files(
    page_client: Client, renewed: Renewed, members: list[Membership], actor: Actor
) -> None:
    """Each entry of the menu hands out what the map shows: members that take part, with their relations."""
    Membership.objects.filter(pk=members[3].pk).update(state="exited")
    renewed(page_client)
    page = page_client.get(MAP).content.decode()
    links = re.findall(r'href="([^"]+)" data-map-export="(\w+)"', page)
    assert [name for _link, name in links] == ["graphml", "gexf", "kumu", "zip"]
    for link, _name in links:
        answer = page_client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if b"<graphml" in content:
            assert content.count(b"<node ") == 3
            assert content.count(b"<edge ") == 2
