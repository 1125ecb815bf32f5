"""Who counts as part of the network and what counts as a tie, in one place."""

from django.db.models import Q

from unisono.areas.network.models import Membership, Network, Relationship
from unisono.platform.tenancy import Visibility

# Asked and not yet in, or gone: not part of what holds the network together now.
_OUTSIDE = ("prospect", "invited", "exited")
# Not a tie yet, or no longer one.
_NO_TIE = ("potential", "ended")
# What everyone with a role in the network may read.
OPEN_TO_ALL = Q(visibility__in=[Visibility.PUBLIC, Visibility.NETWORK])


def belonging(network: Network) -> Q:
    """Members that take part: in use, from being taken on until they leave."""
    return Q(network=network, archived_at=None) & ~Q(state__in=_OUTSIDE)


def holding(network: Network) -> Q:
    """Relations that hold: in use, from an introduction until they end."""
    return Q(network=network, archived_at=None) & ~Q(state__in=_NO_TIE)


def rows_of(network: Network) -> tuple[int, int]:
    """How many members and relations are stored, whatever their state."""
    return Membership.objects.filter(network=network).count(), Relationship.objects.filter(network=network).count()
