"""Who takes part in a gathering or an initiative, and in what a member takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from unisono.areas.activities.kinds import PARTICIPATION
from unisono.areas.activities.models import Gathering, Initiative, Participation
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries.records import visible
from unisono.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class Attendance:
    """The parts in one occasion, in the order of members' names, and how many are in each state."""

    parts: Sequence[Participation]

    def count(self, state: str) -> int:
        """How many parts are in this state."""
        return sum(part.state == state for part in self.parts)


def attendance_of(actor: Actor, network: Network, occasion: Gathering | Initiative) -> Attendance:
    """Everybody's part in a gathering or an initiative."""
    path = "gathering" if isinstance(occasion, Gathering) else "initiative"
    parts: Any = visible(actor, network, PARTICIPATION).filter(**{path: occasion})
    return Attendance(list(parts.order_by("membership__organization__name_key", "person__name_key", "pk")))


def parts_of(actor: Actor, network: Network, membership: Membership) -> list[Participation]:
    """A member's parts, those in the latest gathering or initiative first; what was archived aside."""
    parts = visible(actor, network, PARTICIPATION).filter(
        Q(gathering__archived_at=None) | Q(gathering=None),
        Q(initiative__archived_at=None) | Q(initiative=None),
        membership=membership,
    )
    return sorted(parts, key=lambda part: (part.day is not None, part.day, part.pk), reverse=True)
