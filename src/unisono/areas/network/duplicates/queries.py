"""Pairs to decide, and pairs that were decided."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from unisono.areas.network import policies
from unisono.areas.network.duplicates.jobs import FIND
from unisono.areas.network.hiding import masked_along
from unisono.areas.network.kinds import ORGANIZATION
from unisono.areas.network.models import DuplicatePair, Network
from unisono.areas.network.queries.elsewhere import network_of_each, organizations_elsewhere
from unisono.areas.network.queries.lists import Page
from unisono.areas.network.queries.records import visible
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound
from unisono.platform.messages import message as _
from unisono.platform.models import Job


def _pairs(actor: Actor, network: Network) -> QuerySet[DuplicatePair]:
    """Pairs of which the actor may read both: in this network, or one of them in another that the actor may change."""
    here = visible(actor, network, ORGANIZATION, archived=None).prefetch_related(None).values("pk")
    there = organizations_elsewhere(actor, network).order_by().values("pk")
    both = Q(first__in=here, second__in=here)
    across = Q(first__in=here, second__in=there) | Q(first__in=there, second__in=here)
    found: QuerySet[DuplicatePair] = DuplicatePair.objects.filter(both | across)
    if not policies.is_team(actor, network):
        # What two have in common tells of both, so others see pairs of which neither keeps anything to itself.
        found = found.filter(first__readers={}, second__readers={})
    pairs: QuerySet[DuplicatePair] = masked_along(
        found.select_related("first", "second", "decided_by"), actor, network, ("first", "second")
    )
    return pairs


def pairs_of(actor: Actor, network: Network, *, state: str = "open", number: int = 1, per_page: int = 10) -> Page:
    """One page of pairs in a state: the likeliest first, decided ones with the latest first."""
    pairs = _pairs(actor, network).filter(state=state)
    pairs = pairs.order_by("-score", "pk") if state == DuplicatePair.State.OPEN else pairs.order_by("-decided_at", "pk")
    total = pairs.order_by().count()
    number = min(max(1, number), max(1, -(-total // per_page)))
    return Page(list(pairs[(number - 1) * per_page : number * per_page]), total, number, per_page)


def elsewhere_of(actor: Actor, network: Network, pairs: Iterable[DuplicatePair]) -> dict[UUID, Network]:
    """By organisation of these pairs that is not in this network: another network, one that the actor may change."""
    ids = {pk for pair in pairs for pk in (pair.first_id, pair.second_id)}
    here = visible(actor, network, ORGANIZATION, archived=None).prefetch_related(None).filter(pk__in=ids)
    return network_of_each(actor, network, ids - set(here.values_list("pk", flat=True))) if ids else {}


def number_of_pairs(actor: Actor, network: Network) -> int:
    """How many pairs wait for a person."""
    return _pairs(actor, network).filter(state=DuplicatePair.State.OPEN).order_by().count()


def get_pair(actor: Actor, network: Network, pair_id: UUID | str) -> DuplicatePair:
    """One pair; NotFound when the actor may not read both."""
    try:
        pair = _pairs(actor, network).filter(pk=pair_id).first()
    except (ValueError, ValidationError):
        pair = None
    if pair is None:
        raise NotFound.at("pair", _("There is no such pair."), _("Look at the list of duplicates."))
    return pair


def job_under_way(network: Network) -> Job | None:
    """The search that waits or runs, if there is one."""
    job = Job.objects.filter(kind=FIND, subject_id=network.pk).order_by("-created_at", "-pk").first()
    return None if job is None or jobs.end_if_dead(job).is_over else job


def last_search_of(actor: Actor, network: Network) -> Job | None:
    """The latest search that came to its end."""
    policies.check_can_see_network(actor, network)
    done = Job.objects.filter(kind=FIND, subject_id=network.pk, state=Job.State.DONE)
    return done.order_by("-ended_at", "-pk").first()
