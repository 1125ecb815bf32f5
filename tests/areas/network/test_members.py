"""Members: added, edited, moved through their life, archived, merged; every rule by its construct."""

from datetime import UTC, datetime, timedelta

import pytest

from unisono.areas.network.actions import (
    add_custom_field,
    add_member,
    add_record,
    archive_record,
    change_state,
    edit_record,
    merge_organizations,
    restore_record,
)
from unisono.areas.network.kinds import (
    AGREEMENT,
    MEMBER,
    NEED,
    NOTE,
    OFFERING,
    ORGANIZATION,
    PERSON,
    RELATIONSHIP,
    ROLE,
)
from unisono.areas.network.models import Membership, Organization
from unisono.areas.network.queries import get_record, page_of, select, timeline_of
from unisono.platform.errors import Conflict, Invalid, NotFound
from unisono.platform.models import Event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def names(records: object) -> list[str]:
    return [str(record) for record in page_of(records).rows]  # type: ignore[arg-type]


def test_a_member_is_an_organisation_in_a_network(actor, network) -> None:
    """PERKS-D18, KIJIMA-D3, SJODIN-D5, TREN-O1: origin, sides, actor type and tier stand on the membership."""
    member = add_member(
        actor=actor,
        network=network,
        values={
            "name": " Lærdal  Smoked Trout ",
            "place": "Lærdal",
            "sides": "provider; customer",
            "actor_type": "supplier",
            "origin": "legacy",
            "tier": "basic",
            "joined_on": "12.03.2019",
            "tags": "food; fish",
        },
        at=NOW,
    )
    member = get_record(actor, network, MEMBER, member.pk)
    assert member.organization.name == "Lærdal Smoked Trout"
    assert member.organization.recorded_in == network
    assert member.sides == ["provider", "customer"]
    assert (member.origin, member.actor_type, member.tier) == ("legacy", "supplier", "basic")
    assert str(member.joined_on) == "2019-03-12"
    assert sorted(tag.name for tag in member.tags.all()) == ["fish", "food"]
    assert member.created_by_id == actor.user_id
    assert Event.objects.get(kind="member.added").at == NOW


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_saved(actor, network) -> None:
    with pytest.raises(Invalid) as caught:
        add_member(
            actor=actor,
            network=network,
            values={"name": "", "joined_on": "31.02.2021", "email": "x", "colour": "red"},
        )
    assert {p.place for p in caught.value.problems} == {"name", "joined_on", "email", "colour"}
    assert all(p.rule and p.remedy for p in caught.value.problems)
    assert not Organization.objects.exists()
    assert not Event.objects.filter(kind="member.added").exists()


def test_the_same_name_is_asked_about(actor, network) -> None:
    first = add_member(actor=actor, network=network, values={"name": "Hotel Utsikten"})
    with pytest.raises(Conflict, match="already an organisation called"):
        add_member(actor=actor, network=network, values={"name": "HOTEL UTSIKTEN"})
    second = add_member(actor=actor, network=network, values={"name": "Hotel Utsikten"}, same_name=True)
    assert second.organization_id != first.organization_id
    with pytest.raises(Conflict, match="a member already"):
        add_member(actor=actor, network=network, values={}, organization_id=first.organization_id)


def test_a_known_organisation_becomes_a_member(actor, network) -> None:
    """KIJIMA-D4: an organisation exists by itself; membership comes to it."""
    city = add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Sogndal", "kind": "city"})
    assert names(select(actor, network, MEMBER)) == []
    add_member(actor=actor, network=network, values={"tier": "public"}, organization_id=city.pk)
    assert names(select(actor, network, MEMBER)) == ["Sogndal"]
    assert Organization.objects.count() == 1


@pytest.mark.parametrize("typed", ["Laerdal", "lærdal", "LÆRDAL trout", "smok lae"])
def test_search_forgives_keyboards(actor, network, typed: str) -> None:
    add_member(actor=actor, network=network, values={"name": "Lærdal Smoked Trout"})
    add_member(actor=actor, network=network, values={"name": "Balestrand Cider", "place": "Balestrand"})
    assert names(select(actor, network, MEMBER, query=typed)) == ["Lærdal Smoked Trout"]


