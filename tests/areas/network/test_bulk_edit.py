"""Bulk edits: seen before, made as one, guarded, undone as one but for what was edited since."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.platform.test_messages import Languages, speak

from unisono.areas.network import actions
from unisono.areas.network.bulk import edit_many, kept_records, preview_many, undo_many
from unisono.areas.network.kinds import KINDS, MEMBER, NEED, ORGANIZATION, ROLE, Kind
from unisono.areas.network.models import BulkEdit, Membership, Network, Organization
from unisono.areas.network.queries import get_record, select
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotAllowed, NotFound
from unisono.platform.models import Event, Job

__all__ = ["speak"]
AddMember = Callable[..., Membership]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def members(add_member: AddMember) -> list[Membership]:
    return [
        add_member("Lærdal Smoked Trout", tier="Gold", place="Lærdal", tags="food; fish"),
        add_member("Hotel Utsikten", tier="Basic", place="Aurland"),
        add_member("Sogn Bus Lines", tier="Gold", place="Sogndal", state="prospect"),
    ]


@pytest.fixture
def bulk(actor: Actor, network: Network, members: list[Membership]) -> Callable[..., BulkEdit]:
    """`bulk(set={"tier": "Silver"})` changes all members."""

    def change(selection: dict[str, Any] | None = None, expected: int | None = None, **change: Any) -> BulkEdit:
        return edit_many(
            actor=actor, network=network, kind=MEMBER, selection=selection or {}, change=change, expected=expected
        )

    return change


def tiers(actor: Actor, network: Network) -> dict[str, str]:
    return {member.organization.name: member.tier for member in select(actor, network, MEMBER)}


def test_a_preview_tells_and_changes_nothing(actor: Actor, network: Network, members: list[Membership]) -> None:
    before = Event.objects.count()
    preview = preview_many(
        actor=actor, network=network, kind=MEMBER, selection={}, change={"set": {"tier": "Gold", "region": "Vestland"}}
    )
    assert preview.counts == {"selected": 3, "changed": 3, "same": 0, "refused": 0}
    shown = {p.record.organization.name: p.values for p in preview.examples}
    assert shown["Hotel Utsikten"] == {"tier": ["Basic", "Gold"], "region": ["", "Vestland"]}
    assert shown["Sogn Bus Lines"] == {"region": ["", "Vestland"]}
    assert Event.objects.count() == before and tiers(actor, network)["Hotel Utsikten"] == "Basic"


def test_many_records_change_as_one_and_each_has_its_event(
    actor: Actor, network: Network, bulk: Callable[..., BulkEdit]
) -> None:
    edit = bulk(set={"tier": "Gold", "place": ""}, add_tags="host", remove_tags=["FISH"])
    assert (edit.state, edit.counts["changed"]) == ("applied", 3)
    found = select(actor, network, MEMBER, sort="name")
    assert [(m.tier, m.organization.place, sorted(t.name for t in m.tags.all())) for m in found] == [
        ("Gold", "", ["host"]),
        ("Gold", "", ["food", "host"]),
        ("Gold", "", ["host"]),
    ]
    events = Event.objects.filter(batch_id=edit.pk).exclude(kind="bulk.applied")
    assert [event.kind for event in events] == ["member.edited"] * 3
    trout = next(e for e in events if e.changes.get("tags", [[]])[0] == ["fish", "food"])
    assert trout.changes == {"place": ["Lærdal", ""], "tags": [["fish", "food"], ["food", "host"]]}
    assert select(actor, network, MEMBER, query="aurland").count() == 0, "search knows the new values"


def test_only_the_selected_ones_change(
    actor: Actor, network: Network, members: list[Membership], bulk: Callable[..., BulkEdit]
) -> None:
    bulk({"ids": [members[1].pk]}, set={"tier": "Silver"})
    bulk({"filters": {"tier": ["Gold"]}}, set={"tier": "Platinum"})
    assert tiers(actor, network) == {
        "Hotel Utsikten": "Silver", "Lærdal Smoked Trout": "Platinum", "Sogn Bus Lines": "Platinum",
    }  # fmt: skip


def test_a_misspelled_filter_changes_nothing(
    actor: Actor, network: Network, members: list[Membership], bulk: Callable[..., BulkEdit]
) -> None:
    for filters, place in (
        ({"teir": ["Gold"]}, "teir"),
        ({"tier": []}, "tier"),
        ({"custom.rooms": ["3"]}, "custom.rooms"),
    ):
        with pytest.raises(Invalid) as refused:
            bulk({"filters": filters}, archive=True)
        assert refused.value.problems[0].place == place
        with pytest.raises(Invalid):
            preview_many(
                actor=actor, network=network, kind=MEMBER, selection={"filters": filters}, change={"archive": True}
            )
    assert select(actor, network, MEMBER).count() == 3


def test_guards_hold_and_say_why(
    actor: Actor, network: Network, members: list[Membership], bulk: Callable[..., BulkEdit]
) -> None:
    edit = bulk(state="exited")
    assert edit.counts == {"selected": 3, "changed": 0, "same": 0, "refused": 3}
    assert edit.refused[0]["problem"]["place"] == "reason" and edit.refused[0]["count"] == 3
    edit = bulk(state="paused")
    assert (edit.counts["changed"], edit.counts["refused"]) == (2, 1)
    assert edit.refused[0]["ids"] == [str(members[2].pk)]
    edit = bulk({"ids": [members[0].pk]}, state="exited", reason="Closed down.")
    left = get_record(actor, network, MEMBER, members[0].pk)
    assert (left.state, left.exit_reason, left.exited_on is None) == ("exited", "Closed down.", False)
    undo_many(actor=actor, network=network, edit_id=edit.pk)
    back = get_record(actor, network, MEMBER, members[0].pk)
    assert (back.state, back.exit_reason, back.exited_on) == ("paused", "", None)


def test_undo_leaves_what_was_edited_since_and_lists_it(
    actor: Actor, network: Network, members: list[Membership], bulk: Callable[..., BulkEdit]
) -> None:
    edit = bulk(set={"tier": "Silver", "region": "Vestland"}, add_tags=["host"])
    hotel = members[1].pk
    actions.edit_record(
        actor=actor, network=network, kind=MEMBER, record_id=hotel, values={"tier": "Platinum", "tags": ["host", "new"]}
    )
    undone = undo_many(actor=actor, network=network, edit_id=edit.pk)
    assert tiers(actor, network) == {
        "Hotel Utsikten": "Platinum", "Lærdal Smoked Trout": "Gold", "Sogn Bus Lines": "Gold",
    }  # fmt: skip
    after = get_record(actor, network, MEMBER, hotel)
    assert (after.organization.region, [tag.name for tag in after.tags.all()]) == ("", ["new"])
    assert [(k["name"], k["field"]) for k in kept_records(actor, network, undone)] == [("Hotel Utsikten", "Tier")]
    assert (undone.counts["restored"], undone.counts["kept"]) == (3, 1)
    with pytest.raises(Conflict):
        undo_many(actor=actor, network=network, edit_id=edit.pk)


@pytest.fixture
def roles(actor: Actor, network: Network, members: list[Membership]) -> list[Any]:
    """Two roles, held by a member alone and by a member with a person."""

    def add(kind: str, **values: Any) -> Any:
        return actions.add_record(actor=actor, network=network, kind=KINDS[kind], values=values)

    person = add("person", name="Ada Lie", organizations=[members[0].organization_id])
    return [
        add("role", role_type="curator", membership=members[0].pk),
        add("role", role_type="advocate", membership=members[1].pk, person=person.pk),
    ]


def test_what_breaks_a_rule_on_several_fields_is_refused(actor: Actor, network: Network, roles: list[Any]) -> None:
    where: dict[str, Any] = {"actor": actor, "network": network, "kind": ROLE, "selection": {}}
    edit = edit_many(**where, change={"set": {"membership": ""}})
    assert edit.counts == {"selected": 2, "changed": 1, "same": 0, "refused": 1}
    assert edit.refused[0]["ids"] == [str(roles[0].pk)] and edit.refused[0]["problem"]["place"] == "membership"


def test_refusals_are_read_in_the_language_of_the_reader(
    actor: Actor, network: Network, members: list[Membership], roles: list[Any], speak: Languages
) -> None:
    """A rule on fields, and a state that cannot follow with the names of those that can."""
    speak("de")
    where: dict[str, Any] = {"actor": actor, "network": network, "selection": {}}
    edits = [
        edit_many(**where, kind=ROLE, change={"set": {"membership": ""}}),
        edit_many(**where, kind=MEMBER, change={"state": "prospect"}),
    ]
    speak("nb")
    told = [BulkEdit.objects.get(pk=edit.pk).refused[0]["problem"] for edit in edits]
    assert told[0]["rule"] == "nb:Somebody holds a role."
    assert told[1]["rule"] == "nb:“nb:prospect” cannot follow “nb:active”."
    assert told[1]["remedy"].startswith("nb:From here it can become: ") and "de:" not in told[1]["remedy"]
    assert told[1]["remedy"].count("nb:") > 2


def test_what_only_the_database_refuses_is_told_in_words(
    actor: Actor, network: Network, roles: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "role", replace(ROLE, check=lambda clean: None))
    with pytest.raises(Conflict):
        edit_many(actor=actor, network=network, kind=KINDS["role"], selection={}, change={"set": {"membership": ""}})
    assert select(actor, network, ROLE).filter(membership=None).count() == 0


def test_undo_leaves_references_to_what_is_gone(
    actor: Actor, network: Network, members: list[Membership], roles: list[Any]
) -> None:
    where: dict[str, Any] = {"actor": actor, "network": network, "kind": ROLE}
    ada = roles[1].person
    edit = edit_many(**where, selection={"ids": [roles[1].pk]}, change={"set": {"person": "", "scope": "All"}})
    ada.delete()
    undone = undo_many(actor=actor, network=network, edit_id=edit.pk)
    assert undone.kept == [{"record_id": str(roles[1].pk), "field": "person"}]
    after = get_record(actor, network, ROLE, roles[1].pk)
    assert (after.person, after.scope) == (None, "")


def test_undo_leaves_what_would_break_a_rule_by_now(actor: Actor, network: Network, roles: list[Any]) -> None:
    """The member was noted by the bulk edit and the person taken off later: without a holder the role cannot be."""
    where: dict[str, Any] = {"actor": actor, "network": network, "kind": ROLE}
    role, member = roles[1], roles[1].membership_id
    actions.edit_record(**where, record_id=role.pk, values={"membership": ""})
    edit = edit_many(**where, selection={"ids": [role.pk]}, change={"set": {"membership": str(member), "scope": "All"}})
    actions.edit_record(**where, record_id=role.pk, values={"person": ""})
    undone = undo_many(actor=actor, network=network, edit_id=edit.pk)
    assert {each["field"] for each in undone.kept} == {"membership", "scope"}
    assert undone.counts["restored"] == 0
    after = get_record(actor, network, ROLE, role.pk)
    assert (after.membership_id, after.scope) == (member, "All")


@pytest.mark.parametrize("kind", [MEMBER, ORGANIZATION])
def test_members_of_other_networks_are_found_by_what_they_now_say(
    actor: Actor, network: Network, members: list[Membership], kind: Kind
) -> None:
    """A profile is one in all networks, so a change of it is found in each; and so is its undo."""
    other = actions.create_network(actor=actor, values={"name": "North shore"})
    trout = members[0].organization_id
    actions.add_member(actor=actor, network=other, organization_id=trout, values={})

    def found(word: str) -> list[int]:
        return [select(actor, each, MEMBER, query=word).count() for each in (network, other)]

    chosen = members[0].pk if kind is MEMBER else trout
    edit = edit_many(
        actor=actor, network=network, kind=kind, selection={"ids": [chosen]}, change={"set": {"sector": "Aquaculture"}}
    )
    assert found("aquaculture") == [1, 1]
    undo_many(actor=actor, network=network, edit_id=edit.pk)
    assert found("aquaculture") == [0, 0]


def test_tags_of_many_go_back_in_few_statements(
    actor: Actor, network: Network, members: list[Membership], bulk: Callable[..., BulkEdit]
) -> None:
    def statements(selection: dict[str, Any]) -> int:
        edit = bulk(selection, add_tags=["host"], remove_tags=["food"])
        with CaptureQueriesContext(connection) as captured:
            undo_many(actor=actor, network=network, edit_id=edit.pk)
        return len(captured)

    # With equal tags before, the number of members makes no difference.
    two = statements({"ids": [members[1].pk]})
    three = statements({"ids": [members[1].pk, members[2].pk]})
    assert three <= two
    statements({})
    assert [sorted(t.name for t in m.tags.all()) for m in select(actor, network, MEMBER, sort="name")] == [
        [],
        ["fish", "food"],
        [],
    ]


def test_only_rows_that_hold_what_changes_are_touched(
    actor: Actor, network: Network, members: list[Membership], bulk: Callable[..., BulkEdit]
) -> None:
    def touched() -> list[Any]:
        return list(Organization.objects.order_by("pk").values_list("updated_at", flat=True))

    before = touched()
    edit = bulk(set={"tier": "Silver"}, add_tags=["host"])
    undo_many(actor=actor, network=network, edit_id=edit.pk)
    assert touched() == before
    bulk(set={"region": "Vestland"})
    assert all(after > earlier for after, earlier in zip(touched(), before, strict=True))


@pytest.mark.parametrize("end", [{"state": "cancelled"}, {"state": "running", "heartbeat_at": LONG_AGO}])
def test_an_edit_whose_job_came_to_nothing_is_back_where_it_was(
    actor: Actor, network: Network, bulk: Callable[..., BulkEdit], monkeypatch: pytest.MonkeyPatch, end: dict[str, Any]
) -> None:
    done = bulk(set={"tier": "Silver"})
    monkeypatch.setattr("unisono.areas.network.bulk.actions.AT_ONCE", 2)
    waiting = bulk(set={"tier": "Platinum"})
    assert undo_of(actor, network, waiting).state == "applying", "its job has not begun"
    undo_many(actor=actor, network=network, edit_id=done.pk)
    assert undo_of(actor, network, done).state == "undoing"
    Job.objects.update(**end)
    assert undo_of(actor, network, waiting).state == "failed"
    assert undo_of(actor, network, done).state == "applied"
    monkeypatch.setattr("unisono.areas.network.bulk.actions.AT_ONCE", 300)
    assert undo_many(actor=actor, network=network, edit_id=done.pk).state == "undone"


def test_archiving_many_and_back(actor: Actor, network: Network, bulk: Callable[..., BulkEdit]) -> None:
    edit = bulk({"filters": {"tier": ["Gold"]}}, archive=True)
    assert list(tiers(actor, network)) == ["Hotel Utsikten"]
    assert select(actor, network, MEMBER, query="laerdal").count() == 0
    undo_many(actor=actor, network=network, edit_id=edit.pk)
    assert len(tiers(actor, network)) == 3
    assert select(actor, network, MEMBER, query="laerdal").count() == 1


def test_custom_fields_change_and_go_back(
    actor: Actor, network: Network, members: list[Membership], bulk: Callable[..., BulkEdit]
) -> None:
    actions.add_custom_field(actor=actor, network=network, record_kind="member", label="Beds", type="integer")
    actions.edit_record(actor=actor, network=network, kind=MEMBER, record_id=members[0].pk, values={"custom.beds": 4})
    edit = bulk(set={"custom.beds": "12"})
    assert {m.custom["beds"] for m in select(actor, network, MEMBER)} == {12}
    undo_many(actor=actor, network=network, edit_id=edit.pk)
    assert get_record(actor, network, MEMBER, members[0].pk).custom["beds"] == 4


def test_a_number_other_than_seen_changes_nothing(
    actor: Actor, network: Network, bulk: Callable[..., BulkEdit]
) -> None:
    with pytest.raises(Conflict) as refused:
        bulk(set={"tier": "Silver"}, expected=2)
    assert refused.value.problems[0].place == "expected"
    assert tiers(actor, network)["Hotel Utsikten"] == "Basic"


def test_what_cannot_be_is_named(bulk: Callable[..., BulkEdit], actor: Actor, network: Network) -> None:
    for change, place in (
        ({"set": {"name": "Same"}}, "name"),
        ({"set": {"size_class": "enormous"}}, "size_class"),
        ({"state": "asleep"}, "state"),
        ({}, "change"),
        ({"archive": True, "state": "paused"}, "change"),
    ):
        with pytest.raises(Invalid) as refused:
            bulk(**change)
        assert refused.value.problems[0].place == place
    with pytest.raises(Invalid):
        edit_many(actor=actor, network=network, kind=NEED, selection={}, change={"add_tags": ["x"]})


def test_who_may_only_look_changes_nothing(
    make_actor: Callable[..., Actor], network: Network, bulk: Callable[..., BulkEdit]
) -> None:
    observer = make_actor("observer")
    with pytest.raises(NotAllowed):
        edit_many(actor=observer, network=network, kind=MEMBER, selection={}, change={"archive": True})
    with pytest.raises(NotAllowed):
        preview_many(actor=observer, network=network, kind=MEMBER, selection={}, change={"archive": True})
    edit = bulk(set={"tier": "Silver"})
    with pytest.raises(NotAllowed):
        undo_many(actor=observer, network=network, edit_id=edit.pk)
    with pytest.raises(NotFound):
        kept_records(observer, network, undo_of(observer, network, edit))


def undo_of(actor: Actor, network: Network, edit: BulkEdit) -> BulkEdit:
    from unisono.areas.network.bulk import get_bulk_edit

    return get_bulk_edit(actor, network, edit.pk)


@pytest.mark.django_db(transaction=True)
def test_very_many_are_a_job(
    actor: Actor, network: Network, add_member: AddMember, monkeypatch: pytest.MonkeyPatch, members: list[Membership]
) -> None:
    monkeypatch.setattr("unisono.areas.network.bulk.actions.AT_ONCE", 2)
    edit = edit_many(actor=actor, network=network, kind=MEMBER, selection={}, change={"set": {"tier": "Silver"}})
    assert edit.job_id is not None
    edit.refresh_from_db()
    assert (edit.state, edit.counts["changed"]) == ("applied", 3)
    undo_many(actor=actor, network=network, edit_id=edit.pk)
    edit.refresh_from_db()
    assert (edit.state, edit.counts["restored"]) == ("undone", 3)
