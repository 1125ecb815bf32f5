"""Which networks an actor sees."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from unisono.areas.network.models import CustomField, DuplicatePair, Membership, Network
from unisono.areas.network.policies import check_can_see_network
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound
from unisono.platform.messages import message as _


def networks_of(actor: Actor, *, with_duplicates: bool = False) -> list[Network]:
    """Networks of the workspace in which the actor has a role, by name.

    `open_duplicates` says, where it is asked for, how many pairs of each wait for a person: a frame that shows it on
    every page costs no query of its own.
    """
    networks = Network.objects.filter(archived_at=None).order_by("name")
    if with_duplicates:
        networks = networks.annotate(open_duplicates=Coalesce(Subquery(_open_pairs()), 0))
    if actor.network_ids is not None:
        networks = networks.filter(pk__in=actor.network_ids)
    return list(networks)


def _open_pairs() -> QuerySet[Any, Any]:
    here = Membership.objects.filter(network=OuterRef(OuterRef("pk")), organization=OuterRef("first"))
    pairs = DuplicatePair.objects.filter(Q(first__recorded_in=OuterRef("pk")) | Exists(here), state="open")
    return pairs.order_by().values("state").annotate(n=Count("pk")).values("n")


def network_by_slug(actor: Actor, slug: str) -> Network:
    """The network of this short name; NotFound when it does not exist for the actor."""
    network = Network.objects.filter(slug=slug).first()
    if network is None:
        raise NotFound.at(_("network"), _("There is no such network."), _("Choose one of your networks."))
    check_can_see_network(actor, network)
    return network


def custom_fields_of(
    actor: Actor, network: Network, *, record_kind: str = "", archived: bool = False
) -> list[CustomField]:
    """Fields that the network added, by kind of record and label."""
    check_can_see_network(actor, network)
    fields = CustomField.objects.filter(network=network, archived_at__isnull=not archived)
    if record_kind:
        fields = fields.filter(record_kind=record_kind)
    return list(fields.order_by("record_kind", "label"))
