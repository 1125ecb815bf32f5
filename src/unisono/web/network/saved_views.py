"""Saved views over a list: which there are, which one is open, and what is done with them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from unisono.areas.network import policies
from unisono.areas.network.actions import change_view, mark_view, remove_view, restore_view, save_view
from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries import fields_for, gone_from, views_of
from unisono.platform.errors import Invalid, UseCaseError
from unisono.platform.fields import Field
from unisono.web.network.asked import Asked, asked_in, kind_named
from unisono.web.pages import Request, address, in_network

# The address of a list that shows everything although it begins with a view.
EVERYTHING = "all"


def views_for(request: Request, network: Network) -> list[Any]:
    """Views of the network's lists for the one who asks, read once a request."""
    if not hasattr(request, "saved_views"):
        request.saved_views = views_of(request.actor, network)  # type: ignore[attr-defined]
    return list(request.saved_views)  # type: ignore[attr-defined]


def view_url(network: Network, view: Any) -> str:
    """Address of the list as the view has it."""
    parameters: dict[str, Any] = {"q": view.query, **view.filters, "sort": view.sort}
    parameters |= {"archived": "1" if view.archived else "", "view": view.pk}
    return address("records", network.slug, KINDS[view.record_kind].plural, **parameters)


def pinned_items(request: Request, network: Network) -> list[dict[str, Any]]:
    """Pinned views for the sidebar."""
    return [
        {"label": view.name, "url": view_url(network, view), "icon": "pin",
         "active": request.GET.get("view") == str(view.pk)}
        for view in views_for(request, network)
        if view.pinned
    ]  # fmt: skip


def redirect_of(request: Request, network: Network, kind: Kind) -> HttpResponse | None:
    """Where a bare address leads: a list begins with one's default view, a view's short address is written out."""
    if request.htmx or set(request.GET) - {"view"}:
        return None
    wanted = request.GET.get("view", "")
    for view in views_for(request, network):
        if view.record_kind == kind.name and (str(view.pk) == wanted if wanted else view.is_default):
            return None if wanted and not _says_more(view) else redirect(view_url(network, view))
    return None


def _says_more(view: Any) -> bool:
    return bool(view.query or any(view.filters.values()) or view.sort or view.archived)


def open_view(request: Request, network: Network, kind: Kind) -> Any:
    """The view that the address names, if there is such a one."""
    wanted = request.GET.get("view", "")
    return next((v for v in views_for(request, network) if str(v.pk) == wanted and v.record_kind == kind.name), None)


def view_bar(
    request: Request,
    network: Network,
    kind: Kind,
    fields: Sequence[Field],
    asked: Asked,
    columns: Sequence[str],
    *,
    found: bool,
) -> dict[str, Any]:
    """What a list page shows of views: the line above it, the menu, and what is to be said of the open one."""
    mine = [view for view in views_for(request, network) if view.record_kind == kind.name]
    opened = open_view(request, network, kind)
    named = request.GET.get("view", "")
    everything = address("records", network.slug, kind.plural, view=EVERYTHING)
    bar: dict[str, Any] = {
        "lines": [
            {"label": view.name, "url": view_url(network, view), "active": view is opened, "shared": view.is_shared,
             "default": view.is_default, "owner": str(view.owner)}
            for view in sorted(mine, key=lambda view: not view.pinned)
        ],
        "everything": everything,
        "may_share": policies.can_edit_records(request.actor, network),
        "save_url": address("view_save", network.slug, kind.plural),
        "columns": columns,
        "open": opened,
        "missing": bool(named) and named != EVERYTHING and opened is None,
    }  # fmt: skip
    if opened is not None:
        bar |= {
            "changed": (changed := _differs(opened, asked, request.GET.getlist("columns"))),
            "gone": gone_from(request.actor, network, kind, fields, opened.filters, found=found and not changed),
            "may_change": policies.can_change_view(request.actor, network, opened),
            "url": view_url(network, opened),
            **{name: address(f"view_{name}", network.slug, opened.pk) for name in ("change", "mark", "remove")},
        }
    return bar


