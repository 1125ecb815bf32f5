"""What the columns of a file mean: the mapping as people give it, checked against the fields that exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unisono.areas.network.importing.row_kinds import FURTHER, kind_named
from unisono.areas.network.kinds import KINDS, NEED, OFFERING, ORGANIZATION, PERSON
from unisono.areas.network.models import Network
from unisono.areas.network.queries.records import fields_of
from unisono.core.text import slug
from unisono.platform.errors import Invalid, Problem
from unisono.platform.fields import Field, Type
from unisono.platform.messages import message as _

IMPORTED = ("member", "organization", "person", "offering", "need")
SKIP = "skip"
OTHERS = "*"
OWNER_KEY = "owner_key"
# Names a row within its file, for the rows that refer to it; nothing of it is kept.
FILE_KEY = "file_key"
CUSTOM = "custom:"
DATE_ORDERS = ("ymd", "dmy", "mdy")

# Fields that tie a row to organisations, by the kind of row.
LINK_FIELDS = {"offering": "owners", "need": "membership", "person": "organizations"}
# Columns of an organisation's row that carry other records with it.
CONTACT_FIELDS = ("name", "email", "phone", "job_title")
# Fields that take several columns, from wide to narrow: "Provisioning / Automation".
JOINED = ("category",)
LISTS = {"needs": NEED, "offers": OFFERING, "capabilities": KINDS["capability"]}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping ready to read rows by. `fields` and `links` hold (column, what it goes to) pairs by kind of row."""

    kind_column: str | None
    kinds: dict[str, str]
    date_order: str
    trim: tuple[str, ...]
    columns: dict[str, list[tuple[str, str]]]
    fields: dict[str, dict[str, Field]]
    # (kind of row, label, type) of custom fields that are yet to be made.
    new_fields: list[tuple[str, str, str]] = field(default_factory=list)
    # Values of texts that came before, by kind and target: tiers, places and dates come again and again.
    values: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    # The same for texts that the check kept of clean values.
    kept: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _not_json: dict[str, frozenset[str]] = field(default_factory=dict)

    def kind_of(self, cells: Mapping[str, str]) -> str:
        """The kind of record that a row stands for."""
        value = " ".join(cells.get(self.kind_column, "").split()) if self.kind_column else OTHERS
        return self.kinds.get(value, self.kinds.get(OTHERS, SKIP))

    def not_json(self, kind: str) -> frozenset[str]:
        """Fields of which JSON holds a text that is to be read again."""
        found = self._not_json.get(kind)
        if found is None:
            fields = self.fields.get(kind, {}).values()
            found = self._not_json[kind] = frozenset(f.name for f in fields if f.type in (Type.DATE, Type.DECIMAL))
        return found

    def column_of(self, kind: str, target: str) -> str:
        """Heading of the column that goes to `target`; empty when none does."""
        return next((column for column, goes_to in self.columns.get(kind, ()) if goes_to == target), "")


def kinds_of_rows() -> tuple[str, ...]:
    """What a row of a file can be."""
    return (*IMPORTED, *FURTHER)


def needed_fields(kind: str, fields: Mapping[str, Field]) -> list[str]:
    """Fields that every row of a kind must fill, those that say whom it belongs to aside."""
    if kind in FURTHER:
        return [f.name for f in fields.values() if f.required]
    return ["statement" if kind == "need" else "name"]


def special_targets(kind: str) -> list[tuple[str, str]]:
    """(target, label) of what a column may carry beside the fields of the kind itself."""
    if kind in FURTHER:
        return []
    if kind in LINK_FIELDS:
        return [(OWNER_KEY, _("Key of the organisation it belongs to"))]
    targets = []
    for name in CONTACT_FIELDS:
        known = PERSON.field(name)
        assert known is not None
        targets.append((f"person.{name}", _("Contact person: %(field)s") % {"field": known.label}))
    lists = [] if kind == ORGANIZATION.name else [("needs", _("Needs (with ; between)"))]
    return [
        *targets,
        *lists,
        ("offers", _("Offers (with ; between)")),
        ("capabilities", _("Capabilities (with ; between)")),
        (FILE_KEY, _("Id within the file")),
    ]


def importable_fields(network: Network, kind: str) -> list[Field]:
    """Fields of a kind that a column can fill: all but references to single records and who may read it."""
    if kind in FURTHER:
        return FURTHER[kind].fields(network)
    return [
        f
        for f in fields_of(network, KINDS[kind])
        if f.name != "visibility" and (f.type not in (Type.REF, Type.REFS) or f.name == LINK_FIELDS.get(kind))
    ]


def targets_of(network: Network, kind: str) -> list[tuple[str, str]]:
    """(target, label) pairs that a column of rows of this kind may go to, built-in and custom."""
    return [*((f.name, str(f.label)) for f in importable_fields(network, kind)), *special_targets(kind)]


def custom_name(label: str) -> str:
    """Name of the custom field with this label."""
    return f"custom.{slug(label).replace('-', '_')}"


def custom_target(target: str) -> tuple[str, str]:
    """(label, type) of a target such as "custom:Repo url" or "custom:Accepted:date"."""
    label, _colon, type_name = target.removeprefix(CUSTOM).rpartition(":")
    if label and type_name in tuple(Type):
        return " ".join(label.split())[:100], type_name
    return " ".join(target.removeprefix(CUSTOM).split())[:100], Type.TEXT.value


