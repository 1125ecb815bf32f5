"""Settings of a network: links at which other tools read it live."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from unisono.areas.network import policies
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.live_links import live_links_of, make_live_link, revoke_live_link
from unisono.areas.network.models import Network
from unisono.areas.network.queries import fields_of
from unisono.platform.errors import Invalid
from unisono.web.network.asked import asked_in
from unisono.web.network.settings import frame
from unisono.web.pages import Request, in_network, status_of


@require_http_methods(["GET", "HEAD", "POST"])
@in_network
def network_links(request: Request, network: Network) -> HttpResponse:
    """The links of a network: make one (its address is shown this once), see and revoke the others.

    What the list of members was narrowed to comes along in the address, so that a link gives the same.
    """
    policies.check_can_configure_network(request.actor, network)
    content = frame(request, network, "network_links")
    asked = asked_in(request.GET, MEMBER, fields_of(network, MEMBER))
    status = 200
    if request.method == "POST":
        name = request.POST.get("name", "")
        try:
            link, secret = make_live_link(
                actor=request.actor, network=network, name=name, query=asked.query, filters=asked.filters
            )
        except Invalid as error:
            content |= {"problems": error.problems, "name": name}
            status = status_of(error)
        else:
            content |= {"made": link, "address": request.build_absolute_uri(f"/live/{secret}.json")}
    known = {f.name: str(f.label) for f in fields_of(network, MEMBER)}
    content["narrowed"] = _in_words(known, asked.query, asked.filters)
    content["links"] = [
        {"link": link, "narrowed": _in_words(known, link.query, link.filters)}
        for link in live_links_of(request.actor, network)
    ]
    return render(request, "network/live_links.html", content, status=status)


def _in_words(labels: dict[str, str], query: str, filters: dict[str, list[str]]) -> str:
    """Which members a link gives, in words; empty for all of them."""
    parts = [f"“{query}”"] if query else []
    parts += [f"{labels.get(name, name)}: {', '.join(v or _('(empty)') for v in vs)}" for name, vs in filters.items()]
    return "; ".join(parts)


@require_POST
@in_network
def network_link_revoke(request: Request, network: Network, link_id: UUID) -> HttpResponse:
    """Revoke a link at once."""
    link = revoke_live_link(actor=request.actor, network=network, link_id=link_id)
    messages.success(request, _("“%(name)s” was revoked: its address opens nothing any more.") % {"name": link.name})
    return redirect("web:network_links", network.slug)
