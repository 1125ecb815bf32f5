"""Rows of ties: two members named by id within the file, key or name; repeated, changed, mended, undone."""

from collections.abc import Callable

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.actions import add_record, edit_record
from unisono.areas.network.kinds import RELATIONSHIP
from unisono.areas.network.models import CustomField, Membership, Network, Organization, Relationship
from unisono.platform.actor import Actor
from unisono.platform.models import Event

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]

TIES = {"From": "first", "To": "second", "Tie": "kinds", "Since": "since", "Trust": "first_trust"}
# Members and ties in one table, told apart by the first column.
BOTH = (
    "row,id,Company,From,To,Tie\nm,n1,Fjord AS,,,\nm,n2,Valley AB,,,\nm,n3,Peak Oy,,,\nt,,,n1,n2,supply\nt,,,n3,n2,\n"
)
BOTH_MAPPING = {
    "kind_column": "row",
    "kinds": {"m": "member", "t": "relationship"},
    "columns": {
        "member": {"id": "file_key", "Company": "name"},
        "relationship": {"From": "first", "To": "second", "Tie": "kinds"},
    },
}


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def ties_of(text: str) -> dict[str, dict[str, dict[str, str]]]:
    """The mapping of a file of ties, by the headings that it has."""
    headings = text.split("\n", 1)[0].split(",")
    return {"columns": {"relationship": {heading: TIES[heading] for heading in headings}}}


def pairs() -> set[tuple[str, str, str]]:
    ties = Relationship.objects.select_related("first__organization", "second__organization")
    return {(tie.first.organization.name, tie.second.organization.name, ";".join(tie.kinds)) for tie in ties}


def test_members_and_their_ties_come_in_together(importer: Importer) -> None:
    batch = importer.bring_in(BOTH, BOTH_MAPPING)
    assert pairs() == {("Fjord AS", "Valley AB", "supply"), ("Peak Oy", "Valley AB", "")}
    assert batch.counts["created"] == {"member": 3, "relationship": 2}
    assert not Organization.objects.exclude(key="").exists(), "an id within the file is not kept"
    assert Event.objects.filter(kind="relationship.imported", batch_id=batch.pk).count() == 2
    # The same file once more changes nothing, whichever way round the two stand.
    again = importer.check(BOTH.replace("n1,n2,supply", "n2,n1,supply"), BOTH_MAPPING)
    assert importer.counts(again) == {"same": 5}


def test_ends_are_named_by_key_or_name(importer: Importer, add_member: Add) -> None:
    add_member("Fjord AS", key="F-1")
    add_member("Valley AB")
    text = "From,To,Tie,Since\nF-1,valley ab,knowledge;data,2021-05-01\n"
    importer.bring_in(text, ties_of(text))
    tie = Relationship.objects.get()
    assert (str(tie), tie.kinds, str(tie.since), tie.state) == (
        "Fjord AS - Valley AB", ["knowledge", "data"], "2021-05-01", "active",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "place", "rule"),
    [
        ("Fjord AS,Nobody,,", "row 2, column To", "There is no member “Nobody” in this network or file."),
        ("Fjord AS,,,", "row 2, column To", "A value is needed."),
        ("Fjord AS,Fjord AS,,", "row 2", "Both ends are the same member."),
        ("Fjord AS,Valley AB,friendship,", "row 2, column Tie", "“friendship” is none of the choices."),
        ("Fjord AS,Outside,,", "row 2, column To", "There is no member “Outside” in this network or file."),
    ],
)
def test_a_row_that_ties_nothing_is_wrong(
    importer: Importer, add_member: Add, network: Network, row: str, place: str, rule: str
) -> None:
    add_member("Fjord AS"), add_member("Valley AB")
    Organization.objects.create(name="Outside", name_key="outside", recorded_in=network)
    text = f"From,To,Tie,Since\n{row}\n"
    batch = importer.check(text, ties_of(text))
    assert importer.counts(batch) == {"wrong": 1}
    (problem,) = importer.row(batch, 2).problems
    assert (problem["place"], problem["rule"]) == (place, rule)
    assert problem["remedy"]
    importer.apply(batch)
    assert not Relationship.objects.exists()