def test_search_follows_edits_and_archiving(actor, network) -> None:
    member = add_member(actor=actor, network=network, values={"name": "Old Name"})
    edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"name": "Ny Fjord"})
    assert names(select(actor, network, MEMBER, query="old")) == []
    assert names(select(actor, network, MEMBER, query="fjord")) == ["Ny Fjord"]
    archive_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk)
    assert names(select(actor, network, MEMBER, query="fjord")) == []
    assert names(select(actor, network, MEMBER)) == []
    assert names(select(actor, network, MEMBER, archived=True)) == ["Ny Fjord"]
    restore_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk)
    assert names(select(actor, network, MEMBER, query="fjord")) == ["Ny Fjord"]


def test_filters_and_order(actor, network) -> None:
    for name, tier, sides, joined in [
        ("A", "Gold", "provider", "2020-01-01"),
        ("B", "Silver", "customer", ""),
        ("C", "Gold", "customer;provider", "2019-01-01"),
        ("D", "", "", "2021-01-01"),
    ]:
        values = {"name": name, "tier": tier, "sides": sides, "joined_on": joined, "tags": f"tag {name}"}
        add_member(actor=actor, network=network, values=values)
    assert names(select(actor, network, MEMBER, filters={"tier": ["Gold"]})) == ["A", "C"]
    assert names(select(actor, network, MEMBER, filters={"tier": [""]})) == ["D"]
    assert names(select(actor, network, MEMBER, filters={"sides": ["provider"]})) == ["A", "C"]
    assert names(select(actor, network, MEMBER, filters={"sides": [""]})) == ["D"]
    assert names(select(actor, network, MEMBER, filters={"tags": ["tag B", "tag D"]})) == ["B", "D"]
    assert names(select(actor, network, MEMBER, sort="joined_on")) == ["C", "A", "D", "B"]
    assert names(select(actor, network, MEMBER, sort="-joined_on")) == ["D", "A", "C", "B"]
    assert names(select(actor, network, MEMBER, filters={"wave": ["not a number"]})) == []


def test_an_edit_that_started_from_old_values_is_not_saved(actor, network) -> None:
    member = add_member(actor=actor, network=network, values={"name": "Kayak"}, at=NOW)
    seen = get_record(actor, network, MEMBER, member.pk).updated_at
    later = NOW + timedelta(minutes=1)
    edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Gold"}, at=later)
    with pytest.raises(Conflict, match="while you were editing"):
        edit_record(
            actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Silver"}, seen_at=seen
        )
    assert get_record(actor, network, MEMBER, member.pk).tier == "Gold"
    # Control: without the guard the older value would have won.
    edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Silver"})
    assert get_record(actor, network, MEMBER, member.pk).tier == "Silver"


def test_an_edit_of_the_organisation_counts_as_a_change_of_the_member(actor, network) -> None:
    member = add_member(actor=actor, network=network, values={"name": "Kayak"}, at=NOW)
    seen = MEMBER.touched_at(get_record(actor, network, MEMBER, member.pk))
    edit = {"actor": actor, "network": network}
    edit_record(**edit, kind=ORGANIZATION, record_id=member.organization_id, values={"place": "Flåm"})
    with pytest.raises(Conflict, match="while you were editing"):
        edit_record(**edit, kind=MEMBER, record_id=member.pk, values={"place": "Voss"}, seen_at=seen)
    seen = MEMBER.touched_at(get_record(actor, network, MEMBER, member.pk))
    edit_record(**edit, kind=MEMBER, record_id=member.pk, values={"place": "Voss"}, seen_at=seen)
    assert get_record(actor, network, MEMBER, member.pk).organization.place == "Voss"


def test_an_edit_that_changes_nothing_leaves_no_trace(actor, network) -> None:
    member = add_member(actor=actor, network=network, values={"name": "Kayak", "tier": "Gold"})
    edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": " Gold "})
    assert not Event.objects.filter(kind="member.edited").exists()


