"""The team of a workspace: who has which role where, invitations, changing and taking roles."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unisono.areas.network.models import Network
from unisono.areas.network.queries import organizations_within_reach
from unisono.platform.errors import NotFound, UseCaseError
from unisono.platform.invitations import invitations_of, invite, revoke_invitation, send_again
from unisono.platform.models.accounts import Role
from unisono.platform.permissions import Ability, allows
from unisono.platform.policies import can_give_role
from unisono.platform.team import change_role, take_roles, team_of
from unisono.web.pages import Request, networks_for, signed_in, status_of


def _choices(request: Request, network_id: UUID | None, chosen: str = "") -> list[dict[str, Any]]:
    """Roles that may be given there."""
    return [
        {"value": value, "label": label, "selected": value == chosen}
        for value, label in Role.choices
        if can_give_role(request.actor, value, network_id) and (network_id is None or value != Role.OWNER)
    ]


def _places(request: Request) -> list[tuple[str, str, UUID | None]]:
    """Where the one who asks looks after the team: (value, label, network), the whole workspace first."""
    actor = request.actor
    whole = [("", _("the whole workspace"), None)] if allows(actor, Ability.MANAGE_TEAM, None) else []
    return whole + [
        (network.slug, network.name, network.pk)
        for network in networks_for(request)
        if allows(actor, Ability.MANAGE_TEAM, network.pk)
    ]


def _network(request: Request, slug: str) -> Network | None:
    if not slug:
        return None
    found = next((network for network in networks_for(request) if network.slug == slug), None)
    if found is None:
        raise NotFound.at("network", _("There is no such network."), _("Choose one of your networks."))
    return found


@never_cache
@signed_in
def team(request: Request) -> HttpResponse:
    """Everybody with a role, those who are invited, and a form that invites."""
    members, waiting = team_of(request.actor), invitations_of(request.actor)
    names = {network.pk: network.name for network in networks_for(request)}
    content: dict[str, Any] = {"typed": {"role": "observer"}}
    status = 200
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in ("email", "role", "network")}
        try:
            network = _network(request, typed["network"])
            made = invite(
                actor=request.actor,
                email=typed["email"],
                role=typed["role"],
                network_id=network.pk if network else None,
                network_name=network.name if network else "",
            )
        except UseCaseError as error:
            content |= {"problems": error.problems, "typed": typed}
            status = status_of(error)
        else:
            messages.success(request, _("An invitation goes to %(e)s.") % {"e": made.email})
            return redirect("web:team")
    mandates = [held.organization_id for member in members for held in member.roles if held.organization_id]
    reach = organizations_within_reach(request.actor).filter(pk__in=mandates) if mandates else ()
    organizations = {organization.pk: organization.name for organization in reach}
    places, chosen = _places(request), content["typed"]
    content |= {
        "rows": [
            {
                "user": member.user,
                "held": held,
                "label": Role(held.role).label,
                "place": names.get(held.network_id, _("another network")) if held.network_id else "",
                "organization": organizations.get(held.organization_id) if held.organization_id else "",
                "choices": _choices(request, held.network_id, held.role) if held.may_change else [],
            }
            for member in members
            for held in member.roles
        ],
        "columns": [{"label": _("Person")}, {"label": _("Where")}, {"label": _("Role")}],
        "waiting": waiting,
        "places": [{"value": v, "label": label, "selected": v == chosen.get("network")} for v, label, _pk in places],
        "roles": [
            {"value": value, "label": label, "selected": value == chosen.get("role")}
            for value, label in Role.choices
            if any(can_give_role(request.actor, value, pk) for _v, _label, pk in places)
        ],
    }
    return render(request, "team/team.html", content, status=status)


@require_POST
@signed_in
def role_change(request: Request, role_id: UUID) -> HttpResponse:
    """Give somebody another role in the same place."""
    held = change_role(actor=request.actor, role_id=role_id, role=request.POST.get("role", ""))
    messages.success(request, _("%(p)s is %(r)s now.") % {"p": held.user, "r": Role(held.role).label})
    return redirect("web:team")


@require_POST
@signed_in
def role_take(request: Request, role_id: UUID) -> HttpResponse:
    """Take a role away."""
    [held] = take_roles(actor=request.actor, role_ids=[role_id])
    messages.success(request, _("%(p)s no longer has that role.") % {"p": held.user})
    return redirect("web:team" if held.user_id != request.actor.user_id else "web:home")


@require_POST
@signed_in
def invitation_again(request: Request, invitation_id: UUID) -> HttpResponse:
    """Send an invitation once more."""
    found = send_again(actor=request.actor, invitation_id=invitation_id)
    messages.success(request, _("The invitation goes to %(e)s once more.") % {"e": found.email})
    return redirect("web:team")


@require_POST
@signed_in
def invitation_revoke(request: Request, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    revoke_invitation(actor=request.actor, invitation_id=invitation_id)
    messages.success(request, _("The invitation was taken back: its link opens nothing any more."))
    return redirect("web:team")
