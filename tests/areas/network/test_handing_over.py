"""Somebody who acts for a firm leaves: whom they act for passes on in one step, and their account is out."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client

from unisono.areas.activities.models import Participation
from unisono.areas.network import actions
from unisono.areas.network.actions import handing_over
from unisono.areas.network.kinds import KINDS, PERSON
from unisono.areas.network.models import Membership, Network, Person, RoleAssignment
from unisono.cli.commands import unisono as cli
from unisono.platform.accounts import actor_of_token, create_token, ensure_user, find_sign_in_link, make_sign_in_link
from unisono.platform.actor import Actor, actor_of
from unisono.platform.errors import Conflict, Invalid, NotAllowed, UseCaseError
from unisono.platform.models import Event, User, WorkspaceRole
from unisono.platform.tenancy import workspace_scope

AddMember = Callable[..., Membership]


@pytest.fixture
def farm(add_member: AddMember) -> Membership:
    return add_member("Lærdal Smoked Trout")


@pytest.fixture
def of_farm(make_actor: Callable[..., Actor], network: Network, farm: Membership) -> Actor:
    return make_actor("representative", network=network, of=farm, email="marit@example.org")


@pytest.fixture
def add_person(actor: Actor, network: Network, farm: Membership) -> Callable[..., Person]:
    def add(name: str, email: str = "", of: Membership = farm) -> Person:
        values = {"name": name, "email": email, "organizations": [of.organization_id]}
        added: Person = actions.add_record(actor=actor, network=network, kind=PERSON, values=values)
        return added

    return add


@pytest.fixture
def marit(add_person: Callable[..., Person], of_farm: Actor) -> Person:
    return add_person("Marit", "Marit@example.org")


@pytest.fixture
def live(add_person: Callable[..., Person]) -> Person:
    return add_person("Live", "live@example.org")


def acts_for(network: Network) -> set[str]:
    held = WorkspaceRole.objects.filter(network_id=network.pk, organization_id__isnull=False)
    return set(held.values_list("user__email", flat=True))


def test_who_represents_does_not_just_leave(actor: Actor, network: Network, marit: Person, live: Person) -> None:
    where: dict[str, Any] = {"actor": actor, "network": network, "kind": PERSON, "state": "left"}
    with pytest.raises(Conflict, match="acts for the organisation"):
        actions.change_state(**where, record_id=marit.pk)
    assert actions.change_state(**where, record_id=live.pk).state == "left"


def test_the_mandate_and_what_is_open_pass_on(
    actor: Actor, network: Network, farm: Membership, marit: Person, live: Person, of_farm: Actor
) -> None:
    given: dict[str, Any] = {"actor": actor, "network": network}
    role = actions.add_record(
        **given, kind=KINDS["role"], values={"membership": farm.pk, "person": marit.pk, "role_type": "advocate"}
    )
    ended = actions.add_record(
        **given, kind=KINDS["role"], state="ended", values={"person": marit.pk, "role_type": "mobiliser"}
    )
    for name, state in (("To come", "planned"), ("Been", "held")):
        actions.add_record(**given, kind=KINDS["gathering"], values={"name": name, "on": "2026-03-12"}, state=state)
        actions.add_record(
            **given, kind=KINDS["participation"], state="signed_up",
            values={"membership": farm.pk, "person": marit.pk, "gathering": name},
        )  # fmt: skip
    done = actions.hand_over(**given, person_id=marit.pk, successor_id=live.pk)
    assert (done.person.state, done.successor, done.mandates) == ("left", live, 1)
    assert acts_for(network) == {"live@example.org"}
    new = actor_of(
        User.objects.get(email="live@example.org"), ensure_user(email="live@example.org").roles.get().workspace
    )
    assert new is not None
    assert new.represents_in(network.pk) == {farm.organization_id}
    assert RoleAssignment.objects.get(pk=role.pk).person == live
    assert RoleAssignment.objects.get(pk=ended.pk).person == marit
    parts = {part.gathering.name: part.person for part in Participation.objects.select_related("gathering", "person")}
    assert parts == {"To come": live, "Been": marit}
    kinds = list(Event.objects.filter(subject_id=marit.pk).order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == ["person.state_changed", "person.handed_over"]
    assert "example.org" not in str(list(Event.objects.values_list("changes", flat=True)))


def test_the_account_is_out_at_once(network: Network, actor: Actor, marit: Person, of_farm: Actor) -> None:
    """Its page, its token, its link: none opens anything from the next request on."""
    user = User.objects.get(email="marit@example.org")
    _token, secret = create_token(actor=of_farm, name="sheet", scopes=["read"])
    link, client = make_sign_in_link(user), Client()
    client.force_login(user)
    assert client.get(f"/n/{network.slug}/members/").status_code == 200
    actions.hand_over(actor=actor, network=network, person_id=marit.pk, successor_id=None)
    assert acts_for(network) == set()
    assert client.get(f"/n/{network.slug}/members/").status_code == 302, "signed out"
    assert actor_of_token(secret) is None
    assert find_sign_in_link(link) is None


def test_another_role_stays(
    network: Network, actor: Actor, marit: Person, of_farm: Actor, make_actor: Callable[..., Actor]
) -> None:
    make_actor("observer", network=network, email="marit@example.org")
    _token, secret = create_token(actor=of_farm, name="sheet", scopes=["read"])
    actions.hand_over(actor=actor, network=network, person_id=marit.pk, successor_id=None)
    held = actor_of_token(secret)
    assert held is not None
    assert held[0].represents == frozenset()


def test_the_firm_hands_over_itself_and_nobody_else_does(
    network: Network,
    add_member: AddMember,
    make_actor: Callable[..., Actor],
    marit: Person,
    live: Person,
    of_farm: Actor,
) -> None:
    hotel = add_member("Hotel Utsikten")
    for who in (make_actor("observer", network=network), make_actor("representative", network=network, of=hotel)):
        with pytest.raises(NotAllowed):
            actions.hand_over(actor=who, network=network, person_id=marit.pk, successor_id=live.pk)
    assert actions.hand_over(actor=of_farm, network=network, person_id=marit.pk, successor_id=live.pk).mandates == 1


def test_nobody_passes_on_the_mandate_of_another(
    network: Network,
    farm: Membership,
    make_actor: Callable[..., Actor],
    of_farm: Actor,
    live: Person,
    add_person: Callable[..., Person],
) -> None:
    """One who acts for the firm writes the other's address into a person, and still does not end what they hold."""
    other = make_actor("representative", network=network, of=farm, email="other@example.org")
    named = add_person("Named", "named@example.org")
    changed = {"network": network, "kind": PERSON, "record_id": named.pk, "values": {"email": "marit@example.org"}}
    actions.edit_record(actor=other, **changed)
    for who in (other, make_actor("contact_person", network=network)):
        with pytest.raises(NotAllowed, match="holds a mandate"):
            actions.hand_over(actor=who, network=network, person_id=named.pk, successor_id=live.pk)
    assert acts_for(network) == {"marit@example.org", "other@example.org"}
    assert actions.hand_over(actor=of_farm, network=network, person_id=named.pk, successor_id=live.pk).mandates == 1
    steps = Event.objects.filter(kind__startswith="access.", actor_user_id=of_farm.user_id)
    assert sorted(steps.values_list("kind", "subject_id")) == [
        ("access.given", User.objects.get(email="live@example.org").pk),
        ("access.taken", of_farm.user_id),
    ]


