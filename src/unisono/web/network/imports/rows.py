"""Rows of a checked import as its page shows them: facts, changes, both sides of a doubtful one, fields to mend."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from unisono.areas.network import importing
from unisono.areas.network.importing.parsing import place_of
from unisono.areas.network.importing.row_kinds import FURTHER, NEW_PEOPLE
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import ImportBatch, ImportRow, Network
from unisono.areas.network.queries import custom_fields_of, text_of, value_of, visible
from unisono.areas.network.queries.members import choices_named
from unisono.core.text import name_key
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, FieldError, Type
from unisono.web.network.imports.mapping_form import CUSTOM, custom_label
from unisono.web.network.imports.steps import ROW_KINDS

_SHOWN_FACTS = 5
_LONG = 160


def fields_by_kind(actor: Actor, network: Network, kinds: Iterable[str]) -> dict[str, dict[str, Field]]:
    """Fields by name for each kind, those of the network among them, in one query."""
    further = {kind: FURTHER[kind].fields(network) for kind in kinds if kind in FURTHER}
    own = {kind: KINDS[kind].fields for kind in kinds if kind in KINDS and kind not in further}
    fields = {kind: {f.name: f for f in known} for kind, known in {**own, **further}.items()}
    for custom in custom_fields_of(actor, network) if fields else ():
        if custom.record_kind in fields:
            name = f"custom.{custom.name}"
            fields[custom.record_kind][name] = Field(name, custom.label, Type(custom.type), custom=True)
    return fields


def _label(fields: Mapping[str, Field], target: str) -> str:
    if target in fields:
        return str(fields[target].label)
    if target.startswith(CUSTOM):
        return custom_label(target)
    if target.startswith("person.") and (field := KINDS["person"].field(target.removeprefix("person."))):
        return _("Contact person: %(field)s") % {"field": field.label}
    words = {
        "needs": _("Needs"),
        "offers": _("Offers"),
        "capabilities": _("Capabilities"),
        "owner_key": _("Key of the owner"),
        "file_key": _("Id within the file"),
        "archived_at": _("Archived"),
    }
    return words.get(target, target.removeprefix("custom.").replace("_", " "))


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1].rstrip()}…"


def _as_shown(field: Field | None, text: str) -> str:
    """A cell as the field would show it, so that both sides of a comparison are written alike."""
    if field is None or not text or field.type in (Type.REF, Type.REFS):
        return text
    try:
        return text_of(field, field.parse(text))
    except FieldError:
        return text


def _targets(batch: ImportBatch, kind: str) -> dict[str, str]:
    """Heading to field for rows of a kind, mapped columns only."""
    columns = (batch.mapping.get("columns") or {}).get(kind) or {}
    return {heading: target for heading, target in columns.items() if target}


class Shown:
    """Turns rows of one page into what the templates take; reads what all of them need at once."""

    def __init__(self, actor: Actor, network: Network, batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
        self.actor, self.network, self.batch = actor, network, batch
        self.fields = fields_by_kind(actor, network, {row.kind for row in rows})

    def _facts(self, row: ImportRow) -> list[dict[str, str]]:
        fields = self.fields.get(row.kind, {})
        return [
            {"label": _label(fields, target), "text": _short(row.text_in(heading))}
            for heading, target in _targets(self.batch, row.kind).items()
            if row.text_in(heading) and target not in ("name", "statement")
        ]

    def _changes(self, row: ImportRow) -> list[dict[str, str]]:
        fields = self.fields.get(row.kind, {})
        found = []
        for name, (before, after) in row.changes.items():
            if name == NEW_PEOPLE:
                # The note says it in words, beside what the row has.
                continue
            field = fields.get(name)
            texts = [_short(text_of(field, v) if field else str(v or "")) for v in (before, after)]
            found.append({"label": _label(fields, name), "before": texts[0], "after": texts[1]})
        return found

    def line(self, row: ImportRow) -> dict[str, Any]:
        """A row that is new, changes something, stays out, or is there already."""
        facts = self._facts(row)
        return {
            "number": row.number,
            "name": row.name,
            "kind": str(ROW_KINDS.get(row.kind, row.kind)),
            "facts": facts[:_SHOWN_FACTS],
            "more": max(0, len(facts) - _SHOWN_FACTS),
            "changes": self._changes(row),
            "decision": row.decision,
            "note": row.note,
        }

    def _known(self, rows: Sequence[ImportRow]) -> dict[tuple[str, str], dict[str, str]]:
        """Texts by field of the records that doubtful rows may be, by kind of row and id, a query or two a kind."""
        wanted: dict[str, set[UUID]] = {}
        for row in rows:
            if row.candidate.get("record_id"):
                wanted.setdefault(row.kind, set()).add(UUID(str(row.candidate["record_id"])))
        found: dict[tuple[str, str], dict[str, str]] = {}
        for name, ids in wanted.items():
            targets = set(_targets(self.batch, name).values())
            fields = {key: field for key, field in self.fields[name].items() if key in targets}
            # A member's row is compared with an organisation, which may be no member yet.
            missing = set(ids)
            if name == "member":
                members = visible(self.actor, self.network, MEMBER, archived=None).filter(organization_id__in=ids)
                for member in members if "tags" in targets else members.prefetch_related(None):
                    found[name, str(member.organization_id)] = self._texts(MEMBER, member, fields)
                    missing.discard(member.organization_id)
            kind = ORGANIZATION if name == "member" else KINDS[name]
            for record in choices_named(self.actor, self.network, kind, missing) if missing else ():
                found[name, str(record.pk)] = self._texts(kind, record, fields)
        return found

    @staticmethod
    def _texts(kind: Kind, record: Any, fields: Mapping[str, Field]) -> dict[str, str]:
        own = {
            name: field if field.custom else kind.field(name)
            for name, field in fields.items()
            if kind is not ORGANIZATION or not field.custom
        }
        return {name: text_of(field, value_of(kind, record, field)) for name, field in own.items() if field}

    def doubts(self, rows: Sequence[ImportRow]) -> list[dict[str, Any]]:
        """Doubtful rows, each beside what it may be the same as."""
        known = self._known(rows)
        numbers = {row.candidate["row"] for row in rows if row.candidate.get("row")}
        others = importing.rows_numbered(self.actor, self.network, self.batch, numbers) if numbers else {}
        return [self._doubt(row, known, others) for row in rows]

    def _doubt(
        self,
        row: ImportRow,
        known: Mapping[tuple[str, str], Mapping[str, str]],
        others: Mapping[int, ImportRow],
    ) -> dict[str, Any]:
        candidate, fields = row.candidate, self.fields.get(row.kind, {})
        texts = known.get((row.kind, str(candidate.get("record_id"))), {})
        other = others.get(candidate.get("row") or 0)
        pairs = []
        targets = _targets(self.batch, row.kind)
        for heading, target in targets.items():
            theirs = row.name if target == "name" else _as_shown(fields.get(target), row.text_in(heading))
            ours = texts.get(target, "")
            if other is not None:
                ours = other.name if target == "name" else _as_shown(fields.get(target), other.text_in(heading))
            if ours or theirs:
                alike = ours.casefold() == theirs.casefold()
                label = _label(fields, target)
                if list(targets.values()).count(target) > 1:
                    label = f"{label} ({heading})"
                pairs.append({"label": label, "ours": _short(ours), "theirs": _short(theirs), "alike": alike})
        return {
            "number": row.number,
            "name": row.name,
            "kind": str(ROW_KINDS.get(row.kind, row.kind)),
            "candidate": candidate.get("name", ""),
            "keeps_name": row.kind in ("member", "organization")
            and name_key(row.name) != name_key(str(candidate.get("name", ""))),
            "other_row": other.number if other is not None else None,
            "percent": round(float(candidate.get("score") or 0) * 100),
            "reasons": candidate.get("reasons") or [],
            "pairs": pairs,
        }

    def _column_at(self, place: str, number: int) -> str:
        """Heading of the column that a problem's place names; empty when it is about the whole row."""
        exact = [heading for heading in self.batch.headers if place == place_of(number, heading)]
        within = [heading for heading in self.batch.headers if place.endswith(heading)]
        return max(exact or within, key=len, default="")

    def wrong(self, row: ImportRow) -> dict[str, Any]:
        """A row that cannot come in: what is wrong where, with a field for each cell to mend."""
        cells: dict[str, dict[str, Any]] = {}
        others = []
        for problem in row.problems:
            if heading := self._column_at(problem["place"], row.number):
                cell = cells.setdefault(
                    heading, {"column": heading, "text": row.text_in(heading), "problems": [], "id": ""}
                )
                cell["id"] = f"cell-{row.number}-{self.batch.headers.index(heading)}"
                cell["problems"].append(problem)
            else:
                others.append(problem)
        rest = [
            {"label": heading, "text": _short(row.text_in(heading))}
            for heading in self.batch.headers
            if heading not in cells and row.text_in(heading)
        ]
        return {
            "number": row.number,
            "name": row.name,
            "kind": str(ROW_KINDS.get(row.kind, row.kind)),
            "cells": list(cells.values()),
            "problems": others,
            "rest": rest,
        }
