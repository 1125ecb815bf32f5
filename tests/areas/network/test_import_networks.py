"""Networks and contacts from other tools come in through the steps of every import, with columns suggested."""

from pathlib import Path

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.models import (
    CustomField,
    ImportBatch,
    Membership,
    Network,
    Organization,
    Person,
    Relationship,
)
from unisono.platform.actor import Actor

pytestmark = pytest.mark.django_db
_SAMPLES = Path("../shared/data/import-samples")
with_samples = pytest.mark.skipif(not _SAMPLES.exists(), reason="needs ../shared/data/import-samples")


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def brought_in(importer: Importer, content: str | bytes, name: str, *, keep: bool = False) -> ImportBatch:
    batch = importer.start(content, name=name)
    suggestion = importing.suggested_mapping(batch)
    mapping = suggestion.with_custom_fields() if keep else suggestion.mapping
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping))
    return importer.apply(importer.again(batch))


@with_samples
@pytest.mark.parametrize(
    ("name", "nodes", "ties"),
    # The source says some ties in both directions; between two members that is one.
    [("les_miserables.gexf", 77, 254), ("miserables.graphml", 77, 254), ("celegans.gexf", 306, 2148)],
)
def test_a_network_of_another_tool(importer: Importer, name: str, nodes: int, ties: int) -> None:
    content = (_SAMPLES / "graph" / name).read_bytes()
    batch = brought_in(importer, content, name)
    assert (Membership.objects.count(), Relationship.objects.count()) == (nodes, ties)
    importer.undo(batch)
    assert not Organization.objects.exists() and not Relationship.objects.exists()


@with_samples
def test_a_network_of_kumu_with_its_own_fields(importer: Importer) -> None:
    brought_in(importer, (_SAMPLES / "kumu/kumu_network.json").read_bytes(), "network.json", keep=True)
    assert Membership.objects.count() == 5
    assert Relationship.objects.count() == 3
    assert CustomField.objects.filter(record_kind="member", name="population").exists()


@with_samples
def test_contacts_come_in_with_their_organisations(importer: Importer) -> None:
    batch = brought_in(importer, (_SAMPLES / "vcard/rfc6350-example.vcf").read_bytes(), "contacts.vcf")
    person = Person.objects.get()
    assert (person.name, person.email) == ("Simon Perreault", "simon.perreault@viagenie.ca")
    assert [o.name for o in person.organizations.all()] == ["Viagenie"]
    assert not Membership.objects.exists()
    assert importer.counts(batch) == {"new": 2}
    # The same cards again say nothing new.
    again = importer.start((_SAMPLES / "vcard/rfc6350-example.vcf").read_bytes(), name="contacts.vcf")
    mapping = importing.suggested_mapping(again).mapping
    importer.run(importing.set_mapping(**importer.where, batch_id=again.pk, mapping=mapping))
    assert importer.counts(again) == {"same": 2}


def test_a_card_without_an_organisation_is_told_of(importer: Importer) -> None:
    text = "BEGIN:VCARD\nVERSION:3.0\nFN:Anna Li\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:Bo\nORG:Fjord\nEND:VCARD\n"
    batch = brought_in(importer, text, "contacts.vcf")
    assert importer.counts(batch) == {"new": 2, "wrong": 1}
    (problem,) = importer.row(batch, 2).problems
    assert problem["rule"] == "It is not said whom the row belongs to."


def test_members_first_and_their_ties_in_a_second_file(importer: Importer) -> None:
    brought_in(importer, "Id,Label,City\n1,Fjord AS,Bergen\n2,Valley AB,Voss\n".replace("Label", "Name"), "nodes.csv")
    brought_in(importer, "Source,Target,Type\n1,2,supply\n", "edges.csv")
    tie = Relationship.objects.get()
    assert (str(tie), tie.kinds) == ("Fjord AS - Valley AB", ["supply"])


def test_what_hangs_in_the_air_is_named_row_by_row(importer: Importer) -> None:
    text = (
        '<graphml><graph><node id="a"/><node id="a"/><node/><edge source="a" target="z"/><edge target="a"/>'
        '<edge source="a" target="a"/></graph></graphml>'
    )
    batch = brought_in(importer, text, "broken.graphml")
    assert importer.counts(batch) == {"new": 1, "wrong": 5}
    rules = [importer.row(batch, number).problems[0]["rule"] for number in range(2, 7)]
    assert rules == [
        "Another row, “a”, has this id already.",
        "A value is needed.",
        "There is no member “z” in this network or file.",
        "A value is needed.",
        "Both ends are the same member.",
    ]
