"""Bulk edits of a list: what to change, what that would do, and the page of what came of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.network import policies
from unisono.areas.network.bulk import (
    bulk_fields,
    edit_many,
    get_bulk_edit,
    kept_records,
    preview_many,
    undo_many,
)
from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import BulkEdit, Network
from unisono.areas.network.queries import fields_of, text_of, visible
from unisono.platform.errors import Conflict, Invalid, Problem
from unisono.platform.jobs import job_of
from unisono.web.network.asked import asked_in, kind_named
from unisono.web.network.cells import url_of
from unisono.web.network.editing import form_of
from unisono.web.network.lists import narrowed, title_in_list
from unisono.web.network.states import state_look
from unisono.web.network.wording import counted
from unisono.web.pages import Request, address, go, in_drawer, in_network, status_of

TAGS, STATE, ARCHIVE = "+tags", "+state", "+archive"


def _selection(request: Request, network: Network, kind: Kind) -> dict[str, Any]:
    """The rows that were marked, or all that the list's words and filters match."""
    if request.POST.get("all") != "1":
        return {"ids": request.POST.getlist("ids")}
    asked = asked_in(QueryDict(request.POST.get("list", "")), kind, fields_of(network, kind))
    return {"query": asked.query, "filters": dict(narrowed(kind, asked)), "archived": asked.archived}


def _wanted(network: Network, kind: Kind) -> list[dict[str, str]]:
    """What can be changed in many records: tags, the state, fields, putting away."""
    options = []
    if kind.field("tags"):
        options.append({"value": TAGS, "label": _("Tags")})
    if kind.has_states:
        options.append({"value": STATE, "label": _("State")})
    options += [{"value": f.name, "label": str(f.label)} for f in bulk_fields(network, kind)]
    return [*options, {"value": ARCHIVE, "label": _("Put away (archive)")}]


def _change(request: Request, network: Network, kind: Kind, what: str) -> dict[str, Any]:
    """The change as the use case takes it, from the form for `what`."""
    if what == TAGS:
        return {name: request.POST.get(name, "") for name in ("add_tags", "remove_tags")}
    if what == STATE:
        return {"state": request.POST.get("state", ""), "reason": request.POST.get("reason", "")}
    if what == ARCHIVE:
        return {"archive": True}
    fields = [f for f in bulk_fields(network, kind) if f.name == what]
    return {"set": form_of(request, network, fields, {}, request.POST).raw()} if fields else {}


@require_POST
@in_network
def bulk(request: Request, network: Network, plural: str) -> HttpResponse:
    """Choose a change, see what it would do, make it: three answers to one form."""
    kind = kind_named(plural)
    policies.check_can_edit_records(request.actor, network)
    what, step = request.POST.get("what", ""), request.POST.get("do", "")
    selection = _selection(request, network, kind)
    content: dict[str, Any] = {
        "kind": kind,
        "what": what,
        "wanted": _wanted(network, kind),
        "ids": request.POST.getlist("ids"),
        "all": request.POST.get("all", ""),
        "list": request.POST.get("list", ""),
        "url": address("bulk", network.slug, kind.plural),
        "cancel": address("records", network.slug, kind.plural),
        "states": [{"value": state, "label": state_look(state)["label"]} for state in kind.states],
        "given": request.POST,
    }
    if not request.POST.get("all") and not content["ids"]:
        error = Invalid.at(_("rows"), _("No row is marked."), _("Mark some rows of the list first."))
        return _answer(request, content | {"problems": error.problems}, 422)
    fields = [f for f in bulk_fields(network, kind) if f.name == what]
    if fields:
        form = form_of(request, network, fields, {}, request.POST if step else None)
        content["form"] = form
    if step not in ("preview", "apply"):
        return _answer(request, content)
    change = _change(request, network, kind, what)
    where: dict[str, Any] = {"actor": request.actor, "network": network, "kind": kind, "selection": selection}
    try:
        if step == "apply":
            expected = request.POST.get("expected", "")
            edit = edit_many(**where, change=change, expected=int(expected) if expected.isdecimal() else None)
            return _made(request, network, kind, edit)
        preview = preview_many(**where, change=change)
    except Invalid as error:
        problems: tuple[Problem, ...] = error.problems
        if fields:
            form.mark(problems)
            problems = tuple(form.other_problems)
        return _answer(request, content | {"problems": problems}, status_of(error))
    except Conflict as error:
        content["problems"] = error.problems
        preview = preview_many(**where, change=change)
    known = {f.name: f for f in fields_of(network, kind)}
    content |= {
        "preview": preview,
        "change_count": counted(kind.name, preview.changed),
        "all_looked_at": preview.looked_at >= preview.selected,
        "examples": [
            {
                "title": title_in_list(network, kind, planned.record),
                "changes": [_told(known, name, pair) for name, pair in planned.values.items() if name[:5] != "exit_"],
            }
            for planned in preview.examples[:5]
        ],
        "refusals": [
            {"count": preview.reason_counts[problem], "problem": problem, "names": _names(network, kind, request, ids)}
            for problem, ids in preview.reasons.items()
        ],
    }
    return _answer(request, content)


