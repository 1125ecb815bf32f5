"""Somebody is invited to act for a member: by page, API and command, and finds its own side on accepting."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from django.test import Client

from unisono.areas.network import actions
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.models import Membership, Network
from unisono.cli.commands import unisono
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotAllowed
from unisono.platform.invitations import make_secret
from unisono.platform.models import Event, Invitation, User, WorkspaceRole
from unisono.web.pages import LAST_NETWORK

JSON = {"content_type": "application/json"}


def run(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(unisono, list(arguments), catch_exceptions=False)
    return answer.exit_code, answer.stdout


@pytest.fixture
def farm(add_member: Callable[..., Membership]) -> Membership:
    return add_member("Lærdal Smoked Trout")


@pytest.fixture
def elsewhere(actor: Actor) -> Network:
    return actions.create_network(actor=actor, values={"name": "Elsewhere"})


def mandates() -> list[tuple[str, str, object]]:
    held = WorkspaceRole.objects.exclude(organization_id=None)
    return list(held.values_list("user__email", "role", "organization_id"))


# --- the rule


def test_a_representative_is_invited_for_a_member_of_the_network_only(
    actor: Actor, network: Network, farm: Membership, elsewhere: Network
) -> None:
    """By id of the organisation, of its membership, or by exact name; not for who is no member of that network."""
    for number, named in enumerate((farm.pk, str(farm.organization_id), "lærdal smoked trout")):
        made = actions.invite_to_team(
            actor=actor, network=network, email=f"m{number}@example.org", role="representative", organization=named
        )
        assert (made.organization_id, made.organization_name) == (farm.organization_id, "Lærdal Smoked Trout")
    for where, named, said in (
        (elsewhere, "Lærdal Smoked Trout", "no member"),
        (elsewhere, farm.pk, "no member"),
        (network, "", "acts for an organisation"),
        (None, "Lærdal Smoked Trout", "one network"),
    ):
        with pytest.raises(Invalid, match=said):
            actions.invite_to_team(
                actor=actor, network=where, email="x@example.org", role="representative", organization=named
            )
    with pytest.raises(Invalid, match="Only a representative"):
        actions.invite_to_team(
            actor=actor, network=network, email="x@example.org", role="observer", organization=farm.pk
        )


def test_who_left_the_network_gets_no_representative(actor: Actor, network: Network, farm: Membership) -> None:
    Membership.objects.filter(pk=farm.pk).update(state="exited")
    with pytest.raises(Invalid, match="no member"):
        actions.invite_to_team(
            actor=actor, network=network, email="x@example.org", role="representative", organization=farm.pk
        )


def test_only_the_team_of_that_network_invites_for_its_members(
    network: Network, farm: Membership, elsewhere: Network, make_actor: Callable[..., Actor]
) -> None:
    """Nothing is told about members either: who may not invite is refused before the name is looked up."""
    for who in (
        make_actor("orchestrator", network=elsewhere),
        make_actor("contact_person", network=network),
        make_actor("representative", network=network, of=farm),
    ):
        for named in ("Lærdal Smoked Trout", "No such firm"):
            with pytest.raises(NotAllowed):
                actions.invite_to_team(
                    actor=who, network=network, email="x@example.org", role="representative", organization=named
                )
    assert not Invitation.objects.exists()


def test_becoming_a_representative_asks_for_whom(
    actor: Actor,
    network: Network,
    farm: Membership,
    make_actor: Callable[..., Actor],
    add_member: Callable[..., Membership],
) -> None:
    make_actor("observer", network=network, email="kari@example.org")
    [held] = WorkspaceRole.objects.filter(user__email="kari@example.org")
    with pytest.raises(Invalid, match="acts for an organisation"):
        actions.change_team_role(actor=actor, role_id=held.pk, role="representative")
    actions.change_team_role(actor=actor, role_id=held.pk, role="representative", organization=farm.pk)
    assert mandates() == [("kari@example.org", "representative", farm.organization_id)]
    assert Event.objects.filter(kind="access.changed").get().changes["mandate"] == [None, str(farm.organization_id)]
    same = actions.change_team_role(actor=actor, role_id=held.pk, role="representative")
    assert same.organization_id == farm.organization_id, "nothing to change, nothing to ask"
    hotel = add_member("Hotel Utsikten")
    actions.change_team_role(actor=actor, role_id=held.pk, role="representative", organization="Hotel Utsikten")
    assert mandates() == [("kari@example.org", "representative", hotel.organization_id)]
    make_actor("representative", network=network, of=farm, email="kari@example.org")
    with pytest.raises(Conflict, match="already"):
        actions.change_team_role(actor=actor, role_id=held.pk, role="representative", organization=farm.pk)
    actions.change_team_role(actor=actor, role_id=held.pk, role="observer")
    assert mandates() == [("kari@example.org", "representative", farm.organization_id)]


# --- pages


def test_the_form_asks_for_whom_in_the_network_chosen(page_client: Client, network: Network, farm: Membership) -> None:
    def page(**given: object) -> str:
        return page_client.get("/team/", given).content.decode()

    assert 'name="organization"' not in page()
    assert "choose the network first" in page(role="representative", network="")
    asked = page(role="representative", network=network.slug)
    assert f'data-url="/n/{network.slug}/' in asked and 'name="organization"' in asked


def test_the_page_invites_and_says_for_whom(page_client: Client, network: Network, farm: Membership) -> None:
    typed = {"email": "marit@example.org", "role": "representative", "network": network.slug}
    bad = page_client.post("/team/", typed)
    assert bad.status_code == 422 and "Say for which member" in bad.content.decode()
    assert 'name="organization"' in bad.content.decode(), "what is asked for can be given"
    unknown = page_client.post("/team/", typed | {"organization": ["Nobody AS", ""]})
    assert unknown.status_code == 422 and 'value="Nobody AS"' in unknown.content.decode()
    assert page_client.post("/team/", typed | {"organization": [str(farm.pk), ""]})["Location"] == "/team/"
    assert "Lærdal Smoked Trout" in page_client.get("/team/").content.decode()


def test_accepting_leads_to_ones_own_side(actor: Actor, network: Network, elsewhere: Network, farm: Membership) -> None:
    """Also for somebody who looked at another network last."""
    made = actions.invite_to_team(
        actor=actor, network=network, email="marit@example.org", role="representative", organization=farm.pk
    )
    client, path = Client(), f"/invitation/{make_secret(made)}/"
    client.cookies[LAST_NETWORK] = elsewhere.slug
    assert "Lærdal Smoked Trout" in client.get(path).content.decode()
    assert client.post(path)["Location"] == "/welcome/"
    last = client.post("/welcome/", {"name": "Marit"}, follow=True)
    assert last.redirect_chain[-1][0] == f"/n/{network.slug}/ours/"
    assert last.status_code == 200 and "Lærdal Smoked Trout" in last.content.decode()
    assert mandates() == [("marit@example.org", "representative", farm.organization_id)]


def test_changing_a_role_on_the_page_asks_for_whom(
    page_client: Client, network: Network, farm: Membership, make_actor: Callable[..., Actor]
) -> None:
    make_actor("observer", network=network, email="kari@example.org")
    [held] = WorkspaceRole.objects.filter(user__email="kari@example.org")
    path = f"/team/roles/{held.pk}"
    asked = page_client.post(path, {"role": "representative"})
    assert asked.status_code == 200 and "For whom" in asked.content.decode()
    assert mandates() == []
    empty = page_client.post(path, {"role": "representative", "organization": ""})
    assert empty.status_code == 422 and "Say for which member" in empty.content.decode()
    assert page_client.post(path, {"role": "representative", "organization": str(farm.pk)})["Location"] == "/team/"
    assert mandates() == [("kari@example.org", "representative", farm.organization_id)]
    assert "for Lærdal Smoked Trout" in page_client.get("/team/").content.decode()


def test_the_people_of_a_member_are_invited_from_its_page(
    page_client: Client, actor: Actor, network: Network, farm: Membership, make_actor: Callable[..., Actor]
) -> None:
    """The form is prefilled; the person's address stands in no address of a page. Only who may invite is offered it."""
    given = {"name": "Marit", "email": "marit@example.org", "organizations": [farm.organization_id]}
    marit = actions.add_record(actor=actor, network=network, kind=PERSON, values=given)
    tab = f"/n/{network.slug}/members/{farm.pk}/people/"
    page = page_client.get(tab).content.decode()
    assert "Invite a representative" in page and "Invite as representative: Marit" in page
    link = f"/team/?network={network.slug}&role=representative&organization={farm.pk}&person={marit.pk}"
    assert link in page.replace("&amp;", "&")
    form = page_client.get(link).content.decode()
    assert 'value="marit@example.org"' in form
    assert f'<input type="hidden" name="organization" value="{farm.pk}">Lærdal Smoked Trout' in form
    other = Client()
    other.force_login(User.objects.get(pk=make_actor("contact_person", network=network).user_id))
    assert "Invite a representative" not in other.get(tab).content.decode()


