"""Say what columns mean: suggestions from headings and values, a memory, and errors that name the part."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.importing import reading, suggestions
from unisono.areas.network.models import ImportBatch, Network
from unisono.engines.tabular import Row
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def suggested(importer: Importer, text: str) -> dict[str, Any]:
    return importing.suggested_mapping(importer.start(text)).mapping


def test_headings_in_other_languages_find_their_field(importer: Importer) -> None:
    text = "Bedrift;Sted;Ansatte;Nettside;E-post;Innmeldt;Stikkord\nA AS;Voss;12;a.no;p@a.no;28.02.2021;mat;"
    mapping = suggested(importer, text)
    assert mapping["columns"]["member"] | {"column 8": None} == {
        "Bedrift": "name", "Sted": "place", "Ansatte": "staff_count", "Nettside": "website", "E-post": "email",
        "Innmeldt": "joined_on", "Stikkord": "tags", "column 8": None,
    }  # fmt: skip
    assert mapping["date_order"] == "dmy"


def test_contact_people_and_lists_are_found(importer: Importer) -> None:
    text = "Company,Contact person,Contact e-mail,Contact title,Needs,Capabilities\nA,Kari,k@a.no,CEO,guests,baking\n"
    assert suggested(importer, text)["columns"]["member"] == {
        "Company": "name", "Contact person": "person.name", "Contact e-mail": "person.email",
        "Contact title": "person.job_title", "Needs": "needs", "Capabilities": "capabilities",
    }  # fmt: skip


def test_values_that_contradict_a_heading_win(importer: Importer) -> None:
    mapping = suggested(importer, "Company,Joined,Employees\nA,spring,many\nB,autumn,few\n")
    assert mapping["columns"]["member"] == {"Company": "name", "Joined": None, "Employees": None}


@pytest.mark.parametrize(("dates", "order"), [(["3/14/2021"], "mdy"), (["14/3/2021"], "dmy"), (["2021-03-14"], "ymd")])
def test_the_order_of_dates_is_read_off_the_values(importer: Importer, dates: list[str], order: str) -> None:
    assert suggested(importer, "Company,Joined\n" + "".join(f"A,{d}\n" for d in dates))["date_order"] == order


def test_a_column_that_tells_kinds_apart_needs_a_word_for_members(importer: Importer) -> None:
    rows = "".join(f"Firm {n},Medlemmer\nProduct {n},Produkter\n" for n in range(10))
    mapping = suggested(importer, f"Name,Type\n{rows}")
    assert mapping["kind_column"] == "Type"
    assert mapping["kinds"] == {"Medlemmer": "member", "Produkter": "offering"}
    rows = "".join(f"Firm {n},Gold\nOther {n},Silver\n" for n in range(10))
    assert suggested(importer, f"Name,Type\n{rows}")["kind_column"] is None


def test_a_trailing_word_in_brackets_is_taken_off_when_it_comes_often(importer: Importer) -> None:
    often = "".join(f"Firm {n} (member),Voss\n" for n in range(5))
    assert suggested(importer, f"Company,City\n{often}")["trim"] == ["(member)"]
    once = "Firm (member),Voss\n" + "".join(f"Firm {n},Voss\n" for n in range(5))
    assert suggested(importer, f"Company,City\n{once}")["trim"] == []


def test_choices_are_remembered_for_the_same_headings(importer: Importer) -> None:
    mapping = {"columns": {"member": {"A": "name", "B": "tier"}}}
    importer.check("A,B\nx,y\n", mapping)
    again = importing.suggested_mapping(importer.start("A,B\nother,values\n"))
    assert again.remembered
    assert again.mapping["columns"] == mapping["columns"]
    # The file of wrong rows, with its further column, is such a file too.
    assert importing.suggested_mapping(importer.start("A,B,problem\nother,values,bad\n")).remembered
    assert not importing.suggested_mapping(importer.start("A,C\nother,values\n")).remembered


@pytest.mark.parametrize(
    ("mapping", "place"),
    [
        ({"columns": {"member": {"A": "name", "Z": "tier"}}}, "member, column Z"),
        ({"columns": {"member": {"A": "name", "B": "colour"}}}, "member, column B"),
        ({"columns": {"member": {"A": "name", "B": "name"}}}, "member, column B"),
        ({"columns": {"member": {"B": "tier"}}}, "member"),
        ({"columns": {"person": {"A": "name"}}, "kinds": {"*": "person"}}, "person"),
        ({"columns": {"member": {"A": "name"}}, "kind_column": "Z"}, "kind_column"),
        ({"columns": {"member": {"A": "name"}}, "kinds": {"x": "note"}}, "kinds, x"),
        ({"columns": {"member": {"A": "name"}}, "date_order": "yyy"}, "date_order"),
        ({"columns": {"member": {"A": "name"}}, "colour": 1}, "colour"),
        ({"columns": {"member": {"A": "name"}}, "kinds": {"*": "skip"}}, "kinds"),
        ({"columns": [1]}, "columns"),
        ({"columns": {"member": {"A": "name", "B": "visibility"}}}, "member, column B"),
    ],
)
def test_a_wrong_mapping_is_refused_by_its_part(importer: Importer, mapping: dict[str, Any], place: str) -> None:
    batch = importer.start("A,B\nx,y\n")
    with pytest.raises(Invalid) as caught:
        importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping)
    assert place in {problem.place for problem in caught.value.problems}
    assert importer.again(batch).state == "columns"


def test_an_applied_import_is_not_mapped_again(importer: Importer) -> None:
    batch = importer.bring_in("Company\nA\n")
    with pytest.raises(Conflict):
        importing.set_mapping(**importer.where, batch_id=batch.pk, mapping={"columns": {"member": {"Company": "name"}}})


def test_the_file_can_be_read_in_another_way_at_this_step(importer: Importer) -> None:
    batch = importer.start("a;b\n1;2\n")
    mapping = {"columns": {"member": {"a;b": "name"}}}
    importer.run(
        importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping, options={"delimiter": ","})
    )
    assert importer.row(batch, 2).cells == {"a;b": "1;2"}


def test_a_wide_file_is_sampled_by_cells(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    width, read = 500, 0
    rows_in = reading.rows_in

    def counted(batch: ImportBatch) -> Iterator[Row]:
        nonlocal read
        for row in rows_in(batch):
            read += 1
            yield row

    monkeypatch.setattr(suggestions, "rows_in", counted)
    line = ",".join(f"value {n}" for n in range(width))
    text = "Company," + ",".join(f"c{n}" for n in range(width - 1)) + "\n" + f"{line}\n" * 500
    mapping = importing.suggested_mapping(importer.start(text)).mapping
    assert mapping["columns"]["member"]["Company"] == "name"
    assert 0 < read * width <= 200_000
