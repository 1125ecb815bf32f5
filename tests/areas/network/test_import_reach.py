"""An import compares with, shows and changes what its actor may read and edit, and nothing beyond."""

from collections.abc import Callable

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network.actions import add_member, add_record, create_network
from unisono.areas.network.kinds import NEED, PERSON
from unisono.areas.network.models import Membership, Need, Network, Offering, Organization, Person
from unisono.platform.actor import Actor

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]
MAPPING = {
    "columns": {
        "member": {"Company": "name", "Key": "key", "City": "place", "Who": "person.name", "Mail": "person.email",
                   "Phone": "person.phone"},
    }
}  # fmt: skip
TEXT = "Company,Key,City,Who,Mail,Phone\nAurland Cider,k1,Bergen,Kari,kari@cider.no,222\n"


@pytest.fixture
def elsewhere(actor: Actor) -> Network:
    return create_network(actor=actor, values={"name": "Elsewhere"})


@pytest.fixture
def theirs(actor: Actor, elsewhere: Network) -> Membership:
    """A member of another network with a key and a contact person."""
    member = add_member(actor=actor, network=elsewhere, values={"name": "Aurland Cider", "key": "k1", "place": "Flåm"})
    add_record(
        actor=actor, network=elsewhere, kind=PERSON,
        values={"name": "Kari Ås", "email": "kari@cider.no", "phone": "111", "organizations": [member.organization_id]},
    )  # fmt: skip
    return member


def _as_orchestrator(network: Network, make_actor: Callable[..., Actor]) -> Importer:
    return Importer(make_actor("orchestrator", network=network), network)


def test_records_of_a_network_without_a_role_are_neither_shown_nor_changed(
    network: Network, theirs: Membership, make_actor: Callable[..., Actor]
) -> None:
    importer = _as_orchestrator(network, make_actor)
    batch = importer.check(TEXT, MAPPING)
    row = importer.row(batch, 2)
    assert (row.status, row.changes, row.candidate) == ("new", {}, {})
    assert "another network" in row.note
    importer.apply(batch)

    theirs.organization.refresh_from_db()
    assert (theirs.organization.place, theirs.organization.key) == ("Flåm", "k1")
    assert Person.objects.get(name="Kari Ås").phone == "111"
    own = Membership.objects.get(network=network).organization
    assert (own.place, own.key, [p.phone for p in own.people.all()]) == ("Bergen", "", ["222"])
    # And the file finds its own records the next time.
    assert importer.counts(importer.check(TEXT, MAPPING)) == {"same": 1}


def test_an_owner_key_of_a_network_without_a_role_ties_nothing_to_it(
    network: Network, theirs: Membership, make_actor: Callable[..., Actor]
) -> None:
    importer = _as_orchestrator(network, make_actor)
    mapping = {"kinds": {"*": "offering"}, "columns": {"offering": {"Product": "name", "Key": "owner_key"}}}
    importer.bring_in("Product,Key\nCider,k1\nTours,k1\n", mapping)
    assert not theirs.organization.offerings.exists()
    owner = Organization.objects.exclude(pk=theirs.organization_id).get()
    assert sorted(o.name for o in owner.offerings.all()) == ["Cider", "Tours"]
    assert importer.counts(importer.check("Product,Key\nCider,k1\nTours,k1\n", mapping)) == {"same": 2}
    assert Offering.objects.count() == 2


def test_records_of_another_network_that_the_actor_edits_are_found(
    actor: Actor, network: Network, theirs: Membership
) -> None:
    importer = Importer(actor, network)
    importer.bring_in(TEXT, MAPPING)
    assert Organization.objects.get().memberships.count() == 2
    assert Person.objects.get().phone == "222"


def test_what_an_owner_of_the_workspace_checked_is_compared_anew_by_somebody_with_a_role_here_only(
    actor: Actor, network: Network, theirs: Membership, make_actor: Callable[..., Actor]
) -> None:
    from unisono.areas.network import importing
    from unisono.platform import jobs

    batch = Importer(actor, network).check(TEXT, MAPPING)
    importer = _as_orchestrator(network, make_actor)
    jobs.run(importing.apply_import(**importer.where, batch_id=batch.pk), importer.actor)
    theirs.organization.refresh_from_db()
    assert theirs.organization.place == "Flåm"


@pytest.mark.parametrize("visibility", ["private", "care_team"])
def test_what_the_actor_may_not_read_is_not_compared_with(
    actor: Actor, network: Network, add_member: Add, make_actor: Callable[..., Actor], visibility: str
) -> None:
    member = add_member("Aurland Cider")
    values = {"statement": "A loan", "membership": member.pk, "visibility": visibility}
    secret = add_record(actor=actor, network=network, kind=NEED, values=values)
    mapping = {"kinds": {"*": "need"}, "columns": {"need": {"Need": "statement", "Of": "membership"}}}
    importer = _as_orchestrator(network, make_actor)
    batch = importer.check("Need,Of\nA loan,Aurland Cider\n", mapping)
    found = importer.row(batch, 2).record_id
    assert found == (secret.pk if visibility == "care_team" else None)
    assert Need.objects.count() == 1


def test_a_member_that_the_actor_may_not_read_stays_as_it_is(
    actor: Actor, network: Network, add_member: Add, make_actor: Callable[..., Actor]
) -> None:
    member = add_member("Aurland Cider", tier="Gold", place="Flåm")
    Membership.objects.update(visibility="private")
    importer = _as_orchestrator(network, make_actor)
    batch = importer.bring_in("Company,Level,City\nAurland Cider,Silver,Bergen\n")
    assert importer.counts(batch) == {"same": 1}
    assert importer.row(batch, 2).changes == {}
    member.refresh_from_db()
    assert (member.tier, member.organization.place) == ("Gold", "Flåm")


def test_an_address_means_the_same_person_in_whatever_case(actor: Actor, network: Network, add_member: Add) -> None:
    member = add_member("Voss Bakery")
    add_record(
        actor=actor, network=network, kind=PERSON,
        values={"name": "Kari Ås", "email": "Kari@Cider.no", "organizations": [member.organization_id]},
    )  # fmt: skip
    Importer(actor, network).bring_in(TEXT, MAPPING)
    assert Person.objects.count() == 1
    assert Person.objects.get().organizations.count() == 2
