"""What becomes of participations when two members turn out to be one, or somebody leaves."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from unisono.areas.activities.models import Participation
from unisono.areas.network.models import Membership, Person

# The further to the front, the more is known: who took part did not merely sign up.
_SAYS_MOST = ("attended", "no_show", "signed_up", "invited")


def hand_over(new: Membership, old: Membership, touched: Mapping[str, Any]) -> None:
    """Give the joined member the parts of both; of two parts in the same thing the one that says more stays."""

    def place(part: Participation) -> tuple[Any, ...]:
        return part.gathering_id, part.initiative_id, part.person_id

    mine = {place(part): part for part in Participation.objects.filter(membership=new)}
    moving = []
    for part in Participation.objects.filter(membership=old):
        same = mine.get(place(part))
        if same is None:
            moving.append(part.pk)
            continue
        best = min((same, part), key=lambda each: (each.archived_at is not None, _SAYS_MOST.index(each.state)))
        if best is part:
            kept = Participation.objects.filter(pk=same.pk)
            kept.update(state=part.state, archived_at=part.archived_at, **touched)
    Participation.objects.filter(pk__in=moving).update(membership=new, **touched)


def hand_over_person(old: Person, new: Person, touched: Mapping[str, Any]) -> None:
    """What somebody who leaves was still asked to or signed up for, the one who takes over goes to."""
    coming = Participation.objects.filter(person=old, archived_at=None, state__in=("invited", "signed_up")).filter(
        Q(gathering__state="planned") | Q(initiative__isnull=False)
    )
    mine = set(Participation.objects.filter(person=new).values_list("gathering_id", "initiative_id", "membership_id"))
    for part in coming:
        if (part.gathering_id, part.initiative_id, part.membership_id) not in mine:
            Participation.objects.filter(pk=part.pk).update(person=new, **touched)
