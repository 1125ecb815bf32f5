"""What a bulk edit would do to each record: what changes, what stays as it is, what is refused and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from unisono.areas.network.actions.values import current_values, parse_values
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import Network, Organization
from unisono.areas.network.queries.lists import select, unknown_filters
from unisono.areas.network.queries.records import fields_of, visible
from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, Problem
from unisono.platform.fields import Field, FieldError, Type
from unisono.platform.messages import message as _
from unisono.platform.states import check_transition

CHUNK = 500
# Guards look at what hangs on each record; a look ahead stops here and says so.
LOOK_AHEAD = 2_000
_EXAMPLES = 20
# What tells one record from another is not the same in many.
_ONE_BY_ONE = frozenset({"name", "key", "title", "term", "statement", "text", "register_number", "tags"})


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to each record: fields and tags, or a state, or putting away."""

    values: dict[str, Any] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    state: str = ""
    reason: str = ""
    archive: bool = False


@dataclass(slots=True)
class Planned:
    """What becomes of one record: plain [before, after] by column; nothing where it stays, or is refused."""

    record: Any
    values: dict[str, list[Any]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Preview:
    """What a bulk edit would do; `looked_at` is less than `selected` when there are too many to look at each."""

    selected: int = 0
    looked_at: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    reasons: dict[Problem, list[UUID]] = field(default_factory=dict)
    reason_counts: dict[Problem, int] = field(default_factory=dict)
    examples: list[Planned] = field(default_factory=list)

    def add(self, planned: Planned) -> None:
        """Count one record."""
        self.looked_at += 1
        if planned.problems:
            self.refused += 1
            for problem in planned.problems:
                self.reason_counts[problem] = self.reason_counts.get(problem, 0) + 1
                ids = self.reasons.setdefault(problem, [])
                if len(ids) < _EXAMPLES:
                    ids.append(planned.record.pk)
        elif planned.values:
            self.changed += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(planned)
        else:
            self.same += 1

    @property
    def counts(self) -> dict[str, int]:
        return {"selected": self.selected, "changed": self.changed, "same": self.same, "refused": self.refused}

    @property
    def refusals(self) -> list[dict[str, Any]]:
        """Each reason with how many records it stops, and the first of them."""
        return [
            {"problem": problem.as_dict(), "count": self.reason_counts[problem], "ids": [str(pk) for pk in ids]}
            for problem, ids in sorted(self.reasons.items(), key=lambda item: -self.reason_counts[item[0]])
        ]


def bulk_fields(network: Network, kind: Kind) -> list[Field]:
    """Fields that many records can be given at once."""
    return [
        f
        for f in fields_of(network, kind)
        if f.name not in _ONE_BY_ONE and f.type is not Type.REFS and not (f.required and f.type is Type.REF)
    ]


def parse_change(actor: Actor, network: Network, kind: Kind, raw: Mapping[str, Any]) -> Change:
    """The change that `raw` asks for: set, add_tags, remove_tags, state, reason, archive. Raises Invalid."""
    problems: list[Problem] = []
    fields = bulk_fields(network, kind)
    values: dict[str, Any] = {}
    try:
        values = parse_values(actor, network, kind, fields, dict(raw.get("set") or {}), partial=True)
    except Invalid as error:
        problems += error.problems
    tags = kind.field("tags")
    words: dict[str, tuple[str, ...]] = {}
    for name in ("add_tags", "remove_tags"):
        words[name] = ()
        if raw.get(name):
            if tags is None:
                problems.append(Problem(name, _("Only members have tags."), _("Change something else.")))
                continue
            try:
                words[name] = tuple(tags.parse(raw[name]))
            except FieldError as error:
                problems.append(Problem(name, error.rule, error.remedy))
    state, archive = str(raw.get("state") or ""), bool(raw.get("archive"))
    if state and state not in kind.states:
        problems.append(
            Problem(
                "state",
                _("“%(state)s” is no state of this record.") % {"state": state[:60]},
                _("Use one of: %(states)s.") % {"states": ", ".join(kind.states)},
            )
        )
    asked = [bool(values or any(words.values())), bool(state), archive]
    if not problems and sum(asked) != 1:
        problems.append(
            Problem(
                "change",
                _("A bulk edit does one thing: it sets fields and tags, or moves to a state, or puts away."),
                _("Say which one; do the others afterwards."),
            )
        )
    if problems:
        raise Invalid.of(problems)
    return Change(values, words["add_tags"], words["remove_tags"], state, str(raw.get("reason") or "")[:2000], archive)


def chosen_records(
    actor: Actor, network: Network, kind: Kind, selection: Mapping[str, Any]
) -> tuple[QuerySet[Any, Any], list[UUID]]:
    """The records that a selection names, those the actor may read; and the ids that name none."""
    if "ids" not in selection:
        filters = dict(selection.get("filters") or {})
        if problems := unknown_filters(network, kind, filters):
            # An old address of a list opens all the same; a change must not reach more than was asked for.
            raise Invalid.of(problems)
        if empty := [name for name, values in filters.items() if not values]:
            raise Invalid.at(empty[0], _("The filter has no value."), _("Give one, or leave the filter out."))
        records = select(
            actor, network, kind, query=str(selection.get("query") or ""), filters=filters,
            archived=bool(selection.get("archived")),
        )  # fmt: skip
        return records, []
    ids: list[UUID] = []
    for raw in selection["ids"]:
        try:
            ids.append(raw if isinstance(raw, UUID) else UUID(str(raw)))
        except ValueError:
            raise Invalid.at(
                "ids", _("“%(id)s” is no id.") % {"id": str(raw)[:60]}, _("Give ids as the list shows them.")
            ) from None
    records = visible(actor, network, kind, archived=None).filter(pk__in=ids).order_by("pk")
    return records, sorted(set(ids) - set(records.values_list("pk", flat=True)))


def planned_of(
    actor: Actor, network: Network, kind: Kind, records: QuerySet[Any, Any], change: Change, *, now: datetime,
    hold: bool = False, limit: int | None = None,
) -> Iterator[list[Planned]]:  # fmt: skip
    """What the change would do, some records at a time; with `hold`, nobody else changes those before the commit."""
    fields = [f for f in fields_of(network, kind) if f.name in change.values]
    if change.add_tags or change.remove_tags:
        tags = kind.field("tags")
        assert tags is not None
        fields.append(tags)
    # Lists of each record take most of the time: they are read where something looks at them.
    lists = change.state or kind.check is not Kind.check or any(f.is_many for f in fields)
    keys = list(records.order_by("pk").values_list("pk", flat=True)[:limit])
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        if hold:
            _hold(kind, part)
        # The keys come from a query that asked who may read them.
        found = kind.model._base_manager.filter(pk__in=part).order_by("pk")
        if kind.related:
            found = found.select_related(*kind.related)
        if lists:
            found = found.prefetch_related(*kind.prefetched)
        yield [_planned(actor, network, kind, record, fields, change, now) for record in found]


def _hold(kind: Kind, ids: Sequence[UUID]) -> None:
    if not connection.features.has_select_for_update:
        # There a transaction that writes is the only one from its beginning.
        return
    list(kind.model._base_manager.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    if kind is MEMBER:
        held = kind.model._base_manager.filter(pk__in=ids).values("organization_id")
        list(Organization._base_manager.select_for_update().filter(pk__in=held).order_by("pk").values_list("pk"))


def _planned(
    actor: Actor, network: Network, kind: Kind, record: Any, fields: Sequence[Field], change: Change, now: datetime
) -> Planned:
    if record.is_archived:
        away = Problem(str(kind.label), _("It was put away."), _("Bring it back first."))
        return Planned(record) if change.archive else Planned(record, problems=(away,))
    if change.archive:
        return Planned(record, {"archived_at": [None, now.isoformat()]})
    if change.state:
        return _moved(actor, network, kind, record, change, now)
    before = current_values(kind, record, fields)
    after = dict(change.values)
    if change.add_tags or change.remove_tags:
        gone = {word.casefold() for word in change.remove_tags}
        kept = [word for word in before["tags"] if word.casefold() not in gone]
        known = {word.casefold() for word in kept}
        after["tags"] = sorted([*kept, *(word for word in change.add_tags if word.casefold() not in known)])
    changes = log.changes_between({name: before[name] for name in after}, after)
    if changes and kind.check is not Kind.check:
        try:
            kind.check({**current_values(kind, record, kind.fields), **after})
        except Invalid as error:
            return Planned(record, problems=error.problems)
    return Planned(record, changes)


def _moved(actor: Actor, network: Network, kind: Kind, record: Any, change: Change, now: datetime) -> Planned:
    if record.state == change.state:
        return Planned(record)
    try:
        check_transition(
            entity=kind.name, record=record, before=record.state, after=change.state, transitions=record.TRANSITIONS,
            context={"reason": change.reason, "actor": actor, "network": network},
        )  # fmt: skip
    except Conflict as error:
        return Planned(record, problems=error.problems)
    values: dict[str, list[Any]] = {"state": [record.state, change.state]}
    if kind is MEMBER:
        # The day it was where the network is, which may be another one than in UTC.
        day = now.astimezone(ZoneInfo(network.time_zone)).date() if change.state == "exited" else None
        left = {"exited_on": day, "exit_reason": change.reason if change.state == "exited" else ""}
        values |= log.changes_between({name: getattr(record, name) for name in left}, left)
    return Planned(record, values)


def holder_of(kind: Kind, known: Field | None) -> str:
    """Which row holds a column: "" for the record's own, or the name of its part."""
    return known.on if known is not None and kind is not ORGANIZATION else ""
