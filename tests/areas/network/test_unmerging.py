"""A merge is taken back: every row of every table is what it was, but for what somebody changed since."""

import threading
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unisono.areas.network.actions import add_member as join
from unisono.areas.network.actions import (
    add_record,
    archive_record,
    create_network,
    edit_record,
    merge_organizations,
    unmerge_organizations,
)
from unisono.areas.network.duplicates.plain import plain_merges
from unisono.areas.network.kinds import (
    AGREEMENT,
    CAPABILITY,
    MEMBER,
    NEED,
    NOTE,
    OFFERING,
    ORGANIZATION,
    PERSON,
    RELATIONSHIP,
    ROLE,
)
from unisono.areas.network.models import DuplicatePair, Membership, MergeRecord, Need
from unisono.areas.network.queries import timeline_of
from unisono.areas.network.queries.merges import left_of
from unisono.platform.errors import Conflict, NotAllowed, UseCaseError
from unisono.platform.models import Event
from unisono.platform.tenancy import workspace_scope

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def everything() -> dict[str, list[Any]]:
    """All rows of all tables; the log, merges, pairs and the keys of search aside."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model in (Event, MergeRecord, DuplicatePair):
            continue
        names = [f.attname for f in model._meta.concrete_fields]
        if model.__name__ == "SearchEntry":
            names = ["record_id", "title", "folded"]
        found[model._meta.label] = sorted(map(repr, model._base_manager.values_list(*names)))
    return found


def record_of(keep: Any, absorb: Any) -> MergeRecord:
    return MergeRecord.objects.get(keep=keep.organization_id, absorb=absorb.organization_id, undone_at=None)


def merge(actor, network, keep: Membership, absorb: Membership) -> MergeRecord:
    ids = {"keep_id": keep.organization_id, "absorb_id": absorb.organization_id}
    merge_organizations(actor=actor, network=network, **ids, at=NOW)
    return record_of(keep, absorb)


def hang(actor, network, member: Membership, other: Membership, third: Membership) -> None:
    """One record of every kind on a member."""
    add = {"actor": actor, "network": network}
    organization = member.organization_id
    person = add_record(**add, kind=PERSON, values={"name": "Kari", "organizations": [organization]})
    add_record(**add, kind=PERSON, values={"name": "Both", "organizations": [organization, other.organization_id]})
    add_record(**add, kind=NEED, values={"membership": member.pk, "statement": "Ice"})
    add_record(**add, kind=NOTE, values={"membership": member.pk, "text": "Called", "visibility": "care_team"})
    add_record(**add, kind=OFFERING, values={"name": "Tour", "owners": [organization]})
    add_record(**add, kind=CAPABILITY, values={"organization": organization, "term": "smoking"})
    add_record(**add, kind=ROLE, values={"role_type": "contact_person", "membership": member.pk, "person": person.pk})
    add_record(**add, kind=RELATIONSHIP, values={"first": member.pk, "second": other.pk, "kinds": ["supply"]})
    add_record(**add, kind=RELATIONSHIP, values={"first": third.pk, "second": member.pk, "kinds": ["data"]})
    values = {"title": "Rules", "kind": "participation_rules", "parties": [member.pk, third.pk]}
    add_record(**add, kind=AGREEMENT, values=values)


@pytest.mark.django_db
class TestExactly:
    def test_with_one_record_of_every_kind_on_both(self, actor, network, add_member) -> None:
        keep = add_member("One AS", tier="Gold", key="1", sides="customer", tags="food", joined_on="2020-01-01")
        absorb = add_member(
            "Two", place="Flåm", key="2", sides="provider", tags="boats;food", joined_on="2019-01-01",
            referrer=str(keep.pk),
        )  # fmt: skip
        third = add_member("Three", referrer=str(absorb.pk))
        Membership.objects.filter(pk=absorb.pk).update(custom={"stand": "B4"})
        for one, other in ((keep, absorb), (absorb, keep)):
            hang(actor, network, one, other, third)
        before = everything()
        record = merge(actor, network, keep, absorb)
        assert everything() != before
        unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
        assert everything() == before
        record.refresh_from_db()
        assert (record.left, record.undone_by_id) == ([], actor.user_id)

    def test_a_member_and_one_that_is_none(self, actor, network, add_member) -> None:
        keep = add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "One"})
        absorb = add_member("Two", key="2")
        elsewhere = create_network(actor=actor, values={"name": "Another network"})
        join(actor=actor, network=elsewhere, values={}, organization_id=absorb.organization_id)
        before = everything()
        ids = {"keep_id": keep.pk, "absorb_id": absorb.organization_id}
        merge_organizations(actor=actor, network=network, **ids)
        unmerge_organizations(actor=actor, network=network, merge_id=MergeRecord.objects.get().pk)
        assert everything() == before

    def test_merges_one_after_the_other_and_back(self, actor, network, add_member) -> None:
        one, two, three = add_member("One"), add_member("Two"), add_member("Three", key="3")
        hang(actor, network, three, one, two)
        before = everything()
        first = merge(actor, network, two, three)
        second = merge(actor, network, one, two)
        with pytest.raises(Conflict):
            unmerge_organizations(actor=actor, network=network, merge_id=first.pk)
        for record in (second, first):
            unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
        assert everything() == before

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.sampled_from(["", "Gold", "Flåm"]), min_size=6, max_size=6),
        st.lists(st.sampled_from(["active", "prospect", "paused"]), min_size=2, max_size=2),
        st.lists(st.sets(st.sampled_from(["food", "boats"])), min_size=2, max_size=2),
        st.lists(st.booleans(), min_size=4, max_size=4),
    )
    def test_whatever_the_two_hold(self, actor, network, add_member, texts, lives, tags, flags) -> None:
        with transaction.atomic():
            pair = [
                add_member(f"Firm {n}", state=lives[n], tier=texts[n], place=texts[2 + n], sector=texts[4 + n],
                           tags=";".join(sorted(tags[n])))
                for n in (0, 1)
            ]  # fmt: skip
            third = add_member("Third", referrer=str(pair[1].pk))
            for n in (0, 1):
                if flags[n]:
                    hang(actor, network, pair[n], pair[1 - n], third)
            for n in (0, 1):
                if flags[2 + n]:
                    archive_record(actor=actor, network=network, kind=MEMBER, record_id=pair[n].pk)
            before = everything()
            record = merge(actor, network, *pair)
            unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
            assert everything() == before
            transaction.set_rollback(True)


@pytest.mark.django_db
class TestChangedSince:
    def test_stays_with_the_kept_one_and_is_listed(self, actor, network, add_member) -> None:
        keep, absorb = add_member("One"), add_member("Two", place="Flåm", sector="Boats", tier="Silver")
        need = add_record(actor=actor, network=network, kind=NEED, values={"membership": absorb.pk, "statement": "Ice"})
        moved = add_record(
            actor=actor, network=network, kind=NEED, values={"membership": absorb.pk, "statement": "Salt"}
        )
        record = merge(actor, network, keep, absorb)
        edit = {"actor": actor, "network": network}
        edit_record(**edit, kind=MEMBER, record_id=keep.pk, values={"place": "Voss", "aliases": "Two;Uno"})
        edit_record(**edit, kind=NEED, record_id=need.pk, values={"statement": "Much ice"})
        newer = add_record(**edit, kind=NEED, values={"membership": keep.pk, "statement": "Snow"})
        record = unmerge_organizations(actor=actor, network=network, merge_id=record.pk)

        keep.refresh_from_db()
        organization = keep.organization
        assert (organization.place, organization.sector, organization.aliases) == ("Voss", "", ["Uno"])
        assert keep.tier == ""
        again = Membership.objects.get(organization_id=absorb.organization_id)
        assert (again.pk, again.tier, again.organization.place) == (absorb.pk, "Silver", "Flåm")
        owners = dict(Need.objects.values_list("pk", "membership_id"))
        assert owners == {need.pk: keep.pk, moved.pk: absorb.pk, newer.pk: keep.pk}
        left = left_of(actor, network, [record])[record.pk]
        assert {(each["name"], each["field"]) for each in left} == {("One", "Place"), ("Much ice", "")}

    def test_what_stayed_is_named_to_those_who_may_read_it(self, actor, network, add_member, make_actor) -> None:
        keep, absorb = add_member("One"), add_member("Two")
        add = {"actor": actor, "network": network}
        values = {"membership": absorb.pk, "statement": "Ice", "visibility": "care_team"}
        need = add_record(**add, kind=NEED, values=values)
        record = merge(actor, network, keep, absorb)
        edit_record(**add, kind=NEED, record_id=need.pk, values={"statement": "They run out of money"})
        edit_record(**add, kind=MEMBER, record_id=keep.pk, values={"place": "Voss"})
        record = unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
        assert "money" not in str(record.left)
        [plain] = plain_merges(actor, network, [record])
        assert [each["name"] for each in plain["left"] if each["kind"] == "need"] == ["They run out of money"]
        [plain] = plain_merges(make_actor("observer"), network, [record])
        assert [each for each in plain["left"] if each["kind"] != "member" and each["kind"] != "organization"] == [
            {"kind": "", "id": "", "name": "a record", "field": ""}
        ]

    def test_a_person_that_left_since_does_not_come_back(self, actor, network, add_member) -> None:
        keep, absorb, third = add_member("One"), add_member("Two"), add_member("Three")
        values = {"name": "Kari", "organizations": [absorb.organization_id]}
        kari = add_record(actor=actor, network=network, kind=PERSON, values=values)
        record = merge(actor, network, keep, absorb)
        values = {"organizations": [third.organization_id]}
        edit_record(actor=actor, network=network, kind=PERSON, record_id=kari.pk, values=values)
        unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
        assert [o.name for o in kari.organizations.all()] == ["Three"]


@pytest.mark.django_db
class TestAround:
    def test_both_histories_stand_on_the_timeline_also_of_merges_of_merges(self, actor, network, add_member) -> None:
        one, two, three = add_member("One"), add_member("Two"), add_member("Three")
        add_record(actor=actor, network=network, kind=NEED, values={"membership": three.pk, "statement": "Ice"})
        merge(actor, network, two, three)
        record = merge(actor, network, one, two)
        kinds = [each.kind for each in timeline_of(actor, network, one)]
        assert kinds.count("need.added") == 1 and kinds.count("member.added") == 3
        unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
        again = Membership.objects.get(pk=two.pk)
        for member in (one, again):
            assert "organization.unmerged" in {each.kind for each in timeline_of(actor, network, member)}

    def test_who_may_not_change_records_may_not_take_back(self, actor, make_actor, network, add_member) -> None:
        record = merge(actor, network, add_member("One"), add_member("Two"))
        with pytest.raises(NotAllowed):
            unmerge_organizations(actor=make_actor("observer"), network=network, merge_id=record.pk)

    def test_once_only_and_the_pair_is_remembered_as_different(self, actor, network, add_member) -> None:
        record = merge(actor, network, add_member("One"), add_member("Two"))
        unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
        with pytest.raises(Conflict):
            unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
        assert DuplicatePair.objects.get().state == "different"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one write at a time")
def test_two_people_take_it_back_at_once(actor, network, add_member) -> None:
    keep, absorb = add_member("One"), add_member("Two")
    record = merge(actor, network, keep, absorb)
    together, answers = threading.Barrier(2), []

    def take_back() -> None:
        try:
            with workspace_scope(actor.workspace_id):
                together.wait()
                unmerge_organizations(actor=actor, network=network, merge_id=record.pk)
                answers.append("done")
        except UseCaseError:
            answers.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=take_back) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "refused"]
    assert Membership.objects.count() == 2


def test_rows_of_before_forget_the_names_they_kept(actor, network, add_member) -> None:
    """What older versions kept of a record that stayed was its name, which not everybody may read."""
    forget = import_module("unisono.areas.network.migrations.0016_merges_forget_names").forget_names
    keep, absorb = add_member("Alpha").organization, add_member("Alpha AS").organization
    old = {"kind": "need", "id": str(keep.pk), "name": "A need nobody should see", "field": "Statement"}
    merge = MergeRecord.objects.create(keep=keep, absorb=absorb, merged_at=timezone.now(), left=[old])
    forget(apps, None)
    merge.refresh_from_db()
    assert merge.left == [{"kind": "need", "id": str(keep.pk), "field": "Statement"}]
