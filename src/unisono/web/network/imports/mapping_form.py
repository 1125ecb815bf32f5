"""The form of step 2: what was chosen for the columns, read from and written to a page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from unisono.areas.network.importing import ColumnSuggestion, Suggestion
from unisono.areas.network.importing.mapping import (
    CUSTOM,
    FILE_KEY,
    OWNER_KEY,
    custom_target,
    importable_fields,
    special_targets,
)
from unisono.areas.network.importing.mapping import OTHERS as ANY_OTHER
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Network
from unisono.platform.fields import Field, Type
from unisono.web.network.imports.steps import ROW_KINDS, figure

# More values than this are not told apart one by one.
MAX_VALUES = 40
_AMBIGUOUS = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$")


@dataclass(slots=True)
class Choices:
    """The mapping while it is being chosen; `as_mapping` gives what `set_mapping` takes."""

    kind_column: str | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str | None]] = field(default_factory=dict)
    date_order: str = "ymd"
    trim: list[str] = field(default_factory=list)
    # The kind of row whose left-out columns were asked to become fields.
    keeping: str = ""

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> "Choices":
        """What a stored or suggested mapping says."""
        return cls(
            kind_column=mapping.get("kind_column") or None,
            kinds=dict(mapping.get("kinds") or {}),
            columns={kind: dict(columns) for kind, columns in (mapping.get("columns") or {}).items()},
            date_order=str(mapping.get("date_order") or "ymd"),
            trim=list(mapping.get("trim") or []),
        )

    @classmethod
    def posted(cls, post: QueryDict, headers: Sequence[str]) -> "Choices":
        """What the form says; columns are named by their number, since headings may hold anything."""
        column = post.get("kind_column", "")
        values, chosen = post.getlist("kind_value"), post.getlist("kind")
        kinds = {value: kind for value, kind in zip(values, chosen, strict=False) if kind in ROW_KINDS}
        columns: dict[str, dict[str, str | None]] = {}
        for kind in ROW_KINDS:
            targets = post.getlist(f"to_{kind}")
            if len(targets) == len(headers):
                columns[kind] = {heading: target or None for heading, target in zip(headers, targets, strict=True)}
        return cls(
            kind_column=column if column in headers else None,
            kinds=kinds,
            columns=columns,
            date_order=post.get("date_order", "ymd"),
            trim=[words for each in post.getlist("trim") if (words := each.strip())],
            keeping=post.get("keep_rest", ""),
        )

    def kind_of(self, value: str) -> str:
        """What rows with this value of the kind column are."""
        return self.kinds.get(value) or self.rest

    @property
    def rest(self) -> str:
        """What rows are whose value is not listed; without a kind column, what all rows are."""
        return self.kinds.get(ANY_OTHER) or next((k for k in self.kinds.values() if k != "skip"), "member")

    @property
    def said(self) -> dict[str, str]:
        """Value of the kind column to kind; without such a column one kind for all rows."""
        return {**self.kinds, ANY_OTHER: self.rest} if self.kind_column else {ANY_OTHER: self.rest}

    def kinds_in_use(self, values: Sequence[tuple[str, int]]) -> list[str]:
        """Kinds that rows have, in the order of ROW_KINDS."""
        used = {self.kind_of(value) for value, _n in values}
        if self.kind_column is None or len(values) >= MAX_VALUES:
            used.add(self.rest)
        return [kind for kind in ROW_KINDS if kind in used and kind != "skip"]

    def keep_rest(self, suggestion: Suggestion) -> None:
        """Make a field of the network of every column of one kind of row that goes nowhere yet."""
        for each in suggestion.columns.get(self.keeping, []):
            if each.custom and not self.columns.setdefault(self.keeping, {}).get(each.column):
                self.columns[self.keeping][each.column] = each.custom

    def as_mapping(self) -> dict[str, Any]:
        """The mapping to check the file with; a kind whose columns were not on the page brings no rows."""
        kinds = {value: kind if kind in self.columns else "skip" for value, kind in self.said.items()}
        return {
            "kind_column": self.kind_column,
            "kinds": kinds,
            "columns": {kind: self.columns[kind] for kind in set(kinds.values()) if kind in self.columns},
            "date_order": self.date_order,
            "trim": self.trim,
        }


def options_of(choices: Mapping[str, Any] | Sequence[tuple[str, Any]], selected: str) -> list[dict[str, Any]]:
    """Options of a select."""
    pairs = choices.items() if isinstance(choices, Mapping) else choices
    return [{"value": value, "label": str(label), "selected": value == selected} for value, label in pairs]


def custom_label(target: str) -> str:
    """What a field that is yet to be made will be called: "custom:Accepted:date" is Accepted."""
    return custom_target(target)[0]


def _group_of(kind: str, target: str) -> str:
    """Under which heading a field stands in the list of fields."""
    if target.startswith("custom"):
        return _("The network's own fields")
    if target.startswith("person."):
        return _("Contact person")
    if target in ("needs", "offers", "capabilities"):
        return _("Needs, offers, capabilities")
    if target == FILE_KEY:
        return _("For other rows of the file")
    if kind not in KINDS or target == OWNER_KEY:
        return str(ROW_KINDS[kind])
    if kind == "member":
        known = KINDS[kind].field(target)
        return _("Organisation") if known is not None and known.on == "organization" else _("Membership")
    return str(KINDS[kind].label)


def _grouped(kind: str, targets: Sequence[tuple[str, str]], suggestion: ColumnSuggestion, chosen: str) -> list[Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for target, label in targets:
        groups.setdefault(_group_of(kind, target), []).append(
            {"value": target, "label": label, "selected": target == chosen}
        )
    custom = suggestion.custom or f"{CUSTOM}{suggestion.column}"
    if chosen.startswith(CUSTOM):
        custom = chosen
    label = _("New field “%(name)s”") % {"name": custom_label(custom)}
    groups.setdefault(_("The network's own fields"), []).append(
        {"value": custom, "label": label, "selected": custom == chosen}
    )
    return [{"label": label, "options": options} for label, options in groups.items()]


def _missing(kind: str, fields: Sequence[Field], chosen: Mapping[str, str | None]) -> list[str]:
    """Labels of needed fields that no column goes to."""
    taken = set(chosen.values())
    # Whom a row belongs to can also be said by a key.
    if OWNER_KEY in taken:
        taken |= {"organizations", "membership"}
    return [str(f.label) for f in fields if f.required and f.name not in taken and f.type is not Type.BOOLEAN]


def section_of(
    network: Network, kind: str, choices: Choices, suggestion: Suggestion, headers: Sequence[str], count: int | None
) -> dict[str, Any]:
    """The columns of rows of one kind: where each goes, some values, why."""
    suggested = {each.column: each for each in suggestion.columns.get(kind, [])}
    chosen = choices.columns.get(kind)
    if chosen is None:
        chosen = {column: each.target for column, each in suggested.items()}
    fields = importable_fields(network, kind)
    targets = [*((f.name, str(f.label)) for f in fields), *special_targets(kind)]
    rows = []
    for at, heading in enumerate(headers):
        each = suggested.get(heading) or ColumnSuggestion(heading, None, "", [])
        target = chosen.get(heading) or ""
        rows.append(
            {
                "id": f"to-{kind}-{at}",
                "heading": heading,
                "samples": each.samples,
                "groups": _grouped(kind, targets, each, target),
                "target": target,
                "reason": each.reason if target and target == each.target else "",
            }
        )
    return {
        "kind": kind,
        "label": str(ROW_KINDS[kind]),
        "count": count,
        "count_said": figure(count or 0),
        "rows": rows,
        "left": sum(1 for row in rows if not row["target"] and row["samples"]),
        "missing": _missing(kind, fields, chosen),
        "dates": {f.name for f in fields if f.type is Type.DATE},
    }


def has_ambiguous_dates(sections: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a column that goes to a date holds values such as 03/04/2021."""
    for section in sections:
        for row in section["rows"]:
            is_date = row["target"] in section["dates"] or row["target"].endswith(":date")
            if is_date and any(_AMBIGUOUS.match(sample.strip()) for sample in row["samples"]):
                return True
    return False
