"""What events of the log are about, in words: for owners who read the log of a whole workspace."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.queries.timeline import has_label, labelled_changes, sentence_of
from unisono.platform.actor import Actor
from unisono.platform.audit import check_can_read_log
from unisono.platform.models import Event
from unisono.platform.tenancy import Visibility

_OPEN = (Visibility.PUBLIC, Visibility.NETWORK, Visibility.PARTIES)


@dataclass(frozen=True, slots=True)
class Logged:
    """An event with its record's kind and title as far as there are any, and labels of what changed."""

    event: Event
    kind: Kind | None
    sentence: str
    title: str
    changes: list[tuple[str, Any, Any]]
    # Fields that only the program has a name for: a custom field, a token's scopes.
    other_changes: list[tuple[str, Any, Any]]


def logged(actor: Actor, events: Iterable[Event]) -> list[Logged]:
    """The events in words. Titles of confidential records stay out, whoever asks."""
    check_can_read_log(actor)
    chosen = list(events)
    by_model = {str(kind.model._meta.model_name): kind for kind in KINDS.values()}
    wanted: dict[str, set[UUID]] = {}
    for event in chosen:
        wanted.setdefault(event.subject_type, set()).add(event.subject_id)
    titles: dict[UUID, str] = {}
    for model_name, ids in wanted.items():
        kind = by_model.get(model_name)
        if kind is not None:
            found = kind.model._default_manager.filter(pk__in=ids, visibility__in=_OPEN).select_related(*kind.related)
            titles |= {record.pk: kind.title(record) for record in found}
    return [
        Logged(
            event=event,
            kind=by_model.get(event.subject_type),
            sentence=sentence_of(
                event.kind.partition(".")[2], _label(by_model.get(event.subject_type), event.subject_type)
            ),
            title=titles.get(event.subject_id, ""),
            changes=labelled_changes(
                group, {name: change for name, change in changes.items() if has_label(group, name)}
            ),
            other_changes=[(name, *_pair(change)) for name, change in changes.items() if not has_label(group, name)],
        )
        for event in chosen
        for group, changes in [(event.kind.partition(".")[0], event.changes)]
    ]


def _pair(change: Any) -> tuple[Any, Any]:
    return (change[0], change[1]) if isinstance(change, list) and len(change) == 2 else (None, change)


def _label(kind: Kind | None, model_name: str) -> str:
    if kind is not None:
        return str(kind.label)
    others = {
        "token": _("API token"), "user": _("User"), "importbatch": _("Import"), "bulkedit": _("Bulk edit"),
        "savedview": _("View"), "livelink": _("Live link"), "comment": _("Comment"), "attachment": _("File"),
        "network": _("Network"), "tag": _("Tag"), "customfield": _("Field"), "mergerecord": _("Merge"),
        "outgoing": _("Outgoing message"), "networkpicture": _("Map"),
        "invitation": _("Invitation"), "access": _("Roles of the team"),
    }  # fmt: skip
    return others.get(model_name, _("Something else"))


def kind_in_words(group: str) -> str:
    """The first word of an event's kind, such as "member", for people."""
    if group in KINDS:
        return str(KINDS[group].label)
    others = {"custom_field": "customfield", "import": "importbatch", "map": "networkpicture", "view": "savedview"}
    return _label(None, others.get(group, group.replace("_", "")))
