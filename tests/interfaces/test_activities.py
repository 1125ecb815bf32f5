"""Gatherings, initiatives and silent members through every door."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from unisono.areas.activities.kinds import GATHERING, INITIATIVE
from unisono.areas.activities.models import Participation
from unisono.areas.activities.queries import months_before
from unisono.areas.network.actions import add_record
from unisono.areas.network.kinds import NEED
from unisono.areas.network.models import Membership, Network
from unisono.cli.commands import unisono
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
