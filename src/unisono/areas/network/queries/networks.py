"""Which networks an actor sees."""

from django.utils.translation import gettext as _

from unisono.areas.network.models import CustomField, Network
from unisono.areas.network.policies import check_can_see_network
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound


def networks_of(actor: Actor) -> list[Network]:
    """Networks of the workspace in which the actor has a role, by name."""
    networks = Network.objects.filter(archived_at=None).order_by("name")
    if actor.network_ids is not None:
        networks = networks.filter(pk__in=actor.network_ids)
    return list(networks)


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
