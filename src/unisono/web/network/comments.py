"""What people say about a record: the thread on its page, writing, changing and taking back, whom to mention."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.network import policies
from unisono.areas.network.actions import edit_comment, remove_comment, restore_comment, write_comment
from unisono.areas.network.kinds import KINDS, MEMBER, VISIBILITY, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries import kept_instead
from unisono.areas.network.queries.comments import (
    get_comment,
    mentionable,
    names_in,
    parts_of,
    talk_of,
    words_to_edit,
)
from unisono.platform.errors import Invalid, NotFound
from unisono.web.network.asked import kind_named
from unisono.web.pages import Request, address, go, in_drawer, in_network, status_of

_OFFERED = 8


def _url(network: Network, kind: Kind, record_id: UUID, comment_id: UUID | None = None) -> str:
    """The page on which a record's thread stands, at one comment of it."""
    name = ("member_comments", network.slug, record_id) if kind is MEMBER else (
        "record", network.slug, kind.plural, record_id)  # fmt: skip
    return address(*name) + (f"#comment-{comment_id}" if comment_id else "")


def comment_url(network: Network, record_kind: str, record_id: str, comment_id: UUID) -> str:
    """Address of a comment."""
    return _url(network, KINDS[record_kind], UUID(record_id), comment_id)


def thread_of(request: Request, network: Network, kind: Kind, record: Any) -> dict[str, Any]:
    """The thread of a record as its page shows it."""
    asked = request.GET.get("earlier", "")
    times = int(asked) if asked.isdecimal() and len(asked) < 4 else 1
    talk = talk_of(request.actor, network, record, times=times)
    threads = talk.threads
    names = names_in(comment for thread in threads for comment in (thread.comment, *thread.replies))

    def shown(comment: Any) -> dict[str, Any]:
        mine = policies.can_change_comment(request.actor, network, comment)
        return {
            "row": comment,
            "author": str(comment.created_by or _("somebody")),
            "parts": [] if comment.removed_at else parts_of(comment.text, names),
            "mine": mine and comment.removed_at is None,
            "edit": address("comment_edit", network.slug, comment.pk),
            "remove": address("comment_remove", network.slug, comment.pk),
        }

    return {
        "threads": [{**shown(t.comment), "replies": [shown(reply) for reply in t.replies]} for t in threads],
        "earlier": f"{_url(network, kind, record.pk)}?earlier={max(times, 1) + 1}" if talk.has_earlier else "",
        "add": address("comment_add", network.slug, kind.plural, record.pk),
        "people": address("mentions", network.slug, kind.plural, record.pk),
        "may_write": policies.can_keep_own(request.actor, network),
        "visibilities": [
            {"value": value, "label": str(label), "selected": value == VISIBILITY.default}
            for value, label in VISIBILITY.choices
            if value != "public" and policies.can_write_for(request.actor, network, value, record)
        ],
    }


@require_safe
@in_network
def of_member(request: Request, network: Network, member_id: UUID) -> HttpResponse:
    """The thread of a member; the address of one that was merged leads to the one that was kept."""
    from unisono.web.network.members import Member

    try:
        member = Member(request, network, member_id)
    except NotFound:
        kept = kept_instead(request.actor, network, MEMBER, member_id)
        if kept is None:
            raise
        return redirect("web:member_comments", network.slug, kept.pk)
    content = member.frame("member_comments")
    content["comments"] = thread_of(request, network, MEMBER, member.membership)
    return render(request, "network/member_comments.html", content)


@require_POST
@in_network
def add(request: Request, network: Network, plural: str, record_id: UUID) -> HttpResponse:
    """Say something about a record, or answer."""
    kind = kind_named(plural)
    try:
        comment = write_comment(
            actor=request.actor, network=network, kind=kind, record_id=record_id, text=request.POST.get("text", ""),
            visibility=request.POST.get("visibility", ""), reply_to=request.POST.get("reply_to") or None,
        )  # fmt: skip
    except Invalid as error:
        # What was written stays in the field.
        content = {
            "problems": error.problems,
            "again": True,
            "text": request.POST.get("text", ""),
            "comment": {"visibility": request.POST.get("visibility", "")},
            "reply_to": request.POST.get("reply_to", ""),
            "people": address("mentions", network.slug, kind.plural, record_id),
            "cancel": _url(network, kind, record_id),
        }
        return render(request, "network/comment_edit.html", content, status=status_of(error))
    return redirect(_url(network, kind, record_id, comment.pk))


@in_network
def edit(request: Request, network: Network, comment_id: UUID) -> HttpResponse:
    """Change what one said."""
    comment = get_comment(request.actor, network, comment_id)
    policies.check_can_change_comment(request.actor, network, comment)
    kind = KINDS[comment.record_kind]
    content: dict[str, Any] = {
        "text": words_to_edit(request.actor, network, comment),
        "comment": comment,
        "people": address("mentions", network.slug, kind.plural, comment.record_id),
        "cancel": _url(network, kind, comment.record_id, comment.pk),
        "drawer": in_drawer(request),
    }
    status = 200
    if request.method == "POST":
        try:
            edit_comment(actor=request.actor, network=network, comment_id=comment_id, text=request.POST.get("text", ""))
        except Invalid as error:
            content |= {"problems": error.problems, "text": request.POST.get("text", "")}
            status = status_of(error)
        else:
            return go(request, _url(network, kind, comment.record_id, comment.pk))
    return render(request, "network/comment_edit.html", content, status=status)


@require_POST
@in_network
def remove(request: Request, network: Network, comment_id: UUID) -> HttpResponse:
    """Take back what one said; the message brings it back."""
    comment = remove_comment(actor=request.actor, network=network, comment_id=comment_id)
    undo = address("comment_restore", network.slug, comment.pk)
    messages.success(request, _("Your comment was taken back."), extra_tags=f"undo:{undo}")
    return redirect(_url(network, KINDS[comment.record_kind], comment.record_id))


@require_POST
@in_network
def restore(request: Request, network: Network, comment_id: UUID) -> HttpResponse:
    """Bring back what one took back."""
    comment = restore_comment(actor=request.actor, network=network, comment_id=comment_id)
    return redirect(_url(network, KINDS[comment.record_kind], comment.record_id, comment.pk))


@require_safe
@in_network
def mentions(request: Request, network: Network, plural: str, record_id: UUID) -> HttpResponse:
    """Whom one can mention: those who could read the comment, by the first letters of a name."""
    visibility = request.GET.get("visibility", "network")
    found = mentionable(
        request.actor, network, kind_named(plural), record_id, visibility=visibility,
        query=request.GET.get("q", "")[:60],
    )  # fmt: skip
    content = {"people": found[:_OFFERED], "stem": request.GET.get("stem", "mention")[:60]}
    return render(request, "network/mention_options.html", content)
