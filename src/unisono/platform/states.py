"""State machines: which state may follow which, and guards that areas put on a transition."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from unisono.platform.errors import Conflict, Problem

Transitions = Mapping[str, frozenset[str]]
Guard = Callable[[Any, Mapping[str, Any]], Problem | None]

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
        options = ", ".join(sorted(state.replace("_", " ") for state in allowed)) or _("no other state")
        raise Conflict.at(
            "state",
            _("“%(after)s” cannot follow “%(before)s”.") % {"after": after, "before": before},
            _("From here it can become: %(options)s.") % {"options": options},
        )
    problems = [
        problem for guard in _guards.get((entity, before, after), []) if (problem := guard(record, context)) is not None
    ]
    if problems:
        raise Conflict.of(problems)
