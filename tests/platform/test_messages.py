"""Texts that are kept: made in one language, read in another."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils.translation import gettext_lazy, trans_real

from unisono.platform import bulk
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Problem
from unisono.platform.messages import message as _
from unisono.platform.messages import stored, told
from unisono.platform.models import Job

Languages = Callable[[str], None]


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Languages]:
    """`speak("de")` makes every translated text begin with "de:", as a catalogue would make it German."""
    now = [""]
    translate = trans_real.DjangoTranslation.gettext

    def translated(self: Any, source: str) -> str:
        return f"{now[0]}:{source}" if now[0] else str(translate(self, source))

    monkeypatch.setattr(trans_real.DjangoTranslation, "gettext", translated)
    yield lambda language: now.__setitem__(0, language)


def test_a_message_is_a_text() -> None:
    text = _("Repeats row %(row)s.") % {"row": 7}
    assert text == "Repeats row 7."
    assert isinstance(text, str)
    assert stored(text) == {"msgid": "Repeats row %(row)s.", "params": {"row": 7}}


def test_it_is_read_in_the_language_of_the_reader(speak: Languages) -> None:
    speak("de")
    kept = stored([_("Repeats row %(row)s.") % {"row": 7}, "Hotel Utsikten"])
    speak("nb")
    assert told(kept) == ["nb:Repeats row 7.", "Hotel Utsikten"]


def test_what_is_filled_in_is_read_so_too(speak: Languages) -> None:
    speak("de")
    within = _("Contact: %(field)s") % {"field": gettext_lazy("Title")}
    kept = stored({"outer": _("%(what)s is wrong.") % {"what": within}})
    speak("nb")
    assert told(kept) == {"outer": "nb:nb:Contact: nb:Title is wrong."}


def test_kept_twice_it_stays_what_it_is(speak: Languages) -> None:
    speak("de")
    kept = stored(_("There is no “%(name)s”.") % {"name": "100 % sure"})
    speak("nb")
    assert stored(told(kept)) == kept


@pytest.mark.parametrize("value", [{"msgid": "x", "params": "y"}, {"msgid": "x"}, {"a": ["%(b)s"]}, "", None, 7])
def test_what_is_no_message_comes_back_as_it_was(value: Any) -> None:
    assert told(stored(value)) == value


def test_problems_of_a_job_are_read_in_the_language_of_the_reader(actor: Actor, speak: Languages) -> None:
    speak("de")
    error = Conflict.at(gettext_lazy("the directory"), _("Records changed."), _("Look again."))
    Job.objects.create(kind="test", problems=[problem.as_dict() for problem in error.problems])
    speak("nb")
    assert Job.objects.get().problems == [
        {"place": "nb:the directory", "rule": "nb:Records changed.", "remedy": "nb:Look again."}
    ]


def test_so_are_those_of_rows_inserted_in_bulk(actor: Actor, speak: Languages) -> None:
    names = ("id", "workspace_id", "created_at", "kind", "state", "done", "cancel_requested", "result", "problems")
    like = Job.objects.create(kind="test")
    speak("de")
    problem = Problem("row 7", _("A value is needed."), _("Fill it in.")).as_dict()
    row = [like.workspace_id, like.created_at, "bulk", "done", 0, False, {}]
    bulk.insert(Job, names, [[actor.user_id, *row, [problem]], [actor.workspace_id, *row, []]])
    speak("nb")
    assert [job.problems for job in Job.objects.filter(kind="bulk").order_by("problems")] in (
        [[], [{"place": "row 7", "rule": "nb:A value is needed.", "remedy": "nb:Fill it in."}]],
        [[{"place": "row 7", "rule": "nb:A value is needed.", "remedy": "nb:Fill it in."}], []],
    )
