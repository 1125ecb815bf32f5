"""Hand out everything about a person; erase them: what goes and what stays in plain words, a box to tick, a button."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from unisono.areas.network import policies
from unisono.areas.network.erasing import erase_person, erasure_plan
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.models import Network
from unisono.areas.network.personal_export import export_person
from unisono.platform.downloads import download
from unisono.platform.errors import Conflict, Problem
from unisono.web.network.cells import url_of
from unisono.web.pages import Request, in_network, status_of

_AGREED = "agreed"
_PLACES = {
    "rows of imports": gettext_lazy("Rows of imported files"),
    "import files": gettext_lazy("Imported files: their content goes"),
    "remembered by imports": gettext_lazy("What imports remember to be undone"),
    "remembered by bulk edits": gettext_lazy("What bulk edits remember to be undone"),
    "remembered by merges": gettext_lazy("What merges remember to be taken back"),
    "comments": gettext_lazy("Comments on the person"),
    "notifications": gettext_lazy("Notifications about the person"),
    "outbox": gettext_lazy("Mail to the person"),
    "invitations": gettext_lazy("Invitations to the person"),
    "repeated requests": gettext_lazy("Kept answers of the API"),
    "mentions in other texts": gettext_lazy("Other texts in which the name, address or phone stands"),
    "account": gettext_lazy("The account, its sessions, keys and tokens"),
    "roles": gettext_lazy("Words on roles"),
    "participations": gettext_lazy("Words on participations"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@in_network
def person_erase(request: Request, network: Network, person_id: UUID) -> HttpResponse:
    """What erasing would wipe; a POST with the box ticked does it."""
    policies.check_can_erase(request.actor)
    problems: tuple[Problem, ...] = ()
    status = 200
    if request.method == "POST":
        if request.POST.get(_AGREED):
            try:
                erase_person(actor=request.actor, network=network, person_id=person_id)
            except Conflict as error:
                problems, status = error.problems, status_of(error)
            else:
                messages.success(request, _("The person was erased. What happened stays in the log, without them."))
                return redirect("web:records", network.slug, PERSON.plural)
        else:
            problems = (Problem("", _("Nothing was erased."), _("Tick the box if you are sure.")),)
            status = 422
    plan = erasure_plan(request.actor, network, person_id)
    content = {
        "plan": plan,
        "places": [(_PLACES.get(place, place), number) for place, number in plan.counts.items() if place != "person"],
        "problems": problems,
        "cancel": url_of(network, plan.person, PERSON),
    }
    return render(request, "network/erase.html", content, status=status)


@require_safe
@in_network
def person_everything(request: Request, network: Network, person_id: UUID) -> HttpResponseBase:
    """Everything that is kept about a person, as a file to hand to them."""
    file = export_person(actor=request.actor, network=network, person_id=person_id)
    return download(request.actor, name=file.name, content_type=file.content_type, content=file.content)
