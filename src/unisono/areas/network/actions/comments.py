"""Comments: say something about a record, answer, mention people, change or take back what one said."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS, VISIBILITY, Kind
from unisono.areas.network.models import Comment, Network
from unisono.areas.network.queries.comments import get_comment, ids_of, people_who_may_read, record_of
from unisono.areas.network.queries.records import get_record
from unisono.platform import log, notifications
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.fields import FieldError
from unisono.platform.messages import message as _
from unisono.platform.models import User

_LONGEST = 10_000
MENTIONED, ANSWERED = "mention", "reply"


@transaction.atomic
def write_comment(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    record_id: UUID | str,
    text: str,
    visibility: str = "network",
    reply_to: UUID | str | None = None,
    at: datetime | None = None,
) -> Any:
    """Say something about a record. “@” before a name or address mentions somebody who may read it.

    An answer has the visibility of what it answers. Raises Invalid, NotAllowed, NotFound.
    """
    policies.check_can_keep_own(actor, network)
    record = get_record(actor, network, kind, record_id)
    # No foreign key holds the record: an undone import must not take it away in this moment.
    held = kind.model._base_manager.select_for_update(of=("self",)).filter(pk=record.pk)
    if held.values_list("pk").first() is None:
        get_record(actor, network, kind, record_id)
    above = None
    if reply_to:
        above = get_comment(actor, network, reply_to)
        if above.record_id not in ids_of(record):
            raise Invalid.at("reply_to", _("That was said about another record."), _("Answer on its own page."))
        # One level: an answer to an answer stands below the same comment.
        above = above if above.reply_to_id is None else get_comment(actor, network, above.reply_to_id)
        visibility = above.visibility
    try:
        visibility = VISIBILITY.parse(visibility) or VISIBILITY.default
    except FieldError as error:
        raise Invalid.at("visibility", error.rule, error.remedy) from None
    policies.check_can_write_for(actor, network, visibility, record)
    people = people_who_may_read(network, record, visibility, author_id=actor.user_id)
    stored, mentions = _with_keys(_checked(text), people)
    now = at or timezone.now()
    # An answer stands where what it answers does, also when a merge between the two is taken back.
    about = above.record_id if above is not None else record.pk
    comment: Any = Comment.objects.create(
        network=network, record_kind=kind.name, record_id=about, reply_to=above, text=stored,
        visibility=visibility, mentions=mentions, created_by_id=actor.user_id, created_at=now, updated_at=now,
    )  # fmt: skip
    _log(actor, comment, "added", {"text": [None, None], "visibility": [None, visibility]}, at)
    _tell(actor, comment, mentions, people, at)
    return get_comment(actor, network, comment.pk)


@transaction.atomic
def edit_comment(
    *, actor: Actor, network: Network, comment_id: UUID | str, text: str, at: datetime | None = None
) -> Any:
    """Change what one said; it then says that it was changed. Raises Conflict, Invalid, NotAllowed, NotFound."""
    comment = get_comment(actor, network, comment_id)
    policies.check_can_change_comment(actor, network, comment)
    if comment.removed_at is not None:
        raise Conflict.at("comment", _("It was taken back."), _("Bring it back first."))
    record = record_of(actor, network, KINDS[comment.record_kind], comment.record_id)
    people = people_who_may_read(network, record, comment.visibility, author_id=actor.user_id)
    stored, mentions = _with_keys(_checked(text), people, comment.mentions)
    if stored == comment.text:
        return comment
    now = at or timezone.now()
    Comment.objects.filter(pk=comment.pk).update(text=stored, mentions=mentions, edited_at=now, updated_at=now)
    _log(actor, comment, "edited", {"text": [None, None]}, at)
    _tell(actor, comment, [pk for pk in mentions if pk not in comment.mentions], people, at, answers=False)
    return get_comment(actor, network, comment.pk)


@transaction.atomic
def remove_comment(*, actor: Actor, network: Network, comment_id: UUID | str, at: datetime | None = None) -> Any:
    """Take back what one said: nobody reads it any more; a trace stays where others answered."""
    return _take(actor, network, comment_id, away=True, at=at)


@transaction.atomic
def restore_comment(*, actor: Actor, network: Network, comment_id: UUID | str, at: datetime | None = None) -> Any:
    """Bring back what one took back."""
    return _take(actor, network, comment_id, away=False, at=at)


def _take(actor: Actor, network: Network, comment_id: UUID | str, *, away: bool, at: datetime | None) -> Any:
    comment = get_comment(actor, network, comment_id)
    policies.check_can_change_comment(actor, network, comment)
    now = at or timezone.now()
    changed = Comment.objects.filter(pk=comment.pk, removed_at__isnull=away).update(
        removed_at=now if away else None, updated_at=now
    )
    if changed:
        _log(actor, comment, "removed" if away else "restored", None, at)
    return get_comment(actor, network, comment.pk)


def _checked(text: str) -> str:
    text = (
        re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "", str(text))
        .replace("\r\n", "\n")
        .strip()
    )
    if not text:
        raise Invalid.at("text", _("A comment says something."), _("Write it down."))
    if len(text) > _LONGEST:
        raise Invalid.at("text", _("A comment has at most 10,000 characters."), _("Shorten it, or add a file."))
    return text


def _with_keys(text: str, people: Iterable[User], before: Iterable[str] = ()) -> tuple[str, list[str]]:
    """The text with a key in place of each name or address after “@”, and the keys; longer names come first.

    A name that several have is nobody's: only their addresses tell them apart; but it stays the one of those in
    `before`, whom the text mentioned already.
    """
    holders: dict[str, set[str]] = {}
    for user in people:
        for handle in filter(None, (str(user), user.email)):
            holders.setdefault(handle.casefold(), set()).add(str(user.pk))
    meant = {handle: pks if len(pks) == 1 else pks & set(before) for handle, pks in holders.items()}
    keys = {handle: next(iter(pks)) for handle, pks in meant.items() if len(pks) == 1}
    if not keys:
        return text, []
    longest_first = sorted(keys, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)@({'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
    mentions: dict[str, None] = {}

    def key_of(match: re.Match[str]) -> str:
        key = keys.get(match[1].casefold())
        if key is None:
            return match[0]
        mentions[key] = None
        return f"@[{key}]"

    return pattern.sub(key_of, text), list(mentions)


def _tell(
    actor: Actor, comment: Any, mentions: Iterable[str], people: Iterable[User], at: datetime | None,
    *, answers: bool = True,
) -> None:  # fmt: skip
    """Tell those who are mentioned, and those who take part in the thread and may still read it."""
    where: dict[str, Any] = {
        "subject_id": comment.pk, "by": actor.user_id, "network_id": comment.network_id, "at": at,
        "details": {"record_kind": comment.record_kind, "record_id": str(comment.record_id)},
    }  # fmt: skip
    mentioned = {UUID(pk) for pk in mentions}
    notifications.notify(kind=MENTIONED, user_ids=mentioned, **where)
    if answers and comment.reply_to_id:
        thread = Comment.objects.filter(removed_at=None)
        said = {*thread.filter(pk=comment.reply_to_id).values_list("created_by_id", flat=True),
                *thread.filter(reply_to=comment.reply_to_id).values_list("created_by_id", flat=True)}  # fmt: skip
        may_read = {user.pk for user in people}
        notifications.notify(kind=ANSWERED, user_ids=(said & may_read) - mentioned, **where)


def _log(actor: Actor, comment: Any, verb: str, changes: Any, at: datetime | None) -> None:
    # On no timeline: there even that something was said would tell those who may not read it.
    log.record(
        log.event(
            actor=actor, kind=f"comment.{verb}", subject=comment, network_id=comment.network_id, changes=changes, at=at
        )
    )