def _told(known: dict[str, Any], name: str, pair: list[Any]) -> dict[str, str]:
    """One changed field in words."""
    if name == "state":
        return {"label": _("State"), "before": state_look(pair[0])["label"], "after": state_look(pair[1])["label"]}
    if name not in known:
        return {"label": _("Archived"), "before": "", "after": _("yes")}
    field = known[name]
    texts = [", ".join(v) if isinstance(v, list) and not field.choices else text_of(field, v) for v in pair]
    return {"label": str(field.label), "before": texts[0], "after": texts[1]}


def _names(network: Network, kind: Kind, request: Request, ids: list[UUID]) -> str:
    found = visible(request.actor, network, kind, archived=None).filter(pk__in=ids[:5])
    return ", ".join(title_in_list(network, kind, record) for record in found)


def _answer(request: Request, content: dict[str, Any], status: int = 200) -> HttpResponse:
    content["drawer"] = in_drawer(request)
    return render(request, "network/bulk.html", content, status=status)


def _made(request: Request, network: Network, kind: Kind, edit: BulkEdit) -> HttpResponse:
    page = address("bulk_edit", network.slug, edit.pk)
    if edit.is_busy or edit.counts["refused"]:
        return go(request, page)
    _say_done(request, network, edit)
    query = request.POST.get("list", "")
    back = address("records", network.slug, kind.plural)
    return go(request, f"{back}?{query}" if query else back)


def _say_done(request: Request, network: Network, edit: BulkEdit) -> None:
    undo = address("bulk_undo", network.slug, edit.pk)
    n = edit.counts["changed"]
    said = ngettext("%(n)s record was changed.", "%(n)s records were changed.", n) % {"n": n}
    messages.success(request, said, extra_tags=f"undo:{undo}")


@require_safe
@in_network
def bulk_edit(request: Request, network: Network, edit_id: UUID) -> HttpResponse:
    """What came of a bulk edit: how far it is, what it refused, what its undo left."""
    edit = get_bulk_edit(request.actor, network, edit_id)
    kind = KINDS[edit.record_kind]
    job = None
    if edit.is_busy and edit.job_id and edit.started_by_id == request.actor.user_id:
        job = job_of(request.actor, edit.job_id)
        edit.refresh_from_db()
    content = {
        "edit": edit,
        "kind": kind,
        "job": job,
        "crumbs": [{"label": str(kind.label_plural), "url": address("records", network.slug, kind.plural)}],
        "state": edit.state,
        "refusals": [
            {**each, "problem": Problem(**each["problem"]), "names": _names(network, kind, request, each["ids"])}
            for each in edit.refused
        ],
        "kept": [{**each, "url": url_of(network, each["record"], kind)} for each in kept_records(
            request.actor, network, edit)],
        "undo_url": address("bulk_undo", network.slug, edit.pk) if edit.state == BulkEdit.State.APPLIED else "",
        "list_url": address("records", network.slug, kind.plural),
        "part": bool(request.htmx),
    }  # fmt: skip
    return render(request, "network/bulk_edit.html", content)


@require_POST
@in_network
def bulk_undo(request: Request, network: Network, edit_id: UUID) -> HttpResponse:
    """Take a bulk edit back."""
    edit = undo_many(actor=request.actor, network=network, edit_id=edit_id)
    if edit.is_busy or edit.kept:
        return redirect("web:bulk_edit", network.slug, edit.pk)
    messages.success(request, _("The change was taken back."))
    return redirect(reverse("web:records", args=[network.slug, KINDS[edit.record_kind].plural]))
