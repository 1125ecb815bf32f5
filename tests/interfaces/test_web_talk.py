"""Comments and notifications on pages, by API and by command."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from unisono.areas.network import actions
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Comment, Membership, Network
from unisono.areas.network.queries import comments as talk_queries
from unisono.cli.commands import unisono
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.models import Job, Notification, User
from unisono.platform.notifications import notifications_of

AddMember = Callable[..., Membership]


@pytest.fixture
def member(add_member: AddMember) -> Membership:
    return add_member("Lærdal Smoked Trout")


@pytest.fixture
def observer(make_actor: Callable[..., Actor]) -> Actor:
    return make_actor("observer")


@pytest.fixture
def their_client(observer: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=observer.user_id))
    return client


def opens(client: Client, path: str) -> str:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200, path
    assert len(asked.captured_queries) <= 12, [q["sql"][:100] for q in asked.captured_queries]
    return answer.content.decode()


def test_a_comment_travels_from_the_page_to_the_bell(
    page_client: Client, their_client: Client, network: Network, member: Membership, observer: Actor
) -> None:
    base = f"/n/{network.slug}"
    sent = {"text": "Could @Observer call them?", "visibility": "network"}
    answer = page_client.post(f"{base}/members/{member.pk}/comments", sent)
    comment = Comment.objects.get()
    assert answer["Location"] == f"{base}/members/{member.pk}/comments/#comment-{comment.pk}"
    assert '<span class="mention">@Observer</span>' in opens(page_client, f"{base}/members/{member.pk}/comments/")

    page = opens(their_client, f"{base}/members/")
    assert "Notifications: 1 unread" in page
    page = opens(their_client, "/notifications/")
    assert "Ingrid Solheim mentioned you: Lærdal Smoked Trout" in page
    [told] = notifications_of(observer)
    answer = their_client.post(f"/notifications/{told.pk}/open")
    assert answer["Location"] == f"{base}/members/{member.pk}/comments/#comment-{comment.pk}"
    assert "unread" not in opens(their_client, f"{base}/members/")
    their_client.post("/notifications/read", {"unread": str(told.pk)})
    assert "1 unread" in opens(their_client, f"{base}/members/")
    their_client.post("/notifications/read")
    assert Notification.objects.filter(read_at=None).count() == 0


def test_one_changes_takes_back_and_brings_back(page_client: Client, network: Network, member: Membership) -> None:
    base = f"/n/{network.slug}"
    page_client.post(f"{base}/members/{member.pk}/comments", {"text": "Closed on Mondays"})
    comment = Comment.objects.get()
    assert "Closed on Mondays" in opens(page_client, f"{base}/comments/{comment.pk}/edit")
    page_client.post(f"{base}/comments/{comment.pk}/edit", {"text": "Closed on Tuesdays"})
    assert "Closed on Tuesdays" in opens(page_client, f"{base}/members/{member.pk}/comments/")
    answer = page_client.post(f"{base}/comments/{comment.pk}/remove", follow=True)
    assert f"{base}/comments/{comment.pk}/restore" in answer.content.decode()
    assert "Closed on Tuesdays" not in opens(page_client, f"{base}/members/{member.pk}/comments/")
    page_client.post(f"{base}/comments/{comment.pk}/restore")
    assert "Closed on Tuesdays" in opens(page_client, f"{base}/members/{member.pk}/comments/")


def test_earlier_comments_of_many_are_a_link_away(
    page_client: Client, actor: Actor, network: Network, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk_queries, "_MOST", 2)
    for number in range(5):
        actions.write_comment(
            actor=actor, network=network, kind=MEMBER, record_id=member.pk, text=f"Word number {number}."
        )
    path, seen = f"/n/{network.slug}/members/{member.pk}/comments/", []
    while path:
        page = opens(page_client, path)
        seen.append([number for number in range(5) if f"Word number {number}." in page])
        link = re.search(r'href="([^"]+)"[^>]*>Show earlier comments', page)
        path = link[1] if link else ""
    assert seen == [[3, 4], [1, 2, 3, 4], [0, 1, 2, 3, 4]]


def test_people_are_offered_by_who_may_read(
    page_client: Client, network: Network, member: Membership, observer: Actor
) -> None:
    path = f"/n/{network.slug}/members/{member.pk}/mentions?q=obs&visibility="
    assert "Observer" in opens(page_client, f"{path}network")
    assert "Observer" not in opens(page_client, f"{path}care_team")


def test_the_bell_says_nothing_of_what_is_out_of_reach(
    their_client: Client, actor: Actor, network: Network, member: Membership, observer: Actor
) -> None:
    actions.write_comment(
        actor=actor, network=network, kind=MEMBER, record_id=member.pk, text="@Observer", visibility="network"
    )
    member.visibility = "care_team"
    member.save(update_fields=["visibility"])
    page = opens(their_client, "/notifications/")
    assert "no longer there for you" in page and "Lærdal" not in page


def test_a_finished_job_and_a_shared_view_ring(
    page_client: Client, their_client: Client, actor: Actor, network: Network, observer: Actor
) -> None:
    jobs.register("test.told", lambda actor, subject, progress: {}, network_of=lambda pk: network.pk)
    job = Job.objects.create(kind="test.told", subject_id=network.pk, started_by_id=actor.user_id)
    jobs.run(job, actor)
    [told] = notifications_of(actor)
    assert (told.kind, told.details["state"]) == ("job", "done")
    assert "Work that you started is over" not in page_client.get("/notifications/").content.decode() or told.network_id
    actions.save_view(actor=actor, network=network, kind=MEMBER, name="Gold", shared=True)
    assert "shared a view of Members: Gold" in opens(their_client, "/notifications/")
    assert [n.kind for n in notifications_of(actor)] == ["job"], "who shares is not told"


def test_what_one_is_told_is_ones_choice(
    their_client: Client, actor: Actor, network: Network, member: Membership, observer: Actor
) -> None:
    assert "Somebody mentions me" in opens(their_client, "/me/notifications/")
    their_client.post("/me/notifications/", {"on": ["reply", "job", "shared_view"]})
    actions.write_comment(actor=actor, network=network, kind=MEMBER, record_id=member.pk, text="@Observer")
    assert notifications_of(observer) == []


def test_comments_and_bell_by_api(
    make_api: Callable[..., Client], actor: Actor, network: Network, member: Membership, observer: Actor
) -> None:
    client, theirs = make_api("read", "write"), make_api("read", "write", acting=observer)
    base = f"/api/v1/networks/{network.slug}/comments"

    def send(who: Client, method: str, path: str, body: dict[str, Any]) -> Any:
        return who.generic(method, path, json.dumps(body), content_type="application/json")

    body = {"record_kind": "member", "record_id": str(member.pk), "text": "Ask them, @Observer"}
    made = send(client, "POST", base, body)
    assert made.status_code == 201
    assert made.json()["mentions"] == [{"id": str(observer.user_id), "name": "Observer"}]
    one = f"{base}/{made.json()['id']}"
    assert theirs.get(f"{base}?record_id={member.pk}").json()["items"][0]["text"] == "Ask them, @Observer"
    assert send(theirs, "PATCH", one, {"text": "Mine now"}).status_code == 403
    assert send(client, "PATCH", one, {"text": "Ask them soon"}).json()["text"] == "Ask them soon"
    assert client.delete(one).status_code == 204
    assert theirs.get(one).json()["text"] == ""
    assert client.post(f"{one}/restore").json()["text"] == "Ask them soon"
    [told] = theirs.get("/api/v1/notifications?unread=true").json()["items"]
    assert told["kind"] == "mention"
    assert send(theirs, "POST", "/api/v1/notifications/read", {"ids": [told["id"]]}).json() == {"changed": 1}
    kinds = send(theirs, "PATCH", "/api/v1/notifications/kinds", {"kinds": {"mention": False}}).json()["items"]
    assert {each["kind"]: each["on"] for each in kinds}["mention"] is False
    assert send(make_api("read"), "POST", base, body).status_code == 403


def test_comments_by_command(actor: Actor, network: Network, member: Membership, observer: Actor) -> None:
    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(unisono, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    made = run("comment", "write", "member", "Lærdal Smoked Trout", "Ask @Observer")
    assert run("comment", "edit", made["id"], "Ask again")["edited_at"]
    assert [c["text"] for c in run("comment", "list", "--kind", "member", "--record", "Lærdal Smoked Trout")] == [
        "Ask again"
    ]
    run("comment", "remove", made["id"])
    assert run("comment", "list") == []
    run("comment", "restore", made["id"])
    assert [n["kind"] for n in run("told", "--as", "observer@example.org", "--mark-read")] == ["mention"]
    assert run("told", "--as", "observer@example.org", "--unread") == []


def test_a_comment_that_is_too_long_is_given_back_with_its_text(
    page_client: Client, network: Network, member: Membership
) -> None:
    """What was written is never lost: it stands in the field with what is wrong, and can be sent from there."""
    url = f"/n/{network.slug}/members/{member.pk}/comments"
    answer = page_client.post(url, {"text": "Dear all, " + "z" * 10_001, "visibility": "network"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Dear all, zzz" in page
    assert 'value="network"' in page and "Your comment" in page
    assert page_client.post(url, {"text": "Dear all", "visibility": "network"}).status_code == 302
