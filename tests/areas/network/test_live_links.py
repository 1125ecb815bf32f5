"""Live links: whoever holds one reads what the whole network may read, until it is revoked."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from unisono.areas.network.actions import (
    add_custom_field,
    add_record,
    archive_custom_field,
    archive_record,
    edit_record,
)
from unisono.areas.network.kinds import MEMBER, RELATIONSHIP
from unisono.areas.network.live_links import (
    PER_MINUTE,
    TooOftenError,
    count_use,
    live_links_of,
    make_live_link,
    revoke_live_link,
)
from unisono.areas.network.models import CustomField, LiveLink, Membership, Network, Organization, Relationship
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotAllowed
from unisono.platform.models import Event

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]


@pytest.fixture
def tie(actor: Actor, network: Network, add_member: Add) -> Any:
    fjord = add_member("Fjord AS", tier="Gold", expected_gain="More orders")
    valley = add_member("Valley AB")
    values = {
        "first": fjord.pk,
        "second": valley.pk,
        "kinds": "supply",
        "first_trust": 2,
        "first_interest": "Their land",
    }
    return add_record(actor=actor, network=network, kind=RELATIONSHIP, values=values)


def read(secret: str, **headers: str) -> Any:
    answer = Client().get(f"/live/{secret}.json", headers=headers)
    if answer.streaming:
        answer.read = b"".join(answer.streaming_content)
    return answer


def test_a_link_gives_the_network_as_kumu_takes_it(actor: Actor, network: Network, tie: Any) -> None:
    link, secret = make_live_link(actor=actor, network=network, name="Our site")
    answer = read(secret)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, "*")
    content = json.loads(answer.read)
    assert sorted(element["label"] for element in content["elements"]) == ["Fjord AS", "Valley AB"]
    (connection,) = content["connections"]
    assert connection["type"] == "supply"
    assert {connection["from"], connection["to"]} == {element["_id"] for element in content["elements"]}
    link.refresh_from_db()
    assert link.last_used_at is not None
    assert secret not in link.secret_hash
    assert [e.kind for e in Event.objects.filter(subject_id=link.pk)] == ["live_link.added"]


def test_what_is_confidential_is_never_given(actor: Actor, network: Network, tie: Any, add_member: Add) -> None:
    add_member("Hidden AS"), add_member("Quiet AS")
    Membership.objects.filter(organization__name="Hidden AS").update(visibility="parties")
    Organization.objects.filter(name="Quiet AS").update(visibility="private")
    _link, secret = make_live_link(actor=actor, network=network, name="x")
    text = read(secret).read.decode()
    assert "Hidden" not in text and "Quiet" not in text
    assert "More orders" not in text and "Their land" not in text and "trust" not in text
    Relationship.objects.filter(pk=tie.pk).update(visibility="care_team")
    assert json.loads(read(secret).read)["connections"] == []


def test_unchanged_is_said_in_a_word(actor: Actor, network: Network, tie: Any) -> None:
    _link, secret = make_live_link(actor=actor, network=network, name="x")
    first = read(secret)
    again = read(secret, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    edit_record(actor=actor, network=network, kind=MEMBER, record_id=tie.first_id, values={"tier": "Silver"})
    changed = read(secret, if_none_match=first["ETag"])
    assert changed.status_code == 200 and b"Silver" in changed.read


def test_a_link_to_a_part_of_the_list(actor: Actor, network: Network, tie: Any) -> None:
    _link, secret = make_live_link(actor=actor, network=network, name="x", filters={"tier": ["Gold"]})
    content = json.loads(read(secret).read)
    assert [element["label"] for element in content["elements"]] == ["Fjord AS"]
    assert content["connections"] == []
    with pytest.raises(Invalid):
        make_live_link(actor=actor, network=network, name="x", filters={"password": ["1"]})
    with pytest.raises(Invalid):
        make_live_link(actor=actor, network=network, name=" ")


def test_a_member_that_is_taken_out_is_not_kept_by_a_date(
    actor: Actor, network: Network, tie: Any, add_member: Add
) -> None:
    """Those that are left changed earlier, or just when it did."""
    gone = add_member("Gone AS")
    _link, secret = make_live_link(actor=actor, network=network, name="x")
    first = read(secret)
    assert "Last-Modified" not in first
    archive_record(actor=actor, network=network, kind=MEMBER, record_id=gone.pk)
    later = (timezone.now() + timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    after = read(secret, if_modified_since=later)
    assert after.status_code == 200 and b"Gone AS" not in after.read
    assert read(secret, if_none_match=first["ETag"]).status_code == 200


def test_one_member_in_the_place_of_another_is_a_change(
    actor: Actor, network: Network, tie: Any, add_member: Add
) -> None:
    """As many as before, changed and brought in at the same moments, yet others."""
    other = add_member("Other AS", tier="Bronze")
    moment = timezone.now()
    Membership.objects.update(updated_at=moment, created_at=moment)
    Organization.objects.update(updated_at=moment)
    _link, secret = make_live_link(actor=actor, network=network, name="x", filters={"tier": ["Gold"]})
    first = read(secret)
    Membership.objects.filter(pk=tie.first_id).update(tier="Bronze")
    Membership.objects.filter(pk=other.pk).update(tier="Gold")
    after = read(secret, if_none_match=first["ETag"])
    assert after.status_code == 200 and b"Other AS" in after.read


def test_a_link_closes_when_the_field_that_narrows_it_goes(
    actor: Actor, network: Network, tie: Any, add_member: Add
) -> None:
    add_custom_field(actor=actor, network=network, record_kind="member", label="Pilot", type="boolean")
    add_member("Pilot AS", **{"custom.pilot": "yes"})
    _link, secret = make_live_link(actor=actor, network=network, name="x", filters={"custom.pilot": ["yes"]})
    assert [element["label"] for element in json.loads(read(secret).read)["elements"]] == ["Pilot AS"]
    field = CustomField.objects.get(network=network, name="pilot")
    archive_custom_field(actor=actor, network=network, field_id=field.pk)
    answer = read(secret)
    assert answer.status_code == 422
    assert [problem["place"] for problem in answer.json()["problems"]] == ["custom.pilot"]


def test_a_revoked_link_opens_nothing(actor: Actor, network: Network, tie: Any) -> None:
    link, secret = make_live_link(actor=actor, network=network, name="x")
    revoke_live_link(actor=actor, network=network, link_id=link.pk)
    for gone in (secret, "made-up"):
        answer = read(gone)
        assert answer.status_code == 404
        assert set(json.loads(answer.content)["problems"][0]) == {"place", "rule", "remedy"}
    with pytest.raises(Conflict):
        revoke_live_link(actor=actor, network=network, link_id=link.pk)
    assert [x.revoked_at is not None for x in live_links_of(actor, network)] == [True]


def test_it_is_read_only_and_asked_beforehand_by_browsers(actor: Actor, network: Network, tie: Any) -> None:
    _link, secret = make_live_link(actor=actor, network=network, name="x")
    client = Client()
    assert client.post(f"/live/{secret}.json").status_code == 405
    asked = client.options(f"/live/{secret}.json")
    assert (asked.status_code, asked["Access-Control-Allow-Headers"]) == (204, "If-None-Match, If-Modified-Since")
    assert client.head(f"/live/{secret}.json")["ETag"]


def test_a_link_is_read_so_often_and_no_more(actor: Actor, network: Network) -> None:
    link, secret = make_live_link(actor=actor, network=network, name="x")
    now: datetime = timezone.now()
    for _time in range(PER_MINUTE):
        count_use(link, at=now)
    with pytest.raises(TooOftenError):
        count_use(link, at=now)
    answer = read(secret)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    count_use(link, at=now + timedelta(minutes=2))
    assert LiveLink.objects.get().uses_in_minute == 1


def test_only_who_configures_a_network_opens_it(make_actor: Callable[..., Actor], network: Network) -> None:
    for role in ("contact_person", "observer"):
        with pytest.raises(NotAllowed):
            make_live_link(actor=make_actor(role, network=network), network=network, name="x")
