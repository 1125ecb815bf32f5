"""The pages of a representative: what concerns its firm, who reads which of it, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS, ORGANIZATION, PERSON
from unisono.areas.network.models import Membership, Network, Organization
from unisono.areas.network.queries import get_record, visible
from unisono.areas.network.queries.own import circles, who_reads
from unisono.platform.actor import Actor
from unisono.platform.models import User

PAGES = ("", "profile/", "exchange/", "people/", "readers/")


@pytest.fixture
def farm(add_member: Callable[..., Membership]) -> Membership:
    return add_member("Lærdal Smoked Trout", place="Lærdal", phone="57 66 00 00")


@pytest.fixture
def of_farm(make_actor: Callable[..., Actor], network: Network, farm: Membership) -> Actor:
    return make_actor("representative", network=network, of=farm, email="marit@example.org")


@pytest.fixture
def browser(of_farm: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=of_farm.user_id))
    return client


@pytest.fixture
def ours(network: Network) -> str:
    return f"/n/{network.slug}/ours/"


def test_a_representative_starts_at_home_and_finds_its_own_way(browser: Client, ours: str, network: Network) -> None:
    assert browser.get("/", follow=True).redirect_chain[-1][0] == ours
    page = browser.get(ours).content.decode()
    for words in ("Lærdal Smoked Trout", "Our profile", "Our people", "Who sees what", "Our contact person"):
        assert words in page
    assert "Duplicates" not in page
    assert f"/n/{network.slug}/import/" not in page


def test_others_have_no_such_pages(
    page_client: Client, ours: str, make_actor: Callable[..., Actor], network: Network
) -> None:
    unbound = Client()
    unbound.force_login(User.objects.get(pk=make_actor("representative", network=network).user_id))
    for client in (page_client, unbound):
        for page in PAGES:
            assert client.get(f"{ours}{page}").status_code == 404
    assert page_client.get("/", follow=True).redirect_chain[-1][0] == f"/n/{network.slug}/members/"


def test_home_tells_what_concerns_the_firm(
    actor: Actor, network: Network, farm: Membership, browser: Client, ours: str, add_member: Callable[..., Membership]
) -> None:
    given: dict[str, Any] = {"actor": actor, "network": network}
    host = add_member("The office")
    ingrid = actions.add_record(
        **given, kind=PERSON,
        values={"name": "Ingrid", "email": "ingrid@example.org", "organizations": [host.organization_id]},
    )  # fmt: skip
    actions.add_record(
        **given, kind=KINDS["role"],
        values={"membership": farm.pk, "person": ingrid.pk, "role_type": "contact_person"},
    )  # fmt: skip
    actions.add_record(**given, kind=KINDS["gathering"], values={"name": "Winter day", "on": "2099-01-03"})
    actions.add_record(**given, kind=KINDS["need"], values={"membership": farm.pk, "statement": "Guests in spring"})
    actions.add_record(**given, kind=KINDS["need"], values={"membership": host.pk, "statement": "Another's need"})
    page = browser.get(ours).content.decode()
    for words in ("mailto:ingrid@example.org", "Winter day", "Guests in spring"):
        assert words in page
    assert "Another&#x27;s need" not in page


def test_an_empty_home_teaches(browser: Client, ours: str, farm: Membership) -> None:
    from unisono.platform.models import Event

    Event.objects.all().delete()
    page = browser.get(ours).content.decode()
    for words in ("Nothing has happened yet", "Say what you miss", "None is planned", "Nobody of the network"):
        assert words in page


def test_pages_are_few_queries(browser: Client, ours: str, django_assert_max_num_queries: Any) -> None:
    for page in ("", "profile/", "exchange/", "people/"):
        with django_assert_max_num_queries(24):
            assert browser.get(f"{ours}{page}").status_code == 200


def test_who_reads_a_field_is_chosen_beside_it(
    browser: Client, ours: str, network: Network, farm: Membership, page_client: Client
) -> None:
    page = browser.get(f"{ours}profile/").content.decode()
    assert "57 66 00 00" in page
    assert "Key in the source" not in page
    address = f"{ours}organizations/{farm.organization_id}/readers"
    answer = browser.post(address, {"field": "phone", "level": "parties", "back": f"{ours}profile/"})
    assert (answer.status_code, answer["Location"]) == (302, f"{ours}profile/")
    assert Organization.objects.get(pk=farm.organization_id).readers == {"phone": "parties"}
    told = browser.post(address, {"field": "place", "level": "parties"}, headers={"hx-request": "true"})
    assert b"saved" in told.content
    assert (
        browser.post(address, {"field": "key", "level": "parties"}, headers={"hx-request": "true"}).status_code == 422
    )
    assert page_client.post(address, {"field": "phone", "level": "network"}).status_code == 302, "the team may as well"


def test_another_firm_chooses_nothing_here(
    ours: str, network: Network, farm: Membership, add_member: Callable[..., Membership],
    make_actor: Callable[..., Actor],
) -> None:  # fmt: skip
    other = Client()
    hotel = add_member("Hotel Utsikten")
    other.force_login(User.objects.get(pk=make_actor("representative", network=network, of=hotel).user_id))
    address = f"{ours}organizations/{farm.organization_id}/readers"
    assert other.post(address, {"field": "phone", "level": "parties"}).status_code == 403
    assert "57 66 00 00" not in other.get(f"{ours}profile/").content.decode()
    assert other.get(f"{ours}profile/?firm={farm.organization_id}").status_code == 404


def test_who_acts_for_several_chooses_for_which(
    browser: Client, ours: str, network: Network, add_member: Callable[..., Membership],
    make_actor: Callable[..., Actor], of_farm: Actor,
) -> None:  # fmt: skip
    mill = add_member("Brekke Mill", place="Brekke")
    make_actor("representative", network=network, of=mill, email="marit@example.org")
    assert "Lærdal Smoked Trout" in browser.get(ours).content.decode()
    page = browser.get(f"{ours}profile/?firm={mill.organization_id}").content.decode()
    assert "Brekke Mill" in page


def test_the_table_of_readers_says_what_the_doors_give(
    actor: Actor, network: Network, farm: Membership, of_farm: Actor, browser: Client, ours: str,
    make_actor: Callable[..., Actor],
) -> None:  # fmt: skip
    given: dict[str, Any] = {"actor": of_farm, "network": network}
    person = actions.add_record(
        **given, kind=PERSON,
        values={"name": "Marit", "phone": "99 88 77", "organizations": [farm.organization_id]},
    )  # fmt: skip
    need = actions.add_record(
        **given, kind=KINDS["need"],
        values={"membership": farm.pk, "statement": "More hands", "kind": "pain", "visibility": "parties"},
    )  # fmt: skip
    for kind, record, name in ((ORGANIZATION, farm.organization, "phone"), (PERSON, person, "phone")):
        actions.choose_readers(**given, kind=kind, record_id=record.pk, readers={name: "parties"})
    rows = {
        (record.id, str(field.label)): dict(zip(circles(), field.read, strict=True))
        for record in who_reads(of_farm, network, farm.organization_id)
        for field in record.fields
    }
    team, us, members, link = circles()
    assert rows[farm.organization_id, "Place"] == {team: True, us: True, members: True, link: True}
    assert rows[farm.organization_id, "Phone"] == {team: True, us: True, members: False, link: False}
    assert rows[person.pk, "Phone"] == {team: True, us: True, members: False, link: False}
    assert rows[person.pk, "Name"] == {team: True, us: True, members: True, link: False}
    assert rows[need.pk, "Need"] == {team: True, us: True, members: False, link: False}
    observer = make_actor("observer", network=network)
    assert get_record(observer, network, PERSON, person.pk).phone == ""
    assert not visible(observer, network, KINDS["need"]).exists()
    assert "hidden" in browser.get(f"{ours}readers/").content.decode()


def test_a_profile_says_in_which_networks_it_is_read(
    actor: Actor, farm: Membership, browser: Client, ours: str
) -> None:
    elsewhere = actions.create_network(actor=actor, values={"name": "Secret circle"})
    actions.add_member(actor=actor, network=elsewhere, organization_id=farm.organization_id, values={})
    page = browser.get(f"{ours}profile/").content.decode()
    assert "and one more" in page
    assert "Secret circle" not in page
