"""The edge of the network: who has fallen silent, who only attends; each with its last contact and needs."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from unisono.areas.activities.queries import edge_of, parts_of, standing_of, standings_of
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Network
from unisono.areas.network.queries import page_of
from unisono.web.activities.standing import standing_content
from unisono.web.network.cells import subtitle_of, url_of
from unisono.web.network.lists import Paged
from unisono.web.network.members import Member
from unisono.web.network.states import state_look
from unisono.web.network.wording import counted
from unisono.web.pages import Request, address, in_network

_TABS = ("silent", "attend_only")


@require_safe
@in_network
def silent(request: Request, network: Network) -> HttpResponse:
    """Members at the edge, those first of whom nothing was heard for longest."""
    which = request.GET.get("tab", "")
    which = which if which in _TABS else _TABS[0]
    number = request.GET.get("page", "")
    found = edge_of(request.actor, network, which)
    page = page_of(found, number=int(number) if number.isdecimal() and len(number) < 7 else 1)
    standings = standings_of(request.actor, network, page.rows)
    rows = [
        {
            "name": member.organization.name,
            "detail": subtitle_of(MEMBER, member),
            "url": url_of(network, member, MEMBER),
            **standing_content(network, standings[member.pk]),
        }
        for member in page.rows
    ]
    labels = {"silent": _("Silent"), "attend_only": _("Only attending")}
    content = {
        "tabs": [
            {"label": labels[name], "url": address("silent", network.slug, tab="" if name == _TABS[0] else name),
             "active": name == which}
            for name in _TABS
        ],
        "which": which,
        "months": network.silent_after_months,
        "settings_url": reverse("web:network_settings", args=[network.slug]),
        "list_url": address("records", network.slug, "members", **{which: "yes"}),
        "count": counted("member", page.total),
        "rows": rows,
        "page": Paged(page),
    }  # fmt: skip
    return render(request, "activities/silent.html", content)


@require_safe
@in_network
def gatherings_of_member(request: Request, network: Network, member_id: UUID) -> HttpResponse:
    """What a member came to and takes part in, the latest first."""
    member = Member(request, network, member_id)
    content = member.frame("member_gatherings")
    content |= standing_content(network, standing_of(request.actor, network, member.membership))
    content |= {
        "parts": [
            {
                "label": part.occasion.name,
                "url": url_of(network, part.occasion),
                "icon": "calendar-event" if part.gathering else "bulb",
                "day": part.day,
                "detail": part.occasion.get_kind_display(),
                "person": part.person.name if part.person else "",
                "state": state_look(part.state),
            }
            for part in parts_of(request.actor, network, member.membership)
        ],
        "add_url": address("record_new", network.slug, "participations", membership=member.membership.pk,
                           back=content["here"]),
    }  # fmt: skip
    return render(request, "activities/member_gatherings.html", content)
