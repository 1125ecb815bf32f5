"""Two organisations become one: in every network they are in, with a word in the log for all that gives way."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from tests.areas.network.importing_world import Importer

from unisono.areas.network.actions import (
    add_record,
    archive_record,
    change_state,
    create_network,
    edit_record,
    merge_organizations,
    merging,
)
from unisono.areas.network.kinds import AGREEMENT, MEMBER, NEED, NOTE, OFFERING, ORGANIZATION, RELATIONSHIP
from unisono.areas.network.models import Membership, Network, Note, Organization
from unisono.areas.network.queries import get_record, kept_instead, page_of, select
from unisono.platform.errors import Conflict, NotAllowed, UseCaseError
from unisono.platform.models import Event
from unisono.platform.tenancy import workspace_scope

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Add = Callable[..., Membership]


def merge(actor, network: Network, keep: Membership, absorb: Membership) -> Organization:
    return merge_organizations(
        actor=actor, network=network, keep_id=keep.organization_id, absorb_id=absorb.organization_id, at=NOW
    )


@pytest.mark.django_db
class TestOtherNetworks:
    """What is in several networks is merged by those who may change all of them."""

    @pytest.fixture
    def other(self, actor) -> Network:
        return create_network(actor=actor, values={"name": "Another network"})

    def refused(self, make_actor, network: Network, keep: Membership, absorb: Membership) -> None:
        here = make_actor("orchestrator", network=network)
        before = list(Organization.objects.order_by("pk").values())
        with pytest.raises(NotAllowed):
            merge(here, network, keep, absorb)
        assert list(Organization.objects.order_by("pk").values()) == before

    @pytest.mark.parametrize("elsewhere", ["keep", "absorb"])
    def test_a_membership_elsewhere(self, actor, make_actor, network, other, add_member, elsewhere) -> None:
        pair = {"keep": add_member("One"), "absorb": add_member("Two")}
        there = _join(other, pair[elsewhere])
        self.refused(make_actor, network, pair["keep"], pair["absorb"])
        make_actor("contact_person", network=network, email="both@example.org")
        both = make_actor("contact_person", network=other, email="both@example.org")
        kept = merge(both, network, pair["keep"], pair["absorb"])
        there.refresh_from_db()
        assert there.organization == kept
        assert (there.updated_at == NOW) == (elsewhere == "absorb")

    def test_an_observer_elsewhere_may_not(self, actor, make_actor, network, other, add_member) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        _join(other, absorb)
        make_actor("observer", network=other, email="orchestrator@example.org")
        self.refused(make_actor, network, keep, absorb)

    def test_an_offering_elsewhere(self, actor, make_actor, network, other, add_member) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        outside = add_record(actor=actor, network=other, kind=OFFERING, values={"name": "Tour"})
        outside.owners.add(absorb.organization_id)
        self.refused(make_actor, network, keep, absorb)

    def test_an_organisation_recorded_elsewhere(self, actor, make_actor, network, other, add_member) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        Organization.objects.filter(pk=absorb.organization_id).update(recorded_in=other)
        self.refused(make_actor, network, keep, absorb)


def _join(network: Network, member: Membership) -> Membership:
    """The member's organisation as a member of another network."""
    joined: Membership = Membership.objects.create(network=network, organization_id=member.organization_id)
    return joined


