"""Pages of single records: what is known, where it stands in its life, what happened to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.network import policies
from unisono.areas.network.actions import archive_record, change_state, restore_record
from unisono.areas.network.kinds import MEMBER, NOTE, ORGANIZATION, PERSON, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries import fields_for, get_record, kept_instead
from unisono.areas.network.queries.members import belongings_of, membership_of, next_steps, states_of
from unisono.areas.network.queries.timeline import history_of
from unisono.platform.errors import Conflict, NotFound, Problem
from unisono.platform.fields import Field
from unisono.web.network.asked import kind_named
from unisono.web.network.cells import Cell, cell_of, url_of
from unisono.web.network.comments import thread_of
from unisono.web.network.happenings import entries_of
from unisono.web.network.lists import title_in_list
from unisono.web.network.readers import choices_of
from unisono.web.network.states import state_look
from unisono.web.network.wording import WORDING
from unisono.web.pages import Request, address, back_url, go, in_drawer, in_network, status_of


def facts_of(network: Network, kind: Kind, record: Any, fields: Sequence[Field], but: Sequence[str] = ()) -> list[Cell]:
    """The fields of a record that hold something, in the order of its form."""
    cells = [cell_of(network, kind, record, field) for field in fields if field.name not in (*but, "visibility")]
    return [cell for cell in cells if cell]


def crumbs_of(network: Network, kind: Kind) -> list[dict[str, str]]:
    """The way back to the list."""
    return [{"label": str(kind.label_plural), "url": address("records", network.slug, kind.plural)}]


def record_urls(network: Network, kind: Kind, record: Any) -> dict[str, str]:
    """Addresses of what can be done with a record."""
    place = [network.slug, kind.plural, record.pk]
    return {
        "self": reverse("web:record", args=place),
        "edit": reverse("web:record_edit", args=place),
        "state": reverse("web:record_state", args=place),
        "archive": reverse("web:record_archive", args=place),
        "restore": reverse("web:record_restore", args=place),
    }


@require_safe
@in_network
def record(request: Request, network: Network, plural: str, record_id: UUID) -> HttpResponse:
    """The page of a record; a member's has its own module."""
    kind = kind_named(plural)
    if kind is MEMBER:
        return redirect("web:member", network.slug, record_id)
    try:
        found = get_record(request.actor, network, kind, record_id)
    except NotFound:
        # Whoever kept the address of one that was merged is led to what it became part of.
        kept = kept_instead(request.actor, network, kind, record_id)
        if kept is None:
            raise
        return redirect("web:record", network.slug, kind.plural, kept.pk)
    if kind is NOTE:
        return redirect("web:member_notes", network.slug, found.membership_id)
    content: dict[str, Any] = {}
    if kind is ORGANIZATION:
        membership = membership_of(request.actor, network, found.pk)
        if membership is not None:
            return redirect("web:member", network.slug, membership.pk)
        content = _organization(request, network, found)
    if kind is PERSON and policies.can_erase(request.actor):
        content["erase_url"] = reverse("web:person_erase", args=[network.slug, found.pk])
    if kind is PERSON and policies.can_configure_network(request.actor, network):
        content["everything_url"] = reverse("web:person_everything", args=[network.slug, found.pk])
    content |= content_of(request, network, kind, found)
    return render(request, "network/record.html", content)


def content_of(request: Request, network: Network, kind: Kind, found: Any) -> dict[str, Any]:
    """What the page of any record shows: what is known, its state, what happened to it."""
    fields = fields_for(request.actor, network, kind)
    title = title_in_list(network, kind, found)
    long = next((f for f in fields if f.name in ("description", "proposition", "text", "statement")), None)
    text = cell_of(network, kind, found, long).text if long else ""
    return {
        "kind": kind,
        "record": found,
        "title": title,
        "words": WORDING[kind.name],
        "crumbs": crumbs_of(network, kind),
        "text": text,
        "text_label": str(long.label) if long else "",
        "facts": facts_of(network, kind, found, fields, but=[long.name, "name"] if long else ["name"]),
        "state": state_look(found.state) if kind.has_states else None,
        "steps_open": kind.has_states and bool(found.next_states()),
        "urls": record_urls(network, kind, found),
        "may_edit": policies.can_edit_record(request.actor, network, kind, found),
        "may_lead": policies.can_lead_record(request.actor, network, kind, found),
        "entries": entries_of(history_of(request.actor, network, found)),
        "comments": thread_of(request, network, kind, found),
        "choices": choices_of(request, network, kind, found),
    }


