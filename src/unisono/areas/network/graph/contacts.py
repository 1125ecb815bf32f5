"""When somebody was last in touch with members: what their list says, read for the map."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from unisono.areas.network.derived import derived_of, reckoned
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Membership, Network
from unisono.platform.actor import Actor

# A higher area reckons it, as a column of the list of members; without that area nobody was heard from.
_COLUMN = "last_contact"


def last_contacts(actor: Actor, network: Network, members: QuerySet[Membership]) -> dict[UUID, date]:
    """The day of the last contact with each of many members, in one query; those never heard from are left out."""
    column = derived_of(MEMBER.name).get(_COLUMN)
    if column is None or column.order is None:
        return {}
    days = members.order_by().annotate(last_heard=column.order(actor, network)).values_list("pk", "last_heard")
    return {member: day for member, day in days if day is not None}


def last_contact(actor: Actor, network: Network, member: Membership) -> date | None:
    """The day of the last contact with one member."""
    day: date | None = reckoned(MEMBER.name, [_COLUMN], actor, network, [member]).get(_COLUMN, {}).get(member.pk)
    return day


def heard_in_a_year(actor: Actor, network: Network) -> Q:
    """Members heard from in the last twelve months: over a year a summer or a winter season weighs alike."""
    column = derived_of(MEMBER.name).get(_COLUMN)
    return Q(pk__in=[]) if column is None or column.where is None else ~column.where(actor, network, ["12"])
