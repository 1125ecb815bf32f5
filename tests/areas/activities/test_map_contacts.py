"""What the map says of members agrees with their list, and tells of no member or gathering that is hidden."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from unisono.areas.activities.kinds import GATHERING, PARTICIPATION
from unisono.areas.activities.models import Gathering
from unisono.areas.activities.queries import standings_of
from unisono.areas.activities.queries.contact import today_in
from unisono.areas.network.actions import add_record
from unisono.areas.network.graph import sources
from unisono.areas.network.graph.contacts import heard_in_a_year, last_contact, last_contacts
from unisono.areas.network.graph.queries import neighbours_of, on_the_map
from unisono.areas.network.graph.showing import derived_data, map_data
from unisono.areas.network.kinds import CAPABILITY, NEED, NOTE, RELATIONSHIP
from unisono.areas.network.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def add(actor, network):
    """`add(NEED, membership=trout.pk, statement="Guests")` adds a record."""

    def adding(kind: Any, *, state: str | None = None, at: datetime | None = None, **values: Any) -> Any:
        return add_record(actor=actor, network=network, kind=kind, values=values, state=state, at=at)

    return adding


@pytest.fixture
def meet(add, network):
    """`meet(days_ago, trout, farm)` holds a gathering to which these members came."""

    def meeting(days_ago: int, *members: Membership) -> Gathering:
        day = (today_in(network) - timedelta(days=days_ago)).isoformat()
        gathering: Gathering = add(GATHERING, state="held", name=f"Meeting {day}", on=day)
        for member in members:
            add(PARTICIPATION, state="attended", membership=member.pk, gathering=gathering.pk)
        return gathering

    return meeting


def test_the_map_and_the_list_name_the_same_last_contact(actor, network, add, add_member, meet) -> None:
    """A note of one member, a gathering of another, a need of a third; the fourth was never heard from."""
    trout, farm, ferry, _inn = (add_member(name) for name in ("Trout", "Farm", "Ferry", "Inn"))
    add(NOTE, membership=trout.pk, text="Called", at=datetime.now(UTC) - timedelta(days=40))
    meet(3, farm)
    add(NEED, membership=ferry.pk, statement="Guests", at=datetime.now(UTC) - timedelta(days=400))
    found = last_contacts(actor, network, on_the_map(actor, network))
    listed = standings_of(actor, network, Membership.objects.select_related("organization"))
    assert found == {key: each.contact.on for key, each in listed.items() if each.contact}
    assert set(found) == {trout.pk, farm.pk, ferry.pk}
    assert last_contact(actor, network, farm) == found[farm.pk] == today_in(network) - timedelta(days=3)
    assert isinstance(found[trout.pk], date)
    shown = map_data(actor, network)["members"]
    assert dict(zip(shown["id"], shown["last_contact"], strict=True))[ferry.pk] == found[ferry.pk].isoformat()
    assert set(on_the_map(actor, network).filter(heard_in_a_year(actor, network))) == {trout, farm}


def test_a_gathering_that_is_hidden_ties_nobody(actor, network, add_member, meet, make_actor) -> None:
    gathering = meet(3, add_member("Trout"), add_member("Farm"))
    Gathering.objects.filter(pk=gathering.pk).update(visibility="care_team")
    source = sources.tie_source("gathering")
    assert [tie["shared"] for tie in derived_data(actor, network, source)["ties"]] == [[gathering.name]]
    for two_mode in (False, True):
        seen = derived_data(make_actor("observer"), network, source, two_mode=two_mode)
        assert seen["ties"] == seen["things"] == seen["held"] == []


def test_members_that_the_map_hides_are_nobodys_neighbours(
    actor, network, add, add_member, make_actor, monkeypatch
) -> None:
    trout, farm, left, hidden = (add_member(name) for name in ("Trout", "Farm", "Left", "Hidden"))
    for other in (farm, left, hidden):
        add(RELATIONSHIP, state="active", first=trout.pk, second=other.pk, kinds=["supply"])
    for member in (trout, farm, left, hidden):
        add(CAPABILITY, organization=member.organization_id, term="Baking")
    Membership.objects.filter(pk=left.pk).update(state="exited")
    Membership.objects.filter(pk=hidden.pk).update(visibility="care_team")
    observer = make_actor("observer")
    assert [str(other) for other, _tie in neighbours_of(observer, network, trout)] == ["Farm"]
    # Four have it in common, two of them are shown.
    monkeypatch.setattr(sources, "MOST_SHARING", 2)
    for name in ("relation", "capability"):
        ties = derived_data(observer, network, sources.tie_source(name))["ties"]
        assert [{tie["first"], tie["second"]} for tie in ties] == [{trout.pk, farm.pk}], name
    held = derived_data(observer, network, sources.tie_source("capability"), two_mode=True)["held"]
    assert {member for member, _thing in held} == {trout.pk, farm.pk}


def test_reading_ties_stops_at_the_most_that_are_shown(actor, network, add, add_member) -> None:
    members = [add_member(name) for name in ("Trout", "Farm", "Ferry")]
    for one, other in ((0, 1), (1, 2), (2, 0)):
        add(RELATIONSHIP, state="active", first=members[one].pk, second=members[other].pk, kinds=["supply"])
    for member in members:
        add(CAPABILITY, organization=member.organization_id, term="Baking")
    read = []

    def relations(reader: Any, room: Any) -> Any:
        for tie in sources.tie_source("relation").provider(reader, room):
            read.append(tie)
            yield tie

    source = sources.TieSource("counted", "Counted", False, relations)
    assert len(sources.ties_of(actor, network, source, 2)) == 2
    # The third is looked at before reading stops, not those behind it.
    assert len(read) == 3
    assert len(sources.ties_of(actor, network, sources.tie_source("capability"), 2)) == 2
