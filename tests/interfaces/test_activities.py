"""Gatherings, initiatives and silent members through every door."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from unisono.areas.activities.kinds import GATHERING, INITIATIVE
from unisono.areas.activities.models import Participation
from unisono.areas.activities.queries import months_before
from unisono.areas.network import importing
from unisono.areas.network.actions import add_record
from unisono.areas.network.kinds import NEED
from unisono.areas.network.models import Membership, Network
from unisono.cli.commands import unisono
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.models import User

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def gathering(actor: Actor, network: Network) -> Any:
    day = months_before(TODAY, 9)
    return add_record(actor=actor, network=network, kind=GATHERING, values={"name": "Members' day", "on": day})


def test_members_are_added_and_marked(
    page_client: Client, network: Network, add_member: Callable[..., Membership], gathering: Any
) -> None:
    trout, cider = add_member("Lærdal Smoked Trout"), add_member("Aurland Cider")
    place = f"/n/{network.slug}/gatherings/{gathering.pk}/"
    assert "Nobody is noted yet" in page_client.get(place).content.decode()
    answer = page_client.post(f"{place}participants", {"memberships": [trout.pk, cider.pk], "state": "signed_up"})
    assert answer.status_code == 302
    # Whoever is in it already stays as it is.
    page_client.post(f"{place}participants", {"memberships": [trout.pk], "state": "invited"})
    page = page_client.get(place).content.decode()
    assert "2 signed up" in page and "All who signed up were there" in page
    page_client.post(f"{place}attendance", {"everybody": "1", "state": "attended"})
    part = Participation.objects.get(membership=cider)
    page_client.post(f"{place}attendance", {"participation": part.pk, "state": "no_show"})
    assert dict(Participation.objects.values_list("membership", "state")) == {trout.pk: "attended", cider.pk: "no_show"}
    assert "at Members&#x27; day" in page_client.get(f"/n/{network.slug}/members/{trout.pk}/").content.decode()


def test_an_unknown_member_is_said_at_the_field(page_client: Client, network: Network, gathering: Any) -> None:
    place = f"/n/{network.slug}/gatherings/{gathering.pk}/participants"
    answer = page_client.post(place, {"memberships": ["Nobody AS"], "state": "invited"})
    assert answer.status_code == 422
    assert "There is no “Nobody AS” in this network." in answer.content.decode()


def test_silent_members_stand_with_their_last_contact_and_needs(
    page_client: Client, actor: Actor, network: Network, add_member: Callable[..., Membership], gathering: Any
) -> None:
    """TREN-R4: story 1 ends here."""
    trout = add_member("Lærdal Smoked Trout", place="Lærdal")
    path = f"/n/{network.slug}/silent/"
    page_client.post(
        f"/n/{network.slug}/gatherings/{gathering.pk}/participants", {"memberships": [trout.pk], "state": "attended"}
    )
    page = page_client.get(path).content.decode()
    assert "Lærdal Smoked Trout" in page and "No contact for 9 months" in page and "Call, and ask" in page
    assert "Nobody only attends" not in page_client.get(f"{path}?tab=attend_only").content.decode()
    add_record(actor=actor, network=network, kind=NEED, values={"membership": trout.pk, "statement": "More guests"})
    assert "Nobody is silent" in page_client.get(path).content.decode()
    assert "Nobody only attends" in page_client.get(f"{path}?tab=attend_only").content.decode()


def test_the_list_of_members_filters_and_sorts_by_last_contact(
    page_client: Client, network: Network, add_member: Callable[..., Membership], gathering: Any
) -> None:
    trout = add_member("Lærdal Smoked Trout")
    add_member("Aurland Cider", joined_on=str(TODAY))
    page_client.post(
        f"/n/{network.slug}/gatherings/{gathering.pk}/participants", {"memberships": [trout.pk], "state": "attended"}
    )
    path = f"/n/{network.slug}/members/"
    page = page_client.get(f"{path}?silent=yes").content.decode()
    assert "Silent: yes" in page and "Lærdal Smoked Trout" in page and "Aurland Cider" not in page
    page = page_client.get(f"{path}?sort=-last_contact").content.decode()
    assert page.index("Lærdal Smoked Trout") < page.index("Aurland Cider")
    assert "Aurland Cider" in page_client.get(f"{path}?last_contact=never").content.decode()


@pytest.fixture
def met(page_client: Client, network: Network, add_member: Callable[..., Membership], gathering: Any) -> Membership:
    """One of three members was at a gathering nine months ago; one is new, and of one nothing is known."""
    trout = add_member("Lærdal Smoked Trout")
    add_member("Aurland Cider", joined_on=str(TODAY))
    add_member("Hotel Utsikten")
    page_client.post(
        f"/n/{network.slug}/gatherings/{gathering.pk}/participants", {"memberships": [trout.pk], "state": "attended"}
    )
    return trout


def test_every_door_carries_sorts_and_filters_by_what_is_reckoned(
    page_client: Client,
    make_api: Callable[..., Client],
    owner: User,
    network: Network,
    met: Membership,
    tmp_path: Path,
) -> None:
    """TREN-R4: last contact, gatherings, open needs and silence: the same on the page, in API, command and files."""
    day = months_before(TODAY, 9)
    api, base = make_api("read"), f"/api/v1/networks/{network.slug}/members"
    where = ["--as", owner.email, "--network", network.slug]

    # API: carried by lists and single records, in the order of the last contact, whichever the size of a page.
    items = api.get(f"{base}?sort=-last_contact").json()["items"]
    assert items[0]["name"] == "Lærdal Smoked Trout"
    assert [each["derived"]["silent"] for each in sorted(items, key=lambda each: each["name"])] == [False, True, True]
    derived = {"last_contact": str(day), "attended": 1, "open_needs": 0, "silent": True}
    assert items[0]["derived"] == derived == api.get(f"{base}/{met.pk}").json()["derived"]
    for sort in ("last_contact", "-last_contact", "attended", "-attended"):
        names, address = [], f"{base}?sort={sort}&limit=1"
        while address:
            answer = api.get(address).json()
            names += [each["name"] for each in answer["items"]]
            address = answer["next"]
        assert names == [each["name"] for each in api.get(f"{base}?sort={sort}").json()["items"]], sort
        assert len(names) == 3
        page = page_client.get(f"/n/{network.slug}/members/?sort={sort}").content.decode()
        assert sorted(names, key=page.index) == names, sort
    assert names[0] == "Lærdal Smoked Trout"
    cursor = api.get(f"{base}?sort=attended&limit=1").json()["next"].partition("cursor=")[2]
    assert api.get(f"{base}?sort=last_contact&limit=1&cursor={cursor}").status_code == 422
    [one] = api.get(f"{base}?attended=yes&silent=yes").json()["items"]
    assert one["id"] == str(met.pk)

    # Command: the same in JSON; columns by name in its table.
    def told(*arguments: str) -> str:
        return str(CliRunner().invoke(unisono, [*arguments, *where], catch_exceptions=False).stdout)

    assert json.loads(told("member", "list", "--sort", "-last_contact", "--json")) == items
    assert str(day.year) in told("member", "list", "--columns", "name,last_contact,attended", "--attended", "yes")
    assert "Last contact" in told("member", "show", str(met.pk))

    # Files: every format of tables, through each door, with the day as a day.
    for format in ("csv", "xlsx", "json"):
        path = tmp_path / f"members.{format}"
        told("member", "export", str(path), "--sort", "-last_contact")
        by_api = b"".join(api.get(f"{base}/export?format={format}&sort=-last_contact"))
        by_page = b"".join(page_client.get(f"/n/{network.slug}/members/export?format={format}&sort=-last_contact"))
        if format != "xlsx":
            assert path.read_bytes() == by_api == by_page
    rows = json.loads(by_api)
    assert [rows[0][name] for name in derived] == list(derived.values())
    [sheet] = load_workbook(tmp_path / "members.xlsx").worksheets
    heading, first, *_more = sheet.iter_rows(values_only=True)
    told_of = dict(zip(heading, first, strict=True))
    assert (told_of["Last contact"].date(), told_of["Gatherings in 12 months"], told_of["Silent"]) == (day, 1, "yes")
    narrow = b"".join(api.get(f"{base}/export?format=csv&columns=name,last_contact&attended=yes"))
    assert narrow.decode("utf-8-sig").splitlines()[1].startswith(f'"Lærdal Smoked Trout","{day}",')
    refused = api.get(f"{base}/export?format=graphml&columns=name,last_contact")
    assert refused.status_code == 422


def test_an_export_comes_back_without_what_was_reckoned(
    actor: Actor, make_api: Callable[..., Client], network: Network, met: Membership
) -> None:
    file = b"".join(make_api("read").get(f"/api/v1/networks/{network.slug}/members/export?format=csv"))
    batch = importing.start_import(actor=actor, network=network, file=("members.csv", [file]))
    suggested = importing.suggested_mapping(batch)
    columns = {each.column: each for each in suggested.columns["member"]}
    assert columns["Last contact"].target is None
    assert columns["Last contact"].reason == "it is reckoned from other records"
    assert columns["Silent"].target is None
    assert suggested.with_custom_fields()["columns"]["member"]["Last contact"] is None


def test_who_may_only_look_changes_nothing(
    actor: Actor, network: Network, make_actor: Callable[..., Actor], add_member: Callable[..., Membership]
) -> None:
    pilot = add_record(actor=actor, network=network, kind=INITIATIVE, values={"name": "Winter pilot"})
    client = Client()
    client.force_login(User.objects.get(pk=make_actor("observer").user_id))
    place = f"/n/{network.slug}/initiatives/{pilot.pk}/"
    assert "Add members" not in client.get(place).content.decode()
    for path in ("participants", "attendance"):
        assert client.post(f"{place}{path}", {"memberships": [add_member(path).pk]}).status_code == 403
    assert not Participation.objects.exists()


def test_api_and_command_tell_the_same_of_silent_members(
    make_api: Callable[..., Client],
    owner: User,
    network: Network,
    add_member: Callable[..., Membership],
    gathering: Any,
) -> None:
    trout = add_member("Lærdal Smoked Trout")
    client, base = make_api("read", "write"), f"/api/v1/networks/{network.slug}"
    added = client.post(
        f"{base}/gatherings/{gathering.pk}/participants",
        {"memberships": ["Lærdal Smoked Trout"], "state": "signed_up"},
        content_type="application/json",
    )
    assert added.status_code == 201
    [part] = added.json()["items"]
    marked = client.post(
        f"{base}/gatherings/{gathering.pk}/attendance",
        {"participations": [part["id"]], "state": "attended"},
        content_type="application/json",
    )
    assert marked.json()["items"][0]["state"] == "attended"
    answer = client.get(f"{base}/silent").json()
    assert (answer["total"], answer["items"][0]["member"]) == (1, str(trout.pk))
    assert answer["items"][0]["last_contact"]["title"] == "Members' day"
    where = ["--json", "--as", owner.email, "--network", network.slug]
    told = CliRunner().invoke(unisono, ["silent", *where], catch_exceptions=False)
    assert json.loads(told.stdout) == answer["items"]
    again = CliRunner().invoke(
        unisono, ["gathering", "mark", "Members' day", str(trout.pk), "--state", "no_show", *where]
    )
    assert json.loads(again.stdout)[0]["state"] == "no_show"
    assert client.get(f"{base}/silent").json()["items"][0]["last_contact"] is None


def test_an_events_list_tells_and_brings_in_who_is_new(
    page_client: Client,
    make_api: Any,
    owner: User,
    actor: Actor,
    network: Network,
    add_member: Callable[..., Membership],
    tmp_path: Path,
) -> None:
    """Attendees whom nobody knows are counted before anything is saved, by page, API and command, and then come in."""
    add_member("Lærdal Smoked Trout")
    text = "Event,Date,Member,Person\nAutumn meeting,2025-10-02,Lærdal Smoked Trout,Marit Åsen\n"
    batch = importing.start_import(actor=actor, network=network, file=("events.csv", [text.encode()]))
    mapping = importing.suggested_mapping(batch).mapping
    jobs.run(importing.set_mapping(actor=actor, network=network, batch_id=batch.pk, mapping=mapping), actor)
    page = page_client.get(f"/n/{network.slug}/import/{batch.pk}/").content.decode()
    assert "1 person nobody knew comes in with them." in page
    assert "New among the people: Marit Åsen (Lærdal Smoked Trout)." in page
    one = make_api("read", "import").get(f"/api/v1/networks/{network.slug}/imports/{batch.pk}").json()
    assert one["new_people"] == 1
    file = tmp_path / "events.csv"
    file.write_text(text, encoding="utf-8")
    where = ["--as", owner.email, "--network", network.slug]
    result = CliRunner().invoke(unisono, ["import", str(file), *where], catch_exceptions=False)
    assert "People nobody knew who come in with the rows: 1." in result.stderr
    assert [str(part.person) for part in Participation.objects.select_related("person")] == ["Marit Åsen"]
