"""Endpoints of the team: who has which role where, and invitations."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.areas.network.actions import change_team_role, invite_to_team
from unisono.areas.network.queries import network_by_slug, networks_of
from unisono.areas.network.queries.mandates import names_to_act_for
from unisono.platform.actor import Actor
from unisono.platform.invitations import invitations_of, plain_invitation, revoke_invitation, send_again
from unisono.platform.models import Invitation, WorkspaceRole
from unisono.platform.team import Held, take_roles, team_of

router = Router(tags=["Team"])

_FOR = "For a representative: id or exact name of the member of the network for which it acts."


class HeldOut(Schema):
    """A role that somebody holds."""

    id: UUID
    role: str
    network: str | None = Field(description="Short name of the network; null for the whole workspace.")
    organization: UUID | None = Field(description="The organisation that a representative acts for.")
    organization_name: str = Field(description="What it is called; empty where there is none.")


class TeamMemberOut(Schema):
    """Somebody with a role in the workspace."""

    id: UUID
    name: str
    email: str
    roles: list[HeldOut]


class Team(Schema):
    """Everybody with a role where the caller looks after the team."""

    items: list[TeamMemberOut]


class InvitationIn(Schema):
    """Somebody to be invited."""

    email: str
    role: str = Field(
        description="owner, orchestrator, contact_person, specialist, curator, representative or observer."
    )
    network: str | None = Field(None, description="Short name of the network; null for the whole workspace.")
    organization: str | None = Field(None, description=_FOR)


class InvitationOut(Schema):
    """An invitation; its secret is in the mail alone."""

    id: UUID
    email: str
    role: str
    network: str | None
    organization: UUID | None = Field(description="The organisation that a representative is to act for.")
    organization_name: str = Field(description="What it is called; empty where there is none.")
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime


class InvitationList(Schema):
    """Invitations that nobody has accepted yet, newest first."""

    items: list[InvitationOut]


class RoleIn(Schema):
    """Another role."""

    role: str
    organization: str | None = Field(None, description=_FOR)


def _slugs(actor: Actor) -> dict[UUID, str]:
    return {network.pk: network.slug for network in networks_of(actor)}


def _out(invitation: Invitation, slugs: dict[UUID, str]) -> dict[str, Any]:
    data = plain_invitation(invitation)
    return {
        **data,
        "organization": data["organization_id"],
        "network": slugs.get(data["network_id"]) if data["network_id"] else None,
    }


def _held_out(held: Held | WorkspaceRole, slugs: dict[UUID, str], firms: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": held.id,
        "role": held.role,
        "network": slugs.get(held.network_id) if held.network_id else None,
        "organization": held.organization_id,
        "organization_name": firms.get(held.organization_id, "") if held.organization_id else "",
    }


@router.get("/team", response=Team, operation_id="list_team", summary="List the team")
def list_team(request: ApiRequest) -> dict[str, Any]:
    slugs, members = _slugs(request.actor), team_of(request.actor)
    firms = names_to_act_for(request.actor, (held.organization_id for member in members for held in member.roles))
    return {
        "items": [
            {
                "id": member.user.pk,
                "name": member.user.name,
                "email": member.user.email,
                "roles": [_held_out(held, slugs, firms) for held in member.roles],
            }
            for member in members
        ]
    }


@router.patch("/team/roles/{uuid:role_id}", response=HeldOut, operation_id="change_role", summary="Change a role")
def patch_role(request: ApiRequest, role_id: UUID, body: RoleIn) -> dict[str, Any]:
    held = change_team_role(actor=request.actor, role_id=role_id, role=body.role, organization=body.organization)
    return _held_out(held, _slugs(request.actor), names_to_act_for(request.actor, [held.organization_id]))


@router.delete("/team/roles/{uuid:role_id}", response={204: None}, operation_id="take_role", summary="Take a role away")
def delete_role(request: ApiRequest, role_id: UUID) -> Status[None]:
    take_roles(actor=request.actor, role_ids=[role_id])
    return Status(HTTPStatus.NO_CONTENT, None)


@router.get(
    "/team/invitations", response=InvitationList, operation_id="list_invitations", summary="List open invitations"
)
def list_invitations(request: ApiRequest) -> dict[str, Any]:
    slugs = _slugs(request.actor)
    return {"items": [_out(each, slugs) for each in invitations_of(request.actor)]}


@router.post("/team/invitations", response={201: InvitationOut}, operation_id="invite", summary="Invite somebody")
def post_invitation(request: ApiRequest, body: InvitationIn) -> Status[Any]:
    network = network_by_slug(request.actor, body.network) if body.network else None
    made = invite_to_team(
        actor=request.actor, network=network, email=body.email, role=body.role, organization=body.organization
    )
    return Status(HTTPStatus.CREATED, _out(made, _slugs(request.actor)))


@router.post(
    "/team/invitations/{uuid:invitation_id}/send-again",
    response=InvitationOut,
    operation_id="send_invitation_again",
    summary="Send an invitation again",
)
def post_again(request: ApiRequest, invitation_id: UUID) -> dict[str, Any]:
    return _out(send_again(actor=request.actor, invitation_id=invitation_id), _slugs(request.actor))


@router.delete(
    "/team/invitations/{uuid:invitation_id}",
    response={204: None},
    operation_id="revoke_invitation",
    summary="Take an invitation back",
)
def delete_invitation(request: ApiRequest, invitation_id: UUID) -> Status[None]:
    revoke_invitation(actor=request.actor, invitation_id=invitation_id)
    return Status(HTTPStatus.NO_CONTENT, None)