def test_only_where_one_decides(
    actor: Actor, network: Network, farm: Membership, marit: Person, live: Person, make_actor: Callable[..., Actor]
) -> None:
    """A network's team passes on mandates in its own network; those in others are other teams' to end."""
    elsewhere = actions.create_network(actor=actor, values={"name": "Elsewhere"})
    joined = actions.add_member(actor=actor, network=elsewhere, organization_id=farm.organization_id, values={})
    make_actor("representative", network=elsewhere, of=joined, email="marit@example.org")
    team = make_actor("orchestrator", network=network)
    assert actions.hand_over(actor=team, network=network, person_id=marit.pk, successor_id=live.pk).mandates == 1
    assert (acts_for(network), acts_for(elsewhere)) == ({"live@example.org"}, {"marit@example.org"})


def test_whoever_takes_over_is_there_and_can_sign_in(
    actor: Actor, network: Network, add_member: AddMember, marit: Person, add_person: Callable[..., Person]
) -> None:
    silent, stranger = add_person("Silent"), add_person("Kari", "kari@example.org", add_member("Hotel Utsikten"))
    for other, said in ((silent, "e-mail address"), (stranger, "same organisation"), (marit, "somebody else")):
        with pytest.raises(Invalid, match=said):
            actions.hand_over(actor=actor, network=network, person_id=marit.pk, successor_id=other.pk)
    assert acts_for(network) == {"marit@example.org"}
    with pytest.raises(Conflict, match="acts for no organisation"):
        actions.hand_over(actor=actor, network=network, person_id=silent.pk, successor_id=None)


