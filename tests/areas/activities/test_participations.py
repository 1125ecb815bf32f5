"""Gatherings, initiatives and who takes part in them: TREN-D7, TREN-R5, KIJIMA-D5."""

from typing import Any

import pytest

from unisono.areas.activities.actions import add_participants
from unisono.areas.activities.kinds import GATHERING, INITIATIVE, PARTICIPATION
from unisono.areas.activities.models import Participation
from unisono.areas.network.actions import add_record, archive_record, change_state, edit_record, merge_organizations
from unisono.areas.network.kinds import KINDS, PERSON, Kind, register_kind
from unisono.areas.network.queries import select, timeline_of
from unisono.platform.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def add(actor, network):
    """`add(GATHERING, name="Spring meeting", on="2026-03-12")` adds a record."""

    def adding(kind: Kind, *, state: str | None = None, **values: Any) -> Any:
        return add_record(actor=actor, network=network, kind=kind, values=values, state=state)

    return adding


@pytest.fixture
def spring(add):
    return add(GATHERING, name="Spring meeting", on="2026-03-12", place="Lærdal")


def test_a_member_takes_part_once(add, add_member, spring) -> None:
    trout = add_member("Lærdal Smoked Trout")
    part = add(PARTICIPATION, membership=trout.pk, gathering=spring.pk, state="attended")
    assert str(part) == "Lærdal Smoked Trout – Spring meeting"
    with pytest.raises(Conflict):
        add(PARTICIPATION, membership=trout.pk, gathering=spring.pk)
    # A person by name is another part than whoever the member sends, and comes once as well.
    marit = add(PERSON, name="Marit", organizations=[trout.organization_id])
    add(PARTICIPATION, membership=trout.pk, person=marit.pk, gathering=spring.pk)
    with pytest.raises(Conflict):
        add(PARTICIPATION, membership=trout.pk, person=marit.pk, gathering=spring.pk)
    assert Participation.objects.count() == 2


def test_a_part_is_in_one_gathering_or_one_initiative(add, add_member, spring) -> None:
    trout, pilot = add_member("Lærdal Smoked Trout"), add(INITIATIVE, name="Winter pilot")
    for values in ({}, {"gathering": spring.pk, "initiative": pilot.pk}):
        with pytest.raises(Invalid) as caught:
            add(PARTICIPATION, membership=trout.pk, **values)
        assert [p.place for p in caught.value.problems] == ["gathering"]
    assert add(PARTICIPATION, membership=trout.pk, initiative=pilot.pk).occasion == pilot


def test_nothing_ends_before_it_begins(add, actor, network, spring) -> None:
    with pytest.raises(Invalid) as caught:
        edit_record(actor=actor, network=network, kind=GATHERING, record_id=spring.pk, values={"until": "2026-03-11"})
    assert [p.place for p in caught.value.problems] == ["until"]
    with pytest.raises(Invalid):
        add(INITIATIVE, name="Winter pilot", starts_on="2026-03-11", ends_on="2026-02-11")


def test_who_may_only_look_adds_nothing(make_actor, network, add, spring) -> None:
    with pytest.raises(NotAllowed):
        add_record(
            actor=make_actor("observer"), network=network, kind=GATHERING, values={"name": "X", "on": "2026-05-01"}
        )


def test_what_a_member_took_part_in_stands_on_its_timeline(add, actor, network, add_member, spring) -> None:
    trout = add_member("Lærdal Smoked Trout")
    part = add(PARTICIPATION, membership=trout.pk, gathering=spring.pk, state="signed_up")
    change_state(actor=actor, network=network, kind=PARTICIPATION, record_id=part.pk, state="attended")
    kinds = [happening.kind for happening in timeline_of(actor, network, trout)]
    assert kinds[:2] == ["participation.state_changed", "participation.added"]


def test_the_list_finds_a_part_by_member_and_by_gathering(add, actor, network, add_member, spring) -> None:
    part = add(PARTICIPATION, membership=add_member("Lærdal Smoked Trout").pk, gathering=spring.pk)
    for words in ("laerdal", "spring"):
        assert list(select(actor, network, PARTICIPATION, query=words)) == [part]


def test_two_members_that_are_one_take_part_once(add, actor, network, add_member, spring) -> None:
    """PERKS-D18: what both did stays known, and of two parts in the same gathering the one that says more."""
    keep, absorb = add_member("Hotel Utsikten"), add_member("Utsikten Hotel AS")
    autumn = add(GATHERING, name="Autumn meeting", on="2025-10-02")
    add(PARTICIPATION, membership=keep.pk, gathering=spring.pk, state="invited")
    add(PARTICIPATION, membership=absorb.pk, gathering=spring.pk, state="attended")
    add(PARTICIPATION, membership=absorb.pk, gathering=autumn.pk, state="no_show")
    merge_organizations(actor=actor, network=network, keep_id=keep.organization_id, absorb_id=absorb.organization_id)
    parts = Participation.objects.order_by("gathering__on").values_list("membership", "gathering__name", "state")
    assert list(parts) == [(keep.pk, "Autumn meeting", "no_show"), (keep.pk, "Spring meeting", "attended")]


def test_a_kind_has_its_name_alone() -> None:
    register_kind(GATHERING)
    assert KINDS["gathering"] is GATHERING
    with pytest.raises(ValueError, match="already"):
        register_kind(Kind(**{**GATHERING.__dict__, "plural": "meetings"}))


def test_a_part_that_was_put_away_is_brought_back_when_its_member_is_added_again(
    actor, network, add, add_member, spring
) -> None:
    trout, valley = add_member("Lærdal Smoked Trout"), add_member("Valley AB")
    about = {"actor": actor, "network": network, "kind": "gathering", "record_id": spring.pk}
    first, _other = add_participants(**about, memberships=[trout.pk, valley.pk])
    archive_record(actor=actor, network=network, kind=PARTICIPATION, record_id=first.pk)
    [again] = add_participants(**about, memberships=[trout.pk, valley.pk], state="signed_up")
    assert (again.pk, again.state, again.is_archived) == (first.pk, "signed_up", False)
    assert add_participants(**about, memberships=[trout.pk, valley.pk]) == []
    assert Participation.objects.count() == 2
