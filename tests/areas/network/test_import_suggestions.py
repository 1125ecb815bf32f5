"""Suggested columns: a heading that names a field is believed, and wrong values become row errors, never silence."""

import pytest

from unisono.areas.network import importing
from unisono.areas.network.models import ImportRow

pytestmark = pytest.mark.django_db


def suggested(actor, network, text: str, encoding: str = "utf-8") -> dict[str, str | None]:
    batch = importing.start_import(actor=actor, network=network, file=("list.csv", [text.encode(encoding)]))
    mapping = importing.suggested_mapping(batch).mapping
    return dict(mapping["columns"]["member"])


def test_one_impossible_date_does_not_hide_the_column(actor, network, django_capture_on_commit_callbacks) -> None:
    text = "name,joined\nA1,2020-01-01\nB1,31.02.2021\n"
    batch = importing.start_import(actor=actor, network=network, file=("list.csv", [text.encode()]))
    mapping = importing.suggested_mapping(batch).mapping
    assert mapping["columns"]["member"] == {"name": "name", "joined": "joined_on"}
    with django_capture_on_commit_callbacks(execute=True):
        importing.set_mapping(actor=actor, network=network, batch_id=batch.pk, mapping=mapping)
    wrong = ImportRow.objects.get(batch=batch, status="wrong")
    assert (wrong.number, wrong.problems[0]["rule"]) == (3, "“31.02.2021” is no date.")


def test_a_norwegian_list_with_faults_in_every_column(actor, network) -> None:
    text = (
        "Navn;Sted;Nettside;E-post;Medlem siden;Ansatte\n"
        "Lærdal Røykeri;Lærdal;example.org;post@example.org;12.03.2019;7\n"
        "Ålesund Båt;Ålesund;nope;bad@;31.02.2021;mange\n"
    )
    assert suggested(actor, network, text, "cp1252") == {
        "Navn": "name",
        "Sted": "place",
        "Nettside": "website",
        "E-post": "email",
        "Medlem siden": "joined_on",
        "Ansatte": "staff_count",
    }


def test_values_that_cannot_be_the_field_are_left_with_the_reason(actor, network) -> None:
    text = "name,joined\nA1,yes\nB1,no\nC1,yes\n"
    batch = importing.start_import(actor=actor, network=network, file=("list.csv", [text.encode()]))
    joined = importing.suggested_mapping(batch).columns["member"][1]
    assert (joined.target, joined.reason) == (None, "it is called like “Member since”, but its values are none")
