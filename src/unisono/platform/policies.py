"""Who may look after a workspace as a whole."""

from unisono.platform.actor import Actor
from unisono.platform.errors import NotAllowed
from unisono.platform.messages import message as _
from unisono.platform.permissions import Ability, allows


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
