"""The pages of a representative: home, our profile, needs and offers, people, and who sees what about us."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from unisono.areas.activities.kinds import GATHERING
from unisono.areas.activities.queries.contact import today_in
from unisono.areas.network.actions import choose_readers
from unisono.areas.network.kinds import KINDS, NEED, OFFERING, ORGANIZATION, PERSON, ROLE, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries import timeline_of, visible
from unisono.areas.network.queries.own import Firm, circles, firm_of, firms_of, kept_by, networks_of_firm, who_reads
from unisono.platform.errors import Invalid
from unisono.web.network.asked import kind_named
from unisono.web.network.cells import cell_of, url_of
from unisono.web.network.happenings import entries_of
from unisono.web.network.members import Member
from unisono.web.network.readers import reader_choice
from unisono.web.network.sections import PROFILE
from unisono.web.network.states import state_look
from unisono.web.pages import Page, Request, address, back_url, in_network

_SHOWN = 5


def _of_firm(view: Callable[[Request, Network, Firm], HttpResponse]) -> Page:
    """A page of the firm that one acts for; for whoever acts for none there is no such page."""

    @require_safe
    @in_network
    @wraps(view)
    def page(request: Request, network: Network) -> HttpResponse:
        return view(request, network, firm_of(request.actor, network, request.GET.get("firm", "")))

    return page


def _frame(request: Request, network: Network, firm: Firm, name: str) -> dict[str, Any]:
    """What every page of one's own has: the firm, and the others that one acts for."""
    others = firms_of(request.actor, network) if len(request.actor.represents_in(network.pk)) > 1 else []
    here = address(name, network.slug, firm=firm.organization.pk if others else "")
    return {
        "firm": firm,
        "here": here,
        "firms": [
            {"label": each.organization.name, "url": address(name, network.slug, firm=each.organization.pk),
             "active": each.organization.pk == firm.organization.pk}
            for each in others
        ],
    }  # fmt: skip


@_of_firm
def home(request: Request, network: Network, firm: Firm) -> HttpResponse:
    """What matters now: whom to call, where to go, what is open, what changed."""
    content = _frame(request, network, firm, "own")
    here, pk = content["here"], firm.organization.pk
    contacts: list[Any] = []
    entries: list[Any] = []
    needs: list[dict[str, Any]] = []
    if firm.membership is not None:
        member = Member(request, network, firm.membership)
        roles = visible(request.actor, network, ROLE).filter(membership=firm.membership, role_type="contact_person")
        contacts = [role for role in roles.exclude(state="ended") if role.person_id]
        entries = entries_of(timeline_of(request.actor, network, firm.membership, limit=_SHOWN), member.named())
        needs, offers = member.links(NEED.name)[::-1], member.links(OFFERING.name)[::-1]
    else:
        offers = _rows(request, network, OFFERING, pk)
    gatherings = visible(request.actor, network, GATHERING).filter(on__gte=today_in(network), state="planned")
    content |= {
        "contacts": [
            {"person": role.person, "url": url_of(network, role.person, PERSON)}
            for role in contacts
        ],
        "gatherings": [
            {"record": each, "url": reverse("web:gatherings_record", args=[network.slug, each.pk])}
            for each in gatherings.order_by("on", "pk")[:_SHOWN]
        ],
        "open": [_open(network, firm, NEED, needs, here), _open(network, firm, OFFERING, offers, here)],
        "entries": entries,
        "profile_url": address("own_profile", network.slug),
    }  # fmt: skip
    return render(request, "own/home.html", content)


def _open(network: Network, firm: Firm, kind: Kind, rows: list[dict[str, Any]], here: str) -> dict[str, Any]:
    return {
        "title": _("Our open needs") if kind is NEED else _("Our offers"),
        "rows": rows[:_SHOWN],
        "further": max(0, len(rows) - _SHOWN),
        "empty": _("Say what you miss: the team looks for members who have it.")
        if kind is NEED
        else _("Say what others could get from you."),
        "add_url": _add_url(network, firm, kind, here),
        "add": _("Add need") if kind is NEED else _("Add offer"),
    }


def _rows(request: Request, network: Network, kind: Kind, organization_id: UUID) -> list[dict[str, Any]]:
    found = kept_by(request.actor, network, kind, organization_id).order_by("-updated_at", "pk")
    return [
        {"label": kind.title(each), "url": url_of(network, each, kind), "state": state_look(each.state),
         "visibility": each.visibility, "detail": ""}
        for each in found
    ]  # fmt: skip


def _add_url(network: Network, firm: Firm, kind: Kind, here: str) -> str:
    """The form for another one, with the firm filled in; none for a need of who is no member."""
    pk, membership = firm.organization.pk, firm.membership
    about: dict[str, dict[str, Any]] = {
        "need": {"membership": membership.pk if membership else ""}, "offering": {"owners": pk},
        "capability": {"organization": pk}, "resource": {"owner": pk}, "person": {"organizations": pk},
    }  # fmt: skip
    if kind is NEED and membership is None:
        return ""
    return address("record_new", network.slug, kind.plural, back=here, **about[kind.name])


