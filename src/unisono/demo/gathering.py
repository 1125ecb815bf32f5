"""Lets the members of a story meet: gatherings, who came to them, and what some of them run together."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from unisono.areas.activities.kinds import GATHERING, INITIATIVE, PARTICIPATION
from unisono.areas.network.actions import add_record, change_state
from unisono.areas.network.kinds import Kind
from unisono.areas.network.models import Network
from unisono.demo.telling import Telling, first_day

_ASKED = ("active", "onboarding")


def gather(telling: Telling, network: Network) -> None:
    """Hold the story's gatherings and begin its initiatives, each at the time at which it happened."""
    for gathering in telling.story.gatherings:
        _hold(telling, network, gathering)
    for initiative in telling.story.initiatives:
        _run(telling, network, initiative)


def _add(telling: Telling, network: Network, of: Kind, day: date, rng: Random, begins: str, /, **values: Any) -> Any:
    at = telling.moment(min(day, telling.story.now), rng)
    return add_record(actor=telling.actor, network=network, kind=of, values=values, state=begins, at=at)


def _hold(telling: Telling, network: Network, gathering: Mapping[str, Any]) -> None:
    """Planned three weeks before; then some come, a few who had signed up do not."""
    rng = Random(f"{telling.story.name}/{gathering['name']}")  # noqa: S311 - the same every time, nothing secret
    on, rhythm = gathering["on"], telling.story.rhythm
    planned = _add(
        telling, network, GATHERING, on - timedelta(days=21), rng, "planned", name=gathering["name"],
        on=telling.day(on), kind=gathering["kind"], place=gathering["place"], series=gathering.get("series", ""),
        format="on_site", description=gathering["about"],
    )  # fmt: skip
    is_past = on <= telling.story.now
    for member in telling.story.members:
        name = member["name"]
        membership = telling.members[name]
        last = rhythm.get("until", {}).get(name, on)
        is_there = first_day(telling, member) < on and membership.state in _ASKED and on <= last
        # Drawn for everybody, so that one more member changes nothing for the others.
        luck = rng.random()
        if not is_there or name in rhythm.get("never", ()) or luck > rhythm["share"]:
            continue
        state = "attended" if luck < rhythm["share"] * 0.9 else "no_show"
        _add(
            telling, network, PARTICIPATION, on, rng, state if is_past else "signed_up",
            membership=membership.pk, gathering=planned.pk,
        )  # fmt: skip
    if is_past:
        change_state(
            actor=telling.actor, network=network, kind=GATHERING, record_id=planned.pk, state="held",
            at=telling.moment(on, rng),
        )  # fmt: skip


def _run(telling: Telling, network: Network, initiative: Mapping[str, Any]) -> None:
    rng = Random(f"{telling.story.name}/{initiative['name']}")  # noqa: S311
    begin, end = initiative["from"], initiative.get("until")
    begun = _add(
        telling, network, INITIATIVE, begin - timedelta(days=40), rng, initiative["state"], name=initiative["name"],
        kind=initiative["kind"], innovation=initiative["innovation"], description=initiative["about"],
        owner=telling.members[initiative["owner"]].pk, starts_on=telling.day(begin),
        ends_on=telling.day(end) if end else None,
    )  # fmt: skip
    for name in initiative["members"]:
        state = "attended" if begin <= telling.story.now else "signed_up"
        _add(
            telling, network, PARTICIPATION, begin, rng, state,
            membership=telling.members[name].pk, initiative=begun.pk,
        )  # fmt: skip
