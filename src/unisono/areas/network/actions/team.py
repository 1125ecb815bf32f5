"""The team of a network: give, offer and change roles, a representative's for one of its members."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from unisono.areas.network.models import Network
from unisono.areas.network.queries.mandates import organization_to_act_for
from unisono.platform import team
from unisono.platform.accounts import ensure_user, give_role
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound
from unisono.platform.invitations import invite
from unisono.platform.models import Invitation, User, Workspace, WorkspaceRole
from unisono.platform.models.accounts import Role
from unisono.platform.policies import check_can_give_role


@transaction.atomic
def invite_to_team(
    *,
    actor: Actor,
    network: Network | None,
    email: str,
    role: str,
    organization: UUID | str | None = None,
    mailed: bool = True,
    at: datetime | None = None,
) -> Invitation:
    """Offer a role in the network, or in the whole workspace; a representative's is for one member of the network.

    Raises Conflict, Invalid, NotAllowed.
    """
    network_id = network.pk if network else None
    team.check_role(role, network_id)
    check_can_give_role(actor, role, network_id)
    firm = organization_to_act_for(actor, network, role, organization)
    return invite(
        actor=actor, email=email, role=role, network_id=network_id, network_name=network.name if network else "",
        organization_id=firm.pk if firm else None, organization_name=firm.name if firm else "", mailed=mailed, at=at,
    )  # fmt: skip


@transaction.atomic
def add_to_team(
    *,
    actor: Actor,
    network: Network | None,
    email: str,
    role: str,
    name: str = "",
    organization: UUID | str | None = None,
) -> User:
    """Give a role to the user with this address, made if unknown. Raises Invalid, NotAllowed."""
    network_id = network.pk if network else None
    team.check_role(role, network_id)
    check_can_give_role(actor, role, network_id)
    firm = organization_to_act_for(actor, network, role, organization)
    person = ensure_user(email=email, name=name)
    give_role(
        user=person, workspace=Workspace.objects.get(pk=actor.workspace_id), role=role, network_id=network_id,
        organization_id=firm.pk if firm else None,
    )  # fmt: skip
    return person


@transaction.atomic
def change_team_role(
    *,
    actor: Actor,
    role_id: UUID | str,
    role: str,
    organization: UUID | str | None = None,
    at: datetime | None = None,
) -> WorkspaceRole:
    """Give somebody another role in the same place; who becomes a representative acts for one member there.

    Raises Conflict, Invalid, NotAllowed, NotFound.
    """
    held = WorkspaceRole.objects.filter(pk=role_id, workspace_id=actor.workspace_id).first()
    if held is None:
        raise NotFound.at("role", _("There is no such role."), _("Look at the team."))
    check_can_give_role(actor, held.role, held.network_id)
    team.check_role(role, held.network_id)
    check_can_give_role(actor, role, held.network_id)
    firm = None
    if organization or role != held.role or role != Role.REPRESENTATIVE:
        network = Network.objects.get(pk=held.network_id) if held.network_id else None
        firm = organization_to_act_for(actor, network, role, organization)
    return team.change_role(actor=actor, role_id=role_id, role=role, organization_id=firm.pk if firm else None, at=at)
