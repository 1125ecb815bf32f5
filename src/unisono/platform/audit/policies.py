"""Who may read the log of a workspace: its owners."""

from django.utils.translation import gettext as _

from unisono.platform.actor import Actor
from unisono.platform.errors import NotAllowed
from unisono.platform.permissions import Ability, allows


def can_read_log(actor: Actor) -> bool:
    """Whether the actor may read who did what in the whole workspace."""
    return allows(actor, Ability.AUDIT, None)


def check_can_read_log(actor: Actor) -> None:
    """Raises NotAllowed for everybody but owners of the workspace."""
    if not can_read_log(actor):
        raise NotAllowed.at(_("log"), _("Only an owner of the workspace reads the log."), _("Ask an owner."))
