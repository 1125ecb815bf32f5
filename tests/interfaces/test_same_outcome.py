"""A use case is written once: through every door it has the same outcome."""

from collections.abc import Callable

import pytest
from tests.interfaces.doors import DOORS, Door, Outcome, PageDoor

from unisono.areas.network.kinds import MEMBER, NEED, PERSON
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries import fields_of, get_record, select, value_of
from unisono.platform.actor import Actor
from unisono.platform.models import Event, User

pytestmark = pytest.mark.parametrize("door_type", DOORS, ids=lambda door: door.__name__)
AddMember = Callable[..., Membership]


@pytest.fixture
def door(door_type: type[Door], owner: User, actor: Actor, network: Network) -> Door:
    return door_type(owner, actor, network)


@pytest.fixture
def observer_door(door_type: type[Door], make_actor: Callable[..., Actor], network: Network) -> Door:
    looking = make_actor("observer")
    return door_type(User.objects.get(pk=looking.user_id), looking, network)


def test_adding_stores_the_same_values_and_one_event(door: Door, actor: Actor, network: Network) -> None:
    values = {"name": "Lærdal Smoked Trout", "joined_on": "12.03.2019", "tags": "food; fish", "staff_count": "1 200"}
    assert door.add(MEMBER, values) == Outcome("done")
    [member] = select(actor, network, MEMBER)
    stored = {f.name: value_of(MEMBER, member, f) for f in fields_of(network, MEMBER)}
    assert stored["name"] == "Lærdal Smoked Trout"
    assert stored["joined_on"].isoformat() == "2019-03-12"
    assert stored["tags"] == ["fish", "food"]
    assert stored["staff_count"] == 1200
    assert [e.kind for e in Event.objects.filter(subject_id=member.pk)] == ["member.added"]


def test_everything_wrong_is_named_at_once_and_nothing_is_saved(door: Door, actor: Actor, network: Network) -> None:
    outcome = door.add(MEMBER, {"name": "", "joined_on": "31.02.2021", "email": "nobody", "no_such": "x"})
    # A form has controls for what there is, and its page takes no more.
    unknown = set() if isinstance(door, PageDoor) else {"no_such"}
    assert outcome == Outcome("invalid", frozenset({"name", "joined_on", "email"} | unknown))
    assert not select(actor, network, MEMBER).exists()


def test_a_second_organisation_of_the_name_is_a_conflict(door: Door, add_member: AddMember) -> None:
    add_member("Hotel Utsikten")
    assert door.add(MEMBER, {"name": "hotel utsikten"}) == Outcome("conflict", frozenset({"name"}))


def test_who_may_only_look_changes_nothing(
    observer_door: Door, actor: Actor, network: Network, add_member: AddMember
) -> None:
    member = add_member("Hotel Utsikten")
    for outcome in (
        observer_door.add(MEMBER, {"name": "Sogn Bus Lines"}),
        observer_door.edit(MEMBER, member.pk, {"place": "Aurland"}),
        observer_door.move(MEMBER, member.pk, "paused"),
        observer_door.archive(MEMBER, member.pk),
    ):
        assert outcome.result == "not allowed"
    unchanged = get_record(actor, network, MEMBER, member.pk)
    assert (unchanged.organization.place, unchanged.state, unchanged.archived_at) == ("", "active", None)
    assert select(actor, network, MEMBER).count() == 1


def test_editing_clears_and_keeps(door: Door, actor: Actor, network: Network, add_member: AddMember) -> None:
    member = add_member("Hotel Utsikten", place="Aurland", tier="Gold")
    assert door.edit(MEMBER, member.pk, {"place": "", "region": "Vestland"}) == Outcome("done")
    changed = get_record(actor, network, MEMBER, member.pk)
    assert (changed.organization.place, changed.organization.region, changed.tier) == ("", "Vestland", "Gold")


def test_editing_one_field_leaves_all_others(door: Door, actor: Actor, network: Network, add_member: AddMember) -> None:
    texts = {"place": "Aurland", "description": "Two lines,\nboth kept. <b>", "website": "https://example.org"}
    values = {**texts, "sides": "customer; provider", "joined_on": "2019-03-12", "tags": "fish; food", "staff_count": 9}
    member = add_member("Hotel Utsikten", **values)
    fields = [f for f in fields_of(network, MEMBER) if f.name != "tier"]
    before = {f.name: value_of(MEMBER, get_record(actor, network, MEMBER, member.pk), f) for f in fields}
    assert door.edit(MEMBER, member.pk, {"tier": "Gold"}) == Outcome("done")
    changed = get_record(actor, network, MEMBER, member.pk)
    assert {f.name: value_of(MEMBER, changed, f) for f in fields} == before
    assert changed.tier == "Gold"
    [event] = Event.objects.filter(subject_id=member.pk, kind="member.edited")
    assert list(event.changes) == ["tier"]


def test_a_member_leaves_for_a_reason(door: Door, actor: Actor, network: Network, add_member: AddMember) -> None:
    member = add_member("Hotel Utsikten")
    assert door.move(MEMBER, member.pk, "exited") == Outcome("conflict", frozenset({"reason"}))
    assert door.move(MEMBER, member.pk, "prospect") == Outcome("conflict", frozenset({"state"}))
    assert door.move(MEMBER, member.pk, "exited", "The house was sold.") == Outcome("done")
    left = get_record(actor, network, MEMBER, member.pk)
    assert (left.state, left.exit_reason) == ("exited", "The house was sold.")


def test_other_kinds_go_the_same_way(door: Door, actor: Actor, network: Network, add_member: AddMember) -> None:
    add_member("Hotel Utsikten")
    assert door.add(NEED, {"membership": "hotel utsikten", "statement": "More guests in spring"}) == Outcome("done")
    assert door.add(NEED, {"membership": "Nobody", "statement": "x"}) == Outcome("invalid", frozenset({"membership"}))
    assert door.add(PERSON, {"name": "Marit Ås", "organizations": ["Hotel Utsikten"]}) == Outcome("done")
    [person] = select(actor, network, PERSON)
    assert [o.name for o in person.organizations.all()] == ["Hotel Utsikten"]
    assert door.archive(PERSON, person.pk) == Outcome("done")
    assert not select(actor, network, PERSON).exists()
