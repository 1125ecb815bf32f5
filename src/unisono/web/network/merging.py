"""Make one organisation of two by hand: choose, compare side by side, merge."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.actions import merge_organizations
from unisono.areas.network.kinds import ORGANIZATION
from unisono.areas.network.models import Network, Organization
from unisono.areas.network.queries import exact_reference, get_record
from unisono.areas.network.queries.members import belongings_of, same_named
from unisono.platform.errors import Problem
from unisono.platform.fields import FieldError
from unisono.web.forms import Picker
from unisono.web.network.cells import cell_of, url_of
from unisono.web.network.duplicates import told_merged
from unisono.web.pages import Request, address, in_network


@in_network
def merge(request: Request, network: Network, organization_id: UUID) -> HttpResponse:
    """Without another organisation: choose it. With one: what the merge keeps. POST merges."""
    policies.check_can_edit_records(request.actor, network)
    keep = get_record(request.actor, network, ORGANIZATION, organization_id)
    if request.method == "POST":
        absorb = get_record(request.actor, network, ORGANIZATION, request.POST.get("other", ""))
        kept = merge_organizations(
            actor=request.actor, network=network, keep_id=keep.pk, absorb_id=absorb.pk,
            take=request.POST.getlist("take"),
        )  # fmt: skip
        told_merged(request, network, kept, absorb)
        return redirect("web:record", network.slug, ORGANIZATION.plural, kept.pk)
    problems: list[Problem] = []
    other: Organization | None = None
    given = [value for value in request.GET.getlist("other") if value.strip()]
    if given:
        try:
            chosen = exact_reference(request.actor, network, ORGANIZATION, _reference(given[-1]))
            other = get_record(request.actor, network, ORGANIZATION, chosen)
        except FieldError as error:
            problems.append(Problem(_("The other organisation"), error.rule, error.remedy))
    if other is not None and other.pk == keep.pk:
        problems.append(Problem("", _("An organisation cannot be merged with itself."), _("Choose another one.")))
        other = None
    content: dict[str, Any] = {
        "title": _("Merge with %(name)s") % {"name": keep.name},
        "keep": keep,
        "other": other,
        "problems": problems,
        "here": request.path,
        "cancel": url_of(network, keep, ORGANIZATION),
    }
    if other is None:
        picker = Picker(reverse("web:pick", args=[network.slug, ORGANIZATION.plural]), False, {})
        content["picker"] = picker.render("other", given, {"id": "id_other"})
        content["candidates"] = [
            {"name": found.name, "detail": found.place, "url": address("merge", network.slug, keep.pk, other=found.pk)}
            for found in same_named(request.actor, network, keep)
        ]
    else:
        content |= _preview(request, network, keep, other)
    return render(request, "network/merge.html", content)


def _reference(text: str) -> UUID | str:
    """What the picker sent: an id, or a name that was typed."""
    try:
        return UUID(text)
    except ValueError:
        return text


def _preview(request: Request, network: Network, keep: Organization, other: Organization) -> dict[str, Any]:
    """Field by field what both say and what stays; and how much moves over."""
    rows = []
    for field in ORGANIZATION.fields:
        mine = cell_of(network, ORGANIZATION, keep, field)
        theirs = cell_of(network, ORGANIZATION, other, field)
        if field.name == "aliases":
            names = dict.fromkeys([*keep.aliases, other.name, *other.aliases])
            result = ", ".join(name for name in names if name != keep.name)
            rows.append({"label": str(field.label), "mine": mine, "theirs": theirs, "result": result, "taken": True})
        elif mine or theirs:
            taken = not mine
            rows.append(
                {"label": str(field.label), "mine": mine, "theirs": theirs,
                 "result": (theirs if taken else mine).text, "taken": taken,
                 "choice": field.name if mine and theirs and mine != theirs and field.name != "key" else ""}
            )  # fmt: skip
    moving = belongings_of(request.actor, network, other.pk)
    return {
        "rows": rows,
        "people": len(moving["person"]),
        "offers": len(moving["offering"]),
        "abilities": len(moving["capability"]) + len(moving["resource"]),
        "swap_url": address("merge", network.slug, other.pk, other=keep.pk),
    }