@_of_firm
def profile(request: Request, network: Network, firm: Firm) -> HttpResponse:
    """What others know of us, and who reads each of it."""
    content = _frame(request, network, firm, "own_profile")
    record, here = firm.organization, content["here"]
    seen, further = networks_of_firm(request.actor, record.pk)
    choosable = {field.name for field in ORGANIZATION.choosable}
    sections = []
    for title, names, _unfolded in PROFILE:
        fields = [f for f in ORGANIZATION.fields if f.name in names and not f.internal]
        if fields:
            sections.append(
                {
                    "title": str(title) or _("Who we are"),
                    "rows": [
                        {"cell": cell_of(network, ORGANIZATION, record, f),
                         "readers": reader_choice(network, ORGANIZATION, record, f.name, here)
                         if f.name in choosable else None}
                        for f in fields
                    ],
                }
            )  # fmt: skip
    content |= {
        "sections": sections,
        "networks": seen,
        "further": further,
        "edit_url": address("record_edit", network.slug, ORGANIZATION.plural, record.pk, back=here),
        "readers_url": address("own_readers", network.slug),
    }
    return render(request, "own/profile.html", content)


@require_POST
@in_network
def choose(request: Request, network: Network, plural: str, record_id: UUID) -> HttpResponse:
    """Choose who reads one field; the control comes back as it now is."""
    kind = kind_named(plural)
    name = request.POST.get("field", "")
    where = address("own_profile", network.slug)
    try:
        record = choose_readers(
            actor=request.actor, network=network, kind=kind, record_id=record_id,
            readers={name: request.POST.get("level", "")},
        )  # fmt: skip
    except Invalid as error:
        if request.htmx:
            raise
        messages.error(request, f"{error.problems[0].rule} {error.problems[0].remedy}")
        return redirect(back_url(request, where))
    if not request.htmx:
        return redirect(back_url(request, where))
    choice = reader_choice(network, kind, record, name, back_url(request, where))
    return render(request, "own/readers_choice.html", {"choice": choice, "saved": True})


@_of_firm
def exchange(request: Request, network: Network, firm: Firm) -> HttpResponse:
    """What we miss, offer, can and own."""
    content = _frame(request, network, firm, "own_exchange")
    pk = firm.organization.pk
    plans = [
        (NEED, _("Our needs"), _("What do you miss, hope for, or what holds you back? The team looks for members "
                                 "who can help.")),
        (OFFERING, _("Our offers"), _("What could others in the network get from you?")),
        (KINDS["capability"], _("What we can do"), _("What are you good at? It shows what the network can do.")),
        (KINDS["resource"], _("What we could share"), _("Machines, rooms, data, time: what could others use?")),
    ]  # fmt: skip
    content["cards"] = [
        {"title": title, "rows": _rows(request, network, kind, pk), "empty": empty, "add": str(kind.label),
         "add_url": _add_url(network, firm, kind, content["here"])}
        for kind, title, empty in plans
        if kind is not NEED or firm.membership is not None
    ]  # fmt: skip
    return render(request, "own/exchange.html", content)


@_of_firm
def people(request: Request, network: Network, firm: Firm) -> HttpResponse:
    """Who we are, how we are reached, and who reads that."""
    content = _frame(request, network, firm, "own_people")
    here = content["here"]
    found = kept_by(request.actor, network, PERSON, firm.organization.pk).order_by("name_key", "pk")
    content |= {
        "people": [
            {
                "record": person,
                "url": url_of(network, person, PERSON),
                "state": state_look(person.state),
                "edit": address("record_edit", network.slug, PERSON.plural, person.pk, back=here),
                "rows": [
                    {"cell": cell, "readers": reader_choice(network, PERSON, person, field.name, here)}
                    for field in PERSON.choosable
                    if (cell := cell_of(network, PERSON, person, field))
                ],
            }
            for person in found
        ],
        "add_url": _add_url(network, firm, PERSON, here),
    }
    return render(request, "own/people.html", content)


@_of_firm
def readers(request: Request, network: Network, firm: Firm) -> HttpResponse:
    """Who sees what about us, asked of the doors themselves."""
    content = _frame(request, network, firm, "own_readers")
    seen, further = networks_of_firm(request.actor, firm.organization.pk)
    content |= {
        "circles": [{"label": label[:1].upper() + label[1:]} for label in circles()],
        "records": [
            {"title": each.title, "kind": str(each.kind.label), "fields": each.fields,
             "url": reverse("web:record", args=[network.slug, each.kind.plural, each.id])}
            for each in who_reads(request.actor, network, firm.organization.pk)
        ],
        "networks": seen,
        "further": further,
    }  # fmt: skip
    return render(request, "own/readers.html", content)