class TestLifeOfAMembership:
    """Guards that carry theory stop a transition and say what is missing."""

    def state(self, actor, network, member, state: str, reason: str = "") -> Membership:
        return change_state(
            actor=actor, network=network, kind=MEMBER, record_id=member.pk, state=state, reason=reason, at=NOW
        )

    def test_invitation_needs_decision_and_wave(self, actor, network) -> None:
        """SJODIN-X2, PERKS-G2, KIJIMA-R2."""
        member = add_member(actor=actor, network=network, values={"name": "Ferry"}, state="prospect")
        with pytest.raises(Conflict) as caught:
            self.state(actor, network, member, "invited")
        assert {p.place for p in caught.value.problems} == {"partner_decision", "wave"}
        values = {"partner_decision": "partner", "wave": 1}
        edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values=values)
        assert self.state(actor, network, member, "invited").state == "invited"

    def test_activity_needs_rules_contact_and_gain(self, actor, network) -> None:
        """SJODIN-X3, SJODIN-X5, TREN-O4."""
        member = add_member(actor=actor, network=network, values={"name": "Ferry"}, state="onboarding")
        with pytest.raises(Conflict) as caught:
            self.state(actor, network, member, "active")
        assert {p.place for p in caught.value.problems} == {"agreements", "roles", "expected_gain"}
        agreement = add_record(
            actor=actor,
            network=network,
            kind=AGREEMENT,
            values={"title": "Rules", "kind": "participation_rules", "parties": [member.pk]},
        )
        change_state(actor=actor, network=network, kind=AGREEMENT, record_id=agreement.pk, state="in_force")
        add_record(
            actor=actor,
            network=network,
            kind=ROLE,
            values={"role_type": "contact_person", "membership": member.pk},
        )
        edit_record(
            actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"expected_gain": "Winter guests"}
        )
        assert self.state(actor, network, member, "active").state == "active"

    def test_leaving_needs_a_reason_and_keeps_it(self, actor, network) -> None:
        """TREN-R4, SJODIN-R13."""
        member = add_member(actor=actor, network=network, values={"name": "Ferry"})
        with pytest.raises(Conflict, match="leaves for a reason"):
            self.state(actor, network, member, "exited", "  ")
        left = self.state(actor, network, member, "exited", "Sold the boat")
        assert (left.exit_reason, str(left.exited_on)) == ("Sold the boat", "2026-03-02")
        event = Event.objects.get(kind="member.state_changed")
        assert event.changes == {"state": ["active", "exited"], "reason": [None, "Sold the boat"]}

    def test_a_state_that_cannot_follow_is_refused_with_those_that_can(self, actor, network) -> None:
        member = add_member(actor=actor, network=network, values={"name": "Ferry"})
        with pytest.raises(Conflict, match="left, paused"):
            self.state(actor, network, member, "prospect")


def test_merging_loses_nothing(actor, network) -> None:
    keep = add_member(actor=actor, network=network, values={"name": "Aurland Cider", "tags": "drinks"})
    other = add_member(
        actor=actor,
        network=network,
        values={
            "name": "Aurland Sideri AS",
            "place": "Aurland",
            "key": "987",
            "joined_on": "2018-01-01",
            "tags": "farm",
        },
    )
    third = add_member(actor=actor, network=network, values={"name": "Hotel"})
    add = {"actor": actor, "network": network}
    add_record(**add, kind=NEED, values={"membership": other.pk, "statement": "Bottles"})
    add_record(**add, kind=PERSON, values={"name": "Liv", "organizations": [other.organization_id]})
    add_record(**add, kind=OFFERING, values={"name": "Tasting", "owners": [other.organization_id]})
    add_record(**add, kind=RELATIONSHIP, values={"first": other.pk, "second": third.pk})
    add_record(**add, kind=RELATIONSHIP, values={"first": other.pk, "second": keep.pk})
    merged = merge_organizations(**add, keep_id=keep.organization_id, absorb_id=other.organization_id, at=NOW)
    assert (merged.name, merged.place, merged.key, merged.aliases) == (
        "Aurland Cider", "Aurland", "987", ["Aurland Sideri AS"],
    )  # fmt: skip
    assert names(select(actor, network, MEMBER)) == ["Aurland Cider", "Hotel"]
    assert names(select(actor, network, MEMBER, query="sideri")) == ["Aurland Cider"]
    member = get_record(actor, network, MEMBER, keep.pk)
    assert str(member.joined_on) == "2018-01-01"
    assert sorted(tag.name for tag in member.tags.all()) == ["drinks", "farm"]
    assert [str(n) for n in member.needs.all()] == ["Bottles"]
    assert [str(p) for p in merged.people.all()] == ["Liv"]
    assert [str(o) for o in merged.offerings.all()] == ["Tasting"]
    assert [str(r.second) for r in member.relationships_first.all()] == ["Hotel"]
    assert not member.relationships_second.exists()
    # The absorbed one's past is now part of the kept one's.
    assert "Need added" in [h.sentence for h in timeline_of(actor, network, member)]
    absorbed = Organization.objects.get(pk=other.organization_id)
    assert (absorbed.state, absorbed.merged_into_id) == ("merged", merged.pk)
    with pytest.raises(NotFound):
        merge_organizations(**add, keep_id=keep.organization_id, absorb_id=other.organization_id)


