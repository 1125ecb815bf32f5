"""Fields that a network adds: typed, refused when they are nonsense, archived and brought back with their values."""

import pytest

from unisono.areas.network.actions import add_custom_field, add_member, archive_custom_field, edit_record
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.queries import fields_of, get_record, select
from unisono.platform.errors import Conflict, Invalid

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
