"""Reads of the map: the picture, what changed since, what the map shows, one member in it, the way between two."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from unisono.areas.network import policies
from unisono.areas.network.graph.actions import job_under_way
from unisono.areas.network.graph.drawing import ALGORITHM
from unisono.areas.network.graph.inputs import member_keys, tie_ends
from unisono.areas.network.graph.members import belonging, holding
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import MemberPosition, Membership, Network, NetworkPicture, Relationship
from unisono.areas.network.queries.records import visible
from unisono.core.graph import Graph, shortest_path
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid
from unisono.platform.messages import message as _
from unisono.platform.models import Job


@dataclass(frozen=True, slots=True)
class PictureState:
    """The picture as it stands: when it was worked out, how much changed since, the job that works on it."""

    picture: NetworkPicture | None
    changes: int
    job: Job | None

    @property
    def as_of(self) -> datetime | None:
        """When what it rests on was read; None while there is none."""
        return self.picture.read_at if self.picture else None

    @property
    def is_old(self) -> bool:
        """Whether an earlier version worked it out: figures that were added since are missing in it."""
        return self.is_there and self.picture is not None and self.picture.algorithm != ALGORITHM

    @property
    def is_there(self) -> bool:
        """Whether there is a picture to look at."""
        return self.picture is not None and self.picture.is_there


def picture_state(actor: Actor, network: Network) -> PictureState:
    """The network's picture and whether it is still right, in four queries."""
    policies.check_can_see_network(actor, network)
    picture: NetworkPicture | None = NetworkPicture.objects.filter(network=network).first()
    if picture is None:
        return PictureState(None, 0, None)
    return PictureState(picture, _changes_since(network, picture), job_under_way(picture))


def _changes_since(network: Network, picture: NetworkPicture) -> int:
    """Members and relations that were added, changed or removed after the picture's inputs were read."""
    if picture.read_at is None:
        return 0
    changes = 0
    for records, rows_then in (
        (Membership.objects.filter(network=network), picture.member_rows),
        (Relationship.objects.filter(network=network), picture.relation_rows),
    ):
        since = Q(updated_at__gt=picture.read_at)
        now = records.order_by().aggregate(
            rows=Count("pk"), changed=Count("pk", filter=since),
            fresh=Count("pk", filter=Q(created_at__gt=picture.read_at)),
        )  # fmt: skip
        # Removed rows leave no trace but a number that does not add up.
        changes += now["changed"] + abs(rows_then - (now["rows"] - now["fresh"]))
    return changes


def position_of(network: Network, membership_id: UUID) -> MemberPosition | None:
    """Where one member stands in the picture."""
    found: MemberPosition | None = (
        MemberPosition.objects.filter(picture__network=network, membership_id=membership_id)
        .select_related("picture")
        .first()
    )
    return found


def on_the_map(actor: Actor, network: Network) -> QuerySet[Any, Any]:
    """Members that the map shows to the actor."""
    return visible(actor, network, MEMBER).filter(belonging(network))


def neighbours_of(actor: Actor, network: Network, membership: Membership) -> list[tuple[Membership, Relationship]]:
    """Members on the map that a member has a holding relation with, by name, each with the relation."""
    shown = on_the_map(actor, network).order_by().values("pk")
    ties = visible_ties(actor, network).filter(
        Q(first=membership, second__in=shown) | Q(second=membership, first__in=shown)
    )
    found: dict[UUID, tuple[Membership, Relationship]] = {}
    for tie in ties.select_related("first__organization", "second__organization"):
        other = tie.second if tie.first_id == membership.pk else tie.first
        found.setdefault(other.pk, (other, tie))
    return sorted(found.values(), key=lambda pair: pair[0].organization.name_key)


def visible_ties(actor: Actor, network: Network) -> QuerySet[Any, Any]:
    """Relations that hold and that the actor may read."""
    policies.check_can_see_network(actor, network)
    return Relationship.objects.filter(holding(network), policies.readable(actor, network, Relationship)).order_by()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way between two members: the next member, and the relation that leads to it."""

    member: Membership
    relation: Relationship


def way_between(actor: Actor, network: Network, one: Membership, other: Membership) -> list[Step] | None:
    """The shortest way from one member to another over relations that hold (PERKS-D16); None when there is none.

    Of ways of the same length the one whose relations are the oldest records.
    """
    if one.pk == other.pk:
        raise Invalid.at("to", _("The way leads from one member to another."), _("Choose two members."))
    members = member_keys(on_the_map(actor, network))
    number = {key: at for at, key in enumerate(members)}
    # Databases write a key with its dashes or without.
    ends = [number.get(str(member.pk), number.get(member.pk.hex)) for member in (one, other)]
    if ends[0] is None or ends[1] is None:
        return None
    sources, targets = tie_ends(visible_ties(actor, network), number)
    found = shortest_path(Graph.from_edges(len(members), sources, targets), ends[0], ends[1])
    if found is None:
        return None
    way = [UUID(members[at]) for at in found]
    on_it = visible_ties(actor, network).filter(first__in=way, second__in=way).order_by("created_at", "pk")
    ties = list(on_it.select_related("first__organization", "second__organization"))
    return [_step(ties, here, there) for here, there in pairwise(way)]


def _step(ties: list[Relationship], here: UUID, there: UUID) -> Step:
    tie = next(t for t in ties if {t.first_id, t.second_id} == {here, there})
    return Step(tie.second if tie.second_id == there else tie.first, tie)
