"""For which organisation somebody may act: only for a member of the network, named or by id."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Network, Organization
from unisono.areas.network.queries.records import organizations_within_reach, visible
from unisono.core.text import name_key
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid
from unisono.platform.models.accounts import Role


def organization_to_act_for(
    actor: Actor, network: Network | None, role: str, named: UUID | str | None
) -> Organization | None:
    """The member that a representative in the network is to act for; None for every other role.

    `named` is the id of the organisation or of its membership, or its exact name. Raises Invalid.
    """
    wanted = str(named or "").strip()
    if role != Role.REPRESENTATIVE:
        if wanted:
            raise Invalid.at(
                "organization",
                _("Only a representative acts for an organisation, and in one network at a time."),
                _("Choose the role of representative and a network."),
            )
        return None
    if network is None:
        raise Invalid.at("network", _("A representative acts in one network at a time."), _("Choose the network."))
    if not wanted:
        raise Invalid.at(
            "organization", _("A representative acts for an organisation."), _("Say for which member of the network.")
        )
    members = visible(actor, network, MEMBER).exclude(state="exited").select_related("organization")
    try:
        key = UUID(wanted)
        found = list(members.filter(Q(pk=key) | Q(organization_id=key))[:2])
    except ValueError:
        found = list(members.filter(organization__name_key=name_key(wanted))[:2])
    if not found:
        raise Invalid.at(
            "organization",
            _("“%(name)s” is no member of this network.") % {"name": wanted[:60]},
            _("Choose one of its members, or add it first."),
        )
    if len(found) > 1:
        raise Invalid.at(
            "organization",
            _("Several members are called “%(name)s”.") % {"name": wanted[:60]},
            _("Give the id of the one you mean."),
        )
    organization: Organization = found[0].organization
    return organization


def names_to_act_for(actor: Actor, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """How organisations that somebody acts for are called, by id, as far as the actor reads them."""
    wanted = {each for each in ids if each is not None}
    found = organizations_within_reach(actor).filter(pk__in=wanted) if wanted else ()
    return {organization.pk: organization.name for organization in found}
