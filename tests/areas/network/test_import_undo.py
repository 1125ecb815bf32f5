"""The undo: what the batch did goes back; what somebody did since stays and is listed."""

from collections.abc import Callable

import pytest
from tests.areas.network.importing_world import Importer
from tests.areas.network.test_import_apply import RICH, RICH_TEXT

from unisono.areas.network import importing
from unisono.areas.network.actions import (
    add_record,
    archive_record,
    edit_record,
    merge_organizations,
    remove_comment,
    write_comment,
)
from unisono.areas.network.kinds import MEMBER, NOTE, RELATIONSHIP
from unisono.areas.network.models import (
    Capability,
    Comment,
    CustomField,
    Membership,
    Need,
    Network,
    Note,
    Offering,
    Organization,
    Person,
    Tag,
)
from unisono.areas.network.queries import page_of, select
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict
from unisono.platform.models import Event, SearchEntry

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def test_what_was_created_goes_and_the_log_stays(importer: Importer) -> None:
    batch = importer.undo(importer.bring_in(RICH_TEXT, RICH))
    assert batch.state == "undone"
    for model in (Organization, Membership, Person, Need, Offering, Capability, Tag, CustomField, SearchEntry):
        assert not model._default_manager.exists(), model.__name__
    kinds = sorted(
        Event.objects.filter(batch_id=batch.pk, kind__endswith="import_undone").values_list("kind", flat=True)
    )
    assert kinds.count("member.import_undone") == 2
    assert Event.objects.filter(kind="member.imported").count() == 2
    # And it can be imported anew.
    importer.bring_in(RICH_TEXT, RICH)
    assert Membership.objects.count() == 2


def test_what_was_changed_goes_back(importer: Importer, actor: Actor, network: Network, add_member: Add) -> None:
    member = add_member("Aurland Cider", place="Aurland", tier="Gold", joined_on="2019-01-01", tags="food")
    columns = {"Company": "name", "City": "place", "Level": "tier", "Joined": "joined_on", "Tags": "tags",
               "New": "custom:New"}  # fmt: skip
    batch = importer.bring_in(
        "Company,City,Level,Joined,Tags,New\nAurland Cider,Flåm,Silver,2020-02-02,fruit,x\n",
        {"columns": {"member": columns}},
    )
    assert [str(m) for m in page_of(select(actor, network, MEMBER, query="flam")).rows] == ["Aurland Cider"]
    batch = importer.undo(batch)
    member.refresh_from_db()
    assert (member.organization.place, member.tier, str(member.joined_on)) == ("Aurland", "Gold", "2019-01-01")
    assert [tag.name for tag in member.tags.all()] == ["food"]
    assert not CustomField.objects.exists()
    assert batch.counts["restored"] == 1
    assert page_of(select(actor, network, MEMBER, query="flam")).rows == []


def test_what_people_said_about_a_record_keeps_it(importer: Importer, actor: Actor, network: Network) -> None:
    """A comment is later work: its record stays, with it what it belongs to, and is listed; a removed one is not."""
    batch = importer.bring_in("Company\nAurland Cider\nHotel Utsikten\nSogn Bus Lines\n")
    members = {str(member): member for member in Membership.objects.all()}

    def say(name: str) -> Comment:
        comment = write_comment(
            actor=actor, network=network, kind=MEMBER, record_id=members[name].pk, text="Call them in May."
        )
        assert isinstance(comment, Comment)
        return comment

    say("Aurland Cider")
    remove_comment(actor=actor, network=network, comment_id=say("Hotel Utsikten").pk)
    before = importing.later_edits_of(actor, network, batch)
    assert "comment was added to it after the import" in {edit.reason for edit in before}
    importer.undo(batch)
    assert [str(member) for member in Membership.objects.all()] == ["Aurland Cider"]
    [comment] = Comment.objects.all()
    assert comment.record_id == members["Aurland Cider"].pk
    kept = {(e.name, e.reason) for e in importing.later_edits_of(actor, network, importer.again(batch))}
    assert ("Aurland Cider", "comment was added to it after the import") in kept


