"""The team of a workspace: who has which role where, invitations, changing and taking roles."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unisono.areas.network.actions import change_team_role, invite_to_team
from unisono.areas.network.kinds import MEMBER, PERSON
from unisono.areas.network.models import Network
from unisono.areas.network.queries import get_record
from unisono.areas.network.queries.mandates import names_to_act_for
from unisono.platform.errors import Invalid, NotFound, UseCaseError
from unisono.platform.invitations import invitations_of, revoke_invitation, send_again
from unisono.platform.models.accounts import Role
from unisono.platform.permissions import Ability, allows
from unisono.platform.policies import can_give_role
from unisono.platform.team import take_roles, team_of
from unisono.web.forms import Picker
from unisono.web.pages import Request, networks_for, signed_in, status_of


def _there(network_id: UUID | None) -> list[str]:
    """An owner owns the whole workspace; a representative acts in one network."""
    apart = Role.REPRESENTATIVE if network_id is None else Role.OWNER
    return [value for value in Role.values if value != apart]


def _choices(request: Request, network_id: UUID | None, chosen: str = "") -> list[dict[str, Any]]:
    """Roles that may be given there."""
    return [
        {"value": value, "label": label, "selected": value == chosen}
        for value, label in Role.choices
        if can_give_role(request.actor, value, network_id) and value in (chosen, *_there(network_id))
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


def _picker(request: Request, network: Network, given: str) -> str:
    """Finds the member for which a representative acts; `given` is its id, or what was typed."""
    labels: dict[str, str] = {}
    with suppress(ValueError, NotFound):
        labels[given] = MEMBER.title(get_record(request.actor, network, MEMBER, UUID(given)))
    picker = Picker(reverse("web:pick", args=[network.slug, MEMBER.plural]), False, labels)
    return picker.render("organization", [given] if given else [], {"id": "id_organization"})


def _typed(request: Request) -> dict[str, str]:
    """What was typed, or what the page is opened with: a place and a role, and whom of a member to invite."""
    data = request.POST if request.method == "POST" else request.GET
    typed = {name: data.get(name, "") for name in ("email", "role", "network")}
    # The picker sends what is chosen and, empty, the field in which one types.
    typed["organization"] = next((each.strip() for each in data.getlist("organization") if each.strip()), "")
    if request.method != "POST":
        # An address of somebody stays out of the page's own address: their key says whom it is about.
        typed |= {"role": typed["role"] or Role.OBSERVER, "email": ""}
        if data.get("person"):
            network = _network(request, typed["network"])
            with suppress(ValueError, NotFound):
                if network is not None:
                    typed["email"] = get_record(request.actor, network, PERSON, UUID(data["person"])).email or ""
    return typed


@never_cache
@signed_in
def team(request: Request) -> HttpResponse:
    """Everybody with a role, those who are invited, and a form that invites."""
    members, waiting = team_of(request.actor), invitations_of(request.actor)
    names = {network.pk: network.name for network in networks_for(request)}
    typed = _typed(request)
    content: dict[str, Any] = {"typed": typed}
    status = 200
    if request.method == "POST":
        try:
            made = invite_to_team(
                actor=request.actor,
                network=_network(request, typed["network"]),
                email=typed["email"],
                role=typed["role"],
                organization=typed["organization"] if typed["role"] == Role.REPRESENTATIVE else "",
            )
        except UseCaseError as error:
            content |= {"problems": error.problems}
            status = status_of(error)
        else:
            messages.success(request, _("An invitation goes to %(e)s.") % {"e": made.email})
            return redirect("web:team")
    organizations = names_to_act_for(
        request.actor, (held.organization_id for member in members for held in member.roles)
    )
    places = _places(request)
    content |= _mandate(request, places, typed) if typed["role"] == Role.REPRESENTATIVE else {}
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
        "places": [{"value": v, "label": label, "selected": v == typed["network"]} for v, label, _pk in places],
        "roles": [
            {"value": value, "label": label, "selected": value == typed["role"]}
            for value, label in Role.choices
            if any(can_give_role(request.actor, value, pk) for _v, _label, pk in places)
        ],
    }
    return render(request, "team/team.html", content, status=status)


def _mandate(request: Request, places: list[tuple[str, str, UUID | None]], typed: dict[str, str]) -> dict[str, Any]:
    """The field for whom a representative acts: of the network chosen, since a mandate is always in one."""
    slug = typed["network"] or (places[0][0] if places else "")
    network = next((each for each in networks_for(request) if each.slug == slug), None)
    picker = _picker(request, network, typed["organization"]) if network else ""
    return {"asks_firm": True, "picker": picker, "place": network}


@never_cache
@require_POST
@signed_in
def role_change(request: Request, role_id: UUID) -> HttpResponse:
    """Give somebody another role in the same place; of a representative it asks for whom."""
    typed = _typed(request)
    found = [(m.user, h) for m in team_of(request.actor) for h in m.roles if h.id == role_id]
    held = found[0][1] if found else None
    becomes = typed["role"] == Role.REPRESENTATIVE and held is not None and held.role != typed["role"]
    try:
        changed = change_team_role(
            actor=request.actor, role_id=role_id, role=typed["role"], organization=typed["organization"]
        )
    except Invalid as error:
        network = next((n for n in networks_for(request) if held is not None and n.pk == held.network_id), None)
        if not becomes or network is None:
            raise
        content = {
            "person": found[0][0],
            "place": network,
            "role_id": role_id,
            "picker": _picker(request, network, typed["organization"]),
            # Asked for the first time, nothing is wrong yet.
            "problems": error.problems if "organization" in request.POST else (),
        }
        return render(request, "team/mandate.html", content, status=status_of(error) if content["problems"] else 200)
    messages.success(request, _("%(p)s is %(r)s now.") % {"p": changed.user, "r": Role(changed.role).label})
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
