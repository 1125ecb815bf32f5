"""Comments: said, answered, changed and taken back; read by those they are for, and nobody else hears of them."""

from collections.abc import Callable

import pytest

from unisono.areas.network import actions
from unisono.areas.network.kinds import MEMBER, NEED, ORGANIZATION
from unisono.areas.network.models import Comment, Membership, MergeRecord, Network
from unisono.areas.network.queries import get_record, timeline_of
from unisono.areas.network.queries.comments import (
    comments_of,
    latest_comments,
    mentionable,
    names_in,
    talk_of,
    words_of_comment,
    words_to_edit,
)
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotAllowed, NotFound
from unisono.platform.models import Event, Notification, SearchEntry, User
from unisono.platform.notifications import choose, notifications_of

AddMember = Callable[..., Membership]
MakeActor = Callable[..., Actor]
Say = Callable[..., Comment]


@pytest.fixture
def member(add_member: AddMember) -> Membership:
    return add_member("Lærdal Smoked Trout")


@pytest.fixture
def say(network: Network, member: Membership) -> Say:
    """`say(actor, "Hello @Observer")` comments on the member."""

    def comment(by: Actor, text: str, **more: str) -> Comment:
        written: Comment = actions.write_comment(
            actor=by, network=network, kind=MEMBER, record_id=member.pk, text=text, **more
        )
        return written

    return comment


def told(actor: Actor) -> list[str]:
    return [notification.kind for notification in notifications_of(actor)]


def test_a_thread_is_read_in_its_order(
    actor: Actor, network: Network, member: Membership, say: Say, make_actor: MakeActor
) -> None:
    first = say(actor, "They want more guests.")
    say(actor, "Second thing")
    observer = make_actor("observer")
    answer = say(observer, "So do we.", reply_to=str(first.pk))
    say(actor, "Let us ask.", reply_to=str(answer.pk))
    threads = comments_of(observer, network, member)
    assert [(t.comment.text, [r.text for r in t.replies]) for t in threads] == [
        ("They want more guests.", ["So do we.", "Let us ask."]),
        ("Second thing", []),
    ]
    assert told(actor) == ["reply"] and told(observer) == ["reply"]


def test_somebody_mentioned_is_told_and_kept_as_a_key(
    actor: Actor, network: Network, member: Membership, say: Say, make_actor: MakeActor
) -> None:
    observer = make_actor("observer")
    comment = say(actor, "Could you look, @observer? Mail observer@example.org is no mention.")
    assert comment.text.startswith(f"Could you look, @[{observer.user_id}]? Mail")
    assert comment.mentions == [str(observer.user_id)]
    User.objects.filter(pk=observer.user_id).update(name="Eirik")
    assert words_of_comment(comment, names_in([comment])).startswith("Could you look, @Eirik?")
    [notification] = Notification.objects.filter(user_id=observer.user_id)
    assert notification.details == {"record_kind": "member", "record_id": str(member.pk)}
    actions.edit_comment(actor=actor, network=network, comment_id=comment.pk, text="Again @Eirik")
    assert told(observer) == ["mention"], "nobody is told twice"


def test_only_who_may_read_it_is_offered_mentioned_and_told(
    actor: Actor, network: Network, member: Membership, say: Say, make_actor: MakeActor
) -> None:
    observer, specialist = make_actor("observer"), make_actor("specialist")

    def offered(visibility: str) -> list[str]:
        found = mentionable(actor, network, MEMBER, member.pk, visibility=visibility)
        return [str(user) for user in found]

    assert offered("network") == ["Observer", "Specialist"]
    assert offered("care_team") == ["Specialist"]
    assert offered("private") == []
    comment = say(actor, "They are tired of us @Observer @Specialist", visibility="care_team")
    assert comment.mentions == [str(specialist.user_id)] and "@Observer" in comment.text
    assert told(observer) == [] and told(specialist) == ["mention"]
    assert comments_of(observer, network, member) == []
    assert latest_comments(observer, network) == []
    with pytest.raises(NotFound):
        actions.write_comment(
            actor=observer, network=network, kind=MEMBER, record_id=member.pk, text="?", reply_to=comment.pk
        )
    assert all("comment" not in event.kind for event in timeline_of(observer, network, member))


