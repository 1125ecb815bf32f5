"""Look for duplicates, and decide about a pair: one organisation, or two."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.actions.merging import merge_organizations
from unisono.areas.network.duplicates.jobs import FIND
from unisono.areas.network.duplicates.queries import get_pair, job_under_way
from unisono.areas.network.models import DuplicatePair, Network
from unisono.platform import jobs, log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.messages import message as _
from unisono.platform.models import Job

State = DuplicatePair.State
# What may be decided, and in which state a pair has to be for it.
DECISIONS = {"same": State.OPEN, "different": State.OPEN, "open": State.DIFFERENT}


@transaction.atomic
def find_duplicates(*, actor: Actor, network: Network) -> Job:
    """Queue the job that looks for duplicates; the one that is on its way already, if there is one.

    Raises NotAllowed, NotFound.
    """
    policies.check_can_edit_records(actor, network)
    # Of two who press at once the second waits, and then finds the search of the first. Nothing that is added to
    # the network meanwhile waits with them.
    list(Network.objects.select_for_update(no_key=True).filter(pk=network.pk).values_list("pk"))
    return job_under_way(network) or jobs.start(actor=actor, kind=FIND, subject_id=network.pk)


@transaction.atomic
def decide_duplicate(
    *,
    actor: Actor,
    network: Network,
    pair_id: UUID | str,
    decision: str,
    keep_id: UUID | str | None = None,
    take: Collection[str] = (),
    at: datetime | None = None,
) -> DuplicatePair:
    """Say that a pair is the "same" (which merges the two into `keep_id`), "different", or "open" once more.

    `take` names fields of which the value of the one that goes is kept. A pair said to be different is never asked
    again, until somebody opens it. Raises Conflict when somebody else was faster, Invalid, NotAllowed, NotFound.
    """
    policies.check_can_edit_records(actor, network)
    pair = get_pair(actor, network, pair_id)
    if decision not in DECISIONS:
        raise Invalid.at("decision", _("“%(d)s” is no decision.") % {"d": decision}, _("Use same, different or open."))
    both = {str(pair.first_id): pair.first_id, str(pair.second_id): pair.second_id}
    kept = both.pop(str(keep_id), None)
    if decision == State.SAME and kept is None:
        raise Invalid.at("keep", _("It is not said which of the two stays."), _("Name the id of one of the pair."))
    now = at or timezone.now()
    # The condition lets exactly one of two people who decide at once win.
    if not DuplicatePair.objects.filter(pk=pair.pk, state=DECISIONS[decision]).update(
        state=decision, decided_by_id=actor.user_id, decided_at=now
    ):
        raise Conflict.at("pair", _("Somebody decided about this pair already."), _("Look at the list again."))
    if kept is not None and decision == State.SAME:
        [absorbed] = both.values()
        merge_organizations(actor=actor, network=network, keep_id=kept, absorb_id=absorbed, take=take, at=now)
    else:
        verb = "told_apart" if decision == State.DIFFERENT else "in_doubt"
        changes = {"state": [pair.state, decision], "pair": [None, f"{pair.first.name} / {pair.second.name}"]}
        log.record(
            log.event(actor=actor, kind=f"organization.{verb}", subject=each, network_id=network.pk,
                      about_id=each.pk, changes=changes, at=now)
            for each in (pair.first, pair.second)
        )  # fmt: skip
    pair.refresh_from_db()
    return pair
