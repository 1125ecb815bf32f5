"""Organisations across networks: those within reach may join, the others do not exist for the actor."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from unisono.areas.network.actions import add_member, add_record, create_network, edit_record, merge_organizations
from unisono.areas.network.kinds import OFFERING, ORGANIZATION, PERSON
from unisono.areas.network.models import Membership, Network, Organization
from unisono.areas.network.queries import get_record, organizations_within_reach, page_of, select
from unisono.areas.network.queries.members import named
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, NotFound
from unisono.platform.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(actor: Actor) -> Network:
    return create_network(actor=actor, values={"name": "Another network"})


@pytest.fixture
def theirs(actor: Actor, other: Network) -> Membership:
    """A member of the other network."""
    return add_member(actor=actor, network=other, values={"name": "Canary Ferry", "place": "Flåm"})


def here(make_actor: Any, network: Network) -> Actor:
    acting: Actor = make_actor("orchestrator", network=network)
    return acting


class TestUnknownOrganisations:
    """Without a role in the other network."""

    def test_the_same_name_is_no_conflict(self, make_actor, network, theirs) -> None:
        acting = here(make_actor, network)
        assert not organizations_within_reach(acting).exists()
        assert named(acting, network, "Canary Ferry") == []
        own = add_member(actor=acting, network=network, values={"name": "Canary Ferry"})
        assert own.organization_id != theirs.organization_id
        assert list(organizations_within_reach(acting)) == [own.organization]

    def test_its_id_is_no_way_in(self, make_actor, network, theirs) -> None:
        acting = here(make_actor, network)
        for record_id in (theirs.organization_id, uuid4(), "nonsense"):
            with pytest.raises(NotFound) as caught:
                add_member(actor=acting, network=network, values={}, organization_id=record_id)
            assert "Canary" not in str(caught.value)
        assert not Membership.objects.filter(network=network).exists()

    def test_the_page_neither_names_nor_takes_it(self, make_actor, network, theirs) -> None:
        client = Client()
        client.force_login(User.objects.get(pk=here(make_actor, network).user_id))
        path = reverse("web:record_new", args=[network.slug, "members"])
        assert client.get(path, {"organization": str(theirs.organization_id)}).status_code == 404
        answer = client.post(path, {"name": "x", "organization_id": str(theirs.organization_id)})
        assert answer.status_code == 404
        assert "Canary" not in answer.content.decode()


class TestOrganisationsWithinReach:
    """With any role in the other network, or one in the whole workspace."""

    def test_a_known_one_joins_from_another_network(self, make_actor, network, other, theirs) -> None:
        acting = here(make_actor, network)
        acting = make_actor("observer", network=other, email="orchestrator@example.org")
        with pytest.raises(Conflict) as caught:
            add_member(actor=acting, network=network, values={"name": "canary ferry"})
        assert str(theirs.organization_id) in caught.value.problems[0].remedy
        [found] = named(acting, network, "canary ferry")
        assert (found.membership, found.is_here) == (None, False)
        joined = add_member(actor=acting, network=network, values={}, organization_id=theirs.organization_id)
        assert joined.organization_id == theirs.organization_id
        assert Organization.objects.count() == 1
        [found] = named(acting, network, "canary ferry")
        assert (found.membership, found.is_here) == (joined, True)

    def test_every_way_into_a_network_counts(self, actor, make_actor, network, other) -> None:
        reader = make_actor("observer", network=other)
        member = add_member(actor=actor, network=other, values={"name": "Member"})
        recorded = add_record(actor=actor, network=other, kind=ORGANIZATION, values={"name": "Recorded"})
        offering = add_record(actor=actor, network=other, kind=OFFERING, values={"name": "Tour"})
        owner = add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Owner"})
        offering.owners.add(owner)
        add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Elsewhere"})
        assert set(organizations_within_reach(reader)) == {member.organization, recorded, owner}

    def test_the_whole_workspace_for_a_role_in_it(self, actor, make_actor, network, theirs) -> None:
        observer = make_actor("observer")
        for acting in (actor, observer):
            assert list(organizations_within_reach(acting)) == [theirs.organization]
        Organization.objects.update(visibility="private", created_by=actor.user_id)
        assert list(organizations_within_reach(actor)) == [theirs.organization]
        assert list(organizations_within_reach(observer)) == []

    def test_a_token_that_may_not_read_reaches_nothing(self, actor, network, theirs) -> None:
        blind = Actor(actor.workspace_id, actor.user_id, roles=actor.roles, scopes=frozenset({"write"}))
        assert not organizations_within_reach(blind).exists()

    def test_the_page_offers_it(self, page_client: Client, network, theirs) -> None:
        path = reverse("web:record_new", args=[network.slug, "members"])
        answer = page_client.post(path, {"name": "Canary Ferry"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert f'value="{theirs.organization_id}"' in page
        assert reverse("web:record", args=[network.slug, "organizations", theirs.organization_id]) not in page
        assert page_client.get(path, {"organization": str(theirs.organization_id)}).status_code == 200
        page_client.post(path, {"name": "Canary Ferry", "organization_id": str(theirs.organization_id)})
        assert Membership.objects.get(network=network).organization_id == theirs.organization_id


class TestPeopleOfSeveralNetworks:
    """Somebody in two organisations is shown with those of the network that is looked at."""

    @pytest.fixture
    def liv(self, actor, network, theirs) -> Any:
        own = add_member(actor=actor, network=network, values={"name": "Own"})
        person = add_record(
            actor=actor, network=network, kind=PERSON, values={"name": "Liv", "organizations": [own.organization_id]}
        )
        person.organizations.add(theirs.organization_id)
        return person

    def test_others_are_not_named(self, make_actor, network, liv) -> None:
        acting = here(make_actor, network)
        shown = get_record(acting, network, PERSON, liv.pk)
        assert [o.name for o in shown.organizations.all()] == ["Own"]
        [listed] = page_of(select(acting, network, PERSON)).rows
        assert [o.name for o in listed.organizations.all()] == ["Own"]
        client = Client()
        client.force_login(User.objects.get(pk=acting.user_id))
        for address in ("records", "record", "record_edit"):
            place = [network.slug, "people", *([liv.pk] if address != "records" else [])]
            answer = client.get(reverse(f"web:{address}", args=place))
            assert answer.status_code == 200
            assert "Liv" in answer.content.decode()
            assert "Canary" not in answer.content.decode()

    def test_and_stay_when_the_others_change(self, actor, make_actor, network, liv, theirs) -> None:
        second = add_member(actor=actor, network=network, values={"name": "Second"})
        values = {"organizations": [second.organization_id]}
        edit_record(actor=here(make_actor, network), network=network, kind=PERSON, record_id=liv.pk, values=values)
        assert {o.name for o in liv.organizations.all()} == {"Second", "Canary Ferry"}

    def test_control_in_the_other_network_it_is_named(self, actor, other, liv) -> None:
        shown = get_record(actor, other, PERSON, liv.pk)
        assert "Canary Ferry" in [o.name for o in shown.organizations.all()]


class TestMergedAddresses:
    """The address of a merged organisation leads to the one that was kept."""

    def merge(self, actor: Actor, network: Network, keep: Membership, absorb: Membership) -> None:
        ids = {"keep_id": keep.organization_id, "absorb_id": absorb.organization_id}
        merge_organizations(actor=actor, network=network, **ids)

    def test_also_after_a_second_merge(self, page_client: Client, actor, network, add_member) -> None:
        first, second, third = add_member("One"), add_member("Two"), add_member("Three")
        self.merge(actor, network, second, first)
        self.merge(actor, network, third, second)
        answer = page_client.get(reverse("web:record", args=[network.slug, "organizations", first.organization_id]))
        kept = reverse("web:record", args=[network.slug, "organizations", third.organization_id])
        assert (answer.status_code, answer["Location"]) == (302, kept)

    def test_but_not_out_of_reach(self, actor, make_actor, network, other, theirs, page_client: Client) -> None:
        gone = add_member(actor=actor, network=other, values={"name": "Gone"})
        self.merge(actor, other, theirs, gone)
        for record_id in (gone.organization_id, uuid4()):
            address = reverse("web:record", args=[network.slug, "organizations", record_id])
            assert page_client.get(address).status_code == 404
