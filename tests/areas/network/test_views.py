"""Saved views: a list is kept, shared, pinned and removed; it never shows more than its reader may read."""

from collections.abc import Callable

import pytest

from unisono.areas.network import actions
from unisono.areas.network.kinds import MEMBER, NOTE
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries import fields_of, get_view, gone_from, records_in, views_of
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotAllowed, NotFound
from unisono.platform.models import Event

AddMember = Callable[..., Membership]
MakeActor = Callable[..., Actor]


def test_a_list_is_kept_under_a_name(actor: Actor, network: Network, add_member: AddMember) -> None:
    add_member("Lærdal Smoked Trout", tier="Gold")
    add_member("Aurland Cider", tier="Gold")
    add_member("Hotel Utsikten", tier="Basic")
    view = actions.save_view(
        actor=actor, network=network, kind=MEMBER, name=" Gold  members ", filters={"tier": ["Gold"]}, sort="-name",
        columns=["name", "tier"], pinned=True,
    )  # fmt: skip
    assert (view.name, view.pinned, view.is_default, view.is_shared) == ("Gold members", True, False, False)
    names = [member.organization.name for member in records_in(actor, network, view)]
    assert names == ["Lærdal Smoked Trout", "Aurland Cider"]
    [event] = Event.objects.filter(subject_id=view.pk)
    # What is searched for may be somebody's name.
    assert (event.kind, event.changes["filters"]) == ("view.added", [None, None])


def test_everything_wrong_with_a_view_is_named_at_once(actor: Actor, network: Network) -> None:
    with pytest.raises(Invalid) as refused:
        actions.save_view(
            actor=actor, network=network, kind=MEMBER, name=" ", sort="shoe size", columns=["hat"],
            filters={"nothing": ["x"], "state": ["asleep"], "size_class": ["enormous"]},
        )  # fmt: skip
    places = [problem.place for problem in refused.value.problems]
    assert places == ["name", "nothing", "state", "size_class", "sort", "columns"]


def test_a_name_is_used_once_by_each_person(actor: Actor, network: Network, make_actor: MakeActor) -> None:
    mine = actions.save_view(actor=actor, network=network, kind=MEMBER, name="Gold")
    with pytest.raises(Conflict):
        actions.save_view(actor=actor, network=network, kind=MEMBER, name="GOLD")
    other = make_actor("observer")
    theirs = actions.save_view(actor=other, network=network, kind=MEMBER, name="Gold")
    assert [view.pk for view in views_of(actor, network)] == [mine.pk]
    assert [view.pk for view in views_of(other, network)] == [theirs.pk]


def test_a_shared_view_shows_each_reader_what_they_may_read(
    actor: Actor, network: Network, add_member: AddMember, make_actor: MakeActor
) -> None:
    member = add_member("Lærdal Smoked Trout")
    for text, visibility in (("Call before eight", "network"), ("They are tired of us", "care_team")):
        values = {"membership": member.pk, "text": text, "visibility": visibility}
        actions.add_record(actor=actor, network=network, kind=NOTE, values=values)
    view = actions.save_view(actor=actor, network=network, kind=NOTE, name="All notes", shared=True)
    observer = make_actor("observer")
    assert {note.text for note in records_in(actor, network, view)} == {"Call before eight", "They are tired of us"}
    opened = get_view(observer, network, view.pk)
    assert [note.text for note in records_in(observer, network, opened)] == ["Call before eight"]


def test_sharing_needs_the_right_to_change_records(actor: Actor, network: Network, make_actor: MakeActor) -> None:
    observer = make_actor("observer")
    with pytest.raises(NotAllowed):
        actions.save_view(actor=observer, network=network, kind=MEMBER, name="Mine", shared=True)
    own = actions.save_view(actor=observer, network=network, kind=MEMBER, name="Mine")
    with pytest.raises(NotAllowed):
        actions.change_view(actor=observer, network=network, view_id=own.pk, values={"shared": True})
    with pytest.raises(NotFound):
        get_view(actor, network, own.pk)


def test_others_pin_a_shared_view_and_do_not_change_it(actor: Actor, network: Network, make_actor: MakeActor) -> None:
    view = actions.save_view(actor=actor, network=network, kind=MEMBER, name="Gold", shared=True)
    observer = make_actor("observer")
    assert actions.mark_view(actor=observer, network=network, view_id=view.pk, pinned=True, default=True).pinned
    assert not get_view(actor, network, view.pk).pinned
    for attempt in (
        lambda: actions.change_view(actor=observer, network=network, view_id=view.pk, values={"name": "Silver"}),
        lambda: actions.remove_view(actor=observer, network=network, view_id=view.pk),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    actions.change_view(actor=actor, network=network, view_id=view.pk, values={"shared": False})
    assert views_of(observer, network) == []
    actions.change_view(actor=actor, network=network, view_id=view.pk, values={"shared": True})
    assert not get_view(observer, network, view.pk).pinned


def test_whoever_configures_takes_a_view_of_somebody_else_from_everybody(
    actor: Actor, network: Network, make_actor: MakeActor
) -> None:
    orchestrator = make_actor("orchestrator")
    view = actions.save_view(actor=orchestrator, network=network, kind=MEMBER, name="Gold", shared=True)
    actions.mark_view(actor=actor, network=network, view_id=view.pk, pinned=True)
    changed = actions.change_view(actor=actor, network=network, view_id=view.pk, values={"shared": False})
    assert (changed.is_shared, changed.pinned) == (False, False)
    assert views_of(actor, network) == [] and get_view(orchestrator, network, view.pk).name == "Gold"


def test_a_list_begins_with_one_view(actor: Actor, network: Network) -> None:
    first = actions.save_view(actor=actor, network=network, kind=MEMBER, name="First", default=True)
    second = actions.save_view(actor=actor, network=network, kind=MEMBER, name="Second", default=True)
    assert not get_view(actor, network, first.pk).is_default
    assert get_view(actor, network, second.pk).is_default


def test_a_removed_view_comes_back_as_it_was(actor: Actor, network: Network) -> None:
    view = actions.save_view(actor=actor, network=network, kind=MEMBER, name="Gold", pinned=True, query="fish")
    actions.remove_view(actor=actor, network=network, view_id=view.pk)
    assert views_of(actor, network) == []
    actions.save_view(actor=actor, network=network, kind=MEMBER, name="Gold")
    with pytest.raises(Conflict):
        actions.restore_view(actor=actor, network=network, view_id=view.pk)
    [other] = views_of(actor, network)
    actions.change_view(actor=actor, network=network, view_id=other.pk, values={"name": "Gold again"})
    back = actions.restore_view(actor=actor, network=network, view_id=view.pk)
    assert (back.query, back.pinned) == ("fish", True)


def test_a_view_says_what_in_it_is_gone(actor: Actor, network: Network, add_member: AddMember) -> None:
    member = add_member("Lærdal Smoked Trout", tier="Gold", tags="food")
    wanted = {"tier": ["Gold"], "tags": ["food"], "state": ["active"]}
    view = actions.save_view(actor=actor, network=network, kind=MEMBER, name="Gold", filters=wanted)
    fields = fields_of(network, MEMBER)
    assert gone_from(actor, network, MEMBER, fields, view.filters) == []
    actions.edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Silver"})
    member.tags.get().delete()
    problems = gone_from(actor, network, MEMBER, fields, {**view.filters, "custom.beds": ["4"]})
    assert [problem.place for problem in problems] == ["Tier", "Tags", "beds"]
    assert "“Gold”" in problems[0].rule