def test_repeated_rows_are_left_out_and_other_kinds_are_ties_of_their_own(importer: Importer, add_member: Add) -> None:
    add_member("Fjord AS"), add_member("Valley AB")
    text = "From,To,Tie\nFjord AS,Valley AB,supply\nValley AB,Fjord AS,supply\nFjord AS,Valley AB,data\n"
    batch = importer.bring_in(text, ties_of(text))
    assert importer.row(batch, 3).note == "Repeats row 2."
    assert {kinds for *_ends, kinds in pairs()} == {"supply", "data"}


def test_a_known_tie_is_filled_each_side_on_its_side(
    importer: Importer, add_member: Add, actor: Actor, network: Network
) -> None:
    fjord, valley = add_member("Fjord AS"), add_member("Valley AB")
    tie = add_record(actor=actor, network=network, kind=RELATIONSHIP, values={"first": fjord.pk, "second": valley.pk})
    text = "From,To,Tie,Trust\nValley AB,Fjord AS,supply,6\n"
    batch = importer.bring_in(text, ties_of(text))
    tie.refresh_from_db()
    assert (tie.kinds, tie.first_trust, tie.second_trust) == (["supply"], None, 6)
    assert importer.row(batch, 2).changes == {"kinds": [[], ["supply"]], "second_trust": [None, 6]}
    importer.undo(batch)
    tie.refresh_from_db()
    assert (tie.kinds, tie.second_trust) == ([], None)


def test_undo_takes_ties_before_members_and_keeps_what_they_stand_on(
    importer: Importer, actor: Actor, network: Network
) -> None:
    batch = importer.undo(importer.bring_in(BOTH, BOTH_MAPPING))
    assert batch.counts["removed"] == {"relationship": 2, "member": 3, "organization": 3}
    batch = importer.bring_in(BOTH, BOTH_MAPPING)
    tie = Relationship.objects.get(kinds=["supply"])
    edit_record(actor=actor, network=network, kind=RELATIONSHIP, record_id=tie.pk, values={"since": "2020-01-01"})
    importer.undo(batch)
    assert pairs() == {("Fjord AS", "Valley AB", "supply")}
    assert {m.organization.name for m in Membership.objects.select_related("organization")} == {"Fjord AS", "Valley AB"}


def test_ties_of_members_that_stay_out_stay_out(importer: Importer) -> None:
    batch = importer.check(BOTH, BOTH_MAPPING)
    importing.decide_row(**importer.where, batch_id=batch.pk, number=3, decision="leave_out")
    importer.apply(batch)
    assert not Relationship.objects.exists()


def test_a_row_can_be_mended(importer: Importer) -> None:
    batch = importer.check(BOTH.replace("n1,n2,supply", "n1,n9,supply"), BOTH_MAPPING)
    assert importer.row(batch, 5).status == "wrong"
    row = importing.fix_row(**importer.where, batch_id=batch.pk, number=5, cells={"To": "n2"})
    assert (row.status, row.name) == ("new", "n1 – n2")
    importer.apply(batch)
    assert ("Fjord AS", "Valley AB", "supply") in pairs()


def test_an_id_that_comes_twice_is_named(importer: Importer) -> None:
    batch = importer.check(BOTH.replace("m,n2", "m,n1"), BOTH_MAPPING)
    (problem,) = importer.row(batch, 3).problems
    assert (problem["place"], problem["rule"]) == (
        "row 3, column id", "Another row, “Fjord AS”, has this id already."
    )  # fmt: skip


def test_columns_of_a_list_of_ties_are_suggested(importer: Importer, add_member: Add) -> None:
    add_member("Fjord AS"), add_member("Valley AB")
    batch = importer.start("source,target,kind of tie,since,weight\nFjord AS,Valley AB,supply,2020-01-01,3\n")
    suggestion = importing.suggested_mapping(batch)
    assert suggestion.mapping["kinds"] == {"*": "relationship"}
    assert suggestion.mapping["columns"]["relationship"] == {
        "source": "first", "target": "second", "kind of tie": "kinds", "since": "since", "weight": None,
    }  # fmt: skip
    mapping = suggestion.with_custom_fields()
    importer.bring_in("source,target,kind of tie,since,weight\nFjord AS,Valley AB,supply,2020-01-01,3\n", mapping)
    assert Relationship.objects.get().custom == {"weight": 3}
    assert CustomField.objects.get().record_kind == "relationship"
