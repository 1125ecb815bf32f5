"""The team through pages, API and commands, and accepting an invitation in a browser."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from django.test import Client

from unisono.areas.network.models import Network
from unisono.cli.commands import unisono
from unisono.platform.accounts import ensure_user, make_sign_in_link
from unisono.platform.actor import Actor
from unisono.platform.invitations import find_invitation, invite, make_secret
from unisono.platform.models import Invitation, User, Workspace, WorkspaceRole

Commit = Callable[..., object]
PASSWORD = "correct horse battery staple"


def run(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(unisono, list(arguments), catch_exceptions=False)
    return answer.exit_code, answer.stdout


def role_of(email: str) -> list[tuple[str, bool]]:
    return [(r.role, r.network_id is None) for r in WorkspaceRole.objects.filter(user__email=email)]


def test_the_page_shows_the_team_and_invites(page_client: Client, network: Network, make_actor) -> None:
    make_actor("observer", network=network)
    page = page_client.get("/team/").content.decode()
    assert "observer@example.org" in page and network.name in page
    answer = page_client.post("/team/", {"email": "new@example.org", "role": "curator", "network": network.slug})
    assert answer["Location"] == "/team/"
    assert "new@example.org" in page_client.get("/team/").content.decode()
    again = page_client.post("/team/", {"email": "new@example.org", "role": "curator", "network": network.slug})
    assert again.status_code == 409 and "invited there already" in again.content.decode()
    bad = page_client.post("/team/", {"email": "nobody", "role": "curator", "network": ""})
    assert bad.status_code == 422 and 'value="nobody"' in bad.content.decode()
    assert page_client.post("/team/", {"email": "x@example.org", "role": "curator", "network": "no"}).status_code == 404


def test_the_page_changes_and_takes_roles(page_client: Client, owner: User, network: Network, make_actor) -> None:
    make_actor("observer")
    [role] = WorkspaceRole.objects.filter(user__email="observer@example.org")
    page_client.post(f"/team/roles/{role.pk}", {"role": "curator"})
    assert role_of("observer@example.org") == [("curator", True)]
    page_client.post(f"/team/roles/{role.pk}/take")
    assert role_of("observer@example.org") == []
    [mine] = WorkspaceRole.objects.filter(user=owner)
    assert page_client.post(f"/team/roles/{mine.pk}/take").status_code == 409


def test_the_page_sends_again_and_takes_back(page_client: Client, actor: Actor, network: Network) -> None:
    made = invite(actor=actor, email="new@example.org", role="curator")
    page_client.post(f"/team/invitations/{made.pk}/again")
    page_client.post(f"/team/invitations/{made.pk}/revoke")
    assert page_client.post(f"/team/invitations/{made.pk}/revoke").status_code == 409
    assert "new@example.org" not in page_client.get("/team/").content.decode()


def test_who_does_not_look_after_the_team_does_not_see_it(network: Network, make_actor) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=make_actor("contact_person").user_id))
    answer = client.get("/team/")
    assert answer.status_code == 403 and "ingrid@example.org" not in answer.content.decode()
    assert "/team/" not in client.get(f"/n/{network.slug}/members/").content.decode()


def test_an_orchestrator_is_not_offered_what_ranks_above(network: Network, make_actor) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=make_actor("orchestrator").user_id))
    page = client.get("/team/").content.decode()
    assert 'value="orchestrator"' in page and 'value="owner"' not in page
    assert client.post("/team/", {"email": "x@example.org", "role": "owner", "network": ""}).status_code == 403


@pytest.mark.parametrize("known", [False, True], ids=["unknown address", "known address"])
def test_an_invitation_is_accepted_in_a_browser(actor: Actor, network: Network, known: bool) -> None:
    """The page is the same for both, and so is what the button does: it signs in whoever holds the address."""
    if known:
        ensure_user(email="new@example.org")
    made = invite(actor=actor, email="new@example.org", role="curator", network_id=network.pk, network_name="Fjord")
    path = f"/invitation/{make_secret(made)}/"
    client = Client()
    for _scanner in range(2):
        page = client.get(path).content.decode()
        assert "You are invited to Fjord" in page and "Ingrid Solheim invites you" in page
    assert client.post(path)["Location"] == "/welcome/"
    assert "Say how you are called" in client.get("/welcome/").content.decode()
    bad = client.post("/welcome/", {"name": "Nina Ny", "password": "short", "repeated": "short"})
    assert bad.status_code == 422
    good = {"name": "Nina Ny", "password": PASSWORD, "repeated": PASSWORD}
    assert client.post("/welcome/", good)["Location"] == "/"
    assert client.get(f"/n/{network.slug}/members/").status_code == 200
    assert role_of("new@example.org") == [("curator", False)]
    assert Client().post("/sign-in/", {"login": "new@example.org", "password": PASSWORD}).status_code == 302
    over = Client().get(path)
    assert over.status_code == 404 and "can no longer be used" in over.content.decode()
    assert Client().post(path).status_code == 404


def test_the_pages_of_an_invitation_do_not_tell_whether_there_is_an_account(actor: Actor, network: Network) -> None:
    """Apart from the address itself and the token of the form, the pages for a known and an unknown one are equal."""
    ensure_user(email="knw@example.org", name="Known")
    pages = []
    for email in ("knw@example.org", "unk@example.org"):
        path = f"/invitation/{make_secret(invite(actor=actor, email=email, role='curator'))}/"
        page = Client().get(path)
        token = page.cookies["csrftoken"].value
        text = page.content.decode().replace(email, "…").replace(token, "")
        pages.append([line for line in text.splitlines() if "csrf" not in line])
    assert pages[0] == pages[1]


def test_somebody_else_who_is_signed_in_does_not_accept(actor: Actor, page_client: Client, network: Network) -> None:
    secret = make_secret(invite(actor=actor, email="new@example.org", role="curator"))
    page = page_client.get(f"/invitation/{secret}/").content.decode()
    assert "You are signed in as ingrid@example.org" in page
    assert page_client.post(f"/invitation/{secret}/").status_code == 403
    assert find_invitation(secret) is not None


def test_who_is_signed_in_accepts_without_signing_in_anew(actor: Actor, network: Network, make_actor) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=make_actor("observer", network=network).user_id))
    secret = make_secret(invite(actor=actor, email="observer@example.org", role="curator"))
    assert client.post(f"/invitation/{secret}/")["Location"] == "/welcome/"
    assert sorted(role_of("observer@example.org")) == [("curator", True), ("observer", False)]


def test_a_second_factor_is_asked_for_after_an_invitation(actor: Actor, network: Network) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    user = ensure_user(email="new@example.org", name="Nina")
    TOTP.activate(user, generate_totp_secret())
    secret = make_secret(invite(actor=actor, email="new@example.org", role="curator"))
    client = Client()
    assert client.post(f"/invitation/{secret}/")["Location"] == "/sign-in/code/"
    assert client.get(f"/n/{network.slug}/members/").status_code == 302


def test_the_api_does_the_same(make_api, actor: Actor, network: Network, make_actor) -> None:
    make_actor("observer")
    api = make_api("read", "team")
    post = {"content_type": "application/json"}
    answer = api.post(
        "/api/v1/team/invitations", {"email": "new@example.org", "role": "curator", "network": None}, **post
    )
    assert answer.status_code == 201 and "secret" not in answer.content.decode()
    key = answer.json()["id"]
    [listed] = api.get("/api/v1/team/invitations").json()["items"]
    assert (listed["id"], listed["email"], listed["network"]) == (key, "new@example.org", None)
    assert api.post(f"/api/v1/team/invitations/{key}/send-again").status_code == 200
    assert api.delete(f"/api/v1/team/invitations/{key}").status_code == 204
    assert api.delete(f"/api/v1/team/invitations/{key}").status_code == 409
    members = {each["email"]: each["roles"] for each in api.get("/api/v1/team").json()["items"]}
    [role] = members["observer@example.org"]
    assert api.patch(f"/api/v1/team/roles/{role['id']}", {"role": "curator"}, **post).json()["role"] == "curator"
    assert api.delete(f"/api/v1/team/roles/{role['id']}").status_code == 204
    [mine] = members["ingrid@example.org"]
    assert api.delete(f"/api/v1/team/roles/{mine['id']}").status_code == 409
    narrow = make_api("read", "configure")
    assert narrow.get("/api/v1/team").status_code == 403
    assert (
        narrow.post("/api/v1/team/invitations", {"email": "x@example.org", "role": "curator"}, **post).status_code
        == 403
    )


def test_the_commands_do_the_same(workspace: Workspace, actor: Actor, network: Network) -> None:
    code, out = run("team", "invite", "new@example.org", "--role", "curator", "--network", network.slug, "--link")
    assert code == 0
    secret = out.strip().split("/invitation/")[1].strip("/")
    assert find_invitation(secret) is not None
    rows = json.loads(run("team", "list", "--json")[1])
    assert [(r["email"], r["role"], r["network"], r["state"]) for r in rows] == [
        ("ingrid@example.org", "owner", None, "here"),
        ("new@example.org", "curator", network.slug, "invited"),
    ]
    assert run("team", "resend", "new@example.org", "--network", network.slug)[0] == 4
    assert run("team", "revoke", "new@example.org", "--network", network.slug)[0] == 0
    assert run("team", "revoke", "new@example.org", "--network", network.slug)[0] == 2
    assert run("team", "invite", "dry@example.org", "--role", "curator", "--dry-run")[0] == 0
    assert not Invitation.objects.filter(email="dry@example.org").exists()

    run("user", "add", "kari@example.org", "--role", "observer")
    assert run("team", "role", "kari@example.org", "orchestrator")[0] == 0
    assert role_of("kari@example.org") == [("orchestrator", True)]
    assert run("team", "role", "ingrid@example.org", "observer", "--as", "kari@example.org")[0] == 5
    assert run("user", "add", "boss@example.org", "--role", "owner", "--as", "kari@example.org")[0] == 5
    assert run("team", "remove", "kari@example.org")[0] == 0
    assert role_of("kari@example.org") == []
    assert run("team", "remove", "ingrid@example.org")[0] == 4
    assert run("team", "remove", "nobody@example.org")[0] == 2


def test_the_link_of_the_demo_needs_no_second_step(owner: User, network: Network) -> None:
    assert Client().post(f"/sign-in/{make_sign_in_link(owner, skips_second_factor=True)}/")["Location"] == "/"
