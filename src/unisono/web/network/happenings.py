"""Events of the log as timeline entries: an icon, a sentence, and what changed."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from unisono.areas.network.kinds import KINDS
from unisono.areas.network.queries import Happening
from unisono.web.network.states import state_look
from unisono.web.network.wording import WORDING

_VERB_ICONS = {"archived": "archive", "restored": "arrow-back-up", "merged": "git-merge", "imported": "file-import"}


def entries_of(
    happenings: Iterable[Happening], named: Mapping[UUID, dict[str, str]] | None = None
) -> list[dict[str, Any]]:
    """Timeline entries for what happened; `named` gives label and address of records that can be opened."""
    return [_entry(happening, named or {}) for happening in happenings]


def _entry(happening: Happening, named: Mapping[UUID, dict[str, str]]) -> dict[str, Any]:
    kind, _dot, verb = happening.kind.partition(".")
    known = WORDING[kind].icon if kind in WORDING else "paperclip" if kind == "attachment" else "activity"
    sentence = happening.sentence
    changes = list(happening.changes)
    if verb == "state_changed":
        states = next(((before, after) for _label, before, after in changes if after), None)
        if states:
            label = KINDS[kind].label if kind in KINDS else kind
            words = {"kind": label, "before": _state(states[0]), "after": _state(states[1])}
            sentence = _("%(kind)s: from %(before)s to %(after)s") % words
        changes = [change for change in changes if change[2] not in (None, "") and change[2] != (states or ("", ""))[1]]
    elif kind == "attachment":
        sentence = {"added": _("File attached"), "removed": _("File removed"), "restored": _("File brought back")}.get(
            verb, sentence
        )
    return {
        "icon": _VERB_ICONS.get(verb, known),
        "sentence": sentence,
        "actor": happening.actor,
        "at": happening.at,
        # What came in is named by its title; its page has the rest.
        "changes": []
        if verb in ("added", "imported", "restored", "removed")
        else [{"label": label, "before": before, "after": after} for label, before, after in changes],
        "link": named.get(happening.record_id),
        "visibility": named.get(happening.record_id, {}).get("visibility", ""),
    }


def _state(state: Any) -> str:
    return state_look(str(state))["label"].lower()
