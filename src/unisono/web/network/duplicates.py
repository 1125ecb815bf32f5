"""Duplicates: pairs side by side to decide, what was decided, and merges that can be taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.network import duplicates, policies
from unisono.areas.network.actions import unmerge_organizations
from unisono.areas.network.kinds import MEMBER, ORGANIZATION
from unisono.areas.network.models import DuplicatePair, Membership, MergeRecord, Network, Organization
from unisono.areas.network.queries import text_of, value_of
from unisono.areas.network.queries.merges import left_of, merges_of
from unisono.areas.network.queries.records import visible
from unisono.platform.errors import Conflict
from unisono.web.network.cells import url_of
from unisono.web.network.lists import Paged
from unisono.web.pages import Request, address, go, in_network

_LONG = 160
_SHOWN = ("open", "different", "merges")


@require_safe
@in_network
def pairs(request: Request, network: Network) -> HttpResponse:
    """Pairs to decide; those that were told apart; merges."""
    shown = request.GET.get("show", "open")
    shown = shown if shown in _SHOWN else "open"
    given = request.GET.get("page", "")
    number = int(given) if given.isdecimal() and len(given) < 7 else 1
    may_edit = policies.can_edit_records(request.actor, network)
    job = duplicates.job_under_way(network)
    content: dict[str, Any] = {
        "shown": shown,
        "may_edit": may_edit,
        "find_url": address("duplicates_find", network.slug),
        "progress": _progress(network, job) if job is not None else None,
    }
    if shown == "merges":
        merges = merges_of(request.actor, network)
        left = left_of(request.actor, network, merges)
        content["merges"] = [_merge(network, merge, left[merge.pk]) for merge in merges]
        total = duplicates.number_of_pairs(request.actor, network)
    else:
        page = duplicates.pairs_of(request.actor, network, state=shown, number=number)
        total = page.total if shown == "open" else duplicates.number_of_pairs(request.actor, network)
        members = _members(request, network, page.rows)
        elsewhere = duplicates.elsewhere_of(request.actor, network, page.rows)
        paged = Paged(page)
        paged.sizes = ()
        content |= {"pairs": [_pair(network, pair, members, elsewhere) for pair in page.rows], "page": paged}
        if shown == "open" and not page.total:
            content["last"] = duplicates.last_search_of(request.actor, network)
    labels = {"open": _("To decide"), "different": _("Told apart"), "merges": _("Merged")}
    content["tabs"] = [
        {"label": label, "url": address("duplicates", network.slug, show="" if name == "open" else name),
         "active": name == shown, "count": total if name == "open" else 0}
        for name, label in labels.items()
    ]  # fmt: skip
    return render(request, "network/duplicates.html", content)


def _members(request: Request, network: Network, found: Any) -> dict[UUID, Membership]:
    ids = {pk for pair in found for pk in (pair.first_id, pair.second_id)}
    rows = visible(request.actor, network, MEMBER, archived=None).filter(organization__in=ids).prefetch_related(None)
    return {member.organization_id: member for member in rows} if ids else {}


def _pair(
    network: Network, pair: DuplicatePair, members: dict[UUID, Membership], elsewhere: dict[UUID, Network]
) -> dict[str, Any]:
    """Both side by side: first the one that one would rather keep, a member or else the older one."""
    both = sorted((pair.first, pair.second), key=lambda o: (o.pk in elsewhere, o.pk not in members, o.created_at, o.pk))
    speaks_for, against = duplicates.reasons_of(pair)
    rows = []
    for field in ORGANIZATION.fields:
        texts = [_short(text_of(field, value_of(ORGANIZATION, each, field))) for each in both]
        if any(texts):
            alike = texts[0].casefold() == texts[1].casefold()
            rows.append({"label": str(field.label), "texts": texts, "alike": alike, "other": all(texts) and not alike})
    standing = ["" if each.pk in elsewhere else _standing(members.get(each.pk)) for each in both]
    rows.append({"label": _("Member"), "texts": standing, "alike": standing[0] == standing[1], "other": False})
    if not elsewhere.keys().isdisjoint(each.pk for each in both):
        places = [str(elsewhere.get(each.pk, network)) for each in both]
        rows.insert(0, {"label": _("Network"), "texts": places, "alike": False, "other": True})
    return {
        "id": str(pair.pk),
        "names": [each.name for each in both],
        "keys": [str(each.pk) for each in both],
        "urls": [url_of(elsewhere.get(each.pk, network), each, ORGANIZATION) for each in both],
        "percent": min(99, round(pair.score * 100)),
        "reasons": speaks_for,
        "against": against,
        "rows": rows,
        "state": pair.state,
        "by": str(pair.decided_by or ""),
        "at": pair.decided_at,
        "decide_url": address("duplicate_decide", network.slug, pair.pk),
        # Field by field is for two of this network.
        "fields_url": "" if both[1].pk in elsewhere else address("merge", network.slug, both[0].pk, other=both[1].pk),
    }


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1].rstrip()}…"


def _standing(member: Membership | None) -> str:
    if member is None:
        return _("no member")
    since = _("since %(year)s") % {"year": member.joined_on.year} if member.joined_on else ""
    return " · ".join(filter(None, (member.tier, since))) or _("member")


def _progress(network: Network, job: Any) -> dict[str, Any]:
    return {
        "label": _("Comparing organisations"),
        "done": job.done,
        "total": job.total,
        "url": address("duplicates_progress", network.slug),
    }


@require_safe
@in_network
def progress(request: Request, network: Network) -> HttpResponse:
    """How far the search is; back to the pairs when it is over."""
    job = duplicates.job_under_way(network)
    if job is None:
        return go(request, address("duplicates", network.slug))
    return render(request, "network/duplicates_progress.html", {"progress": _progress(network, job)})


@require_POST
@in_network
def find(request: Request, network: Network) -> HttpResponse:
    """Look for duplicates."""
    duplicates.find_duplicates(actor=request.actor, network=network)
    return redirect(address("duplicates", network.slug))


@require_POST
@in_network
def decide(request: Request, network: Network, pair_id: UUID) -> HttpResponse:
    """One organisation, or two."""
    decision, keep = request.POST.get("decision", ""), request.POST.get("keep", "")
    if keep:
        decision = "same"
    try:
        pair = duplicates.decide_duplicate(
            actor=request.actor, network=network, pair_id=pair_id, decision=decision, keep_id=keep or None
        )
    except Conflict as conflict:
        for problem in conflict.problems:
            messages.error(request, f"{problem.rule} {problem.remedy}")
        return redirect(address("duplicates", network.slug))
    names = {"one": pair.first.name, "other": pair.second.name}
    if decision == "same":
        kept = pair.first if str(pair.first_id) == keep else pair.second
        told_merged(request, network, kept, pair.second if kept is pair.first else pair.first)
    elif decision == "different":
        messages.success(request, _("“%(one)s” and “%(other)s” will not be asked about again.") % names)
    else:
        messages.success(request, _("“%(one)s” and “%(other)s” are to be decided again.") % names)
    return redirect(address("duplicates", network.slug))


def told_merged(request: Request, network: Network, kept: Organization, gone: Organization) -> None:
    """Say that the two are one, with the way back."""
    merge = next(iter(merges_of(request.actor, network, organization=kept, limit=1)), None)
    undo = f"undo:{address('merge_undo', network.slug, merge.pk)}" if merge else ""
    text = _("“%(gone)s” is now part of “%(kept)s”.") % {"gone": gone.name, "kept": kept.name}
    messages.success(request, text, extra_tags=undo)


def _merge(network: Network, merge: MergeRecord, left: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "left": left,
        "record": merge,
        "kept_url": url_of(network, merge.keep, ORGANIZATION),
        "undo_url": "" if merge.undone_at else address("merge_undo", network.slug, merge.pk),
    }


@require_POST
@in_network
def undo(request: Request, network: Network, merge_id: UUID) -> HttpResponse:
    """Take a merge back."""
    try:
        merge = unmerge_organizations(actor=request.actor, network=network, merge_id=merge_id)
    except Conflict as conflict:
        for problem in conflict.problems:
            messages.error(request, f"{problem.rule} {problem.remedy}")
        return redirect(address("duplicates", network.slug, show="merges"))
    messages.success(
        request, _("“%(gone)s” and “%(kept)s” are two again.") % {"gone": merge.absorb.name, "kept": merge.keep.name}
    )
    if merge.left:
        messages.warning(request, _("What was changed since stayed as it is; it is listed below."))
    return redirect(address("duplicates", network.slug, show="merges"))
