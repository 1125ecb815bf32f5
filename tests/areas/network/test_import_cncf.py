"""A real member file: a landscape of 722 members and 1,691 offerings in one CSV, told apart by a column."""

from pathlib import Path

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import CustomField, ImportBatch, Membership, Network, Offering, Organization
from unisono.areas.network.queries import page_of, select
from unisono.platform.actor import Actor
from unisono.platform.models import Event

FILE = Path(__file__).resolve().parents[4] / "shared" / "data" / "directory-cncf" / "items.csv"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FILE.exists(), reason="the file ../shared/data/directory-cncf/items.csv is not here"),
]


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def checked(importer: Importer, content: bytes = b"") -> ImportBatch:
    batch = importer.start(content or FILE.read_bytes(), name="items.csv")
    mapping = importing.suggested_mapping(batch).with_custom_fields()
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping))
    return importer.again(batch)


def test_the_suggestion_needs_no_help(importer: Importer) -> None:
    suggestion = importing.suggested_mapping(importer.start(FILE.read_bytes(), name="items.csv"))
    mapping = suggestion.mapping

    assert mapping["kind_column"] == "category"
    assert mapping["kinds"] == {"CNCF Members": "member", "*": "offering"}
    assert mapping["columns"]["member"] == {
        "category": None, "subcategory": "tier", "name": "name", "homepage_url": "website", "crunchbase": "key",
        "project": None, "repo_url": None, "description": "description", "accepted": None, "joined": "joined_on",
    }  # fmt: skip
    assert mapping["columns"]["offering"] == {
        "category": "category", "subcategory": "category", "name": "name", "homepage_url": "website",
        "crunchbase": "owner_key", "project": None, "repo_url": None, "description": "proposition", "accepted": None,
        "joined": None,
    }  # fmt: skip
    assert mapping["trim"] == ["(member)", "(supporter)", "(contributor)"]
    custom = {c.column: c.custom for c in suggestion.columns["offering"] if c.custom}
    assert custom == {
        "project": "custom:project:text", "repo_url": "custom:repo_url:url", "accepted": "custom:accepted:date",
        "joined": "custom:joined:date",
    }  # fmt: skip
    assert suggestion.kind_values[0] == ("CNCF Members", 722)


def test_the_file_becomes_a_network(importer: Importer, actor: Actor, network: Network) -> None:
    batch = checked(importer)

    doubtful = {(row.name, row.candidate["row"]) for row in batch.rows.filter(status="decide")}
    assert doubtful >= {("SAP Labs", 1460), ("k0rdent", 364), ("MockServer", 731), ("DeepFlow", 1058), ("Okahu", 1135)}
    assert importer.counts(batch) == {"new": 2413 - len(doubtful), "decide": len(doubtful)}
    # Beside those: two names that differ in a capital letter alone, one in a space and the legal form.
    assert len(doubtful) == 8
    assert not Membership.objects.exists()

    batch = importer.apply(batch)

    members = Membership.objects.filter(network=network)
    assert members.count() == 722
    assert members.filter(joined_on=None).count() == 15
    assert not members.filter(tier="").exists()
    assert not Organization.objects.filter(name__contains="(member)").exists()
    assert not Organization.objects.filter(name__contains="(supporter)").exists()
    assert Offering.objects.filter(network=network).count() == 1691
    assert Offering.objects.filter(owners=None).count() == 188
    assert members.filter(organization__offerings__isnull=False).distinct().count() == 338
    outside = Organization.objects.filter(memberships=None)
    assert outside.count() == 444
    assert not outside.filter(offerings=None).exists()
    accenture = outside.get(key="https://www.crunchbase.com/organization/accenture")
    assert (accenture.name, accenture.source_ref[:9]) == ("Accenture", "items.csv")
    assert Organization.objects.filter(name="SAP Labs", key="").count() == 1
    assert CustomField.objects.filter(network=network, record_kind="offering").count() == 4
    akri = Offering.objects.get(name="Akri")
    assert akri.category == "Provisioning / Automation & Configuration"
    assert akri.custom == {
        "project": "sandbox", "repo_url": "https://github.com/project-akri/akri", "accepted": "2021-09-14"
    }  # fmt: skip
    assert Event.objects.filter(kind="member.imported", batch_id=batch.pk).count() == 722
    assert [str(member) for member in page_of(select(actor, network, MEMBER, query="fujitsu")).rows] == ["Fujitsu"]


def test_the_same_file_again_changes_nothing_and_a_changed_one_only_what_changed(importer: Importer) -> None:
    first = importer.apply(checked(importer))
    events = Event.objects.count()

    again = checked(importer)
    assert importer.counts(again) == {"same": 2413}
    assert importing.suggested_mapping(again).remembered

    line = b"CNCF Members,Silver,Fujitsu (member)"
    content = FILE.read_bytes()
    platinum = b"CNCF Members,Platinum,Fujitsu (member)"
    assert (line in content) != (platinum in content)
    changed = content.replace(platinum, b"CNCF Members,Gold,Fujitsu (member)").replace(
        line, b"CNCF Members,Gold,Fujitsu (member)"
    )
    batch = importer.apply(checked(importer, changed))
    assert importer.counts(batch) == {"same": 2412, "update": 1}
    assert batch.counts["updated"] == {"member": 1}
    assert Membership.objects.get(organization__name="Fujitsu").tier == "Gold"
    assert Event.objects.filter(batch_id=batch.pk, kind="member.imported").count() == 1
    assert Event.objects.count() > events

    # The newer import is a later edit for the older one.
    later = importing.later_edits_of(importer.actor, importer.network, first)
    assert "Fujitsu" in {edit.name for edit in later}


def test_undo_leaves_no_row(importer: Importer) -> None:
    batch = importer.undo(importer.apply(checked(importer)))
    assert batch.state == "undone"
    assert not Membership.objects.exists()
    assert not Organization.objects.exists()
    assert not Offering.objects.exists()
    assert not CustomField.objects.exists()
    assert Event.objects.filter(kind="member.import_undone").count() == 722