# --- API and commands


def test_the_api_invites_lists_and_changes(
    make_api: Callable[..., Client], network: Network, farm: Membership, make_actor: Callable[..., Actor]
) -> None:
    make_actor("observer", network=network, email="kari@example.org")
    api, path = make_api("read", "team"), "/api/v1/team/invitations"
    body = {"email": "marit@example.org", "role": "representative", "network": network.slug}
    assert api.post(path, body, **JSON).status_code == 422
    answer = api.post(path, body | {"organization": "Lærdal Smoked Trout"}, **JSON)
    assert answer.status_code == 201
    for each in (answer.json(), *api.get(path).json()["items"]):
        assert (each["organization"], each["organization_name"]) == (
            str(farm.organization_id), "Lærdal Smoked Trout",
        )  # fmt: skip
    [role] = next(m["roles"] for m in api.get("/api/v1/team").json()["items"] if m["email"] == "kari@example.org")
    change = f"/api/v1/team/roles/{role['id']}"
    assert api.patch(change, {"role": "representative"}, **JSON).status_code == 422
    changed = api.patch(change, {"role": "representative", "organization": str(farm.organization_id)}, **JSON)
    assert changed.json()["organization_name"] == "Lærdal Smoked Trout"
    [listed] = next(m["roles"] for m in api.get("/api/v1/team").json()["items"] if m["email"] == "kari@example.org")
    assert listed == changed.json()


def test_the_commands_invite_list_add_and_change(actor: Actor, network: Network, farm: Membership) -> None:
    here, firm = ("--network", network.slug), ("--organization", "Lærdal Smoked Trout")
    as_one = ("--role", "representative", *here)
    assert run("team", "invite", "marit@example.org", *as_one)[0] == 2
    assert run("team", "invite", "marit@example.org", *as_one, *firm)[0] == 0
    assert run("user", "add", "live@example.org", *as_one)[0] == 2
    assert run("user", "add", "live@example.org", *as_one, *firm)[0] == 0
    assert run("user", "add", "kari@example.org", "--role", "observer", *here)[0] == 0
    assert run("team", "role", "kari@example.org", "representative", *here)[0] == 2
    assert run("team", "role", "kari@example.org", "representative", *here, *firm)[0] == 0
    rows = {row["email"]: row for row in json.loads(run("team", "list", "--json")[1])}
    assert [rows[f"{name}@example.org"]["organization"] for name in ("marit", "live", "kari", "ingrid")] == [
        "Lærdal Smoked Trout", "Lærdal Smoked Trout", "Lærdal Smoked Trout", "",
    ]  # fmt: skip
    assert "Lærdal Smoked Trout" in run("team", "list")[1]
