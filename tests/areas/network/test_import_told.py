"""What an import tells: in the language of whoever reads it, and of records that the reader may read."""

from collections.abc import Callable

import pytest
from tests.areas.network.importing_world import Importer
from tests.platform.test_messages import Languages, speak

from unisono.areas.network import importing
from unisono.areas.network.actions import add_record
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.models import ImportRow, Membership, Network, Organization, Person
from unisono.platform.actor import Actor

__all__ = ["speak"]
pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


@pytest.fixture
def other(make_actor: Callable[..., Actor], network: Network) -> Importer:
    """An orchestrator of the network, who may import into it and reads no private record of others."""
    return Importer(make_actor("orchestrator", network=network), network)


def test_problems_of_rows_are_in_the_language_of_the_reader(importer: Importer, speak: Languages) -> None:
    speak("de")
    batch = importer.check("Company,Joined\nHotel Utsikten,yesterday\n")
    speak("nb")
    (problem,) = importer.row(batch, 2).problems
    assert problem == {
        "place": "nb:row 2, column Joined",
        "rule": "nb:“yesterday” is no date.",
        "remedy": "nb:Write it as 2021-02-28.",
    }


def test_so_are_notes_and_reasons(importer: Importer, add_member: Add, speak: Languages) -> None:
    add_member("Hotel Utsikten", key="k1")
    speak("de")
    batch = importer.check("Company,Key\nHotel Utsikten,k1\nHotel Utsikten,k1\nHotel Utsikten,k2\n")
    speak("nb")
    assert importer.row(batch, 3).note == "nb:Another row of the file means the same organisation."
    assert importer.row(batch, 4).candidate["reasons"] == ["nb:same name", "nb:another key"]


def test_so_is_what_stays_after_an_undo(importer: Importer, speak: Languages) -> None:
    batch = importer.bring_in("Company,City\nHotel Utsikten,Voss\n")
    Organization.objects.update(updated_at=batch.created_at, place="Aurland")
    speak("de")
    batch = importer.undo(batch)
    speak("nb")
    batch = importer.again(batch)
    reasons = {edit.reason for edit in importing.later_edits_of(importer.actor, importer.network, batch)}
    assert "nb:it was edited after the import" in reasons


def test_values_of_a_confidential_record_are_shown_to_who_may_read_it(
    importer: Importer, other: Importer, add_member: Add
) -> None:
    add_member("Hotel Utsikten", place="Voss")
    Membership.objects.update(visibility="private", created_by_id=importer.actor.user_id)
    batch = importer.check("Company,City\nHotel Utsikten,Bergen\n")
    assert importer.row(batch, 2).changes == {"place": ["Voss", "Bergen"]}

    row = other.row(batch, 2)
    assert row.changes == {}
    assert "may not read" in row.note
    page = importing.rows_of(other.actor, other.network, batch, status="update")
    assert [row.changes for row in page.rows] == [{}]


def test_so_are_those_of_a_confidential_contact_person(
    importer: Importer, other: Importer, add_member: Add, actor: Actor, network: Network
) -> None:
    member = add_member("Hotel Utsikten")
    add_record(
        actor=actor, network=network, kind=PERSON,
        values={"name": "Kari Ås", "email": "kari@h.no", "phone": "111", "organizations": [member.organization_id]},
    )  # fmt: skip
    Person.objects.update(visibility="private", created_by_id=actor.user_id)
    columns = {"Company": "name", "Who": "person.name", "Mail": "person.email", "Phone": "person.phone"}
    text = "Company,Who,Mail,Phone\nHotel Utsikten,Kari Ås,kari@h.no,222\n"
    batch = importer.check(text, {"columns": {"member": columns}})
    assert importer.row(batch, 2).changes == {"person.phone": ["111", "222"]}
    assert other.row(batch, 2).changes == {}


def test_deciding_a_row_neither_shows_nor_loses_them(importer: Importer, other: Importer, add_member: Add) -> None:
    add_member("Hotel Utsikten", place="Voss")
    Organization.objects.update(visibility="private", created_by_id=importer.actor.user_id)
    batch = importer.check("Company,City\nHotel Utsikten,Bergen\n")
    importing.decide_row(**other.where, batch_id=batch.pk, number=2, decision="leave_out")
    row = importing.decide_row(**other.where, batch_id=batch.pk, number=2, decision="")
    assert (row.status, row.changes) == ("update", {})
    assert ImportRow.objects.get().changes == {"place": ["Voss", "Bergen"]}


def test_the_name_of_a_confidential_candidate_is_not_told(importer: Importer, other: Importer, add_member: Add) -> None:
    add_member("Hotel Utsikten AS", key="k1")
    Organization.objects.update(visibility="private", created_by_id=importer.actor.user_id)
    batch = importer.check("Company,Key\nHotel Fjordsyn,k1\n")
    assert importer.row(batch, 2).candidate["name"] == "Hotel Utsikten AS"
    assert "Utsikten" not in str(other.row(batch, 2).candidate)
