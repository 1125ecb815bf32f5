"""Places that members can have in a network, and lists of the members that have them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from unisono.areas.network.graph.contacts import heard_since, silent_since
from unisono.areas.network.graph.members import belonging
from unisono.areas.network.models import MemberPosition, Membership, Network
from unisono.platform.actor import Actor

Place = MemberPosition.Place
# What a position must be for each place; silence is looked up afresh, for it depends on who asks and when.
_PLACES: dict[str, Q] = {
    Place.CORE: Q(is_core=True),
    Place.EDGE: Q(core_number__lte=1),
    Place.ISOLATED: Q(relations=0),
    Place.APART: Q(relations__gt=0, component__gt=0),
    Place.BRIDGING: Q(is_bridge=True),
    Place.BREAKING: Q(cut_off__gt=0),
    Place.ONLY_HOLDER: Q(only_here__gt=0),
}


def standing_there(
    actor: Actor, network: Network, members: QuerySet[Any, Any], places: Sequence[str]
) -> QuerySet[Any, Any]:
    """Those of the members that have one of these places; an unknown name matches nobody."""
    condition = Q(pk__in=[])
    for place in places:
        condition |= _condition(actor, network, place)
    return members.filter(condition)


def in_communities(network: Network, members: QuerySet[Any, Any], numbers: Sequence[str]) -> QuerySet[Any, Any]:
    """Those of the members that belong to one of these communities of the picture, counted from 1."""
    known = [int(number) - 1 for number in numbers if number.isdecimal() and 0 < int(number) < 1_000_000]
    return members.filter(pk__in=_positions(network, Q(community__in=known)))


def _positions(network: Network, condition: Q) -> QuerySet[Any, Any]:
    return MemberPosition.objects.filter(condition, picture__network=network).values("membership_id")


def _condition(actor: Actor, network: Network, place: str) -> Q:
    if place == Place.SILENT:
        return silent(actor, network)
    if place == Place.SILENT_EDGE:
        return silent(actor, network) & Q(pk__in=_positions(network, _PLACES[Place.EDGE]))
    return Q(pk__in=_positions(network, _PLACES[place])) if place in _PLACES else Q(pk__in=[])


def silent(actor: Actor, network: Network) -> Q:
    """Members that take part and that nobody was in touch with for half a year."""
    condition = Q(pk__in=Membership.objects.filter(belonging(network)).values("pk"))
    for heard in heard_since(actor, network, silent_since()):
        condition &= ~Q(pk__in=heard)
    return condition
