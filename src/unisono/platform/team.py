"""The team: who has which role where, changing and taking roles. A workspace always keeps an owner."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from unisono.platform import log
from unisono.platform.accounts import end_tokens_without_role
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotFound
from unisono.platform.models import User, Workspace, WorkspaceRole
from unisono.platform.models.accounts import Role
from unisono.platform.permissions import Ability, allows
from unisono.platform.policies import can_give_role, check_can_give_role, check_can_manage_some_team


@dataclass(frozen=True, slots=True)
class Held:
    """One role that somebody holds; `network_id` is None for the whole workspace."""

    id: UUID
    role: str
    network_id: UUID | None
    organization_id: UUID | None
    may_change: bool


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody with a role in the workspace."""

    user: User
    roles: list[Held]


def team_of(actor: Actor) -> list[TeamMember]:
    """Everybody with a role where the actor looks after the team, and in the whole workspace. Raises NotAllowed."""
    check_can_manage_some_team(actor)
    held = WorkspaceRole.objects.filter(workspace_id=actor.workspace_id).select_related("user")
    if not allows(actor, Ability.MANAGE_TEAM, None):
        mine = [network_id for network_id in actor.roles if allows(actor, Ability.MANAGE_TEAM, network_id)]
        held = held.filter(Q(network_id=None) | Q(network_id__in=mine))
    found: dict[UUID, TeamMember] = {}
    for each in held.order_by("user__name", "user__email", "pk"):
        place = Held(
            each.pk, each.role, each.network_id, each.organization_id, can_give_role(actor, each.role, each.network_id)
        )
        found.setdefault(each.user_id, TeamMember(each.user, [])).roles.append(place)
    return list(found.values())


@transaction.atomic
def change_role(
    *,
    actor: Actor,
    role_id: UUID | str,
    role: str,
    organization_id: UUID | None = None,
    at: datetime | None = None,
) -> WorkspaceRole:
    """Give somebody another role in the same place, a representative's for an organisation.

    Raises Conflict, Invalid, NotAllowed, NotFound.
    """
    held = _held(actor, role_id)
    check_can_give_role(actor, held.role, held.network_id)
    check_role(role, held.network_id)
    check_can_give_role(actor, role, held.network_id)
    if organization_id is not None:
        check_mandate(role, held.network_id)
    if role == held.role and organization_id in (None, held.organization_id):
        return held
    _one_after_the_other(actor)
    same = WorkspaceRole.objects.filter(pk=held.pk, role=held.role, organization_id=held.organization_id)
    try:
        with transaction.atomic():
            # A mandate is a representative's; with another role it ends.
            changed = same.update(role=role, organization_id=organization_id)
    except IntegrityError:
        raise Conflict.at("role", _("This person has that role already."), _("Take the other one away.")) from None
    if not changed:
        raise _meanwhile()
    _check_an_owner_is_left(actor)
    changes = {"role": [held.role, role], "network": [held.network_id and str(held.network_id)] * 2}
    if organization_id != held.organization_id:
        firms = (held.organization_id, organization_id)
        changes["mandate"] = [str(each) if each else None for each in firms]
    held.role, held.organization_id = role, organization_id
    log.record(
        log.event(
            actor=actor, kind="access.changed", subject=held.user, network_id=held.network_id, changes=changes, at=at
        )
    )
    return held


@transaction.atomic
def take_roles(*, actor: Actor, role_ids: list[UUID], at: datetime | None = None) -> list[WorkspaceRole]:
    """Take roles away, all or none; who has none left is out. Raises Conflict, NotAllowed, NotFound."""
    found = [_held(actor, role_id) for role_id in role_ids]
    for held in found:
        check_can_give_role(actor, held.role, held.network_id)
    _one_after_the_other(actor)
    for held in found:
        key = held.pk
        if not WorkspaceRole.objects.filter(pk=key, role=held.role).delete()[0]:
            raise _meanwhile()
        changes = {"role": [held.role, None], "network": [held.network_id and str(held.network_id), None]}
        log.record(
            log.event(
                actor=actor, kind="access.taken", subject=held.user, network_id=held.network_id, changes=changes, at=at
            )
        )
    _check_an_owner_is_left(actor)
    for user_id in {held.user_id for held in found}:
        end_tokens_without_role(user_id)
    return found


def roles_of(actor: Actor, email: str, network_id: UUID | None, *, everywhere: bool = False) -> list[Held]:
    """Roles of whoever has this address: in one network, in the workspace as a whole, or everywhere."""
    address = email.strip().lower()
    for member in team_of(actor):
        if member.user.email == address:
            roles = [held for held in member.roles if everywhere or held.network_id == network_id]
            if roles:
                return roles
    raise NotFound.at("email", _("Nobody with this address has a role there."), _("“unisono team list” shows all."))


def check_role(role: str, network_id: UUID | None) -> None:
    """Raise Invalid for a role that there is not, or not there."""
    if role not in Role.values:
        raise Invalid.at("role", _("There is no such role."), _("Use one of: %(r)s.") % {"r": ", ".join(Role.values)})
    if role == Role.OWNER and network_id is not None:
        raise Invalid.at(
            "role", _("An owner owns the whole workspace."), _("Choose the whole workspace, or another role.")
        )


def check_mandate(role: str, network_id: UUID | None) -> None:
    """Raise Invalid unless it is a representative's role in one network, which alone names an organisation."""
    if role != Role.REPRESENTATIVE or network_id is None:
        raise Invalid.at(
            "organization",
            _("Only a representative acts for an organisation, and in one network at a time."),
            _("Choose the role of representative and a network."),
        )


def _held(actor: Actor, role_id: UUID | str) -> WorkspaceRole:
    """A role in the actor's workspace; what the actor does not look after is not there."""
    found = WorkspaceRole.objects.filter(pk=role_id, workspace_id=actor.workspace_id).select_related("user").first()
    if found is None:
        raise NotFound.at("role", _("There is no such role."), _("Look at the team."))
    return found


def _one_after_the_other(actor: Actor) -> None:
    """Hold the workspace's row until the transaction ends, so that of two who change a team one sees the other."""
    Workspace.objects.filter(pk=actor.workspace_id).update(team_changes=F("team_changes") + 1)


def _check_an_owner_is_left(actor: Actor) -> None:
    owners = WorkspaceRole.objects.filter(
        workspace_id=actor.workspace_id, network_id=None, role=Role.OWNER, user__is_active=True
    )
    if not owners.exists():
        raise Conflict.at("role", _("A workspace keeps at least one owner."), _("Make somebody else an owner first."))


def _meanwhile() -> Conflict:
    return Conflict.at("role", _("Somebody has just changed it."), _("Look at the team again."))
