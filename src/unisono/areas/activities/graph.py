"""What gatherings and initiatives tell the network's picture: shared ones tie members, and being there is contact."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import DateTimeField, F, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from unisono.areas.activities.models import Participation
from unisono.areas.activities.queries.contact import today_in
from unisono.areas.network.graph.contacts import register_contact_source
from unisono.areas.network.graph.sources import Sharing, register_tie_source
from unisono.areas.network.models import Network
from unisono.areas.network.policies import readable
from unisono.platform.actor import Actor

_CHUNK = 20_000


def _attended(actor: Actor, network: Network, what: str) -> QuerySet[Any, Any]:
    """Parts of members that were there, in what was not put away."""
    return Participation.objects.filter(
        readable(actor, network),
        network=network, state="attended", archived_at=None,
        **{f"{what}__isnull": False, f"{what}__archived_at": None},
    )  # fmt: skip


def _gatherings(actor: Actor, network: Network) -> Iterator[Sharing]:
    parts = _attended(actor, network, "gathering").exclude(gathering__state="cancelled").order_by()
    columns = ("membership_id", "gathering_id", "gathering__name")
    for member, gathering, name in parts.values_list(*columns).iterator(chunk_size=_CHUNK):
        yield Sharing(member, str(gathering), name)


def _initiatives(actor: Actor, network: Network) -> Iterator[Sharing]:
    parts = _attended(actor, network, "initiative").order_by()
    columns = ("membership_id", "initiative_id", "initiative__name")
    for member, initiative, name in parts.values_list(*columns).iterator(chunk_size=_CHUNK):
        yield Sharing(member, str(initiative), name)


def _happened(rows: QuerySet[Any, Any], path: str, until: date) -> QuerySet[Any, Any]:
    return rows.filter(**{f"{path}__lte": until}).annotate(
        member=F("membership_id"), happened=Cast(path, DateTimeField())
    )


def _was_there(actor: Actor, network: Network) -> QuerySet[Any, Any]:
    parts = _attended(actor, network, "gathering").exclude(gathering__state="cancelled")
    return _happened(parts, "gathering__on", today_in(network))


def _took_part(actor: Actor, network: Network) -> QuerySet[Any, Any]:
    return _happened(_attended(actor, network, "initiative"), "initiative__starts_on", today_in(network))


def register() -> None:
    """Name the sources of this area; called once when the app starts."""
    register_tie_source("gathering", _("Shared gathering"), True, _gatherings, things=_("Gatherings"))
    register_tie_source("initiative", _("Shared initiative"), True, _initiatives, things=_("Initiatives"))
    register_contact_source("gathering", _was_there)
    register_contact_source("initiative", _took_part)
