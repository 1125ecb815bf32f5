"""List pages: one for every kind of record, made from the kind's fields."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from unisono.areas.network import policies
from unisono.areas.network.actions import choose_columns
from unisono.areas.network.derived import derived_of, reckoned
from unisono.areas.network.exporting import export, formats_of
from unisono.areas.network.kinds import MEMBER, NEED, OFFERING, ORGANIZATION, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries import Page, fields_for, filter_options, page_of, select
from unisono.areas.network.queries.members import people_counts
from unisono.platform.actor import Actor
from unisono.platform.downloads import download
from unisono.platform.fields import Field, FieldError, Type
from unisono.web.network.asked import PER_PAGE, Asked, asked_in, kind_named, reckoned_filters
from unisono.web.network.cells import Cell, cell_of, changed_cell, state_cell, subtitle_of, url_of
from unisono.web.network.saved_views import EVERYTHING, open_view, redirect_of, view_bar
from unisono.web.network.states import state_look
from unisono.web.network.wording import WORDING, counted
from unisono.web.pages import Request, address, in_drawer, in_network

_COLUMNS = "columns"
# Fields of which the possible values are known.
_CLOSED = (Type.CHOICE, Type.CHOICES, Type.BOOLEAN)


def narrowed(kind: Kind, asked: Asked) -> dict[str, list[str]]:
    """The filters asked for; members have a list of their own, so that of organisations leaves them out."""
    return {**asked.filters, "membership": ["no"]} if kind is ORGANIZATION else asked.filters


def records_asked(request: Request, network: Network, kind: Kind, fields: Sequence[Field], asked: Asked) -> Any:
    """Records of the list as filtered and sorted."""
    return select(
        request.actor, network, kind,
        query=asked.query, filters=narrowed(kind, asked), sort=asked.sort, archived=asked.archived, fields=fields,
    )  # fmt: skip


def listed_fields(kind: Kind, fields: Sequence[Field]) -> list[Field]:
    """Fields that can be columns, the one that names the record first."""
    title = WORDING[kind.name].title_field
    return sorted((f for f in fields if f.listed), key=lambda f: f.name != title)


def _extra_columns(kind: Kind) -> list[tuple[str, str]]:
    extra = [("state", _("State"))] if kind.has_states else []
    if kind in (MEMBER, ORGANIZATION):
        extra.append(("people", _("People")))
    reckoned_ones = [(name, str(each.field.label)) for name, each in derived_of(kind.name).items() if each.field.listed]
    return [*extra, *reckoned_ones, ("updated_at", _("Last change"))]


def columns_of(request: Request, network: Network, kind: Kind, fields: Sequence[Field], view: Any = None) -> list[str]:
    """Keys of the columns to show: an open view's, those that were chosen last, or else the kind's own choice."""
    listed, derived = listed_fields(kind, fields), derived_of(kind.name)
    title = listed[0].name
    if view is not None and (request.GET.getlist(_COLUMNS) or view.columns):
        chosen = request.GET.getlist(_COLUMNS) or view.columns
    else:
        chosen = request.user.list_columns.get(str(network.pk), {}).get(kind.name)
    if chosen is None:
        # An organisation's place already stands below its name.
        chosen = [f.name for f in listed if f.shown and f.name != "place"] + [
            key
            for key, _label in _extra_columns(kind)
            # There is room for one more: when a member was last met says more than how many people it has,
            # or when somebody last typed.
            if (derived[key].field.shown if key in derived else not derived or key not in ("people", "updated_at"))
        ]
    order = [f.name for f in listed] + [key for key, _label in _extra_columns(kind)]
    return [key for key in order if key == title or key in chosen]


def _keep_columns(request: Request, network: Network, kind: Kind) -> HttpResponse:
    """Remember the columns for this person and show the list without them in its address."""
    parameters = request.GET.copy()
    choose_columns(actor=request.actor, network=network, kind=kind, columns=parameters.pop(_COLUMNS))
    return redirect(f"{request.path}?{parameters.urlencode()}" if parameters else request.path)


def _option(value: str, label: str, chosen: Sequence[str]) -> dict[str, Any]:
    return {"value": value, "label": label[:1].upper() + label[1:], "selected": value in chosen}


def _state_filter(kind: Kind, chosen: Sequence[str]) -> dict[str, Any]:
    options = [_option(state, state_look(state)["label"], chosen) for state in kind.states]
    return {"name": "state", "label": _("State"), "options": options}


def _field_filter(
    request: Request, network: Network, kind: Kind, field: Field, chosen: Sequence[str]
) -> dict[str, Any]:
    found = filter_options(request.actor, network, kind, field)
    options = [_option(value, label, chosen) for value, label in found]
    known = {value for value, _label in found}
    options += [_option(value, value, chosen) for value in chosen if value and value not in known]
    return {"name": field.name, "label": str(field.label), "options": options}


def bar_filters(
    request: Request, network: Network, kind: Kind, fields: Sequence[Field], filters: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """The few filters that stand above the list; the others are in a drawer."""
    found = [_state_filter(kind, filters.get("state", []))] if kind.has_states else []
    by_name = {f.name: f for f in fields if f.filtered}
    for name in WORDING[kind.name].bar:
        found.append(_field_filter(request, network, kind, by_name[name], filters.get(name, [])))
    return [each for each in found if each["options"]]


def chips_of(kind: Kind, fields: Sequence[Field], asked: Asked) -> list[dict[str, str]]:
    """One chip for each filter that is set."""
    by_name = {f.name: f for f in (*fields, *reckoned_filters(kind))}
    chips: list[dict[str, str]] = []
    for name, values in asked.filters.items():
        for value in filter(None, values):
            if name == "state":
                said, label = state_look(value)["label"], _("State")
            else:
                said, label = by_name[name].label_of(value), str(by_name[name].label)
            chips.append({"label": f"{label}: {said}", "name": name, "value": value})
    return chips


def unknown_values(kind: Kind, fields: Sequence[Field], asked: Asked) -> list[tuple[str, str]]:
    """(filter, value) of what the address asks for and no record can have: a choice may have gone since."""
    by_name = {f.name: f for f in fields}
    unknown: list[tuple[str, str]] = []
    for name, values in asked.filters.items():
        for value in filter(None, values):
            if name == "state":
                if value not in kind.states:
                    unknown.append((_("State"), value))
            elif (field := by_name.get(name)) is not None and field.type in _CLOSED:
                try:
                    field.parse(value)
                except FieldError:
                    unknown.append((str(field.label), value))
    return unknown


class Paged:
    """A page of a list with the names that the pager component reads."""

    def __init__(self, page: Page, *, has_sizes: bool = True) -> None:
        self.number, self.start_index, self.end_index = page.number, page.first, page.last
        self.paginator = SimpleNamespace(num_pages=page.pages, count=page.total)
        self.has_previous, self.has_next = page.number > 1, page.number < page.pages
        self.previous_page_number, self.next_page_number = page.number - 1, page.number + 1
        self.per_page = page.per_page
        self.sizes = PER_PAGE if has_sizes and page.total > PER_PAGE[0] else ()


def _derived_cell(field: Field, value: Any) -> Cell:
    if isinstance(value, date):
        return Cell(str(field.label), "time", at=value)
    if isinstance(value, bool):
        return Cell(str(field.label), text=pgettext("a field's value", "yes") if value else "")
    return Cell(str(field.label), text=str(value or ""), number=isinstance(value, int))


def _rows(
    actor: Actor, network: Network, kind: Kind, fields: Sequence[Field], columns: Sequence[str], page: Page
) -> list[Any]:
    by_name = {f.name: f for f in fields}
    derived, values = derived_of(kind.name), reckoned(kind.name, columns, actor, network, page.rows)
    people: dict[Any, int] = {}
    if "people" in columns:
        ids = [record.organization_id if kind is MEMBER else record.pk for record in page.rows]
        people = people_counts(ids) if ids else {}
    rows = []
    for record in page.rows:
        cells: list[Cell] = []
        for key in columns[1:]:
            if key == "state":
                cells.append(state_cell(record))
            elif key == "updated_at":
                cells.append(changed_cell(record))
            elif key == "people":
                n = people.get(record.organization_id if kind is MEMBER else record.pk, 0)
                cells.append(Cell(_("People"), text=str(n or ""), number=True))
            elif key in values:
                cells.append(_derived_cell(derived[key].field, values[key][record.pk]))
            else:
                cells.append(cell_of(network, kind, record, by_name[key]))
        title = title_in_list(network, kind, record)
        has_mark = kind in (MEMBER, ORGANIZATION)
        rows.append(
            {
                "pk": record.pk,
                "title": title,
                "url": url_of(network, record, kind),
                "detail": subtitle_of(kind, record) if has_mark else "",
                "square": has_mark,
                "round": kind.name == "person",
                "visibility": record.visibility,
                "cells": cells,
            }
        )
    return rows


def title_in_list(network: Network, kind: Kind, record: Any) -> str:
    """What names a record in its list; a relation is named by both of its sides."""
    if kind.name == "relationship":
        return f"{record.first.organization.name} – {record.second.organization.name}"
    title = kind.title(record)
    return title[:1].upper() + title[1:] if kind.name == "role" else title


def _headings(kind: Kind, fields: Sequence[Field], columns: Sequence[str]) -> list[dict[str, Any]]:
    by_name = {f.name: f for f in fields}
    extra, derived = dict(_extra_columns(kind)), derived_of(kind.name)
    headings = []
    for key in columns:
        if key in extra:
            sortable = key != "people" and (key not in derived or derived[key].order is not None)
            number = key == "people" or (key in derived and derived[key].type is Type.INTEGER)
            headings.append({"key": key, "label": extra[key], "sort": sortable, "number": number})
            continue
        field = by_name[key]
        sortable = bool(kind.sort_paths.get(key, "" if field.is_many else key))
        number = field.type.value in ("integer", "decimal")
        headings.append({"key": key, "label": str(field.label), "sort": sortable, "number": number})
    return headings


def _tabs(network: Network, kind: Kind) -> list[dict[str, Any]]:
    """Needs and offers are two sides of one thing, so they share a place in the navigation."""
    if kind not in (NEED, OFFERING):
        return []
    return [
        {"label": str(each.label_plural), "url": address("records", network.slug, each.plural), "active": each is kind}
        for each in (NEED, OFFERING)
    ]


def _has_any(request: Request, network: Network, kind: Kind, asked: Asked, total: int) -> bool:
    """Whether there is anything to filter: only asked when a filtered list came out empty."""
    if total or not (asked.query or asked.filters or asked.archived):
        return bool(total)
    everything = Asked("", {}, "", False, 1, 50)
    return bool(records_asked(request, network, kind, (), everything).exists())


@require_safe
@in_network
def records(request: Request, network: Network, plural: str) -> HttpResponse:
    """The list of one kind of record."""
    kind = kind_named(plural)
    view = open_view(request, network, kind)
    if _COLUMNS in request.GET and view is None:
        return _keep_columns(request, network, kind)
    if (elsewhere := redirect_of(request, network, kind)) is not None:
        return elsewhere
    fields = fields_for(request.actor, network, kind)
    asked = asked_in(request.GET, kind, fields)
    page = page_of(records_asked(request, network, kind, fields, asked), number=asked.number, per_page=asked.per_page)
    columns = columns_of(request, network, kind, fields, view)
    words = WORDING[kind.name]
    labels = {f.name: str(f.label) for f in fields} | dict(_extra_columns(kind))
    others = [f.name for f in (*fields, *reckoned_filters(kind)) if f.filtered and f.name not in words.bar]
    content = {
        "kind": kind,
        "words": words,
        "may_edit": policies.can_edit_records(request.actor, network),
        "may_import": policies.can_import(request.actor, network),
        "asked": asked,
        "narrowed": bool(asked.query or asked.filters),
        "has_any": _has_any(request, network, kind, asked, page.total),
        "count": counted(kind.name, page.total),
        "chips": chips_of(kind, fields, asked),
        "unknown": unknown_values(kind, fields, asked),
        "filters": bar_filters(request, network, kind, fields, asked.filters),
        "kept": ",".join([*others, "owners", "archived", "per_page"]),
        "more_filters": bool(others),
        "columns": _headings(kind, fields, columns),
        "shown_columns": [
            {"key": key, "label": labels[key], "shown": key in columns, "fixed": at == 0}
            for at, key in enumerate(
                [f.name for f in listed_fields(kind, fields)] + [k for k, _l in _extra_columns(kind)]
            )
        ],
        "sort": asked.sort or ("name" if kind.order.endswith("name_key") else ""),
        "rows": _rows(request.actor, network, kind, fields, columns, page),
        "page": Paged(page),
        "tabs": _tabs(network, kind),
        "views": view_bar(request, network, kind, fields, asked, columns, found=bool(page.total)),
        "bulk_url": address("bulk", network.slug, kind.plural),
        "list_url": request.path,
        "clear_url": f"{request.path}?view={EVERYTHING}",
        "add_url": address("record_new", network.slug, kind.plural),
        "live_url": address("network_links", network.slug)
        if kind is MEMBER and policies.can_configure_network(request.actor, network)
        else "",
        "exports_network": "graphml" in (formats := formats_of(kind)),
        "exports_cards": "vcf" in formats,
        "export_url": reverse("web:records_export", args=[network.slug, kind.plural]),
    }
    return render(request, "network/list.html", content)


@require_safe
@in_network
def records_export(request: Request, network: Network, plural: str) -> HttpResponseBase:
    """The list as it is filtered and sorted, as a file."""
    kind = kind_named(plural)
    fields = fields_for(request.actor, network, kind)
    asked = asked_in(request.GET, kind, fields)
    file = export(
        request.actor, network, kind, format=request.GET.get("format", ""),
        query=asked.query, filters=narrowed(kind, asked), sort=asked.sort, archived=asked.archived,
    )  # fmt: skip
    return download(request.actor, name=file.name, content_type=file.content_type, content=file.content)


@require_safe
@in_network
def filters(request: Request, network: Network, plural: str) -> HttpResponse:
    """All filters of a list, in a drawer: each costs a look at the values that occur."""
    kind = kind_named(plural)
    fields = fields_for(request.actor, network, kind)
    asked = asked_in(request.GET, kind, fields)
    found = [_state_filter(kind, asked.filters.get("state", []))] if kind.has_states else []
    for field in (*fields, *reckoned_filters(kind)):
        if field.filtered:
            found.append(_field_filter(request, network, kind, field, asked.filters.get(field.name, [])))
    content = {
        "kind": kind,
        "filters": [each for each in found if each["options"]],
        "asked": asked,
        "list_url": address("records", network.slug, kind.plural),
        "drawer": in_drawer(request),
    }
    return render(request, "network/filters.html", content)
