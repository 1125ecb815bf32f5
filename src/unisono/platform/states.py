"""State machines: which state may follow which, and guards that areas put on a transition."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from unisono.platform.errors import Conflict, Problem
from unisono.platform.messages import joined, kept_text, message

Transitions = Mapping[str, frozenset[str]]
Guard = Callable[[Any, Mapping[str, Any]], Problem | None]

# What people read for a state, whatever kind of record has it.
LABELS: dict[str, str | Promise] = {
    "accepted": _("accepted"),
    "active": _("active"),
    "agreed": _("agreed"),
    "amended": _("amended"),
    "attended": _("took part"),
    "cancelled": _("cancelled"),
    "changed": _("changed"),
    "claimed": _("claimed"),
    "closed": _("closed"),
    "co_creating": _("being co-created"),
    "commercial": _("commercial"),
    "confirmed": _("confirmed"),
    "dissolved": _("dissolved"),
    "done": _("done"),
    "dormant": _("dormant"),
    "drafted": _("drafted"),
    "ended": _("ended"),
    "exited": _("left"),
    "exploring": _("exploring"),
    "forming": _("forming"),
    "held": _("held"),
    "idea": _("idea"),
    "in_force": _("in force"),
    "integrated": _("integrated"),
    "introduced": _("introduced"),
    "invited": _("invited"),
    "lapsed": _("lapsed"),
    "left": _("left"),
    "merged": _("merged"),
    "met": _("met"),
    "negotiated": _("negotiated"),
    "no_show": _("did not come"),
    "onboarding": _("onboarding"),
    "outdated": _("outdated"),
    "own": _("own use"),
    "paused": _("paused"),
    "pilot": _("pilot"),
    "planned": _("planned"),
    "potential": _("potential"),
    "proposed": _("proposed"),
    "prospect": _("prospect"),
    "reflected": _("looked back on"),
    "registered": _("registered"),
    "retired": _("retired"),
    "revised": _("revised"),
    "running": _("running"),
    "scaled": _("scaled"),
    "signed_up": _("signed up"),
    "staffed": _("staffed"),
    "stopped": _("stopped"),
    "tied": _("tied to the network"),
    "under_review": _("under review"),
    "understood": _("understood"),
    "untied": _("released"),
    "verified": _("verified"),
    "voiced": _("voiced"),
}

_guards: dict[tuple[str, str, str], list[Guard]] = {}


def register_guard(entity: str, before: str, after: str, guard: Guard) -> None:
    """Let `guard(record, context)` look at every transition of `entity` from `before` to `after`.

    A higher area guards a lower one's transition this way, since the lower one must not know it. The guard
    returns None to let it pass, or the problem that stops it.
    """
    guards = _guards.setdefault((entity, before, after), [])
    if guard not in guards:
        guards.append(guard)


def check_transition(
    *, entity: str, record: Any, before: str, after: str, transitions: Transitions, context: Mapping[str, Any]
) -> None:
    """Raise Conflict unless `after` may follow `before` and every guard lets it pass."""
    allowed = transitions.get(before, frozenset())
    if after not in allowed:
        options = joined(sorted(map(_kept_label, allowed))) or message("no other state")
        raise Conflict.at(
            "state",
            message("“%(after)s” cannot follow “%(before)s”.")
            % {"after": _kept_label(after), "before": _kept_label(before)},
            message("From here it can become: %(options)s.") % {"options": options},
        )
    problems = [
        problem for guard in _guards.get((entity, before, after), []) if (problem := guard(record, context)) is not None
    ]
    if problems:
        raise Conflict.of(problems)


def _kept_label(state: str) -> str:
    return kept_text(LABELS.get(state) or state.replace("_", " "))


def label_of(state: str) -> str:
    """What people read for the state, in the language of the moment."""
    return str(LABELS.get(state) or state.replace("_", " "))