def test_through_the_page_the_api_and_the_command(
    network: Network,
    marit: Person,
    live: Person,
    page_client: Client,
    make_api: Callable[..., Client],
    farm: Membership,
) -> None:
    api = make_api("read", "write", "team")
    address = f"/api/v1/networks/{network.slug}/people/{marit.pk}/hand-over"
    assert (
        api.post(address, json.dumps({"successor": str(live.pk)}), content_type="application/json").status_code == 200
    )
    assert acts_for(network) == {"live@example.org"}
    Person.objects.filter(pk=marit.pk).update(state="active")
    run = CliRunner().invoke(cli, ["person", "hand-over", str(live.pk), "--to", str(marit.pk)])
    assert run.exit_code == 0, run.output
    assert acts_for(network) == {"marit@example.org"}
    Person.objects.filter(pk=live.pk).update(state="active")
    page = f"/n/{network.slug}/people/{marit.pk}/hand-over"
    assert b"Live" in page_client.get(page).content
    assert page_client.post(page, {}).status_code == 422
    assert page_client.post(page, {"successor": str(live.pk)}).status_code == 302
    assert acts_for(network) == {"live@example.org"}
    state = page_client.get(f"/n/{network.slug}/people/{live.pk}/state")
    assert f"/people/{live.pk}/hand-over".encode() in state.content


def at_once(actor: Actor, network: Network, marit: Person, successors: list[Person]) -> int:
    """How many of several simultaneous hand-overs succeed."""

    def pass_on(successor: Person) -> bool:
        try:
            with workspace_scope(actor.workspace_id):
                actions.hand_over(actor=actor, network=network, person_id=marit.pk, successor_id=successor.pk)
        except UseCaseError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(successors)) as pool:
        return sum(pool.map(pass_on, successors))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_hand_over_at_once_one_wins(
    actor: Actor, network: Network, marit: Person, add_person: Callable[..., Person]
) -> None:
    successors = [add_person(f"Successor {n}", f"s{n}@example.org") for n in range(4)]
    assert at_once(actor, network, marit, successors) == 1
    assert len(acts_for(network)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite lets one write at a time")
def test_without_the_guards_several_would_win(
    actor: Actor, network: Network, marit: Person, add_person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the conditions taken away the mandate would be in several hands."""
    from threading import Barrier

    from unisono.platform.accounts import give_role
    from unisono.platform.models import Workspace

    successors = [add_person(f"Successor {n}", f"s{n}@example.org") for n in range(2)]
    together = Barrier(2)

    def leave(person: Person, touched: Any) -> None:
        together.wait(timeout=10)

    def pass_mandate(mandate: Any, *, email: str = "", name: str = "", **_given: Any) -> None:
        workspace = Workspace.objects.get(pk=actor.workspace_id)
        give_role(
            user=ensure_user(email=email), workspace=workspace, role="representative",
            network_id=mandate.network_id, organization_id=mandate.organization_id,
        )  # fmt: skip

    monkeypatch.setattr(handing_over, "_leave", leave)
    monkeypatch.setattr(handing_over, "pass_mandate", pass_mandate)
    assert at_once(actor, network, marit, successors) == 2
