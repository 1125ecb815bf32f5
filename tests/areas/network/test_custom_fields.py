"""Fields that a network adds: typed, refused when they are nonsense, archived and brought back with their values."""

from importlib import import_module

import pytest
from django.apps import apps
from tests.areas.network.importing_world import Importer

from unisono.areas.network.actions import (
    add_custom_field,
    add_member,
    add_record,
    archive_custom_field,
    create_network,
    edit_record,
    merge_organizations,
)
from unisono.areas.network.kinds import MEMBER, ORGANIZATION
from unisono.areas.network.models import Organization
from unisono.areas.network.queries import fields_of, get_record, select, value_of
from unisono.areas.network.queries.plain import plain_record
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.models import Event

pytestmark = pytest.mark.django_db


def test_a_field_is_typed_listed_and_filtered(actor, network) -> None:
    add = {"actor": actor, "network": network}
    add_custom_field(**add, record_kind="member", label="Beds", type="integer")
    add_custom_field(**add, record_kind="member", label="Season", type="choice", choices=["summer", "winter"])
    first = add_member(**add, values={"name": "Hotel", "custom.beds": "40", "custom.season": "Winter"})
    add_member(**add, values={"name": "Camp", "custom.season": "summer"})
    assert get_record(actor, network, MEMBER, first.pk).custom == {"beds": 40, "season": "winter"}
    assert [str(m) for m in select(actor, network, MEMBER, filters={"custom.season": ["winter"]})] == ["Hotel"]
    assert [str(m) for m in select(actor, network, MEMBER, sort="custom.beds")] == ["Hotel", "Camp"]
    with pytest.raises(Invalid, match="no whole number"):
        edit_record(**add, kind=MEMBER, record_id=first.pk, values={"custom.beds": "many"})


def test_nonsense_is_refused_with_all_reasons(actor, network) -> None:
    with pytest.raises(Invalid) as caught:
        add_custom_field(actor=actor, network=network, record_kind="ship", label="!!", type="colour")
    assert {p.place for p in caught.value.problems} == {"label", "record_kind", "type"}
    with pytest.raises(Invalid, match="A choice needs choices"):
        add_custom_field(actor=actor, network=network, record_kind="member", label="Season", type="choice")


def test_an_archived_field_comes_back_with_its_values(actor, network) -> None:
    add = {"actor": actor, "network": network}
    field = add_custom_field(**add, record_kind="member", label="Beds", type="integer")
    member = add_member(**add, values={"name": "Hotel", "custom.beds": 40})
    with pytest.raises(Conflict, match="already has the field"):
        add_custom_field(**add, record_kind="member", label="Beds", type="integer")
    archive_custom_field(**add, field_id=field.pk)
    assert "custom.beds" not in {f.name for f in fields_of(network, MEMBER)}
    with pytest.raises(Conflict):
        add_custom_field(**add, record_kind="member", label="Beds", type="text")
    assert add_custom_field(**add, record_kind="member", label="Beds", type="integer").pk == field.pk
    assert get_record(actor, network, MEMBER, member.pk).custom == {"beds": 40}
    assert "custom.beds" in {f.name for f in fields_of(network, MEMBER)}


class TestSharedProfiles:
    """Two networks of one workspace share an organisation's profile, not what each asks about it."""

    @pytest.fixture
    def both(self, actor, network):
        other = create_network(actor=actor, values={"name": "Another network"})
        for each in (network, other):
            add_custom_field(actor=actor, network=each, record_kind="organization", label="Size", type="text")
        member = add_member(actor=actor, network=network, values={"name": "Hotel"})
        add_member(actor=actor, network=other, values={}, organization_id=member.organization_id)
        return {"network": network, "other": other, "organization": member.organization_id}

    def size(self, actor, both, room: str) -> str:
        organization = get_record(actor, both[room], ORGANIZATION, both["organization"])
        [field] = [f for f in fields_of(both[room], ORGANIZATION) if f.custom]
        return value_of(ORGANIZATION, organization, field)

    def edit(self, actor, both, room: str, value: str) -> None:
        edit_record(
            actor=actor, network=both[room], kind=ORGANIZATION, record_id=both["organization"],
            values={"custom.size": value},
        )  # fmt: skip

    def test_each_network_has_its_value(self, actor, both) -> None:
        self.edit(actor, both, "network", "40 beds")
        self.edit(actor, both, "other", "12 boats")
        assert (self.size(actor, both, "network"), self.size(actor, both, "other")) == ("40 beds", "12 boats")
        found = select(actor, both["network"], ORGANIZATION, sort="custom.size")
        assert plain_record(actor, both["network"], ORGANIZATION, found[0])["custom"] == {"size": "40 beds"}

    def test_an_undo_gives_back_the_value_of_its_network(self, actor, both) -> None:
        mapping = {
            "kinds": {"*": "organization"},
            "columns": {"organization": {"Company": "name", "Size": "custom.size"}},
        }
        batches = [
            (importer := Importer(actor, both[room]), importer.bring_in(f"Company,Size\nHotel,{size}\n", mapping))
            for room, size in (("network", "40 beds"), ("other", "12 boats"))
        ]
        importer, first = batches[0]
        importer.undo(first)
        assert (self.size(actor, both, "network"), self.size(actor, both, "other")) == ("", "12 boats")

    def test_a_merge_tells_both_in_the_log(self, actor, network, both) -> None:
        twin = add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Inn", "custom.size": "big"})
        self.edit(actor, both, "network", "40 beds")
        merge_organizations(actor=actor, network=network, keep_id=both["organization"], absorb_id=twin.pk)
        event = Event.objects.get(kind="organization.merged")
        assert event.changes["custom.size"] == ["big", "40 beds"]

    def test_values_of_before_are_given_to_each_network_that_had_them(self, actor, both) -> None:
        Organization.objects.filter(pk=both["organization"]).update(custom={"size": "big", "undeclared": 1})
        separated = import_module("unisono.areas.network.migrations.0012_custom_values_by_network")
        separated.separate(apps, None)
        assert (self.size(actor, both, "network"), self.size(actor, both, "other")) == ("big", "big")
        stored = Organization.objects.get(pk=both["organization"]).custom
        assert "size" not in stored and stored["undeclared"] == 1
