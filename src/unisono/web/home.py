"""The start: the members of the network one was in last, or opening the first network."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from unisono.areas.network import policies
from unisono.areas.network.models import Network
from unisono.web.pages import Request, in_network, last_network, signed_in


@require_safe
@signed_in
def home(request: Request) -> HttpResponse:
    """Where work goes on."""
    network = last_network(request)
    if network is not None:
        return redirect("web:network", network.slug)
    if policies.can_create_network(request.actor):
        return redirect("web:network_new")
    return render(request, "accounts/no_network.html", status=403)


@require_safe
@in_network
def network_home(request: Request, network: Network) -> HttpResponse:
    """Where one starts in a network: a representative at its own firm, others in the directory."""
    if policies.represented(request.actor, network) and not policies.is_team(request.actor, network):
        return redirect("web:own", network.slug)
    return redirect("web:records", network.slug, "members")
