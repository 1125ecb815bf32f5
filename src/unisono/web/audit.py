"""The log for owners: who did what to which record and when, and whether it is still what it was."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.network.queries.logged import Logged, kind_in_words, logged
from unisono.platform import audit
from unisono.platform.accounts import names_of_users
from unisono.platform.audit import Asked
from unisono.platform.downloads import download
from unisono.platform.errors import Invalid, NotFound
from unisono.web.pages import Request, address, networks_for, signed_in, status_of

_PER_PAGE = 50


def _asked(request: Request) -> Asked:
    return Asked(**{name: request.GET.get(name, "").strip() for name in Asked.__dataclass_fields__})


@require_safe
@signed_in
def audit_page(request: Request) -> HttpResponse:
    """A page of the log, newest first, narrowed by what the address says."""
    audit.check_can_read_log(request.actor)
    asked, status = _asked(request), 200
    page = int(text) if (text := request.GET.get("page", "")).isdigit() and 0 < int(text) < 100_000 else 1
    content: dict[str, Any] = {"asked": asked, "page": page, "filters": _filters(request, asked)}
    try:
        start = (page - 1) * _PER_PAGE
        events = list(audit.events_asked(request.actor, asked)[start : start + _PER_PAGE + 1])
    except (Invalid, NotFound) as error:
        events, status = [], status_of(error)
        content["problems"] = error.problems
    content["rows"] = _rows(request, logged(request.actor, events[:_PER_PAGE]))
    content["has_older"] = len(events) > _PER_PAGE
    content["head"] = audit.head_of(request.actor)
    content["checked"] = _checked(request)
    content["export_url"] = reverse("web:audit_export")
    content["columns"] = [
        {"key": key, "label": label}
        for key, label in (
            ("kind", _("What")), ("record", _("Record")), ("actor", _("Who")), ("at", _("When")), ("seal", _("Sealed")),
        )
    ]  # fmt: skip
    return render(request, "audit.html", content, status=status)


def _filters(request: Request, asked: Asked) -> list[dict[str, Any]]:
    """Who and what as choices, of what occurs in the log."""
    people = [(str(key), name) for key, name in audit.people_in_log(request.actor).items()]
    found = audit.kinds_in_log(request.actor)
    groups = list(dict.fromkeys(kind.partition(".")[0] for kind in found))
    kinds = [(group, kind_in_words(group)) for group in groups]
    if "." in asked.kind:
        kinds.append((asked.kind, asked.kind))
    return [
        {
            "name": name,
            "label": label,
            "options": [{"value": value, "label": text, "selected": value == chosen} for value, text in options],
        }
        for name, label, options, chosen in (
            ("person", _("Who"), people, asked.person),
            ("kind", _("Kind"), sorted(kinds, key=lambda option: option[1].casefold()), asked.kind),
        )
    ]


def _rows(request: Request, happenings: list[Logged]) -> list[dict[str, Any]]:
    names = names_of_users({row.event.actor_user_id for row in happenings if row.event.actor_user_id})
    slugs = {network.pk: network.slug for network in networks_for(request)}
    rows = []
    for row in happenings:
        event = row.event
        slug = slugs.get(event.network_id) if event.network_id else next(iter(slugs.values()), None)
        url = reverse("web:record", args=[slug, row.kind.plural, event.subject_id]) if slug and row.kind else ""
        rows.append(
            {
                "event": event,
                "sentence": row.sentence,
                "title": row.title,
                "url": url if row.title else "",
                "actor": (names.get(event.actor_user_id) or _("somebody who is gone")) if event.actor_user_id else "",
                "changes": [
                    {"label": label, "before": before, "after": after, "plain": row_of is row.other_changes}
                    for row_of in (row.changes, row.other_changes)
                    for label, before, after in row_of
                ],
                "record_url": address("audit", record=event.subject_id),
            }
        )  # fmt: skip
    return rows


def _checked(request: Request) -> dict[str, Any] | None:
    found = audit.last_verdict(request.actor)
    if found is None:
        return None
    job, verdict = found
    return {"job": job, "verdict": verdict}


@require_safe
@signed_in
def audit_export(request: Request) -> HttpResponseBase:
    """The log as it is narrowed, as a file."""
    name, content_type, content = audit.export_log(
        request.actor, _asked(request), format=request.GET.get("format", "csv")
    )
    return download(request.actor, name=name, content_type=content_type, content=content)


@require_POST
@signed_in
def audit_verify(request: Request) -> HttpResponse:
    """Have the log read from its first event, in the background."""
    audit.verify_soon(actor=request.actor)
    messages.success(request, _("The log is being verified. Look at this page again in a moment."))
    return redirect("web:audit")
