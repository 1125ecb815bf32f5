"""What a picture is worked out from: members and relations that everyone may read, as arrays."""

import hashlib
from array import array
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from numpy.typing import NDArray

from unisono.areas.network.graph.members import OPEN_TO_ALL, belonging, holding, rows_of
from unisono.areas.network.models import Capability, Membership, Network, Relationship
from unisono.core.graph import Graph
from unisono.core.text import name_key

_CHUNK = 20_000


@dataclass(frozen=True)
class Inputs:
    """Members by number 0 to n-1, and their relations as pairs of numbers, one for each record."""

    members: list[str]
    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    only_here: NDArray[np.int32]
    terms: int
    terms_only_here: int
    mixed: int
    both_interests: int
    member_rows: int
    relation_rows: int
    read_at: datetime

    @cached_property
    def graph(self) -> Graph:
        """The network as a simple graph: parallel relations count once."""
        return Graph.from_edges(len(self.members), self.sources, self.targets)

    @cached_property
    def hash(self) -> str:
        """The same for the same members, relations and capabilities."""
        digest = hashlib.sha256("\n".join(self.members).encode())
        low, high = np.minimum(self.sources, self.targets), np.maximum(self.sources, self.targets)
        order = np.lexsort((high, low))
        for part in (low[order], high[order], self.only_here):
            digest.update(np.ascontiguousarray(part, dtype="<i4").tobytes())
        return digest.hexdigest()


def read_inputs(network: Network) -> Inputs:
    """Read members and relations in three streams; a million relations take a few seconds and some 100 MB."""
    read_at = timezone.now()
    member_rows, relation_rows = rows_of(network)
    members = member_keys(Membership.objects.filter(belonging(network) & OPEN_TO_ALL))
    number = {key: at for at, key in enumerate(members)}
    sources, targets = tie_ends(Relationship.objects.filter(holding(network) & OPEN_TO_ALL), number)
    mixed, both_interests = _interests(network)
    only_here, terms, alone = _capabilities(network, number)
    return Inputs(
        members, sources, targets, only_here, terms, alone, mixed, both_interests, member_rows, relation_rows, read_at
    )


def member_keys(members: QuerySet[Any, Any]) -> list[str]:
    """Keys as the database writes them, in their order: no key is turned into an object only to be looked up."""
    found = members.prefetch_related(None).select_related(None).annotate(key=Cast("pk", TextField()))
    return list(found.order_by("pk").values_list("key", flat=True).iterator(chunk_size=_CHUNK))


def tie_ends(ties: QuerySet[Any, Any], number: dict[str, int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Both ends of each relation as numbers of members; relations of members without a number are left out."""
    sources, targets = array("i"), array("i")
    keys = ties.order_by().annotate(one=Cast("first_id", TextField()), other=Cast("second_id", TextField()))
    for one, other in keys.values_list("one", "other").iterator(chunk_size=_CHUNK):
        first, second = number.get(one), number.get(other)
        if first is not None and second is not None:
            sources.append(first)
            targets.append(second)
    return np.frombuffer(sources, dtype=np.int32).copy(), np.frombuffer(targets, dtype=np.int32).copy()


def _interests(network: Network) -> tuple[int, int]:
    """In how many relations of members the sides compete as well, and of how many both interests are written down."""
    both = ~Q(first_interest="") & ~Q(second_interest="")
    members = Membership.objects.filter(belonging(network) & OPEN_TO_ALL).order_by().values("pk")
    ties = Relationship.objects.filter(holding(network) & OPEN_TO_ALL, first__in=members, second__in=members)
    counts = ties.aggregate(mixed=Count("pk", filter=Q(coopetition=True)), both=Count("pk", filter=both))
    return counts["mixed"], counts["both"]


def _capabilities(network: Network, number: dict[str, int]) -> tuple[NDArray[np.int32], int, int]:
    """How many capabilities each member alone has; how many there are, and how many of them one member alone has."""
    holders: dict[str, set[int]] = defaultdict(set)
    stated = (
        Capability.objects.filter(OPEN_TO_ALL, archived_at=None, organization__memberships__network=network)
        .exclude(state="outdated")
        .annotate(key=Cast("organization__memberships__id", TextField()))
        .order_by()
    )
    for key, term in stated.values_list("key", "term").iterator(chunk_size=_CHUNK):
        if (at := number.get(key)) is not None:
            holders[name_key(term)].add(at)
    only_here = np.zeros(len(number), dtype=np.int32)
    alone = [next(iter(held)) for held in holders.values() if len(held) == 1]
    np.add.at(only_here, alone, 1)
    return only_here, len(holders), len(alone)
