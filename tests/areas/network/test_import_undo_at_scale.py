"""Undoing many records takes few statements, looks no further than asked, and meets others' work meanwhile."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.actions import add_custom_field, add_record, edit_record
from unisono.areas.network.importing import undo_plan, undoing
from unisono.areas.network.kinds import MEMBER, NOTE, PERSON
from unisono.areas.network.models import (
    CustomField,
    ImportBatch,
    Membership,
    Network,
    Note,
    Person,
    Tag,
)
from unisono.areas.network.queries import page_of, select
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict
from unisono.platform.models import Event
from unisono.platform.tenancy import workspace_scope


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def listed(count: int, level: str, place: str, tag: str = "") -> str:
    lines = [f"Firm number {n} {'abcdefghij'[n % 10] * 9}{n},{level},{place},{tag}" for n in range(count)]
    return "Company,Level,City,Tags\n" + "\n".join(lines) + "\n"


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        act()
    # Updates of single rows are one prepared statement each, which is what both databases are quick at.
    return len([q for q in queries if not q["sql"].startswith('UPDATE "network_')])


@pytest.mark.django_db
class TestStatements:
    def undo_statements(self, importer: Importer, count: int) -> int:
        importer.bring_in(listed(count, "Gold", "Voss", "fish"))
        batch = importer.bring_in(listed(count, "Silver", "Bergen", "food"))
        assert importer.counts(batch)["update"] == count
        number = statements(lambda: importer.undo(batch))
        tiers = set(Membership.objects.values_list("tier", "organization__place"))
        assert tiers == {("Gold", "Voss")}
        return number

    def test_giving_back_many_takes_as_many_as_giving_back_few(self, importer: Importer) -> None:
        few = self.undo_statements(importer, 3)
        many = self.undo_statements(importer, 60)
        assert many <= few + 4

    def test_looking_stops_at_the_limit(self, importer: Importer, actor: Actor, network: Network, monkeypatch) -> None:
        monkeypatch.setattr(undo_plan, "CHUNK", 5)
        importer.bring_in(listed(40, "Gold", "Voss"))
        batch = importer.bring_in(listed(40, "Silver", "Bergen"))
        for member in Membership.objects.all():
            edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Platinum"})
        looked = statements(lambda: importing.later_edits_of(actor, network, batch, limit=5))
        every = statements(lambda: importing.later_edits_of(actor, network, batch))
        assert len(importing.later_edits_of(actor, network, batch, limit=5)) == 5
        assert len(importing.later_edits_of(actor, network, batch)) == 40
        assert looked < every

    def test_looking_at_what_was_created_stops_as_well(
        self, importer: Importer, actor: Actor, network: Network
    ) -> None:
        batch = importer.bring_in(listed(8, "Gold", "Voss"))
        Membership.objects.update(updated_at=batch.created_at)
        assert len(importing.later_edits_of(actor, network, batch, limit=3)) == 3
        edits = importing.later_edits_of(actor, network, batch)
        assert {edit.record_kind for edit in edits} == {"member", "organization"}
        assert len(edits) == 16


@pytest.mark.django_db
class TestWhatGoesBack:
    def test_tags_of_the_import_go_unless_somebody_else_wears_them(
        self, importer: Importer, actor: Actor, network: Network, add_member
    ) -> None:
        known = add_member("Known", tags="old")
        other = add_member("Other")
        batch = importer.bring_in("Company,Tags\nKnown,old;one;two\nNew,three\n")
        assert set(Tag.objects.values_list("name", flat=True)) == {"old", "one", "two", "three"}
        edit_record(actor=actor, network=network, kind=MEMBER, record_id=other.pk, values={"tags": "two"})
        importer.undo(batch)
        assert [tag.name for tag in known.tags.all()] == ["old"]
        assert set(Tag.objects.values_list("name", flat=True)) == {"old", "two"}

    def test_a_record_that_two_rows_changed_goes_back_all_the_way(self, importer: Importer, add_member) -> None:
        member = add_member("Aurland Cider", key="1", tier="Gold", tags="a")
        batch = importer.bring_in("Company,Key,Level,City,Tags\nAurland Cider,1,Silver,Flåm,b\n")
        # As two rows of one file would have left it: the second change upon the first.
        first = batch.changes.get(record_kind="member")
        tags = first.values["tags"][1]
        first.pk, first.values = None, {"tier": ["Silver", "Bronze"], "tags": [tags, [*tags, "c"]]}
        first.save()
        Membership.objects.filter(pk=member.pk).update(tier="Bronze")
        member.tags.add(Tag.objects.create(network=member.network, name="c"))
        importer.undo(batch)
        member.refresh_from_db()
        assert (member.tier, member.organization.place) == ("Gold", "")
        assert [tag.name for tag in member.tags.all()] == ["a"]

    def test_a_number_field_of_the_import_goes(self, importer: Importer, add_member) -> None:
        add_member("Known")
        columns = {"Company": "name", "Beds": "custom:Beds"}
        batch = importer.bring_in("Company,Beds\nKnown,12\n", {"columns": {"member": columns}})
        CustomField.objects.update(type="integer")
        Membership.objects.update(custom={"beds": 12})
        batch.changes.filter(record_kind="member").update(values={"custom.beds": [None, 12]})
        importer.undo(batch)
        assert not CustomField.objects.exists()

    def test_a_person_is_taken_out_of_the_organisation_it_was_put_in(
        self, importer: Importer, actor: Actor, network: Network, add_member
    ) -> None:
        own, other = add_member("Own"), add_member("Other")
        values = {"name": "Liv", "email": "liv@example.org", "organizations": [own.organization_id]}
        person = add_record(actor=actor, network=network, kind=PERSON, values=values)
        columns = {"member": {"Company": "name", "Contact": "person.name", "Mail": "person.email"}}
        batch = importer.bring_in("Company,Contact,Mail\nOther,Liv,liv@example.org\n", {"columns": columns})
        assert set(person.organizations.all()) == {own.organization, other.organization}
        importer.undo(batch)
        assert list(Person.objects.get().organizations.all()) == [own.organization]

    def test_what_hangs_on_it_is_found_by_the_earlier_name(
        self, importer: Importer, actor: Actor, network: Network, add_member
    ) -> None:
        member = add_member("Aurland Trout", key="1")
        values = {"name": "Liv", "organizations": [member.organization_id]}
        add_record(actor=actor, network=network, kind=PERSON, values=values)
        batch = importer.bring_in("Company,Key\nAurland Trout GmbH,1\n")
        assert Membership.objects.get().organization.name == "Aurland Trout GmbH"
        assert [str(p) for p in page_of(select(actor, network, PERSON, query="gmbh")).rows] == ["Liv"]
        importer.undo(batch)
        assert [str(p) for p in page_of(select(actor, network, PERSON, query="trout")).rows] == ["Liv"]
        assert page_of(select(actor, network, PERSON, query="gmbh")).rows == []

    def test_a_custom_value_of_a_person_stays_out_of_the_log(
        self, importer: Importer, actor: Actor, network: Network
    ) -> None:
        add_custom_field(actor=actor, network=network, record_kind="person", label="Birthday")
        importer.bring_in("Company\nOwn\n")
        text = "Name,Of,Mail,Born\nLiv,Own,liv@example.org,{}\n"
        columns = {"Name": "name", "Of": "organizations", "Mail": "email", "Born": "custom.birthday"}
        mapping = {"columns": {"person": columns}, "kinds": {"*": "person"}}
        importer.bring_in(text.format("1981"), mapping)
        batch = importer.bring_in(text.format("1982"), mapping)
        importer.undo(batch)
        assert Person.objects.get().custom == {PERSON.custom_key(network, "birthday"): "1981"}
        undone = Event.objects.get(kind="person.import_undone")
        assert undone.changes == {"custom.birthday": [None, None]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one write at a time")
class TestAtOnce:
    """Others work on the records of an import while it is undone."""

    def race(
        self, importer: Importer, batch: ImportBatch, act: Callable[[], Any], monkeypatch, where: str
    ) -> list[Any]:
        errors: list[Any] = []

        def run() -> None:
            try:
                with workspace_scope(importer.actor.workspace_id):
                    act()
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        thread, original = threading.Thread(target=run), getattr(undoing, where)

        def meanwhile(*args: Any, **kwargs: Any) -> Any:
            found = original(*args, **kwargs)
            if thread.ident is None:
                # It ends within this second unless it has to wait for the undo.
                thread.start()
                thread.join(1)
            return found

        monkeypatch.setattr(undoing, where, meanwhile)
        importer.undo(batch)
        thread.join(10)
        return errors

    def edit(self, importer: Importer, member: Membership) -> Callable[[], Any]:
        values = {"description": "written meanwhile"}
        return lambda: edit_record(**importer.where, kind=MEMBER, record_id=member.pk, values=values)

    def note(self, importer: Importer, member: Membership) -> Callable[[], Any]:
        values = {"membership": member.pk, "text": "written meanwhile"}
        return lambda: add_record(**importer.where, kind=NOTE, values=values)

    @pytest.mark.parametrize("what", ["edit", "note"])
    def test_what_was_saved_is_not_removed(self, importer: Importer, monkeypatch, what: str) -> None:
        batch = importer.bring_in("Company\nNew\n")
        act = getattr(self, what)(importer, Membership.objects.get())
        errors = self.race(importer, batch, act, monkeypatch, "plan_of")
        assert all(isinstance(error, Conflict) for error in errors)
        assert errors or Membership.objects.exists()

    def test_control_without_holding_a_saved_note_is_removed(self, importer: Importer, monkeypatch) -> None:
        batch = importer.bring_in("Company\nNew\n")
        monkeypatch.setattr(undoing, "_hold", lambda kind, ids: None)
        act = self.note(importer, Membership.objects.get())
        assert self.race(importer, batch, act, monkeypatch, "plan_of") == []
        assert not Note.objects.exists()

    def test_an_edit_of_what_goes_back_is_not_overwritten(self, importer: Importer, add_member, monkeypatch) -> None:
        member = add_member("Known", tier="Gold", place="Voss")
        batch = importer.bring_in("Company,Level,City\nKnown,Silver,Flåm\n")
        errors = self.race(importer, batch, self.edit(importer, member), monkeypatch, "Earlier")
        member.refresh_from_db()
        assert (member.tier, member.organization.place) == ("Gold", "Voss")
        assert errors or member.organization.description == "written meanwhile"

    def test_what_nothing_held_stops_the_undo_instead(self, importer: Importer, add_member, monkeypatch) -> None:
        """A second safeguard: rows are written only as they were read."""
        member = add_member("Known", tier="Gold")
        batch = importer.bring_in("Company,Level\nKnown,Silver\n")
        monkeypatch.setattr(undoing, "_hold", lambda kind, ids: None)
        with pytest.raises(AssertionError, match="while it was being undone"):
            self.race(importer, batch, self.edit(importer, member), monkeypatch, "Earlier")
        member.refresh_from_db()
        assert (member.tier, member.organization.description) == ("Silver", "written meanwhile")
        assert importer.again(batch).state == "applied"