@pytest.mark.django_db
class TestJoinedMemberships:
    """Where both are members the livelier life goes on."""

    def joined(self, actor, network, keep: Membership, absorb: Membership) -> tuple[Membership, dict[str, Any]]:
        merge(actor, network, keep, absorb)
        assert Membership.objects.count() == 1
        event = Event.objects.get(kind="member.merged")
        assert event.subject_id == keep.pk
        return Membership.objects.get(), event.changes

    def test_an_active_member_does_not_vanish_in_an_archived_one(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One", state="prospect"), add_member("Two", state="onboarding")
        archive_record(actor=actor, network=network, kind=MEMBER, record_id=keep.pk)
        member, changes = self.joined(actor, network, keep, absorb)
        assert (member.archived_at, member.state) == (None, "onboarding")
        assert changes["archived_at"][1] is None
        assert changes["state"] == ["prospect", "onboarding"]
        assert [str(m) for m in page_of(select(actor, network, MEMBER, query="two")).rows] == ["One"]

    def test_an_archived_one_does_not_wake_the_other_one_s_state(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One", state="prospect"), add_member("Two", state="active")
        archive_record(actor=actor, network=network, kind=MEMBER, record_id=absorb.pk)
        member, changes = self.joined(actor, network, keep, absorb)
        assert (member.archived_at, member.state) == (None, "prospect")
        assert changes["state"] == ["active", "prospect"]

    def test_two_archived_ones_stay_archived(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        for member in (keep, absorb):
            archive_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk)
        assert self.joined(actor, network, keep, absorb)[0].archived_at is not None

    def test_one_that_left_and_one_that_is_there(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One"), add_member("Two", state="paused")
        leave = {"actor": actor, "network": network, "kind": MEMBER, "state": "exited", "reason": "Sold"}
        change_state(**leave, record_id=keep.pk, at=NOW)
        member, changes = self.joined(actor, network, keep, absorb)
        assert (member.state, member.exited_on, member.exit_reason) == ("paused", None, "")
        assert changes["exit_reason"] == [None, None]
        assert changes["exited_on"] == ["2026-03-02", None]

    def test_two_that_left_keep_a_reason(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        leave = {"actor": actor, "network": network, "kind": MEMBER, "state": "exited"}
        change_state(**leave, record_id=keep.pk, reason="Sold", at=NOW)
        change_state(**leave, record_id=absorb.pk, reason="Moved", at=NOW)
        member, changes = self.joined(actor, network, keep, absorb)
        assert (member.state, member.exit_reason) == ("exited", "Sold")
        assert changes["exit_reason"] == [None, None]
        assert "exited_on" not in changes

    def test_what_gives_way_is_in_the_log(self, actor, network, add_member: Add) -> None:
        keep = add_member("One", tier="Gold", place="Voss", key="1", joined_on="2019-01-01", sides="customer")
        absorb = add_member("Two", tier="Silver", place="Flåm", key="2", wave=2, joined_on="2020-01-01", tags="food")
        member, changes = self.joined(actor, network, keep, absorb)
        assert (member.tier, member.wave, str(member.joined_on)) == ("Gold", 2, "2019-01-01")
        assert changes["tier"] == ["Silver", "Gold"]
        assert changes["wave"] == [None, 2]
        assert changes["tags"] == [[], ["food"]]
        assert not {"joined_on", "sides"} & set(changes)
        profile = Event.objects.get(kind="organization.merged").changes
        assert profile["place"] == ["Flåm", "Voss"]
        assert profile["key"] == ["2", "1"]
        assert profile["merged"] == ["Two", "One"]

    def test_fields_that_the_network_added_come_along(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        Organization.objects.filter(pk=absorb.organization_id).update(custom={"nace": "10.20"})
        Membership.objects.filter(pk=absorb.pk).update(custom={"stand": "B4"})
        member, changes = self.joined(actor, network, keep, absorb)
        assert (member.custom, member.organization.custom) == ({"stand": "B4"}, {"nace": "10.20"})
        assert changes["custom.stand"] == [None, "B4"]

    def test_nobody_is_referred_by_itself(self, actor, network, add_member: Add) -> None:
        keep = add_member("One")
        absorb = add_member("Two", referrer=str(keep.pk))
        third = add_member("Three", referrer=str(absorb.pk))
        merge(actor, network, keep, absorb)
        third.refresh_from_db()
        assert Membership.objects.get(pk=keep.pk).referrer is None
        assert third.referrer_id == keep.pk

    def test_the_tie_between_the_two_ends_with_a_word(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        values = {"first": absorb.pk, "second": keep.pk, "kinds": ["supply"]}
        add_record(actor=actor, network=network, kind=RELATIONSHIP, values=values)
        merge(actor, network, keep, absorb)
        assert Event.objects.get(kind="relationship.removed").changes["kinds"] == [["supply"], []]

    def test_what_moves_over_counts_as_changed(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        add = {"actor": actor, "network": network}
        need = add_record(**add, kind=NEED, values={"membership": absorb.pk, "statement": "Ice"})
        values = {"title": "Rules", "kind": "participation_rules", "parties": [absorb.pk]}
        agreement = add_record(**add, kind=AGREEMENT, values=values)
        merge(actor, network, keep, absorb)
        for record in (need, agreement, keep):
            record.refresh_from_db()
            assert record.updated_at == NOW
        assert list(agreement.parties.all()) == [keep]

    def test_an_archived_profile_comes_back_with_one_in_use(self, actor, network, add_member: Add) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        Organization.objects.filter(pk=keep.organization_id).update(archived_at=NOW)
        assert merge(actor, network, keep, absorb).archived_at is None


@pytest.mark.django_db
class TestOldReferences:
    def test_the_source_s_keys_of_both_find_the_kept_one(self, actor, network, add_member: Add) -> None:
        keep, absorb, third = (
            add_member(n, key=k) for n, k in (("Fjord Inn", "k1"), ("Sogn Boats", "k2"), ("X", "k3"))
        )
        merge(actor, network, absorb, third)
        merge(actor, network, keep, absorb)
        importer = Importer(actor, network)
        batch = importer.check("Company,Key,City\nSogn Boats,k2,Voss\nX,k3,\nNew one,k4,\n")
        assert [importer.row(batch, n).status for n in (2, 3, 4)] == ["update", "same", "new"]
        importer.apply(batch)
        kept = Organization.objects.get(name="Fjord Inn")
        assert (kept.key, kept.place) == ("k1", "Voss")
        # Also once the kept one has lost its own.
        edit_record(actor=actor, network=network, kind=ORGANIZATION, record_id=kept.pk, values={"key": ""})
        importer.bring_in("Company,Key,City\nSogn Boats,k2,Bergen\n")
        assert Membership.objects.filter(organization=kept).exists() and Membership.objects.count() == 2

    def test_a_joined_membership_leads_on(self, actor, network, add_member: Add) -> None:
        keep, absorb, third = (add_member(name) for name in ("One", "Two", "Three"))
        merge(actor, network, absorb, third)
        merge(actor, network, keep, absorb)
        for old in (absorb, third):
            assert kept_instead(actor, network, MEMBER, old.pk) == keep
        assert kept_instead(actor, network, MEMBER, keep.pk) is None


def test_all_that_points_at_a_member_or_an_organisation_is_moved() -> None:
    """A table that begins to point at one of the two must be told to move over."""
    moved = {
        Membership: {
            "referred", "role_assignments", "relationships_first", "relationships_second", "agreements", "needs",
            "notes", "attachments", "participations", "former",
        },
        Organization: {"absorbed", "memberships", "people", "capabilities", "offerings", "resources"},
    }  # fmt: skip
    for model, names in moved.items():
        assert {relation.name for relation in model._meta.related_objects} == names, model


class Meanwhile:
    """Does something in a thread of its own, with a connection of its own, at a chosen moment of a merge."""

    def __init__(self, workspace_id: Any, act: Callable[[], Any]) -> None:
        self.workspace_id, self.act = workspace_id, act
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            with workspace_scope(self.workspace_id):
                self.act()
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def start(self) -> None:
        """Begin, and let it finish unless it has to wait for the merge."""
        self.thread.start()
        self.thread.join(1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one write at a time")
class TestAtOnce:
    """Work that others do on the two during a merge is in the result, or they are told that it is not."""

    def race(self, actor, network, monkeypatch, act: Callable[[], Any], keep: Membership, absorb: Membership) -> Any:
        # The moment after everything was read and before anything is written.
        meanwhile, fill = Meanwhile(actor.workspace_id, act), merging._fill

        def filling(*args: Any) -> Any:
            meanwhile.start()
            return fill(*args)

        monkeypatch.setattr(merging, "_fill", filling)
        merge(actor, network, keep, absorb)
        meanwhile.thread.join(10)
        return meanwhile.error

    def edit(self, actor, network, member: Membership) -> Callable[[], Any]:
        values = {"description": "written meanwhile"}
        return lambda: edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values=values)

    def note(self, actor, network, member: Membership) -> Callable[[], Any]:
        values = {"membership": member.pk, "text": "written meanwhile"}
        return lambda: add_record(actor=actor, network=network, kind=NOTE, values=values)

    def test_an_edit_is_not_overwritten(self, actor, network, add_member, monkeypatch) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        error = self.race(actor, network, monkeypatch, self.edit(actor, network, keep), keep, absorb)
        kept = Organization.objects.get(pk=keep.organization_id)
        assert isinstance(error, Conflict) or kept.description == "written meanwhile"

    def test_a_note_is_not_deleted_after_it_was_saved(self, actor, network, add_member, monkeypatch) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        error = self.race(actor, network, monkeypatch, self.note(actor, network, absorb), keep, absorb)
        assert isinstance(error, Conflict) or Note.objects.filter(membership=keep).exists()

    def test_control_without_holding_the_rows_the_edit_is_lost(self, actor, network, add_member, monkeypatch) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        monkeypatch.setattr(
            merging, "held", lambda model, condition: list(model.objects.filter(condition).order_by("pk"))
        )
        error = self.race(actor, network, monkeypatch, self.edit(actor, network, keep), keep, absorb)
        assert error is None
        assert Organization.objects.get(pk=keep.organization_id).description == ""

    def test_two_merges_of_the_same_pair(self, actor, network, add_member, monkeypatch) -> None:
        one, two = add_member("One"), add_member("Two")
        turned = self.race(actor, network, monkeypatch, lambda: merge(actor, network, two, one), one, two)
        assert isinstance(turned, UseCaseError)
        assert Membership.objects.count() == 1
        assert get_record(actor, network, MEMBER, one.pk).organization.merged_into is None
