"""The apply: all rows or none, what they carry along, a trace of each in the log and in search."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.actions import edit_record
from unisono.areas.network.importing import applying
from unisono.areas.network.kinds import KINDS, MEMBER, NEED, OFFERING, PERSON
from unisono.areas.network.models import (
    Capability,
    CustomField,
    ImportChange,
    Membership,
    Need,
    Network,
    Offering,
    Organization,
    Person,
    Tag,
)
from unisono.areas.network.queries import fields_of, get_record, page_of, select, value_of
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.bulk import Spool
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.models import Event, Job, SearchEntry

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]

RICH = {
    "columns": {
        "member": {
            "Company": "name", "Joined": "joined_on", "Tags": "tags", "Who": "person.name", "Mail": "person.email",
            "Needs": "needs", "Offers": "offers", "Can": "capabilities", "Beds": "custom:Beds:integer",
            "Staff": "staff_count", "Sides": "sides",
        }
    }
}  # fmt: skip
RICH_TEXT = (
    "Company,Joined,Tags,Who,Mail,Needs,Offers,Can,Beds,Staff,Sides\n"
    "Lærdal Trout,2019-03-12,food; fish,Kari Ås,kari@trout.no,More guests; A boat,Smoked trout,smoking,12,3,provider\n"
    "Hotel Utsikten,2020-01-01,food,Kari Ås,kari@trout.no,,,,,40,customer; provider\n"
)


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def test_a_row_brings_what_hangs_on_it(importer: Importer, actor: Actor, network: Network) -> None:
    batch = importer.bring_in(RICH_TEXT, RICH)

    assert batch.counts["created"] == {"member": 2, "person": 1, "need": 2, "offering": 1, "capability": 1}
    trout = Membership.objects.get(organization__name="Lærdal Trout")
    fields = {f.name: f for f in fields_of(network, MEMBER)}
    record = get_record(actor, network, MEMBER, trout.pk)
    values = {name: value_of(MEMBER, record, fields[name]) for name in ("tags", "sides", "staff_count", "custom.beds")}
    assert values == {
        "tags": ["fish", "food"], "sides": ["provider"], "staff_count": 3, "custom.beds": 12,
    }  # fmt: skip
    kari = Person.objects.get()
    assert sorted(organization.name for organization in kari.organizations.all()) == ["Hotel Utsikten", "Lærdal Trout"]
    assert {need.statement for need in trout.needs.all()} == {"More guests", "A boat"}
    assert [o.name for o in trout.organization.offerings.all()] == ["Smoked trout"]
    assert Capability.objects.get().organization_id == trout.organization_id
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["fish", "food"]
    assert trout.organization.source_ref == "members.csv, row 2"
    assert trout.created_by_id == actor.user_id


def test_every_record_is_in_the_log_and_in_search_as_if_added_by_hand(
    importer: Importer, actor: Actor, network: Network, add_member: Add
) -> None:
    batch = importer.bring_in(RICH_TEXT, RICH)

    kinds = sorted(Event.objects.filter(batch_id=batch.pk).values_list("kind", flat=True))
    assert kinds == [
        "capability.imported", "custom_field.added", "import.applied", "import.started", "member.imported",
        "member.imported", "need.imported", "need.imported", "offering.imported", "person.imported",
    ]  # fmt: skip
    person = Event.objects.get(kind="person.imported")
    assert person.changes["email"] == [None, None]
    trout = Event.objects.filter(kind="member.imported").order_by("id").first()
    assert trout is not None
    assert trout.changes["joined_on"] == [None, "2019-03-12"]
    for query, kind, found in [
        ("laerdal fish", MEMBER, "Lærdal Trout"), ("kari utsikten", PERSON, "Kari Ås"), ("boat", NEED, "A boat"),
        ("smoked laerdal", OFFERING, "Smoked trout"), ("laerdal", KINDS["organization"], "Lærdal Trout"),
    ]:  # fmt: skip
        assert [kind.title(r) for r in page_of(select(actor, network, kind, query=query)).rows] == [found], query
    # The same words as for a member added by hand.
    by_hand = add_member("Lærdal Trout Two", tags="food; fish")
    imported = Membership.objects.get(organization__name="Lærdal Trout")
    folded = dict(SearchEntry.objects.values_list("record_id", "folded"))
    assert set(folded[by_hand.pk].split()) - {"two"} == set(folded[imported.pk].split())


def test_the_same_rows_again_change_nothing(importer: Importer) -> None:
    importer.bring_in(RICH_TEXT, RICH)
    assert importer.counts(importer.check(RICH_TEXT, RICH)) == {"same": 2}


def test_changed_cells_alone_are_written(importer: Importer, actor: Actor, network: Network) -> None:
    importer.bring_in(RICH_TEXT, RICH)
    text = RICH_TEXT.replace("food; fish", "fish; smoked").replace("A boat", "A bigger boat").replace(",3,", ",4,")
    batch = importer.bring_in(text.replace("Lærdal Trout", "LÆRDAL TROUT"), RICH)
    assert importer.counts(batch) == {"update": 1, "same": 1}
    assert batch.counts["created"] == {"need": 1}
    assert batch.counts["updated"] == {"member": 1}
    trout = Membership.objects.get(organization__name="LÆRDAL TROUT")
    assert sorted(tag.name for tag in trout.tags.all()) == ["fish", "food", "smoked"]
    assert trout.organization.staff_count == 4
    assert trout.needs.count() == 3
    event = Event.objects.get(batch_id=batch.pk, kind="member.imported")
    assert set(event.changes) == {"name", "staff_count", "tags"}
    assert [str(m) for m in page_of(select(actor, network, MEMBER, query="smoked")).rows] == ["LÆRDAL TROUT"]


def test_undecided_rows_come_in_separately_or_not_at_all(importer: Importer, add_member: Add) -> None:
    add_member("Aurland Cider", key="k1")
    text = "Company,Key\nSogn Boats,k1\n"
    importer.apply(importer.check(text), undecided="leave_out")
    assert Organization.objects.count() == 1
    importer.apply(importer.check(text))
    assert Organization.objects.get(name="Sogn Boats").key == ""
    assert Organization.objects.get(key="k1").name == "Aurland Cider"
    # And the next import of the file finds both.
    assert importer.counts(importer.check(text)) == {"same": 1}


def test_rows_that_are_one_become_one(importer: Importer) -> None:
    batch = importer.check("Company,Key,City,Level\nSAP,k1,,Gold\nSAP Labs,k1,Walldorf,Silver\n")
    importing.decide_row(**importer.where, batch_id=batch.pk, number=3, decision="same")
    importer.apply(batch)
    member = Membership.objects.get()
    assert (member.organization.name, member.organization.place, member.tier) == ("SAP", "Walldorf", "Gold")
    assert member.organization.aliases == ["SAP Labs"]
    again = importer.check("Company,Key,City,Level\nSAP,k1,,Gold\nSAP Labs,k1,Walldorf,Silver\n")
    assert importer.counts(again) == {"same": 2}


def test_outside_owners_become_organisations_that_are_no_members(importer: Importer) -> None:
    mapping = {
        "kinds": {"*": "offering"},
        "columns": {"offering": {"Product": "name", "Key": "owner_key"}},
    }
    importer.bring_in(
        "Product,Key\nAnsible,https://x.org/organization/red-hat\nOpenShift,https://x.org/organization/red-hat\nFree,\n",
        mapping,
    )
    owner = Organization.objects.get()
    assert (owner.name, owner.key) == ("Red Hat", "https://x.org/organization/red-hat")
    assert owner.offerings.count() == 2
    assert not Membership.objects.exists()
    assert Offering.objects.get(owners=None).name == "Free"


def test_a_directory_that_changed_since_is_compared_anew(
    importer: Importer, actor: Actor, network: Network, add_member: Add
) -> None:
    member = add_member("Aurland Cider", key="k1", tier="Gold")
    batch = importer.check("Company,Key,Level\nAurland Cider,k1,Silver\nVoss Bakery,k2,Gold\n")
    edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Silver"})
    add_member("Voss Bakery", key="k2", tier="Gold")
    job = jobs.run(importing.apply_import(**importer.where, batch_id=batch.pk), importer.actor)
    # What nobody has seen yet is not written.
    assert job.state == Job.State.FAILED
    assert "compared anew" in job.problems[0]["rule"]
    batch = importer.again(batch)
    assert batch.state == "checked"
    assert importer.counts(batch) == {"same": 2}
    importer.apply(batch)
    assert Membership.objects.count() == 2


def test_a_change_that_concerns_no_row_does_not_stop_an_import(importer: Importer, add_member: Add) -> None:
    batch = importer.check("Company\nAurland Cider\n")
    add_member("Voss Bakery")
    importer.apply(batch)
    assert Membership.objects.count() == 2


def test_many_rows_that_are_one_take_few_queries(importer: Importer, django_assert_max_num_queries: Any) -> None:
    batch = importer.check("Company,Key\n" + "".join(f"Firm {n},k{n // 2}\n" for n in range(400)))
    assert importing.decide_rows(**importer.where, batch_id=batch.pk, decision="same") == 200
    with django_assert_max_num_queries(100, connection=connection):
        importer.apply(batch)
    assert Membership.objects.count() == 200


def test_a_row_whose_first_one_stays_out_comes_in_by_itself(importer: Importer) -> None:
    batch = importer.check("Company,Key\nSAP,k1\nSAP Labs,k1\nSAP Research,k1\n")
    importing.decide_rows(**importer.where, batch_id=batch.pk, decision="same")
    importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="leave_out")
    importer.apply(batch)
    assert sorted(Organization.objects.values_list("name", flat=True)) == ["SAP Labs", "SAP Research"]


def test_all_or_nothing(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = importer.check(RICH_TEXT, RICH)
    before = [Organization, Membership, Person, Need, Tag, CustomField, ImportChange, SearchEntry]
    events = Event.objects.count()

    def broken(writer: Any) -> None:
        raise RuntimeError("the power fails")

    monkeypatch.setattr(applying, "_index_changed", broken)
    job = jobs.run(importing.apply_import(**importer.where, batch_id=batch.pk), importer.actor)
    assert job.state == Job.State.FAILED
    assert importer.again(batch).state == "checked"
    assert [model._default_manager.count() for model in before] == [0] * len(before)
    assert Event.objects.count() == events
    monkeypatch.undo()
    importer.apply(batch)
    assert Membership.objects.count() == 2


def test_a_record_that_changes_while_rows_are_prepared_stops_all(
    importer: Importer, add_member: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = add_member("Aurland Cider", tier="Gold")
    batch = importer.check("Company,Level\nAurland Cider,Silver\nNew,Gold\n")
    write = Spool.write

    def late(self: Spool, progress: Any) -> bool:
        Membership.objects.filter(pk=member.pk).update(updated_at="2030-01-01T00:00:00Z", tier="Platinum")
        return write(self, progress)

    monkeypatch.setattr(Spool, "write", late)
    job = jobs.run(importing.apply_import(**importer.where, batch_id=batch.pk), importer.actor)
    assert job.state == Job.State.FAILED
    assert "Somebody changed records" in job.problems[0]["rule"]
    assert importer.again(batch).state == "checked"
    assert not Organization.objects.filter(name="New").exists()


def test_a_cancelled_apply_leaves_nothing(importer: Importer) -> None:
    batch = importer.check("Company\n" + "".join(f"Firm {n}\n" for n in range(2_500)))
    job = importing.apply_import(**importer.where, batch_id=batch.pk)

    def stop(done: int, total: int | None) -> None:
        if done > 3_000:
            jobs.cancel(actor=importer.actor, job_id=job.pk)

    assert jobs.run(job, importer.actor, watch=stop).state == Job.State.CANCELLED
    assert importer.again(batch).state == "checked"
    assert not Organization.objects.exists()
    assert not Event.objects.filter(kind="member.imported").exists()


def test_an_import_is_applied_once(importer: Importer) -> None:
    batch = importer.check("Company\nA\n")
    importing.apply_import(**importer.where, batch_id=batch.pk)
    with pytest.raises(Conflict):
        importing.apply_import(**importer.where, batch_id=batch.pk)
    with pytest.raises(Invalid):
        importing.apply_import(**importer.where, batch_id=batch.pk, undecided="perhaps")


def test_many_rows_take_few_queries(importer: Importer, django_assert_max_num_queries: Any) -> None:
    batch = importer.check("Company,Level,Tags\n" + "".join(f"Firm {n},Gold,a;b\n" for n in range(3_000)))
    with django_assert_max_num_queries(150, connection=connection):
        importer.apply(batch)
    assert Membership.objects.filter(tags__name="b").count() == 3_000


def test_a_batch_never_applied_can_be_dropped(importer: Importer) -> None:
    batch = importer.check("Company\nA\n")
    importing.remove_import(**importer.where, batch_id=batch.pk)
    assert importing.batches_of(importer.actor, importer.network) == []
    applied = importer.bring_in("Company\nA\n")
    with pytest.raises(Conflict):
        importing.remove_import(**importer.where, batch_id=applied.pk)
