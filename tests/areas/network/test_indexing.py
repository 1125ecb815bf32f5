"""What hangs on an organisation is found by the organisation's present name, whoever changed it."""

import pytest

from unisono.areas.network.actions import add_member, add_record, edit_record
from unisono.areas.network.indexing import with_words
from unisono.areas.network.kinds import (
    CAPABILITY,
    KINDS,
    MEMBER,
    NEED,
    OFFERING,
    ORGANIZATION,
    PERSON,
    RESOURCE,
)
from unisono.areas.network.queries import finding, select
from unisono.platform.models import SearchEntry

pytestmark = pytest.mark.django_db

_PARTS = (PERSON, NEED, OFFERING, CAPABILITY, RESOURCE)


@pytest.fixture
def trout(actor, network):
    """A member with one of everything that is found by its name."""
    member = add_member(actor=actor, network=network, values={"name": "Lærdal Trout"})
    add = {"actor": actor, "network": network}
    add_record(**add, kind=PERSON, values={"name": "Liv", "organizations": [member.organization_id]})
    add_record(**add, kind=NEED, values={"membership": member.pk, "statement": "Ice"})
    add_record(**add, kind=OFFERING, values={"name": "Tour", "owners": [member.organization_id]})
    add_record(**add, kind=CAPABILITY, values={"organization": member.organization_id, "term": "Smoking"})
    add_record(**add, kind=RESOURCE, values={"owner": member.organization_id, "name": "Quay"})
    return member


def found(actor, network, query: str) -> set[str]:
    return {kind.name for kind in (MEMBER, ORGANIZATION, *_PARTS) if select(actor, network, kind, query=query)}


@pytest.mark.parametrize("kind", [MEMBER, ORGANIZATION])
def test_a_new_name_finds_all_that_hangs_on_it(actor, network, trout, kind) -> None:
    every = {kind.name for kind in (MEMBER, ORGANIZATION, *_PARTS)}
    assert found(actor, network, "trout") == every
    record_id = trout.pk if kind is MEMBER else trout.organization_id
    edit_record(actor=actor, network=network, kind=kind, record_id=record_id, values={"name": "Fjord Fish"})
    assert found(actor, network, "fjord") == every
    assert found(actor, network, "trout") == set()


def test_what_is_confidential_stays_out_of_search_after_a_rename(actor, network, trout) -> None:
    values = {"membership": trout.pk, "statement": "canary", "visibility": "care_team"}
    add_record(actor=actor, network=network, kind=NEED, values=values)
    edit_record(actor=actor, network=network, kind=MEMBER, record_id=trout.pk, values={"name": "Fjord Fish"})
    assert found(actor, network, "canary") == set()
    assert not SearchEntry.objects.filter(folded__contains="canary").exists()


def test_every_kind_found_by_an_organisations_name_is_known(actor, network, trout) -> None:
    """A kind that begins to hold the organisation's name in its words must be told to follow it."""
    held = set(SearchEntry.objects.filter(folded__contains="trout").values_list("record_kind", flat=True))
    assert held == {kind.name for kind in (MEMBER, ORGANIZATION, *_PARTS)}
    assert held <= set(KINDS)


def test_the_nearest_names_come_first_also_when_hundreds_match(actor, network, add_member, monkeypatch) -> None:
    for name in ("Zander fjord", "Fjord inn", "Old hotel", "A fjord bus", "Fjord boats"):
        add_member(name, description="By the fjord")
    monkeypatch.setattr(finding, "_FEW", 10)
    few = [each.title for each in finding.find(actor, network, "fjord", kinds=[MEMBER])]
    monkeypatch.setattr(finding, "_FEW", 4)
    many = [each.title for each in finding.find(actor, network, "fjord", kinds=[MEMBER])]
    assert few == many == ["Fjord boats", "Fjord inn", "A fjord bus", "Zander fjord", "Old hotel"]
    assert [each.title for each in finding.find(actor, network, "fjord", kinds=[MEMBER], per_kind=2)] == many[:2]


@pytest.mark.parametrize("kind", [MEMBER, ORGANIZATION, *_PARTS])
def test_records_to_index_are_read_by_their_keys(network, trout, django_assert_max_num_queries, kind) -> None:
    """With the workspace among the conditions SQLite reads all of it for every few records that a re-import changed."""
    ids = list(kind.model.objects.values_list("pk", flat=True))
    with django_assert_max_num_queries(1 + len(kind.prefetched)) as asked:
        assert {record.pk for record in with_words(kind, pk__in=ids)} == set(ids)
    assert not [query["sql"] for query in asked if 'workspace_id" =' in query["sql"]]


def test_a_member_and_its_organisation_are_found_by_the_same_words(actor, network) -> None:
    """Lines folded once for both give each all of its words, and the member those of its tags."""
    values = {
        "name": "Ålesund Båt",
        "description": "Kystens\nbåter",
        "place": "Ålesund",
        "tier": "Gold",
        "tags": ["Sjø"],
    }
    add_member(actor=actor, network=network, values=values)
    words = dict(SearchEntry.objects.values_list("record_kind", "folded"))
    assert words["organization"].split() == ["alesund", "bat", "alesund", "kystens", "bater"]
    assert words["member"].split() == [*words["organization"].split(), "gold", "sjo"]