def _organization(request: Request, network: Network, organization: Any) -> dict[str, Any]:
    """What a page of an organisation that is no member shows besides its facts."""
    parts = belongings_of(request.actor, network, organization.pk)
    return {
        "people": [
            {"name": part.title, "detail": part.detail, "url": _part_url(network, "people", part.id)}
            for part in parts["person"]
        ],
        "offers": [
            {"label": part.title, "detail": part.detail, "url": _part_url(network, "offerings", part.id)}
            for part in parts["offering"]
        ],
        "others": [
            {"label": part.title, "detail": "", "url": _part_url(network, plural, part.id)}
            for name, plural in (("capability", "capabilities"), ("resource", "resources"))
            for part in parts[name]
        ],
        "join_url": address("record_new", network.slug, MEMBER.plural, organization=organization.pk),
        "merge_url": reverse("web:merge", args=[network.slug, organization.pk]),
        "add_person_url": address("record_new", network.slug, "people", organizations=organization.pk),
        "add_offer_url": address("record_new", network.slug, "offerings", owners=organization.pk),
    }


def _part_url(network: Network, plural: str, record_id: UUID) -> str:
    return reverse("web:record", args=[network.slug, plural, record_id])


@in_network
def state(request: Request, network: Network, plural: str, record_id: UUID) -> HttpResponse:
    """Move a record on in its life: what may follow, and what stands in the way."""
    kind = kind_named(plural)
    found = get_record(request.actor, network, kind, record_id)
    policies.check_can_lead_record(request.actor, network, kind, found)
    if not kind.has_states:
        raise NotFound.at(str(kind.label), _("Records of this kind have no states."), _("Edit or archive it instead."))
    problems: Sequence[Problem] = ()
    status = 200
    if request.method == "POST":
        wanted = request.POST.get("state", "")
        try:
            change_state(
                actor=request.actor, network=network, kind=kind, record_id=record_id, state=wanted,
                reason=request.POST.get("reason", "")[:2000],
            )  # fmt: skip
        except Conflict as error:
            problems, status = error.problems, status_of(error)
        else:
            messages.success(
                request,
                _("“%(what)s” is now: %(state)s.")
                % {"what": kind.title(found), "state": state_look(wanted)["label"].lower()},
            )
            return go(request, back_url(request, url_of(network, found, kind)))
    content = {
        "kind": kind,
        "record": found,
        "title": _("State of %(name)s") % {"name": kind.title(found)},
        "now": state_look(found.state),
        "steps": [
            {
                "look": state_look(step.state),
                "problems": [_mended(network, kind, found, problem) for problem in step.problems],
            }
            for step in next_steps(request.actor, network, kind, found)
        ],
        "chosen": request.POST.get("state", ""),
        "reason": request.POST.get("reason", ""),
        "asks_reason": kind is MEMBER and "exited" in found.next_states(),
        "problems": problems,
        "history": _history(request, network, found),
        "back": back_url(request, ""),
        "cancel": url_of(network, found, kind),
        "drawer": in_drawer(request),
    }
    return render(request, "network/state.html", content, status=status)


def _history(request: Request, network: Network, found: Any) -> list[dict[str, Any]]:
    return [
        {"change": change, "after": state_look(change.after)} for change in states_of(request.actor, network, found)
    ]


def _mended(network: Network, kind: Kind, found: Any, problem: Problem) -> dict[str, Any]:
    """A problem with the address of the page on which it is mended."""
    url = ""
    back = reverse("web:record_state", args=[network.slug, kind.plural, found.pk])
    if kind is MEMBER and problem.place == "roles":
        url = address("record_new", network.slug, "roles", membership=found.pk, role_type="contact_person", back=back)
    elif kind is MEMBER and problem.place == "agreements":
        url = address("record_new", network.slug, "agreements", parties=found.pk, kind="participation_rules", back=back)
    elif kind is PERSON and problem.place == "mandate":
        url = reverse("web:hand_over", args=[network.slug, found.pk])
    elif kind.field(problem.place):
        url = address("record_edit", network.slug, kind.plural, found.pk, only=problem.place, back=back)
    return {"rule": problem.rule, "remedy": problem.remedy, "url": url}


@require_POST
@in_network
def archive(request: Request, network: Network, plural: str, record_id: UUID) -> HttpResponse:
    """Put a record away; the message brings it back."""
    kind = kind_named(plural)
    found = archive_record(actor=request.actor, network=network, kind=kind, record_id=record_id)
    undo = reverse("web:record_restore", args=[network.slug, kind.plural, record_id])
    messages.success(request, _("“%(what)s” was archived.") % {"what": kind.title(found)}, extra_tags=f"undo:{undo}")
    return go(request, back_url(request, address("records", network.slug, kind.plural)))


@require_POST
@in_network
def restore(request: Request, network: Network, plural: str, record_id: UUID) -> HttpResponse:
    """Bring an archived record back."""
    kind = kind_named(plural)
    found = restore_record(actor=request.actor, network=network, kind=kind, record_id=record_id)
    messages.success(request, _("“%(what)s” is back.") % {"what": kind.title(found)})
    return go(request, url_of(network, found, kind))