def _differs(view: Any, asked: Asked, columns: Sequence[str]) -> bool:
    if columns and set(filter(None, columns)) | set(view.columns[:1]) != set(view.columns):
        return True
    filters = {name: [v for v in values if v] for name, values in view.filters.items()}
    now = {name: [v for v in values if v] for name, values in asked.filters.items()}
    given = {name: sorted(values) for name, values in filters.items() if values}
    return (given, view.query, view.sort, view.archived) != (
        {name: sorted(values) for name, values in now.items() if values}, asked.query, asked.sort, asked.archived,
    )  # fmt: skip


def _list_in(request: Request, kind: Kind, fields: Sequence[Field]) -> dict[str, Any]:
    """What the list showed when the form was sent, as a view keeps it."""
    asked = asked_in(request.POST, kind, fields)
    return {
        "query": asked.query,
        "filters": {name: [value for value in values if value] for name, values in asked.filters.items()},
        "sort": asked.sort,
        "archived": asked.archived,
        "columns": [column for column in request.POST.getlist("columns") if column],
    }


def _refused(request: Request, error: UseCaseError, back: str) -> HttpResponse:
    for problem in error.problems:
        messages.error(request, f"{problem.rule} {problem.remedy}")
    return redirect(back)


@require_POST
@in_network
def save(request: Request, network: Network, plural: str) -> HttpResponse:
    """Keep the present list under a name."""
    kind = kind_named(plural)
    fields = fields_for(request.actor, network, kind)
    asked = _list_in(request, kind, fields)
    try:
        view = save_view(
            actor=request.actor, network=network, kind=kind, name=request.POST.get("view_name", ""),
            shared="view_shared" in request.POST, pinned="view_pinned" in request.POST, **asked,
        )  # fmt: skip
    except Invalid as error:
        back: Mapping[str, Any] = {"q": asked["query"], **asked["filters"], "sort": asked["sort"], "view": EVERYTHING}
        return _refused(request, error, address("records", network.slug, kind.plural, **back))
    messages.success(request, _("The list is kept as “%(name)s”.") % {"name": view.name})
    return redirect(view_url(network, view))


@require_POST
@in_network
def change(request: Request, network: Network, view_id: UUID) -> HttpResponse:
    """Rename a view, share it, or keep what the list shows now."""
    view = next((v for v in views_for(request, network) if v.pk == view_id), None)
    values: dict[str, Any] = {}
    if "view_name" in request.POST:
        values["name"] = request.POST["view_name"]
    if "shared" in request.POST:
        values["shared"] = request.POST["shared"] == "1"
    if "keep" in request.POST and view is not None:
        kind = KINDS[view.record_kind]
        values |= _list_in(request, kind, fields_for(request.actor, network, kind))
    try:
        view = change_view(actor=request.actor, network=network, view_id=view_id, values=values)
    except Invalid as error:
        back = view_url(network, view) if view is not None else reverse("web:network", args=[network.slug])
        return _refused(request, error, back)
    messages.success(request, _("The view “%(name)s” was changed.") % {"name": view.name})
    return redirect(view_url(network, view))


@require_POST
@in_network
def mark(request: Request, network: Network, view_id: UUID) -> HttpResponse:
    """Pin a view, or begin its list with it."""
    wanted: dict[str, Any] = {name: request.POST[name] == "1" for name in ("pinned", "default") if name in request.POST}
    view = mark_view(actor=request.actor, network=network, view_id=view_id, **wanted)
    return redirect(view_url(network, view))


@require_POST
@in_network
def remove(request: Request, network: Network, view_id: UUID) -> HttpResponse:
    """Take a view away; the message brings it back."""
    view = remove_view(actor=request.actor, network=network, view_id=view_id)
    undo = address("view_restore", network.slug, view.pk)
    messages.success(request, _("The view “%(name)s” was removed.") % {"name": view.name}, extra_tags=f"undo:{undo}")
    return redirect(address("records", network.slug, KINDS[view.record_kind].plural, view=EVERYTHING))


@require_POST
@in_network
def restore(request: Request, network: Network, view_id: UUID) -> HttpResponse:
    """Bring a removed view back."""
    view = restore_view(actor=request.actor, network=network, view_id=view_id)
    messages.success(request, _("The view “%(name)s” is back.") % {"name": view.name})
    return redirect(view_url(network, view))
