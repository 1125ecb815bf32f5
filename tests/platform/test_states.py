"""States in words: what people read is a word of their language, never the name in the database."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.utils.functional import Promise

from unisono.platform import states
from unisono.platform.errors import Conflict
from unisono.platform.tenancy import Visibility


def refused(before: str, after: str, *following: str) -> str:
    with pytest.raises(Conflict) as caught:
        states.check_transition(
            entity="thing", record=SimpleNamespace(), before=before, after=after,
            transitions={before: frozenset(following)}, context={},
        )  # fmt: skip
    return f"{caught.value.problems[0].rule} {caught.value.problems[0].remedy}"


def test_a_refusal_names_states_as_people_read_them() -> None:
    said = refused("in_force", "co_creating", "under_review", "exited")
    assert said == "“being co-created” cannot follow “in force”. From here it can become: left, under review."


def test_a_state_nobody_knows_is_said_as_it_was_given() -> None:
    assert "“flying” cannot follow “paused”" in refused("paused", "flying")


def test_every_state_has_a_word() -> None:
    machines = [getattr(model, "TRANSITIONS", {}) for model in apps.get_models()]
    known = {state for machine in machines for before, after in machine.items() for state in (before, *after)}
    assert {"active", "in_force", "voiced"} <= known
    assert known <= set(states.LABELS)


def test_words_follow_the_language_of_the_moment() -> None:
    """Labels are looked up when they are read; one that was looked up at the import would stay as it was."""
    labels = [*states.LABELS.values(), *(label for _value, label in Visibility.choices)]
    assert [label for label in labels if not isinstance(label, Promise)] == []