_NEW_TYPES = (Type.TEXT, Type.LONG_TEXT, Type.DATE, Type.INTEGER, Type.DECIMAL, Type.BOOLEAN, Type.URL, Type.EMAIL,
              Type.WORDS)  # fmt: skip


def mapped(network: Network, headers: list[str], raw: Mapping[str, Any]) -> Mapped:
    """The mapping, checked; raises Invalid naming every part that is wrong."""
    problems: list[Problem] = []

    def wrong(place: str, rule: str, remedy: str) -> None:
        problems.append(Problem(place, rule, remedy))

    if not isinstance(raw, Mapping):
        raise Invalid.at("mapping", _("A mapping is an object."), _("See the documentation of imports."))
    for name in set(raw) - {"kind_column", "kinds", "columns", "date_order", "trim"}:
        wrong(str(name), _("A mapping has no such part."), _("Use kind_column, kinds, columns, date_order, trim."))
    kind_column = raw.get("kind_column") or None
    if kind_column is not None and kind_column not in headers:
        wrong("kind_column", _("The file has no column “%(c)s”.") % {"c": kind_column}, _("Choose one of its columns."))
    columns = raw.get("columns") or {}
    kinds = raw.get("kinds") or {OTHERS: next(iter(columns), "member")}
    if not isinstance(columns, Mapping) or not isinstance(kinds, Mapping):
        raise Invalid.at("columns", _("The columns of each kind of row are needed."), _("Map at least one column."))
    kinds = {" ".join(str(value).split()): str(kind) for value, kind in kinds.items()}
    for value, kind in kinds.items():
        if kind not in (*kinds_of_rows(), SKIP):
            wrong(
                f"kinds, {value}",
                _("Rows of the kind “%(kind)s” are not imported.") % {"kind": kind},
                _("Use one of: %(kinds)s.") % {"kinds": ", ".join((*kinds_of_rows(), SKIP))},
            )
    date_order = raw.get("date_order") or "ymd"
    if date_order not in DATE_ORDERS:
        wrong("date_order", _("There is no such order of day, month and year."), _("Use ymd, dmy or mdy."))
    trim = raw.get("trim") or []
    if not isinstance(trim, (list, tuple)):
        wrong("trim", _("A list of texts is expected."), _('Send [] or a list such as ["(member)"].'))
        trim = []
    chosen: dict[str, list[tuple[str, str]]] = {}
    fields: dict[str, dict[str, Field]] = {}
    new_fields: list[tuple[str, str, str]] = []
    for kind in sorted(set(kinds.values()) & set(kinds_of_rows())):
        known = {f.name: f for f in importable_fields(network, kind)}
        special = {target for target, _label in special_targets(kind)}
        chosen[kind] = []
        for column, target in (columns.get(kind) or {}).items():
            place = _("%(kind)s, column %(column)s") % {"kind": kind, "column": column}
            if column not in headers:
                wrong(place, _("The file has no such column."), _("Choose one of its columns."))
                continue
            if not target:
                continue
            target = str(target)
            if target.startswith(CUSTOM):
                label, type_name = custom_target(target)
                target = custom_name(label)
                if target == "custom.":
                    wrong(place, _("A field needs a name."), _("Write it as custom:Name."))
                    continue
                if target not in known:
                    if type_name not in _NEW_TYPES:
                        type_name = Type.TEXT.value
                    key = kind_named(kind).custom_key(network, target.removeprefix("custom."))
                    known[target] = Field(target, label, Type(type_name), custom=True, stored_as=key)
                    new_fields.append((kind, label, type_name))
            if target not in known and target not in special:
                wrong(
                    place,
                    _("There is no field “%(target)s”.") % {"target": target},
                    _("Use one of: %(targets)s.") % {"targets": ", ".join([*known, *sorted(special)])},
                )
                continue
            taken = next((other for other, goes_to in chosen[kind] if goes_to == target), None)
            several = target in LISTS or target in JOINED or (target in known and known[target].type is Type.WORDS)
            if taken is not None and not several:
                wrong(
                    place,
                    _("The column “%(other)s” goes there already.") % {"other": taken},
                    _("Choose another field for one of the two."),
                )
                continue
            chosen[kind].append((column, target))
        fields[kind] = known
        for needed in needed_fields(kind, known):
            if any(target == needed for _column, target in chosen[kind]):
                continue
            wrong(
                kind,
                _("No column goes to “%(field)s”.") % {"field": known[needed].label},
                _("Choose the column that holds it."),
            )
        links = (LINK_FIELDS.get(kind), OWNER_KEY)
        if kind in ("need", "person") and not any(target in links for _column, target in chosen[kind]):
            wrong(kind, _("No column says whom the rows belong to."), _("Choose the column with the organisation."))
    if not chosen and not problems:
        wrong("kinds", _("No rows are imported."), _("Choose the kind of at least one group of rows."))
    if problems:
        raise Invalid.of(problems)
    return Mapped(
        kind_column=kind_column,
        kinds=kinds,
        date_order=date_order,
        trim=tuple(text for part in trim if (text := " ".join(str(part).split()))),
        columns=chosen,
        fields=fields,
        new_fields=new_fields,
    )
