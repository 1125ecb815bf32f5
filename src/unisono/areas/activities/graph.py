"""What gatherings and initiatives tell the network's picture: shared ones tie members."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from unisono.areas.activities.models import Gathering, Initiative, Participation
from unisono.areas.network.graph.sources import Sharing, register_tie_source
from unisono.areas.network.models import Network
from unisono.areas.network.policies import readable
from unisono.platform.actor import Actor

_CHUNK = 20_000


def _attended(actor: Actor, network: Network, **there: Any) -> QuerySet[Any, Any]:
    """Parts of members that were there."""
    return Participation.objects.filter(
        readable(actor, network, Participation), network=network, state="attended", archived_at=None, **there
    ).order_by()


def _gatherings(actor: Actor, network: Network) -> Iterator[Sharing]:
    # Who was there may be open to more people than what it was.
    held = Gathering.objects.filter(readable(actor, network, Gathering), network=network, archived_at=None)
    parts = _attended(actor, network, gathering__in=held.exclude(state="cancelled").order_by().values("pk"))
    columns = ("membership_id", "gathering_id", "gathering__name")
    for member, gathering, name in parts.values_list(*columns).iterator(chunk_size=_CHUNK):
        yield Sharing(member, str(gathering), name)


def _initiatives(actor: Actor, network: Network) -> Iterator[Sharing]:
    begun = Initiative.objects.filter(readable(actor, network, Initiative), network=network, archived_at=None)
    parts = _attended(actor, network, initiative__in=begun.order_by().values("pk"))
    columns = ("membership_id", "initiative_id", "initiative__name")
    for member, initiative, name in parts.values_list(*columns).iterator(chunk_size=_CHUNK):
        yield Sharing(member, str(initiative), name)


def register() -> None:
    """Name the sources of this area; called once when the app starts."""
    register_tie_source("gathering", _("Shared gathering"), True, _gatherings, things=_("Gatherings"))
    register_tie_source("initiative", _("Shared initiative"), True, _initiatives, things=_("Initiatives"))
