"""Getting in by a one-time link, out again, and API tokens."""

import pytest
from django.test import Client

from unisono.areas.network.models import Network
from unisono.platform.accounts import actor_of_token, create_workspace, make_sign_in_link
from unisono.platform.models import User


@pytest.mark.django_db
def test_pages_ask_to_sign_in_and_lead_back(owner: User, network: Network) -> None:
    client = Client()
    wanted = f"/n/{network.slug}/people/"
    answer = client.get(wanted)
    assert answer.status_code == 302 and answer["Location"] == f"/sign-in/?next={wanted}"
    client.get(answer["Location"])
    link = f"/sign-in/{make_sign_in_link(owner)}/"
    for _scanner in range(2):
        page = client.get(link)
        assert page.status_code == 200 and "Sign in as Ingrid Solheim" in page.content.decode()
    before = client.session.session_key
    assert client.post(link)["Location"] == wanted
    assert client.session.session_key != before
    assert client.get(wanted).status_code == 200
    assert Client().post(link).status_code == 404
    client.post("/sign-out/")
    assert client.get(wanted).status_code == 302


def test_nobody_is_led_to_another_server(owner: User, network: Network) -> None:
    client = Client()
    client.get("/sign-in/?next=https://evil.example/")
    assert client.post(f"/sign-in/{make_sign_in_link(owner)}/?next=//evil.example/")["Location"] == "/"


def test_sign_out_is_no_link(page_client: Client) -> None:
    assert page_client.get("/sign-out/").status_code == 405


def test_a_token_is_shown_once_and_revoked(page_client: Client, network: Network) -> None:
    answer = page_client.post("/me/tokens/", {"name": "Report", "scopes": ["read"]})
    secret = answer.context["secret"]
    assert secret in answer.content.decode() and actor_of_token(secret) is not None
    again = page_client.get("/me/tokens/")
    assert secret not in again.content.decode() and "Report" in again.content.decode()
    page_client.post(f"/me/tokens/{answer.context['made'].pk}/revoke")
    assert actor_of_token(secret) is None
    assert page_client.post("/me/tokens/", {"name": "", "scopes": []}).status_code == 422


def test_workspaces_are_switched_only_to_ones_own(page_client: Client, owner: User, network: Network) -> None:
    second, _owner = create_workspace(name="Second", owner_email=owner.email)
    foreign, _stranger = create_workspace(name="Foreign", owner_email="stranger@example.org")
    assert page_client.post("/me/workspace", {"workspace": str(foreign.pk)}).status_code == 404
    assert page_client.get(f"/n/{network.slug}/members/").status_code == 200
    page_client.post("/me/workspace", {"workspace": str(second.pk)})
    assert page_client.get(f"/n/{network.slug}/members/").status_code == 404
    assert page_client.get("/")["Location"] == "/networks/new"


def test_one_opens_the_first_network(page_client: Client, owner: User) -> None:
    assert page_client.get("/")["Location"] == "/networks/new"
    answer = page_client.post("/networks/new", {"name": "Fjord", "time_zone": "Europe/Oslo"}, follow=True)
    assert "No members yet" in answer.content.decode()
