"""The page on which somebody who leaves hands over whom they act for."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.actions import hand_over
from unisono.areas.network.actions.handing_over import mandates_to_pass
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.models import Network
from unisono.areas.network.parties import about_any
from unisono.areas.network.queries import get_record, visible
from unisono.platform.errors import Conflict, Invalid
from unisono.web.network.cells import url_of
from unisono.web.pages import Request, go, in_network, status_of


@in_network
def hand_over_page(request: Request, network: Network, record_id: UUID) -> HttpResponse:
    """Who takes over from somebody who leaves."""
    person = get_record(request.actor, network, PERSON, record_id)
    policies.check_can_lead_record(request.actor, network, PERSON, person)
    mandates = mandates_to_pass(request.actor, person)
    content: dict[str, Any] = {
        "person": person,
        "mandates": len(mandates),
        "cancel": url_of(network, person, PERSON),
        "chosen": request.POST.get("successor", ""),
    }
    status = 200
    if request.method == "POST":
        wanted = request.POST.get("successor", "")
        try:
            if not wanted:
                raise Invalid.at("successor", _("Say who takes over."), _("Choose a person, or nobody."))
            done = hand_over(
                actor=request.actor, network=network, person_id=record_id,
                successor_id=None if wanted == "nobody" else wanted,
            )  # fmt: skip
        except (Invalid, Conflict) as error:
            content["problems"], status = error.problems, status_of(error)
        else:
            said = _("“%(who)s” now acts for the organisation.") % {"who": done.successor} if done.successor else _(
                "Nobody acts for the organisation any more.")  # fmt: skip
            messages.success(request, said)
            seen = policies.can_see_network(request.actor, network)
            return go(request, url_of(network, person, PERSON) if seen else "/")
    about = {each.organization_id for each in mandates}
    others = visible(request.actor, network, PERSON).filter(about_any(PERSON.model, about), state="active")
    content["people"] = list(others.exclude(pk=person.pk).order_by("name_key", "pk")[:100])
    return render(request, "own/hand_over.html", content, status=status)
