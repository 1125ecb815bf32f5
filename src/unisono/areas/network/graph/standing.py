"""Places that members can have in a network, as conditions and as a filter of their list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from unisono.areas.network.derived import Derived, derived_of, register_derived
from unisono.areas.network.graph.contacts import heard_in_a_year
from unisono.areas.network.graph.members import belonging, holding
from unisono.areas.network.graph.queries import on_the_map
from unisono.areas.network.models import MemberPosition, Membership, Network, NetworkPicture
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, Type

Place = MemberPosition.Place
# What a position must be for each place; silence is looked up afresh, for it depends on who asks and when.
_PLACES: dict[str, Q] = {
    Place.CORE: Q(is_core=True),
    Place.EDGE: Q(core_number__lte=1),
    Place.ISOLATED: Q(relations=0),
    Place.APART: Q(relations__gt=0, component__gt=0),
    Place.LARGEST: Q(component=0),
    Place.BRIDGING: Q(is_bridge=True),
    Place.BREAKING: Q(cut_off__gt=0),
    Place.ONLY_HOLDER: Q(only_here__gt=0),
}


def standing(actor: Actor, network: Network, places: Sequence[str]) -> Q:
    """Members that have one of these places; an unknown name matches nobody."""
    condition = Q(pk__in=[])
    for place in places:
        condition |= _condition(actor, network, place)
    return condition


def _positions(network: Network, condition: Q) -> QuerySet[Any, Any]:
    return MemberPosition.objects.filter(condition, picture__network=network).values("membership_id")


def _condition(actor: Actor, network: Network, place: str) -> Q:
    if place == Place.HEARD:
        return heard_in_a_year(actor, network)
    if place == Place.BEST_CONNECTED:
        return Q(pk__in=_best_connected(network))
    if place == Place.SILENT:
        return silent(actor, network)
    if place == Place.SILENT_EDGE:
        return silent(actor, network) & Q(pk__in=_positions(network, _PLACES[Place.EDGE]))
    return Q(pk__in=_positions(network, _PLACES[place])) if place in _PLACES else Q(pk__in=[])


def _best_connected(network: Network) -> list[UUID]:
    """Those whose leaving robustness looks at: as many as the picture counted, in the order in which it did."""
    removed = NetworkPicture.objects.filter(network=network).values_list("figures__removed", flat=True).first()
    positions = MemberPosition.objects.filter(picture__network=network).order_by("-relations", "membership_id")
    return list(positions.values_list("membership_id", flat=True)[: removed or 0])


def in_community(actor: Actor, network: Network, values: Sequence[str]) -> Q:
    """Members of the communities of these numbers, 1 for the largest; of "any" of them, or of "none"."""
    numbers = [int(value) - 1 for value in values if value.isdecimal() and len(value) < 8]
    condition = Q(pk__in=_positions(network, Q(community__in=numbers)))
    if "any" in values:
        condition |= Q(pk__in=_positions(network, Q(community__isnull=False)))
    if "none" in values:
        condition |= Q(pk__in=_positions(network, Q(community__isnull=True)))
    return condition


def on_map(actor: Actor, network: Network, values: Sequence[str]) -> Q:
    """Relations that hold between members whom the map shows ("yes"), or all the others ("no")."""
    members = on_the_map(actor, network).order_by().values("pk")
    drawn = holding(network) & Q(first__in=members, second__in=members)
    wanted = Q(pk__in=[])
    if "yes" in values:
        wanted |= drawn
    if "no" in values:
        wanted |= ~drawn
    return wanted


def silent(actor: Actor, network: Network) -> Q:
    """Members that take part and that nobody was in touch with for as long as the network sets (TREN-R4).

    The area that keeps gatherings knows whom somebody met; without it nobody can say who is silent.
    """
    reckoned = derived_of("member").get("silent")
    if reckoned is None or reckoned.where is None:
        return Q(pk__in=[])
    taking_part = Q(pk__in=Membership.objects.filter(belonging(network)).values("pk"))
    return taking_part & reckoned.where(actor, network, ["yes"])


def register() -> None:
    """Offer places and communities as filters of lists; called once when the app starts."""
    label = _("Place in the network")
    field = Field("position", label, Type.CHOICE, choices=tuple(Place.choices), filtered=True)
    register_derived("member", Derived(field, where=standing))
    communities = (("any", _("in one of them")), ("none", _("in none")), ("1", _("in the largest")))
    field = Field("community", _("Community"), Type.CHOICE, choices=communities, filtered=True)
    register_derived("member", Derived(field, where=in_community))
    field = Field("on_map", _("On the map"), Type.CHOICE, choices=(("yes", _("yes")), ("no", _("no"))), filtered=True)
    register_derived("relationship", Derived(field, where=on_map))