def test_a_record_that_is_confidential_keeps_what_is_said_about_it(
    actor: Actor, network: Network, member: Membership, make_actor: MakeActor
) -> None:
    observer = make_actor("observer")
    values = {"membership": member.pk, "statement": "Out of money", "visibility": "care_team"}
    need = actions.add_record(actor=actor, network=network, kind=NEED, values=values)
    comment = actions.write_comment(actor=actor, network=network, kind=NEED, record_id=need.pk, text="Urgent @Observer")
    assert comment.mentions == [] and told(observer) == []
    assert latest_comments(observer, network) == []
    assert [c.pk for c in latest_comments(actor, network)] == [comment.pk]


def test_words_are_neither_logged_nor_found(actor: Actor, say: Say) -> None:
    comment = say(actor, "kanarifugl", visibility="care_team")
    [event] = Event.objects.filter(subject_id=comment.pk)
    assert event.kind == "comment.added"
    assert event.changes == {"text": [None, None], "visibility": [None, "care_team"]}
    assert not SearchEntry.objects.filter(folded__contains="kanarifugl").exists()


def test_one_changes_and_takes_back_ones_own(
    actor: Actor, network: Network, member: Membership, say: Say, make_actor: MakeActor
) -> None:
    observer = make_actor("observer")
    comment = say(observer, "Closed on Mondays")
    changed = actions.edit_comment(actor=observer, network=network, comment_id=comment.pk, text="Closed on Tuesdays")
    assert changed.edited_at is not None
    for attempt in (
        lambda: actions.edit_comment(actor=actor, network=network, comment_id=comment.pk, text="x"),
        lambda: actions.remove_comment(actor=actor, network=network, comment_id=comment.pk),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    say(actor, "Thanks", reply_to=str(comment.pk))
    actions.remove_comment(actor=observer, network=network, comment_id=comment.pk)
    [thread] = comments_of(actor, network, member)
    assert thread.comment.removed_at is not None and [r.text for r in thread.replies] == ["Thanks"]
    actions.restore_comment(actor=observer, network=network, comment_id=comment.pk)
    [thread] = comments_of(actor, network, member)
    assert thread.comment.removed_at is None


def test_what_cannot_be_said_is_refused(actor: Actor, say: Say, make_actor: MakeActor) -> None:
    for text, more, place in (
        ("  ", {}, "text"),
        ("x" * 10_001, {}, "text"),
        ("x", {"visibility": "all"}, "visibility"),
    ):
        with pytest.raises(Invalid) as refused:
            say(actor, text, **more)
        assert refused.value.problems[0].place == place
    with pytest.raises(NotAllowed):
        say(make_actor("observer"), "For the care team", visibility="care_team")


def test_whoever_does_not_want_to_know_is_not_told(actor: Actor, say: Say, make_actor: MakeActor) -> None:
    observer = make_actor("observer")
    choose(actor=observer, wanted={"mention": False})
    say(actor, "@Observer")
    assert told(observer) == []


def test_a_mentioned_address_tells_two_of_a_name_apart(
    actor: Actor, network: Network, member: Membership, say: Say, make_actor: MakeActor
) -> None:
    first, second = make_actor("observer"), make_actor("observer", email="second@example.org")
    comment = say(actor, "@Observer or @second@example.org")
    assert comment.mentions == [str(second.user_id)]
    assert told(first) == [] and told(second) == ["mention"]
    assert get_record(actor, network, MEMBER, member.pk).pk == member.pk


def test_what_was_said_about_a_merged_one_is_read_on_the_one_it_became(
    actor: Actor, network: Network, add_member: AddMember, make_actor: MakeActor
) -> None:
    """Merged twice over; when both merges are taken back each is again where it was said."""
    first, second, third = (add_member(name) for name in ("First AS", "Second AS", "Third AS"))
    about = {"actor": actor, "network": network}
    said = actions.write_comment(**about, kind=MEMBER, record_id=first.pk, text="About the first")
    firm = actions.write_comment(**about, kind=ORGANIZATION, record_id=first.organization_id, text="On its firm")
    for keep, absorb in ((second, first), (third, second)):
        ids = {"keep_id": keep.organization_id, "absorb_id": absorb.organization_id}
        actions.merge_organizations(**about, **ids)

    observer = make_actor("observer")
    answer = actions.write_comment(
        actor=observer, network=network, kind=MEMBER, record_id=third.pk, text="I agree", reply_to=said.pk
    )
    kept = get_record(observer, network, MEMBER, third.pk)
    [thread] = comments_of(observer, network, kept)
    assert [thread.comment.text, *(reply.text for reply in thread.replies)] == ["About the first", "I agree"]
    assert [t.comment.text for t in comments_of(observer, network, kept.organization)] == ["On its firm"]
    assert latest_comments(observer, network, record_id=third.pk) == [answer, said]
    assert {*latest_comments(observer, network)} == {answer, said, firm}
    actions.edit_comment(**about, comment_id=said.pk, text="About the first one")

    for record in MergeRecord.objects.order_by("-merged_at"):
        actions.unmerge_organizations(**about, merge_id=record.pk)
    assert comments_of(observer, network, get_record(observer, network, MEMBER, third.pk)) == []
    [thread] = comments_of(observer, network, get_record(observer, network, MEMBER, first.pk))
    assert [thread.comment.text, *(reply.text for reply in thread.replies)] == ["About the first one", "I agree"]


def test_what_was_said_about_a_merged_one_stays_hidden_with_the_one_it_became(
    actor: Actor, network: Network, member: Membership, say: Say, add_member: AddMember, make_actor: MakeActor
) -> None:
    hidden = add_member("Hidden AS")
    Membership.objects.filter(pk=hidden.pk).update(visibility="care_team")
    said = say(actor, "They talk")
    ids = {"keep_id": hidden.organization_id, "absorb_id": member.organization_id}
    actions.merge_organizations(actor=actor, network=network, **ids)
    observer = make_actor("observer")
    assert latest_comments(observer, network) == []
    with pytest.raises(NotFound):
        actions.write_comment(
            actor=observer, network=network, kind=MEMBER, record_id=member.pk, text="?", reply_to=said.pk
        )


def test_three_of_a_name_are_told_apart_by_their_addresses_and_stay_so_when_edited(
    actor: Actor, network: Network, say: Say, make_actor: MakeActor
) -> None:
    others = [make_actor("observer", email=f"{word}@example.org") for word in ("first", "second", "third")]
    comment = say(actor, "@Observer, ask @second@example.org")
    assert comment.mentions == [str(others[1].user_id)]
    words = words_to_edit(actor, network, comment)
    assert words == "@Observer, ask @second@example.org"
    edited = actions.edit_comment(actor=actor, network=network, comment_id=comment.pk, text=f"{words} soon")
    assert edited.mentions == [str(others[1].user_id)]
    # Whoever changes the words as they are read leaves the one who was meant.
    read = words_of_comment(edited, names_in([edited])).removeprefix("@Observer, ")
    edited = actions.edit_comment(actor=actor, network=network, comment_id=comment.pk, text=read)
    assert read == "ask @Observer soon" and edited.mentions == [str(others[1].user_id)]
    assert told(others[1]) == ["mention"]


def test_of_very_many_comments_the_newest_are_shown(
    actor: Actor, network: Network, member: Membership, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unisono.areas.network.queries.comments._MOST", 2)
    first = say(actor, "First")
    say(actor, "Second")
    say(actor, "Third")
    say(actor, "To the first", reply_to=str(first.pk))

    def shown(times: int) -> tuple[list[str], bool]:
        talk = talk_of(actor, network, member, times=times)
        return [thread.comment.text for thread in talk.threads], talk.has_earlier

    assert shown(1) == (["First", "Third"], True), "an answer stands with what it answers"
    assert shown(2) == (["First", "Second", "Third"], False)
