"""Pages of gatherings and initiatives: what it is, who takes part, who was there."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.activities.actions import add_participants, mark_participations
from unisono.areas.activities.actions.participations import MEMBERS
from unisono.areas.activities.kinds import PARTICIPATION
from unisono.areas.activities.queries import attendance_of
from unisono.areas.network import policies
from unisono.areas.network.kinds import BY_PLURAL, MEMBER, PERSON
from unisono.areas.network.models import Network
from unisono.areas.network.queries import get_record
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.fields import Field, Type
from unisono.platform.states import label_of
from unisono.web.network.cells import url_of
from unisono.web.network.editing import form_of
from unisono.web.network.records import content_of
from unisono.web.network.sections import sections_of
from unisono.web.network.states import state_look
from unisono.web.pages import Request, address, go, in_drawer, in_network, status_of

_NEXT = {"invited": ("attended", "no_show"), "signed_up": ("attended", "no_show"), "attended": ("no_show",),
         "no_show": ("attended",)}  # fmt: skip


@require_safe
@in_network
def occasion(request: Request, network: Network, record_id: UUID, plural: str) -> HttpResponse:
    """A gathering or an initiative with everybody's part in it."""
    kind = BY_PLURAL[plural]
    found = get_record(request.actor, network, kind, record_id)
    attendance = attendance_of(request.actor, network, found)
    content = content_of(request, network, kind, found)
    content |= {
        "parts": [
            {
                "record": part,
                "name": part.membership.organization.name,
                "url": url_of(network, part.membership, MEMBER),
                "person": part.person.name if part.person else "",
                "person_url": url_of(network, part.person, PERSON) if part.person else "",
                "state": state_look(part.state),
                "marks": [{"state": state, "label": _said(state)} for state in _NEXT[part.state]],
            }
            for part in attendance.parts
        ],
        "figures": [
            {"label": state_look(state)["label"], "n": n}
            for state in ("attended", "signed_up", "invited", "no_show")
            if (n := attendance.count(state))
        ],
        "waiting": attendance.count("signed_up"),
        "participants_url": address(f"{plural}_participants", network.slug, found.pk),
        "attendance_url": address(f"{plural}_attendance", network.slug, found.pk),
    }
    return render(request, "activities/occasion.html", content)


def _said(state: str) -> str:
    return {"attended": _("Was there"), "no_show": _("Did not come")}[state]


def _form_fields() -> list[Field]:
    choices = tuple((state, label_of(state)) for state in PARTICIPATION.states)
    return [MEMBERS, Field("state", _("They are"), Type.CHOICE, choices=choices, default="invited")]


@in_network
def participants(request: Request, network: Network, record_id: UUID, plural: str) -> HttpResponse:
    """Add members to a gathering or an initiative."""
    kind = BY_PLURAL[plural]
    policies.check_can_edit_records(request.actor, network)
    found = get_record(request.actor, network, kind, record_id)
    fields, status = _form_fields(), 200
    if request.method == "POST":
        form = form_of(request, network, fields, {}, request.POST)
        raw = form.raw()
        try:
            added = add_participants(
                actor=request.actor, network=network, kind=kind.name, record_id=record_id,
                memberships=raw["memberships"], state=raw["state"],
            )  # fmt: skip
        except (Invalid, Conflict) as error:
            form.mark(error.problems)
            status = status_of(error)
        else:
            n = len(added)
            messages.success(request, ngettext("%(n)s member was added.", "%(n)s members were added.", n) % {"n": n})
            return go(request, f"{url_of(network, found, kind)}#attendance")
    else:
        form = form_of(request, network, fields, {"state": "invited"})
    content: dict[str, Any] = {
        "kind": PARTICIPATION,
        "title": _("Who takes part in “%(name)s”") % {"name": found},
        "save": _("Add"),
        "cancel": url_of(network, found, kind),
        "form": form,
        "sections": sections_of(PARTICIPATION, form),
        "problems": form.other_problems,
        "drawer": in_drawer(request),
    }
    return render(request, "network/form.html", content, status=status)


@require_POST
@in_network
def attendance(request: Request, network: Network, record_id: UUID, plural: str) -> HttpResponse:
    """Note who was there: one of them, or everybody who had signed up."""
    kind = BY_PLURAL[plural]
    found = get_record(request.actor, network, kind, record_id)
    state, chosen = request.POST.get("state", ""), request.POST.getlist("participation")
    if request.POST.get("everybody"):
        parts = attendance_of(request.actor, network, found).parts
        chosen = [str(part.pk) for part in parts if part.state == "signed_up"]
    marked = mark_participations(
        actor=request.actor, network=network, kind=kind.name, record_id=record_id, participations=chosen, state=state
    )
    n = len(marked)
    messages.success(request, ngettext("%(n)s member: %(state)s.", "%(n)s members: %(state)s.", n)
                     % {"n": n, "state": label_of(state)})  # fmt: skip
    return redirect(f"{url_of(network, found, kind)}#attendance")
