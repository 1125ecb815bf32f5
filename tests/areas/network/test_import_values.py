"""Where the values of an import come to lie: custom fields, other names, the log, archived records."""

from collections.abc import Callable

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.actions import add_record, archive_record
from unisono.areas.network.kinds import MEMBER, NEED, ORGANIZATION
from unisono.areas.network.models import CustomField, Membership, Need, Network, Organization
from unisono.areas.network.queries import fields_of, get_record, value_of
from unisono.platform.actor import Actor
from unisono.platform.models import Event

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def test_a_custom_field_called_like_a_built_in_one_shows_its_own_values(
    importer: Importer, actor: Actor, network: Network
) -> None:
    importer.bring_in(
        "Company,Staff\nA,7 part-time\n", {"columns": {"member": {"Company": "name", "Staff": "custom:Staff"}}}
    )
    assert CustomField.objects.get().name == "staff"
    field = next(f for f in fields_of(network, MEMBER) if f.custom)
    member = get_record(actor, network, MEMBER, Membership.objects.get().pk)
    assert value_of(MEMBER, member, field) == "7 part-time"


def test_what_people_said_is_the_same_keeps_its_name_for_good(importer: Importer, add_member: Add) -> None:
    add_member("Aurland Cider", website="https://cider.no", place="Flåm")
    text = "Company,Web,City\nAurland Cider House,https://cider.no/,Bergen\n"
    batch = importer.check(text)
    importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="same")
    importer.apply(batch)
    organization = Organization.objects.get()
    assert (organization.name, organization.aliases) == ("Aurland Cider", ["Aurland Cider House"])
    assert organization.place == "Bergen"
    # Without a key nothing but the answer says so.
    assert importer.counts(importer.check(text)) == {"same": 1}


def test_a_row_under_another_known_name_does_not_rename(importer: Importer, add_member: Add) -> None:
    add_member("SAP", key="k1", aliases="SAP Labs")
    batch = importer.bring_in("Company,Key,City\nSAP Labs,k1,Walldorf\n")
    organization = Organization.objects.get()
    assert (organization.name, organization.aliases, organization.place) == ("SAP", ["SAP Labs"], "Walldorf")
    assert importer.row(batch, 2).changes == {"place": ["", "Walldorf"]}


def test_confidential_and_personal_values_stay_out_of_the_log(
    importer: Importer, actor: Actor, network: Network, add_member: Add
) -> None:
    member = add_member("Aurland Cider")
    values = {"statement": "A loan", "membership": member.pk, "visibility": "care_team"}
    add_record(actor=actor, network=network, kind=NEED, values=values)
    mapping = {
        "kind_column": "Kind", "kinds": {"need": "need", "who": "person"},
        "columns": {
            "need": {"Name": "statement", "Of": "membership", "More": "custom:Sum"},
            "person": {"Name": "name", "Of": "organizations", "More": "custom:Birthday"},
        },
    }  # fmt: skip
    batch = importer.bring_in(
        "Kind,Name,Of,More\nneed,A loan,Aurland Cider,2 million\nwho,Kari,Aurland Cider,born in May\n", mapping
    )
    changes = list(Event.objects.filter(batch_id=batch.pk, kind__in=["need.imported", "person.imported"]))
    assert {name for event in changes for name in event.changes} >= {"custom.sum", "custom.birthday"}
    assert "million" not in str([event.changes for event in changes])
    assert "May" not in str([event.changes for event in changes])


def test_what_was_archived_is_brought_back_and_says_so(
    importer: Importer, actor: Actor, network: Network, add_member: Add
) -> None:
    member = add_member("Aurland Cider")
    need = add_record(actor=actor, network=network, kind=NEED, values={"statement": "Boats", "membership": member.pk})
    archive_record(actor=actor, network=network, kind=NEED, record_id=need.pk)
    archive_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk)
    archive_record(actor=actor, network=network, kind=ORGANIZATION, record_id=member.organization_id)
    mapping = {
        "kind_column": "Kind", "kinds": {"firm": "member", "need": "need"},
        "columns": {"member": {"Name": "name"}, "need": {"Name": "statement", "Of": "membership"}},
    }  # fmt: skip
    text = "Kind,Name,Of\nfirm,Aurland Cider,\nneed,Boats,Aurland Cider\n"
    batch = importer.check(text, mapping)
    assert importer.counts(batch) == {"update": 2}
    assert "brings it back" in importer.row(batch, 2).note
    assert "brings it back" in importer.row(batch, 3).note
    importer.apply(batch)
    for model in (Membership, Organization, Need):
        assert not model._default_manager.exclude(archived_at=None).exists()
    assert importer.counts(importer.check(text, mapping)) == {"same": 2}
    importer.undo(batch)
    for model in (Membership, Organization, Need):
        assert not model._default_manager.filter(archived_at=None).exists()


def test_a_need_of_an_archived_member_does_not_hang_on_it_unseen(
    importer: Importer, actor: Actor, network: Network, add_member: Add
) -> None:
    archive_record(actor=actor, network=network, kind=MEMBER, record_id=add_member("Aurland Cider").pk)
    mapping = {"kinds": {"*": "need"}, "columns": {"need": {"Need": "statement", "Of": "membership"}}}
    assert importer.counts(importer.check("Need,Of\nBoats,Aurland Cider\n", mapping)) == {"wrong": 1}
