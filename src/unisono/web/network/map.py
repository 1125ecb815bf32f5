"""The map: the network drawn as a whole, its figures, one member in it, the way between two."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from unisono.areas.network import policies
from unisono.areas.network.graph.actions import renew_picture
from unisono.areas.network.graph.contacts import last_contact
from unisono.areas.network.graph.figures import Figure, figures_of
from unisono.areas.network.graph.queries import neighbours_of, picture_state, position_of, way_between
from unisono.areas.network.graph.showing import derived_data, map_data
from unisono.areas.network.graph.sources import tie_source, tie_sources
from unisono.areas.network.kinds import MEMBER, RELATIONSHIP
from unisono.areas.network.models import MemberPosition, Membership, Network
from unisono.areas.network.queries import get_record, record_named, text_of
from unisono.areas.network.queries.members import belongings_of
from unisono.platform.errors import Invalid, UseCaseError
from unisono.platform.models import Job
from unisono.web.forms import Picker
from unisono.web.network.map_words import CONSTRUCTS, EXPORTS, GROUPS, MEASURES, SIZES, words_of
from unisono.web.network.states import state_look
from unisono.web.pages import Request, address, in_network

# A job that nobody has begun for so long suggests that no worker runs.
_PATIENCE_SECONDS = 20
_SHOWN = 6
# The list of members, narrowed to those that the map shows.
_ON_MAP = "state=onboarding&state=active&state=paused"


@require_safe
@in_network
def map_page(request: Request, network: Network) -> HttpResponse:
    """The frame of the map, and its figures; what is drawn comes from `data`."""
    state = picture_state(request.actor, network)
    figures = figures_of(request.actor, network, state)
    members = next((figure.value for figure in figures if figure.name == "members"), None)
    may_renew = policies.can_edit_records(request.actor, network)
    content: dict[str, Any] = {
        "state": state,
        "changes": _changes_said(state.changes),
        "may_renew": may_renew,
        "may_edit": may_renew,
        "is_empty": state.is_there and not members,
        "groups": _grouped(network, figures),
        "places": [(place.value, _capital(str(place.label))) for place in MemberPosition.Place],
        "sizes": [(name, str(label)) for name, label in SIZES],
        "derived": [source for source in tie_sources() if source.is_derived],
        "two_mode": [source for source in tie_sources() if source.things],
        "urls": {
            name: reverse(f"web:map_{name}", args=[network.slug])
            for name in ("data", "ties", "renew", "progress", "way")
        },
        "member_url": reverse("web:map_member", args=[network.slug, UUID(int=0)]),
        "members_url": address("records", network.slug, MEMBER.plural),
        "export_url": reverse("web:records_export", args=[network.slug, MEMBER.plural]),
        "exports": EXPORTS,
        "on_map": _ON_MAP,
        "add_url": address("record_new", network.slug, MEMBER.plural),
        "pickers": {name: _picker(network, name) for name in ("from", "to")},
    }
    if state.job is not None:
        content |= _progress_of(network, state.job)
    return render(request, "map/map.html", content)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _changes_said(changes: int) -> str:
    return ngettext("%(n)s change since", "%(n)s changes since", changes) % {"n": changes} if changes else ""


def _picker(network: Network, name: str) -> str:
    picker = Picker(reverse("web:pick", args=[network.slug, MEMBER.plural]), False, {})
    return picker.render(name, [], {"id": f"way_{name}"})


def _grouped(network: Network, figures: list[Figure]) -> list[dict[str, Any]]:
    """Figures under their headings, each with where its records are."""
    found = []
    for name, title in GROUPS:
        rows = [_figure(network, figure) for figure in figures if figure.group == name]
        if rows:
            found.append({"title": str(title), "figures": rows})
    return found


def _figure(network: Network, figure: Figure) -> dict[str, Any]:
    place = figure.records.get("position", [""])[0]
    code = figure.construct_id
    return {
        "label": figure.label,
        "text": figure.text,
        "sentence": figure.sentence,
        "url": address("records", network.slug, figure.kind, **figure.records) if figure.kind else "",
        "place": place,
        "construct": {"code": code, "name": str(CONSTRUCTS[code][0]), "help": str(CONSTRUCTS[code][1])}
        if code
        else None,
        "measure": {"code": figure.measure, "help": str(MEASURES[figure.measure])} if figure.measure else None,
    }


@gzip_page
@require_safe
@in_network
def data(request: Request, network: Network) -> HttpResponseBase:
    """What the map draws at first, with the words that it says."""
    shown = map_data(request.actor, network)
    for field in shown["fields"]:
        if field["name"] == "state":
            field["values"] = [{**v, "label": state_look(v["value"])["label"]} for v in field["values"]]
    return _json({**shown, "words": words_of()})


@gzip_page
@require_safe
@in_network
def ties(request: Request, network: Network) -> HttpResponseBase:
    """Ties of one more source, when its switch is turned on."""
    try:
        source = tie_source(request.GET.get("source", "relation"))
    except Invalid as error:
        return JsonResponse({"problems": [p.as_dict() for p in error.problems]}, status=422)
    return _json(derived_data(request.actor, network, source, two_mode=request.GET.get("two_mode") == "1"))


def _json(content: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(content, json_dumps_params={"separators": (",", ":"), "ensure_ascii": False})
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@in_network
def renew(request: Request, network: Network) -> HttpResponse:
    """Have the picture worked out anew; the answer to a script is how far it is."""
    job = renew_picture(actor=request.actor, network=network)
    if not request.htmx:
        return redirect("web:map", network.slug)
    return render(request, "map/progress.html", _progress_of(network, job))


@require_safe
@in_network
def progress(request: Request, network: Network) -> HttpResponse:
    """How far the job is; when it is over, the map."""
    state = picture_state(request.actor, network)
    if state.job is not None:
        return render(request, "map/progress.html", _progress_of(network, state.job))
    if not state.is_there and state.picture is not None:
        return render(request, "map/progress.html", {"failed": True, **_urls(network)})
    target = address("map", network.slug)
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)


def _urls(network: Network) -> dict[str, str]:
    return {
        "renew_url": reverse("web:map_renew", args=[network.slug]),
        "progress_url": reverse("web:map_progress", args=[network.slug]),
    }


def _progress_of(network: Network, job: Job) -> dict[str, Any]:
    waits = job.state == Job.State.WAITING
    slow = waits and (timezone.now() - job.created_at).total_seconds() > _PATIENCE_SECONDS
    return {
        "done": job.done,
        "total": job.total,
        "detail": _("waiting for its turn") if waits else _("%(percent)s %%") % {"percent": job.percent or 0},
        "slow": slow,
        **_urls(network),
    }


@require_safe
@in_network
def member_card(request: Request, network: Network, member_id: UUID) -> HttpResponse:
    """One member beside the map: who it is, who is there, when it was last heard from, with whom it works."""
    member: Membership = get_record(request.actor, network, MEMBER, member_id)
    organization = member.organization
    parts = belongings_of(request.actor, network, organization.pk, member)
    neighbours = neighbours_of(request.actor, network, member)
    kinds = RELATIONSHIP.field("kinds")
    assert kinds is not None
    position = position_of(network, member.pk)
    content = {
        "member": member,
        "organization": organization,
        "detail": ", ".join(filter(None, (organization.sector or organization.get_kind_display(), organization.place))),
        "state": state_look(member.state),
        "contact": next(
            (r.detail for r in parts["role"] if r.title == "contact_person" and r.state != "ended" and r.detail), ""
        ),
        "people": parts["person"][:3],
        "more_people": max(0, len(parts["person"]) - 3),
        "last_contact": last_contact(request.actor, network, member),
        "needs": [need for need in parts["need"] if need.state not in ("met", "lapsed")][-3:],
        "neighbours": [
            {"id": other.pk, "name": other.organization.name, "kinds": text_of(kinds, tie.kinds),
             "competes": tie.coopetition}
            for other, tie in neighbours[:_SHOWN]
        ],
        "neighbour_count": len(neighbours),
        "more_neighbours": max(0, len(neighbours) - _SHOWN),
        "place": _place_said(position) if position else [],
        "url": reverse("web:member", args=[network.slug, member.pk]),
        "relations_url": reverse("web:member_relations", args=[network.slug, member.pk]),
        "note_url": address("record_new", network.slug, "notes", membership=member.pk),
        "may_edit": policies.can_edit_records(request.actor, network),
        "way_url": reverse("web:map_way", args=[network.slug]),
        "picker": Picker(reverse("web:pick", args=[network.slug, MEMBER.plural]), False, {}).render(
            "to", [], {"id": "card_to"}
        ),
    }  # fmt: skip
    return render(request, "map/member.html", content)


def _place_said(position: MemberPosition) -> list[str]:
    """What the picture says of this member, in sentences; the most important first."""
    said = []
    if position.relations == 0:
        said.append(_("It has no relation to any other member."))
    elif position.component > 0:
        said.append(_("It belongs to a group that goes on separately from the rest."))
    if position.cut_off:
        said.append(
            ngettext(
                "If it left, %(n)s other would lose its way to the rest.",
                "If it left, %(n)s others would lose their way to the rest.",
                position.cut_off,
            )
            % {"n": position.cut_off}
        )
    if position.is_bridge:
        said.append(_("Many of the shortest ways between others lead through it."))
    if position.only_here:
        said.append(
            ngettext("It alone has %(n)s capability.", "It alone has %(n)s capabilities.", position.only_here)
            % {"n": position.only_here}
        )
    if position.is_core:
        said.append(_("It is in the core."))
    elif position.core_number <= 1 and position.relations:
        said.append(_("It is at the edge: one relation holds it."))
    return said


@require_safe
@in_network
def way(request: Request, network: Network) -> HttpResponse:
    """How two members reach each other over relations (PERKS-D16)."""
    content: dict[str, Any] = {"network": network}
    try:
        one, other = (_chosen(request, network, name) for name in ("from", "to"))
        steps = way_between(request.actor, network, one, other)
    except UseCaseError as error:
        return render(request, "map/way.html", {**content, "problems": error.problems})
    kinds = RELATIONSHIP.field("kinds")
    assert kinds is not None
    content |= {"one": one, "other": other, "is_there": steps is not None}
    if steps is not None:
        content["members"] = [{"member": one, "url": _member_url(network, one)}] + [
            {
                "member": step.member,
                "url": _member_url(network, step.member),
                "kinds": text_of(kinds, step.relation.kinds),
                "competes": step.relation.coopetition,
                "relation_url": reverse("web:record", args=[network.slug, RELATIONSHIP.plural, step.relation.pk]),
            }
            for step in steps
        ]
        content["ids"] = " ".join([str(one.pk), *(str(step.member.pk) for step in steps)])
        between = len(steps) - 1
        content["said"] = (
            ngettext("%(n)s member stands between them.", "%(n)s members stand between them.", between) % {"n": between}
            if between
            else _("They have a relation of their own.")
        )
    return render(request, "map/way.html", content)


def _member_url(network: Network, member: Membership) -> str:
    return reverse("web:member", args=[network.slug, member.pk])


def _chosen(request: Request, network: Network, name: str) -> Membership:
    """The member that a picker sent: an id, or a name that was typed."""
    # The picker sends what is chosen and, empty, the field in which one types.
    given = next((value for value in map(str.strip, request.GET.getlist(name)) if value), "")
    if not given:
        raise Invalid.at(_("member"), _("Two members are needed."), _("Choose one on each side."))
    found: Membership = record_named(request.actor, network, MEMBER, given)
    return found