def test_a_field_edited_since_stays_and_is_listed(
    importer: Importer, actor: Actor, network: Network, add_member: Add
) -> None:
    member = add_member("Aurland Cider", place="Aurland", tier="Gold")
    batch = importer.bring_in("Company,City,Level\nAurland Cider,Flåm,Silver\n")
    edit_record(actor=actor, network=network, kind=MEMBER, record_id=member.pk, values={"tier": "Platinum"})

    before = importing.later_edits_of(actor, network, batch)
    batch = importer.undo(batch)

    member = Membership.objects.get()
    assert (member.organization.place, member.tier) == ("Aurland", "Platinum")
    [edit] = importing.later_edits_of(actor, network, batch)
    assert (edit.name, edit.field, edit.by) == ("Aurland Cider", "Tier", "Ingrid Solheim")
    assert edit.at is not None
    assert edit == before[0]


def test_records_edited_or_used_since_stay_with_what_they_need(
    importer: Importer, actor: Actor, network: Network, add_member: Add
) -> None:
    other = add_member("Here before")
    text = "Company\nEdited\nNoted\nTied\nArchived\nUntouched\n"
    batch = importer.bring_in(text)
    members = {m.organization.name: m for m in Membership.objects.select_related("organization")}
    where = {"actor": actor, "network": network}
    edit_record(**where, kind=MEMBER, record_id=members["Edited"].pk, values={"place": "Voss"})
    add_record(**where, kind=NOTE, values={"membership": members["Noted"].pk, "text": "promising"})
    add_record(
        **where, kind=RELATIONSHIP, values={"first": other.pk, "second": members["Tied"].pk, "kinds": ["supply"]}
    )
    archive_record(**where, kind=MEMBER, record_id=members["Archived"].pk)

    batch = importer.undo(batch)

    names = sorted(Membership.objects.values_list("organization__name", flat=True))
    assert names == ["Archived", "Edited", "Here before", "Noted", "Tied"]
    assert sorted(Organization.objects.values_list("name", flat=True)) == names
    assert Note.objects.count() == 1
    listed = {
        edit.name: edit.reason
        for edit in importing.later_edits_of(actor, network, batch)
        if edit.record_kind == "member"
    }
    assert set(listed) == {"Archived", "Edited", "Noted", "Tied"}
    assert "note" in listed["Noted"]


def test_an_offering_that_stays_keeps_its_owner(importer: Importer, actor: Actor, network: Network) -> None:
    batch = importer.bring_in(RICH_TEXT, RICH)
    from unisono.areas.network.kinds import OFFERING

    offering = Offering.objects.get()
    edit_record(actor=actor, network=network, kind=OFFERING, record_id=offering.pk, values={"category": "fish"})
    importer.undo(batch)
    assert [m.organization.name for m in Membership.objects.all()] == ["Lærdal Trout"]
    assert Offering.objects.get().owners.get().name == "Lærdal Trout"
    assert not Need.objects.exists()


def test_a_newer_import_is_a_later_edit(importer: Importer) -> None:
    first = importer.bring_in("Company,Level\nA,Gold\nB,Gold\n")
    importer.bring_in("Company,Level\nA,Silver\nB,Gold\n")
    importer.undo(first)
    member = Membership.objects.get()
    assert (member.organization.name, member.tier) == ("A", "Silver")


def test_merged_organisations_stay(importer: Importer, actor: Actor, network: Network, add_member: Add) -> None:
    keep = add_member("Here before")
    batch = importer.bring_in("Company,City\nSame firm,Voss\n")
    absorbed = Organization.objects.get(name="Same firm")
    merge_organizations(actor=actor, network=network, keep_id=keep.organization_id, absorb_id=absorbed.pk)
    importer.undo(batch)
    assert Organization.objects.filter(pk=absorbed.pk).exists()
    assert Membership.objects.get().organization.place == "Voss"


def test_an_import_is_undone_once(importer: Importer) -> None:
    batch = importer.undo(importer.bring_in("Company\nA\n"))
    with pytest.raises(Conflict):
        importing.undo_import(**importer.where, batch_id=batch.pk)