def test_a_care_note_stays_with_the_care_team(actor, network, make_actor) -> None:
    """TREN-R14: never in search, lists, timelines or the log's values for others."""
    observer = make_actor("observer")
    member = add_member(actor=actor, network=network, values={"name": "Ferry"})
    values = {"membership": member.pk, "text": "canary in distress", "visibility": "care_team"}
    note = add_record(actor=actor, network=network, kind=NOTE, values=values)
    assert names(select(actor, network, NOTE)) == ["canary in distress"]
    assert names(select(observer, network, NOTE)) == []
    with pytest.raises(NotFound):
        get_record(observer, network, NOTE, note.pk)
    assert "Note added" in [h.sentence for h in timeline_of(actor, network, member)]
    assert "Note added" not in [h.sentence for h in timeline_of(observer, network, member)]
    assert "canary" not in str(list(Event.objects.values()))


def test_personal_values_are_logged_by_name_only(actor, network) -> None:
    member = add_member(actor=actor, network=network, values={"name": "Ferry"})
    person = add_record(
        actor=actor,
        network=network,
        kind=PERSON,
        values={"name": "Kari Nordmann", "email": "kari@example.org", "organizations": [member.organization_id]},
    )
    edit_record(actor=actor, network=network, kind=PERSON, record_id=person.pk, values={"phone": "99 88 77 66"})
    logged = str(list(Event.objects.filter(kind__startswith="person.").values()))
    assert "'email': [None, None]" in logged
    assert "'phone': [None, None]" in logged
    for value in ("Kari", "example.org", "99 88"):
        assert value not in logged


def test_a_custom_field_of_a_person_is_logged_by_name_only(actor, network) -> None:
    member = add_member(actor=actor, network=network, values={"name": "Ferry"})
    add_custom_field(actor=actor, network=network, record_kind="person", label="Birthday", type="date")
    values = {"name": "Kari", "organizations": [member.organization_id], "custom.birthday": "1980-01-01"}
    person = add_record(actor=actor, network=network, kind=PERSON, values=values)
    change = {"custom.birthday": "1981-02-02"}
    edit_record(actor=actor, network=network, kind=PERSON, record_id=person.pk, values=change)
    logged = str(list(Event.objects.filter(kind__startswith="person.").values()))
    assert "'custom.birthday': [None, None]" in logged
    assert "1980" not in logged
    assert "1981" not in logged


def test_why_a_confidential_record_changed_state_stays_out_of_the_log(actor, network) -> None:
    """TREN-R14."""
    member = add_member(actor=actor, network=network, values={"name": "Ferry"})
    values = {"membership": member.pk, "statement": "A loan", "visibility": "care_team"}
    need = add_record(actor=actor, network=network, kind=NEED, values=values)
    change_state(actor=actor, network=network, kind=NEED, record_id=need.pk, state="lapsed", reason="canary broke")
    assert "canary" not in str(list(Event.objects.values()))
    assert Event.objects.get(kind="need.state_changed").changes["reason"] == [None, None]


def test_a_need_that_becomes_confidential_leaves_no_values(actor, network) -> None:
    member = add_member(actor=actor, network=network, values={"name": "Ferry"})
    values = {"membership": member.pk, "statement": "A boat"}
    need = add_record(actor=actor, network=network, kind=NEED, values=values)
    change = {"statement": "canary: a loan", "visibility": "care_team"}
    edit_record(actor=actor, network=network, kind=NEED, record_id=need.pk, values=change)
    assert "canary" not in str(list(Event.objects.values()))


def test_a_key_that_another_organisation_has_is_named(actor, network) -> None:
    add_member(actor=actor, network=network, values={"name": "One", "key": "k1"})
    with pytest.raises(Conflict) as caught:
        add_member(actor=actor, network=network, values={"name": "Two", "key": "k1"})
    assert caught.value.problems[0].place == "key"
    assert names(select(actor, network, MEMBER)) == ["One"]


def test_the_day_of_leaving_is_the_day_in_the_network(actor, network) -> None:
    member = add_member(actor=actor, network=network, values={"name": "Ferry"})
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    move = {"actor": actor, "network": network, "kind": MEMBER, "record_id": member.pk, "state": "exited"}
    left = change_state(**move, reason="Sold", at=late)
    assert (network.time_zone, str(left.exited_on)) == ("Europe/Oslo", "2026-03-03")
