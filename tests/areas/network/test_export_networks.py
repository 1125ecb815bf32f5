"""Members with their ties leave as a network and come in again the same; confidential ones do not leave."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.actions import add_record
from unisono.areas.network.exporting import export
from unisono.areas.network.kinds import MEMBER, NEED, PERSON, RELATIONSHIP
from unisono.areas.network.models import Membership, Network, Organization, Person, Relationship
from unisono.engines.graph_files import GRAPH_FORMATS
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]


@pytest.fixture
def ties(actor: Actor, network: Network, add_member: Add) -> list[Any]:
    fjord = add_member("Fjord AS", place="Bergen", tier="Gold", tags="food", joined_on="2020-05-01", staff_count=12)
    valley, peak = add_member("Dal & Sønner"), add_member("Peak <Oy>")
    values = [
        {"first": fjord.pk, "second": valley.pk, "kinds": "supply;data", "since": "2021-01-01", "first_trust": 6},
        {"first": valley.pk, "second": peak.pk},
    ]
    return [add_record(actor=actor, network=network, kind=RELATIONSHIP, values=each) for each in values]


def exported(actor: Actor, network: Network, format: str, kind: Any = MEMBER, **how: Any) -> bytes:
    return b"".join(export(actor, network, kind, format=format, **how).content)


def directory(network: Network) -> tuple[set[Any], set[Any]]:
    members = Membership.objects.filter(network=network).select_related("organization").prefetch_related("tags")
    ties = Relationship.objects.filter(network=network).select_related("first__organization", "second__organization")
    return (
        {(m.organization.name, m.organization.place, m.organization.staff_count, m.tier, str(m.joined_on),
          *(t.name for t in m.tags.all())) for m in members},
        {(str(t), ";".join(t.kinds), str(t.since), t.first_trust) for t in ties},
    )  # fmt: skip


@pytest.mark.parametrize("format", list(GRAPH_FORMATS))
def test_a_network_comes_back_the_same(actor: Actor, network: Network, ties: list[Any], format: str) -> None:
    before = directory(network)
    content = exported(actor, network, format)
    Relationship.objects.all().delete()
    Membership.objects.all().delete()
    Organization.objects.all().delete()
    importer = Importer(actor, network)
    batch = importer.start(content, name=f"network.{GRAPH_FORMATS[format].ending}")
    mapping = importing.suggested_mapping(batch).mapping
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping))
    assert importer.counts(batch) == {"new": 5}
    importer.apply(importer.again(batch))
    assert directory(network) == before


def test_what_is_confidential_stays_here(actor: Actor, network: Network, ties: list[Any]) -> None:
    Relationship.objects.filter(pk=ties[0].pk).update(visibility="private")
    Membership.objects.filter(organization__name="Peak <Oy>").update(visibility="care_team")
    text = exported(actor, network, "kumu").decode()
    assert "Fjord AS" in text and "Peak" not in text
    assert '"from"' not in text, "a tie without both its ends is none"


def test_filters_and_columns_say_what_leaves(actor: Actor, network: Network, ties: list[Any]) -> None:
    text = exported(actor, network, "graphml", filters={"tier": ["Gold"]}, columns=["place"]).decode()
    assert text.count("<node ") == 1 and "<edge " not in text
    assert "Bergen" in text and "Gold" not in text


def test_people_leave_as_cards(actor: Actor, network: Network, add_member: Add) -> None:
    organization = add_member("Fjord AS").organization
    values = {"name": "Anna Li", "organizations": [organization.pk], "email": "anna@fjord.example"}
    add_record(actor=actor, network=network, kind=PERSON, values=values)
    content = exported(actor, network, "vcf", PERSON)
    assert b"FN:Anna Li\r\n" in content and b"ORG:Fjord AS\r\n" in content
    Person.objects.all().delete()
    importer = Importer(actor, network)
    batch = importer.start(content, name="people.vcf")
    mapping = importing.suggested_mapping(batch).mapping
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping))
    importer.apply(importer.again(batch))
    assert [(p.name, p.email) for p in Person.objects.all()] == [("Anna Li", "anna@fjord.example")]


@pytest.mark.parametrize("format", ["vcf", "csv"])
@pytest.mark.parametrize("name", ["Fjord; Valley, and Sons", "Back\\; slash"])
def test_names_with_semicolons_and_commas_come_back_as_they_were(
    actor: Actor, network: Network, add_member: Callable[..., Membership], format: str, name: str
) -> None:
    if format != "vcf" and "\\" in name:
        pytest.skip("Cells of tables have no way to write a backslash before a semicolon.")
    organization = add_member(name).organization
    values = {"name": "Anna Li", "organizations": [organization.pk]}
    add_record(actor=actor, network=network, kind=PERSON, values=values)
    content = exported(actor, network, format, PERSON)
    Person.objects.all().delete()
    importer = Importer(actor, network)
    batch = importer.start(content, name=f"people.{format}")
    mapping = importing.suggested_mapping(batch, kind=None if format == "vcf" else "person").mapping
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping))
    importer.apply(importer.again(batch))
    assert [o.name for o in Person.objects.get().organizations.all()] == [name]
    assert Organization.objects.count() == 1


def test_needs_are_no_network(actor: Actor, network: Network) -> None:
    with pytest.raises(Invalid) as caught:
        exported(actor, network, "graphml", NEED)
    assert caught.value.problems[0].place == "format"
