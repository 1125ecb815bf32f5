"""Comments as their readers see them: threads, who can be mentioned, and names in place of keys."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import Comment, FormerMembership, Membership, Network, Organization
from unisono.areas.network.parties import organizations_about
from unisono.areas.network.queries.records import get_record, kept_instead, visible
from unisono.core.text import fold
from unisono.platform.actor import Actor, actors_holding
from unisono.platform.errors import NotFound
from unisono.platform.messages import message as _
from unisono.platform.models import User, WorkspaceRole
from unisono.platform.scope import current_workspace_id

MENTION = re.compile(r"@\[([0-9a-f-]{36})\]")
_MOST = 500
_TIMES = 20


@dataclass(slots=True)
class Thread:
    """A comment and what was answered to it, oldest first."""

    comment: Any
    replies: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Talk:
    """The newest threads of a record, oldest first, and whether something earlier was said."""

    threads: list[Thread]
    has_earlier: bool = False


def comments_of(actor: Actor, network: Network, record: Any) -> list[Thread]:
    """The newest of what the actor may read of what was said about a record, see `talk_of`."""
    return talk_of(actor, network, record).threads


def talk_of(actor: Actor, network: Network, record: Any, *, times: int = 1) -> Talk:
    """What the actor may read of what was said about a record that the actor may read, oldest first.

    The newest comments of many, each with what it answers; `times` as many as usual. A removed comment stays as a
    trace where something was answered to it.
    """
    policies.check_can_see_network(actor, network)
    most = _MOST * max(1, min(times, _TIMES))
    comments = (
        Comment.objects.filter(network=network, record_id__in=ids_of(record))
        .filter(policies.readable(actor, network, Comment))
        .select_related("created_by")
    )
    found = list(comments.order_by("-created_at", "-pk")[: most + 1])
    has_earlier, found = len(found) > most, found[:most][::-1]
    threads = {comment.pk: Thread(comment) for comment in found if comment.reply_to_id is None}
    if answered := {comment.reply_to_id for comment in found} - {None, *threads}:
        above = comments.filter(pk__in=answered).order_by("created_at", "pk")
        threads = {comment.pk: Thread(comment) for comment in above} | threads
    for comment in found:
        if comment.reply_to_id in threads and comment.removed_at is None:
            threads[comment.reply_to_id].replies.append(comment)
    shown = [thread for thread in threads.values() if thread.comment.removed_at is None or thread.replies]
    return Talk(shown, has_earlier and times < _TIMES)


def latest_comments(actor: Actor, network: Network, *, record_id: UUID | None = None, limit: int = 100) -> list[Any]:
    """The newest comments that the actor may read, on records that the actor may read."""
    policies.check_can_see_network(actor, network)
    comments = Comment.objects.filter(network=network, removed_at=None).filter(
        policies.readable(actor, network, Comment)
    )
    if record_id is not None:
        comments = comments.filter(record_id__in=_with_absorbed({record_id}))
    found = list(comments.select_related("created_by").order_by("-created_at", "-pk")[:limit])
    open_ones = readable_records(actor, network, ((c.record_kind, c.record_id) for c in found))
    return [comment for comment in found if comment.record_id in open_ones]


def readable_records(actor: Actor, network: Network, wanted: Iterable[tuple[str, UUID]]) -> dict[UUID, Any]:
    """Those of the records, given by kind and id, that the actor may read; of a merged one the one it became."""
    by_kind: dict[str, set[UUID]] = {}
    for kind, pk in wanted:
        by_kind.setdefault(kind, set()).add(pk)
    found: dict[UUID, Any] = {}
    for kind, ids in by_kind.items():
        if kind in KINDS:
            found |= {r.pk: r for r in visible(actor, network, KINDS[kind], archived=None).filter(pk__in=ids)}
            for pk in _merged_among(kind, ids - found.keys()):
                if (kept := kept_instead(actor, network, KINDS[kind], pk)) is not None:
                    found[pk] = kept
    return found


def _merged_among(kind: str, ids: set[UUID]) -> list[UUID]:
    if kind == MEMBER.name and ids:
        return list(FormerMembership.objects.filter(pk__in=ids).values_list("pk", flat=True))
    if kind == ORGANIZATION.name and ids:
        return list(Organization.objects.filter(pk__in=ids).exclude(merged_into=None).values_list("pk", flat=True))
    return []


def ids_of(record: Any) -> set[UUID]:
    """Keys that comments know a record by: its own, and those of what was merged into it.

    They keep the key under which they were written, so that they are where they were when the merge is taken back.
    """
    return _with_absorbed({record.pk}) if isinstance(record, Membership | Organization) else {record.pk}


def _with_absorbed(ids: set[UUID]) -> set[UUID]:
    former = FormerMembership.objects.filter(membership__in=ids).values_list("pk", flat=True)
    found = ids | set(former)
    latest = ids
    while latest:
        merged = Organization.objects.filter(merged_into__in=latest).values_list("pk", flat=True)
        latest = set(merged) - found
        found |= latest
    return found


def record_of(actor: Actor, network: Network, kind: Kind, record_id: UUID | str) -> Any:
    """The record that a comment is about: the one it became when it was merged. Raises NotFound."""
    try:
        return get_record(actor, network, kind, record_id)
    except NotFound:
        try:
            kept = kept_instead(actor, network, kind, UUID(str(record_id)))
        except ValueError:
            kept = None
        if kept is None:
            raise
        return kept


def get_comment(actor: Actor, network: Network, comment_id: UUID | str) -> Any:
    """One that the actor may read, removed or not; NotFound when it, or its record, does not exist for the actor."""
    policies.check_can_see_network(actor, network)
    try:
        key = comment_id if isinstance(comment_id, UUID) else UUID(str(comment_id))
    except ValueError:
        key = None
    found = (
        Comment.objects.filter(network=network, pk=key)
        .filter(policies.readable(actor, network, Comment))
        .select_related("created_by")
        .first()
    )
    if found is None or found.record_kind not in KINDS:
        raise NotFound.at(_("comment"), _("There is no such comment."), _("It may have been removed."))
    record_of(actor, network, KINDS[found.record_kind], found.record_id)
    return found


def _kind_name(record: Any) -> str:
    return next(kind.name for kind in KINDS.values() if isinstance(record, kind.model))


def people_who_may_read(
    network: Network, record: Any, visibility: str, *, author_id: UUID | None, ids: Iterable[UUID] | None = None
) -> list[User]:
    """Users who could read a comment of this visibility on the record: only they can be mentioned, or told."""
    held = WorkspaceRole.objects.filter(workspace_id=current_workspace_id(), user__is_active=True).filter(
        Q(network_id=None) | Q(network_id=network.pk)
    )
    if ids is not None:
        held = held.filter(user_id__in=list(ids))
    comment = Comment(
        network=network, record_kind=_kind_name(record), record_id=record.pk, visibility=visibility,
        created_by_id=author_id,
    )  # fmt: skip
    about = organizations_about(record)
    found = [
        user
        for user, actor in actors_holding(held.select_related("user"), current_workspace_id())
        if policies.can_read_record(actor, network, record, about=about)
        and policies.can_read_comment(actor, network, comment, about=about)
    ]
    return sorted(found, key=lambda user: (fold(str(user)), user.pk))


def mentionable(
    actor: Actor, network: Network, kind: Kind, record_id: UUID | str, *, visibility: str, query: str = ""
) -> list[User]:
    """People whose name begins as `query` does and who could read the comment."""
    record = record_of(actor, network, kind, record_id)
    people = people_who_may_read(network, record, visibility, author_id=actor.user_id)
    wanted = fold(query)
    return [
        user for user in people
        if user.pk != actor.user_id and (fold(str(user)).startswith(wanted) or any(
            word.startswith(wanted) for word in fold(str(user)).split()))
    ]  # fmt: skip


def names_in(comments: Iterable[Any]) -> dict[str, str]:
    """Names of everybody mentioned, by key; somebody who is gone has none."""
    ids = {pk for comment in comments for pk in comment.mentions}
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def words_to_edit(actor: Actor, network: Network, comment: Any) -> str:
    """The words of a comment as its author changes them: with addresses where several have the same name."""
    record = get_record(actor, network, KINDS[comment.record_kind], comment.record_id)
    people = people_who_may_read(network, record, comment.visibility, author_id=comment.created_by_id)
    same = Counter(str(user).casefold() for user in people)
    addresses = {str(user.pk): user.email for user in people if same[str(user).casefold()] > 1}
    return words_of_comment(comment, names_in([comment]) | addresses)


def parts_of(text: str, names: dict[str, str]) -> list[tuple[str, bool]]:
    """The words of a comment in pieces: (text, whether it is the name of somebody mentioned)."""
    parts: list[tuple[str, bool]] = []
    at = 0
    for match in MENTION.finditer(text):
        parts += [(text[at : match.start()], False), (f"@{names.get(match[1], _('somebody'))}", True)]
        at = match.end()
    return [part for part in [*parts, (text[at:], False)] if part[0]]


def words_of_comment(comment: Any, names: dict[str, str]) -> str:
    """The words of a comment with the names of those mentioned."""
    return "".join(text for text, _is_name in parts_of(comment.text, names))


def plain_comment(actor: Actor, comment: Any, names: dict[str, str]) -> dict[str, Any]:
    """A comment as the API and the command give it; a removed one without its words."""
    return {
        "id": comment.pk,
        "record_kind": comment.record_kind,
        "record_id": comment.record_id,
        "reply_to": comment.reply_to_id,
        "text": "" if comment.removed_at else words_of_comment(comment, names),
        "visibility": comment.visibility,
        "author": str(comment.created_by or ""),
        "mine": comment.created_by_id == actor.user_id,
        "mentions": [] if comment.removed_at else [{"id": pk, "name": names.get(pk, "")} for pk in comment.mentions],
        "created_at": comment.created_at,
        "edited_at": comment.edited_at,
        "removed_at": comment.removed_at,
    }


def plain_comments(actor: Actor, comments: Sequence[Any]) -> list[dict[str, Any]]:
    """Several of them."""
    names = names_in(comments)
    return [plain_comment(actor, comment, names) for comment in comments]
