"""Who may look after a workspace as a whole, and after its team."""

from uuid import UUID

from unisono.platform.actor import Actor
from unisono.platform.errors import NotAllowed
from unisono.platform.messages import message as _
from unisono.platform.permissions import Ability, allows, may_write_own, rank_of


def can_administer(actor: Actor) -> bool:
    """Whether the actor looks after the workspace: what it sends, and to whom."""
    return allows(actor, Ability.ADMINISTER, None)


def check_can_administer(actor: Actor) -> None:
    """Raise NotAllowed unless the actor looks after the workspace."""
    if not can_administer(actor):
        raise NotAllowed.at(
            _("workspace"),
            _("Only an owner of the workspace may do this."),
            _("Ask an owner; a token needs the scope “administer”."),
        )


def can_give_role(actor: Actor, role: str, network_id: UUID | None) -> bool:
    """Whether the actor looks after the team there, and the role does not rank above the actor's own."""
    highest = max((rank_of(each) for each in actor.roles_in(network_id)), default=-1)
    return allows(actor, Ability.MANAGE_TEAM, network_id) and rank_of(role) <= highest


def check_can_give_role(actor: Actor, role: str, network_id: UUID | None) -> None:
    """Raise NotAllowed unless the actor may give and take this role there."""
    if not allows(actor, Ability.MANAGE_TEAM, network_id):
        raise NotAllowed.at(
            _("team"),
            _("Your role does not look after the team there."),
            _("Ask an owner or an orchestrator; a token needs the scope “team”."),
        )
    if not can_give_role(actor, role, network_id):
        raise NotAllowed.at("role", _("That role ranks above yours."), _("Ask an owner."))


def can_manage_some_team(actor: Actor) -> bool:
    """Whether the actor looks after the team somewhere in the workspace."""
    return any(allows(actor, Ability.MANAGE_TEAM, place) for place in actor.roles)


def check_can_manage_some_team(actor: Actor) -> None:
    """Raise NotAllowed unless the actor looks after the team somewhere in the workspace."""
    if not can_manage_some_team(actor):
        raise NotAllowed.at(
            _("team"),
            _("Your role does not look after the team."),
            _("Ask an owner or an orchestrator; a token needs the scope “team”."),
        )


def check_may_write_own(actor: Actor) -> None:
    """Raise NotAllowed when a token narrows the actor to reading."""
    if not may_write_own(actor):
        raise NotAllowed.at(_("token"), _("This token only reads."), _("Use one with the scope “write”."))
