"""Forms for records: add one (filled in beforehand from where one came), change one, and meet others' changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from unisono.areas.network import policies
from unisono.areas.network.actions import add_member, add_record, edit_record
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, PERSON, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries import fields_for, find, get_record, organization_within_reach, select, value_of
from unisono.areas.network.queries.members import choices_named, named
from unisono.areas.network.queries.timeline import changes_since
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.fields import Field, Type
from unisono.web.forms import FieldsForm, shown_value
from unisono.web.network.asked import kind_named
from unisono.web.network.cells import url_of
from unisono.web.network.sections import sections_of
from unisono.web.network.states import state_look
from unisono.web.network.wording import WORDING
from unisono.web.pages import Request, address, back_url, go, in_drawer, in_network, status_of

_PICKED = 8


def _pickers(network: Network) -> dict[str, str]:
    return {kind.name: reverse("web:pick", args=[network.slug, kind.plural]) for kind in KINDS.values()}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def labels_of(request: Request, network: Network, fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, str]:
    """Names of the records that reference fields hold, by id."""
    wanted: dict[str, set[str]] = {}
    for field in fields:
        if field.type in (Type.REF, Type.REFS):
            held = values.get(field.name) or []
            ids = {str(each) for each in (held if isinstance(held, list) else [held]) if _is_id(str(each))}
            wanted.setdefault(field.refers_to, set()).update(ids)
    labels: dict[str, str] = {}
    for name, ids in wanted.items():
        if ids:
            kind = KINDS[name]
            found = choices_named(request.actor, network, kind, [UUID(each) for each in ids])
            labels |= {str(record.pk): kind.title(record) for record in found}
    return labels


def form_of(
    request: Request,
    network: Network,
    fields: Sequence[Field],
    initial: Mapping[str, Any],
    data: QueryDict | None = None,
) -> FieldsForm:
    """The form for these fields, with what was typed or else with `initial`."""
    held = {f.name: data.getlist(f.name) for f in fields} if data is not None else initial
    labels = labels_of(request, network, fields, held)
    return FieldsForm(fields, data, initial, pickers=_pickers(network), labels=labels)


def _prefilled(request: Request, fields: Sequence[Field]) -> dict[str, Any]:
    """What the address says about the new record, for example the member it is about; else the defaults."""
    values: dict[str, Any] = {}
    for field in fields:
        given = [value for value in request.GET.getlist(field.name) if value]
        if given:
            values[field.name] = given if field.is_many or field.type is Type.REF else given[0]
        elif field.default is not None:
            values[field.name] = shown_value(field, field.default)
    return values


def _show(request: Request, content: dict[str, Any], status: int = 200) -> HttpResponse:
    content["drawer"] = in_drawer(request)
    form: FieldsForm = content["form"]
    content["sections"] = sections_of(content["kind"], form)
    content["problems"] = form.other_problems
    return render(request, "network/form.html", content, status=status)


def _said(kind: Kind, record: Any, verb: str) -> str:
    return verb % {"what": kind.title(record)}


@in_network
def new(request: Request, network: Network, plural: str) -> HttpResponse:
    """Add a record of any kind."""
    kind = kind_named(plural)
    policies.check_can_add(request.actor, network, kind)
    fields = policies.fields_to_set(request.actor, network, kind, fields_for(request.actor, network, kind))
    joining = request.POST.get("organization_id") or request.GET.get("organization") if kind is MEMBER else None
    organization = organization_within_reach(request.actor, joining) if joining else None
    if organization is not None and request.method == "GET":
        fields = [f for f in fields if not f.on]
    content: dict[str, Any] = {
        "kind": kind,
        "title": WORDING[kind.name].add
        if organization is None
        else _("Make “%(name)s” a member") % {"name": organization},
        "save": _("Add") if organization is None else _("Make it a member"),
        "organization": organization,
        "states": [state_look(state) for state in kind.states],
        "state": request.POST.get("state") or (getattr(kind.model(), "state", "") if kind.has_states else ""),
        "back": back_url(request, ""),
        "cancel": back_url(request, "") or address("records", network.slug, kind.plural),
    }
    if request.method != "POST":
        content["form"] = form_of(request, network, fields, _prefilled(request, fields))
        return _show(request, content)
    # A form may show some of the fields only; what it does not show is left to its default.
    shown = [f for f in fields if f.name in request.POST or not f.on] if organization is not None else fields
    form = content["form"] = form_of(request, network, shown, {}, request.POST)
    try:
        record = _add(request, network, kind, form, organization)
    except (Invalid, Conflict) as error:
        form.mark(error.problems)
        if isinstance(error, Conflict) and kind is MEMBER and organization is None:
            content["same"] = named(request.actor, network, request.POST.get("name", ""))
            content["same_name"] = any(problem.place == "name" for problem in error.problems)
            for found in content["same"]:
                found.url = url_of(network, found, ORGANIZATION) if found.is_here else ""
        return _show(request, content, status_of(error))
    messages.success(request, _said(kind, record, _("“%(what)s” was added.")))
    if request.POST.get("more"):
        return go(request, request.get_full_path())
    return go(request, back_url(request, url_of(network, record, kind)))


def _add(request: Request, network: Network, kind: Kind, form: FieldsForm, organization: Any) -> Any:
    state = request.POST.get("state") or None
    if kind is not MEMBER:
        return add_record(actor=request.actor, network=network, kind=kind, values=form.raw(), state=state)
    values = form.raw()
    if organization is not None:
        # What the profile already says is not emptied by boxes that were left empty.
        on_profile = {f.name for f in form.declared if f.on}
        values = {name: value for name, value in values.items() if value not in ("", []) or name not in on_profile}
        values.pop("name", None)
    return add_member(
        actor=request.actor,
        network=network,
        values=values,
        organization_id=organization.pk if organization is not None else None,
        same_name=bool(request.POST.get("same_name")),
        state=state or "active",
    )


@in_network
def edit(request: Request, network: Network, plural: str, record_id: UUID) -> HttpResponse:
    """Change a record; `?only=tags` shows some of its fields."""
    kind = kind_named(plural)
    record = get_record(request.actor, network, kind, record_id)
    policies.check_can_edit_record(request.actor, network, kind, record)
    every = policies.fields_to_set(request.actor, network, kind, fields_for(request.actor, network, kind))
    only = request.GET.getlist("only")
    fields = [f for f in every if f.name in only] or every
    content: dict[str, Any] = {
        "kind": kind,
        "title": _("Edit %(name)s") % {"name": kind.title(record)},
        "save": _("Save"),
        "seen_at": kind.touched_at(record).isoformat(),
        "back": back_url(request, ""),
        "cancel": back_url(request, "") or url_of(network, record, kind),
    }
    if request.method != "POST":
        content["form"] = form_of(request, network, fields, _present(kind, record, fields))
        return _show(request, content)
    form = content["form"] = form_of(request, network, fields, {}, request.POST)
    seen_at = _moment(request.POST.get("seen_at", ""))
    try:
        record = edit_record(
            actor=request.actor, network=network, kind=kind, record_id=record_id, values=form.raw(), seen_at=seen_at
        )
    except (Invalid, Conflict) as error:
        if isinstance(error, Conflict) and seen_at is not None and seen_at < kind.touched_at(record):
            # The next save starts from what is shown here, so it is a decision and no accident.
            content["overtaken"] = changes_since(request.actor, network, record, seen_at)
            content["save"] = _("Save mine")
            return _show(request, content, 409)
        form.mark(error.problems)
        content["seen_at"] = request.POST.get("seen_at", "")
        return _show(request, content, status_of(error))
    messages.success(request, _said(kind, record, _("“%(what)s” was saved.")))
    return go(request, back_url(request, url_of(network, record, kind)))


def _present(kind: Kind, record: Any, fields: Sequence[Field]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields:
        value = value_of(kind, record, field)
        if field.type is Type.REF:
            value = value.pk if value else None
        elif field.type is Type.REFS:
            value = [each.pk for each in value]
        values[field.name] = shown_value(field, value)
    return values


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is None or timezone.is_aware(moment) else None


@require_safe
@in_network
def pick(request: Request, network: Network, plural: str) -> HttpResponse:
    """Names for a picker: those that fit what was typed, or the first ones."""
    kind = kind_named(plural)
    query = request.GET.get("q", "").strip()
    if query and kind.searchable:
        found = [each.record for each in find(request.actor, network, query, kinds=[kind], per_kind=_PICKED)]
        if kind is PERSON:
            prefetch_related_objects(found, "organizations")
    else:
        found = list(select(request.actor, network, kind, query=query, fields=kind.fields)[:_PICKED])
    options = [
        {"value": str(record.pk), "label": kind.title(record), "detail": _hint(kind, record)} for record in found
    ]
    stem = request.GET.get("stem", "option")[:80]
    return render(request, "network/picker_options.html", {"options": options, "stem": stem})


def _hint(kind: Kind, record: Any) -> str:
    if kind in (MEMBER, ORGANIZATION):
        return str((record.organization if kind is MEMBER else record).place)
    if kind is PERSON:
        return ", ".join(organization.name for organization in record.organizations.all())
    return ""
