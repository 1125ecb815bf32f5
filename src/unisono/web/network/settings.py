"""Settings of a network: what it is, its state, the fields it adds, its tags; and opening a new one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.network import policies
from unisono.areas.network.actions import (
    add_custom_field,
    archive_custom_field,
    change_network_state,
    create_network,
    edit_network,
)
from unisono.areas.network.actions.tags import remove_tag, rename_tag
from unisono.areas.network.kinds import KINDS, NOTE
from unisono.areas.network.models import Network
from unisono.areas.network.network_fields import NETWORK_FIELDS
from unisono.areas.network.queries import custom_fields_of
from unisono.areas.network.queries.members import tags_of
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.fields import words_of
from unisono.web.forms import FieldsForm, shown_value
from unisono.web.network.states import state_look
from unisono.web.pages import Request, address, in_network, signed_in, status_of

_FIELDS = tuple(f for f in NETWORK_FIELDS if f.name != "is_case")
_TYPES = {
    "text": gettext_lazy("short text"),
    "long_text": gettext_lazy("long text"),
    "choice": gettext_lazy("one of several choices"),
    "date": gettext_lazy("date"),
    "integer": gettext_lazy("whole number"),
    "decimal": gettext_lazy("number"),
    "boolean": gettext_lazy("yes or no"),
    "url": gettext_lazy("web address"),
    "email": gettext_lazy("e-mail address"),
    "words": gettext_lazy("several words"),
}


def frame(request: Request, network: Network, active: str) -> dict[str, Any]:
    """The settings' tabs, and what the reader may do there."""
    names = [
        ("network_settings", _("The network")),
        ("network_fields", _("Custom fields")),
        ("network_tags", _("Tags")),
        *([("network_links", _("Live links"))] if policies.can_configure_network(request.actor, network) else []),
    ]
    return {
        "tabs": [{"label": label, "url": address(n, network.slug), "active": n == active} for n, label in names],
        "may_configure": policies.can_configure_network(request.actor, network),
        "may_edit": policies.can_edit_records(request.actor, network),
    }


def _initial(network: Network) -> dict[str, Any]:
    return {f.name: shown_value(f, getattr(network, f.name)) for f in _FIELDS}


@in_network
def network_settings(request: Request, network: Network) -> HttpResponse:
    """What the network is and where it stands."""
    content = frame(request, network, "network_settings")
    form, status = FieldsForm(_FIELDS, initial=_initial(network)), 200
    if request.method == "POST":
        form = FieldsForm(_FIELDS, request.POST)
        try:
            edit_network(actor=request.actor, network=network, values=form.raw())
        except Invalid as error:
            form.mark(error.problems)
            status = status_of(error)
        else:
            messages.success(request, _("The network was saved."))
            return redirect("web:network_settings", network.slug)
    content |= {
        "form": form,
        "bound": [form[f.name] for f in _FIELDS],
        "facts": [
            {"label": str(f.label), "value": ", ".join(v) if isinstance(v, list) else f.label_of(v)}
            for f in _FIELDS
            if (v := getattr(network, f.name))
        ],
        "state": state_look(network.state),
        "next": [state_look(state) for state in network.next_states()],
    }
    return render(request, "network/settings.html", content, status=status)


@require_POST
@in_network
def network_state(request: Request, network: Network) -> HttpResponse:
    """Move the network on in its life."""
    change_network_state(actor=request.actor, network=network, state=request.POST.get("state", ""))
    messages.success(request, _("The network is now: %(s)s.") % {"s": state_look(network.state)["label"].lower()})
    return redirect("web:network_settings", network.slug)


@in_network
def network_fields(request: Request, network: Network) -> HttpResponse:
    """Fields that this network adds to its records."""
    content = frame(request, network, "network_fields")
    status = 200
    if request.method == "POST":
        given = request.POST
        try:
            custom = add_custom_field(
                actor=request.actor, network=network, record_kind=given.get("record_kind", ""),
                label=given.get("label", ""), type=given.get("type", ""), choices=words_of(given.get("choices", "")),
            )  # fmt: skip
        except (Invalid, Conflict) as error:
            content |= {"problems": error.problems, "given": given}
            status = status_of(error)
        else:
            messages.success(request, _("The field “%(label)s” was added.") % {"label": custom.label})
            return redirect("web:network_fields", network.slug)
    content |= {
        "fields": [
            {
                "id": f.pk,
                "label": f.label,
                "kind": KINDS[f.record_kind].label if f.record_kind in KINDS else f.record_kind,
                "type": _TYPES.get(f.type, f.type),
                "choices": ", ".join(f.choices),
            }
            for f in custom_fields_of(request.actor, network)
        ],
        "kinds": [(kind.name, kind.label) for kind in KINDS.values() if kind is not NOTE],
        "types": list(_TYPES.items()),
    }  # fmt: skip
    return render(request, "network/custom_fields.html", content, status=status)


@require_POST
@in_network
def network_field_archive(request: Request, network: Network, field_id: UUID) -> HttpResponse:
    """Take a field out of forms and lists; its values stay."""
    archive_custom_field(actor=request.actor, network=network, field_id=field_id)
    messages.success(request, _("The field was taken out of forms and lists. Its values are kept."))
    return redirect("web:network_fields", network.slug)


@require_safe
@in_network
def network_tags(request: Request, network: Network) -> HttpResponse:
    """The words that group members: rename them, or take them away everywhere."""
    content = frame(request, network, "network_tags")
    content["words"] = [
        {"id": tag_id, "name": name, "uses": uses, "url": address("records", network.slug, "members", tags=name)}
        for tag_id, name, uses in tags_of(request.actor, network)
    ]
    return render(request, "network/tags.html", content)


@require_POST
@in_network
def network_tag(request: Request, network: Network, tag_id: UUID) -> HttpResponse:
    """Rename a tag, or remove it."""
    if "remove" in request.POST:
        remove_tag(actor=request.actor, network=network, tag_id=tag_id)
        messages.success(request, _("The tag was removed from all members."))
    else:
        tag = rename_tag(actor=request.actor, network=network, tag_id=tag_id, name=request.POST.get("name", ""))
        messages.success(request, _("The tag is now called “%(name)s”.") % {"name": tag.name})
    return redirect("web:network_tags", network.slug)


@signed_in
def network_new(request: Request) -> HttpResponse:
    """Open a network."""
    policies.check_can_create_network(request.actor)
    form, status = FieldsForm(_FIELDS, initial={"time_zone": "Europe/Oslo"}), 200
    if request.method == "POST":
        form = FieldsForm(_FIELDS, request.POST)
        try:
            network = create_network(actor=request.actor, values=form.raw())
        except Invalid as error:
            form.mark(error.problems)
            status = status_of(error)
        else:
            messages.success(request, _("“%(name)s” is open. Bring in its members.") % {"name": network.name})
            return redirect("web:records", network.slug, "members")
    content = {"form": form, "bound": [form[f.name] for f in _FIELDS]}
    return render(request, "network/network_new.html", content, status=status)
