"""What the columns of a file probably mean: from their headings, their values, and what was chosen before."""

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from unisono.areas.network.derived import columns_reckoned
from unisono.areas.network.importing.mapping import (
    CONTACT_FIELDS,
    CUSTOM,
    FILE_KEY,
    JOINED,
    LINK_FIELDS,
    OTHERS,
    OWNER_KEY,
    importable_fields,
    kinds_of_rows,
    mapped,
    needed_fields,
    targets_of,
)
from unisono.areas.network.importing.reading import PROBLEM, rows_in
from unisono.areas.network.importing.row_kinds import FURTHER
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.models import ImportBatch, ImportMapping, Network
from unisono.core.text import name_key
from unisono.engines.importable import KINDS_OF_ROWS
from unisono.platform.errors import Invalid
from unisono.platform.fields import Field, FieldError, Type

_SAMPLED_ROWS = 20_000
_SAMPLED_CELLS = 200_000
_MAX_KIND_VALUES = 40
# Words that say what rows are, in the languages that people here keep lists in; folded.
_KIND_WORDS = {
    "member": ("member", "members", "membership", "medlem", "medlemmer", "mitglied", "mitglieder", "membre", "miembro",
               "node", "nodes", "element", "elements"),
    "person": ("person", "people", "contact", "contacts", "kontakt", "personer", "personen"),
    "need": ("need", "needs", "behov", "bedarf"),
    "organization": ("organisation", "organization", "organisations", "organizations", "company", "companies"),
    "offering": ("offer", "offers", "offering", "offerings", "product", "products", "service", "services", "tilbud",
                 "angebot", "angebote", "produkt", "produkter", "produkte"),
}  # fmt: skip
# What the kinds of rows of a format usually stand for.
_MEANT = {"node": "member", "edge": "relationship", "organisation": "organization", "person": "person"}
_LIST_HEADINGS = {
    "needs": ("needs", "need", "wants", "looking for", "behov", "bedarf"),
    "offers": ("offers", "offer", "offerings", "products", "services", "tilbud", "angebot", "produkter", "produkte"),
    "capabilities": ("capabilities", "capability", "skills", "competences", "kompetanse", "kompetenzen"),
}
_URL = re.compile(r"(https?://|www\.)\S+$", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+$")
_ISO_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")
_FIGURES_DATE = re.compile(r"(\d{1,2})[./-]\s?(\d{1,2})[./-]\s?(\d{4}|\d{2})$")
_LAST_BRACKET = re.compile(r"\S\s*(\([^()]{1,40}\))$")


@dataclass(frozen=True, slots=True)
class ColumnSuggestion:
    """One column for rows of one kind: where it goes (None: nowhere), why, and some of its values."""

    column: str
    target: str | None
    reason: str
    samples: list[str]
    # What the unmapped column could become, for example "custom:repo_url:url".
    custom: str | None = None
    # An export carries it, yet nobody entered it.
    is_reckoned: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping ready for `set_mapping`, and column by column what it rests on."""

    mapping: dict[str, Any]
    columns: dict[str, list[ColumnSuggestion]] = field(default_factory=dict)
    # Values of the kind column with their numbers of rows, most frequent first.
    kind_values: list[tuple[str, int]] = field(default_factory=list)
    remembered: bool = False

    def with_custom_fields(self) -> dict[str, Any]:
        """The mapping in which every column that goes nowhere becomes a field of its own, what is reckoned aside."""
        columns = {
            kind: {c.column: c.target or (None if c.is_reckoned else c.custom) for c in suggested}
            for kind, suggested in self.columns.items()
        }
        return {**self.mapping, "columns": columns}


def preview(batch: ImportBatch, limit: int = 20) -> list[tuple[int, dict[str, str]]]:
    """The first rows of the file as (row number, heading to text)."""
    return [
        (row.number, dict(zip(batch.headers, row.cells, strict=True)))
        for row in itertools.islice(rows_in(batch), limit)
    ]


def suggested_mapping(batch: ImportBatch, *, kind: str | None = None) -> Suggestion:
    """What the columns probably mean; what was chosen before for the same headings comes first.

    `kind` says that all rows are of one kind; nothing is remembered about that.
    """
    headers: list[str] = batch.headers
    rows = _sample(batch)
    if kind is not None:
        return _guess(batch, headers, rows, None, {OTHERS: kind})
    remembered = ImportMapping.objects.filter(network=batch.network, header_signature=batch.header_signature).first()
    chosen = dict(batch.mapping or (remembered.mapping if remembered else {}))
    try:
        if chosen:
            mapped(batch.network, headers, chosen)
    except Invalid:
        # A field that it names is gone since.
        chosen = {}
    kind_column, kinds = _kinds_of(batch, headers, rows)
    if kind_column is None and (further := _further_kind(batch.network, headers)):
        kinds = {OTHERS: further}
    guess = _guess(batch, headers, rows, kind_column, kinds)
    mapping = {**guess.mapping, **chosen}
    values = _values(headers, rows, mapping["kind_column"])
    columns = dict(guess.columns)
    for kind, targets in chosen.get("columns", {}).items():
        known = {c.column: c for c in guess.columns.get(kind) or _columns(batch, kind, headers, rows)}
        columns[kind] = [
            ColumnSuggestion(c.column, targets.get(c.column), _("as the last time"), c.samples, c.custom)
            for c in known.values()
        ]
    return Suggestion(mapping, columns, values, remembered=bool(chosen))


def suggested_columns(batch: ImportBatch, kind_column: str | None, kinds: Mapping[str, str]) -> Suggestion:
    """What the columns probably mean once people have said themselves which rows are of which kind."""
    headers: list[str] = batch.headers
    rows = _sample(batch)
    guess = _guess(batch, headers, rows, kind_column, kinds)
    return Suggestion(guess.mapping, guess.columns, _values(headers, rows, kind_column))


def _sample(batch: ImportBatch) -> list[list[str]]:
    """The first rows of the file: fewer of a wide one, so that what is held in memory has a limit.

    Where a format has rows of several kinds, the first of each: all ties may stand behind all members.
    """
    rows = min(_SAMPLED_ROWS, _SAMPLED_CELLS // max(1, len(batch.headers)))
    kinds = KINDS_OF_ROWS.get(batch.layout.get("format", ""))
    if kinds is None:
        return [row.cells for row in itertools.islice(rows_in(batch), rows)]
    by_kind: dict[str, list[list[str]]] = {kind: [] for kind in kinds}
    most = rows // len(kinds)
    for row in rows_in(batch):
        sampled = by_kind[row.cells[0]]
        if len(sampled) < most:
            sampled.append(row.cells)
        elif all(len(each) >= most for each in by_kind.values()):
            break
    return [cells for sampled in by_kind.values() for cells in sampled]


def _values(headers: list[str], rows: Sequence[list[str]], kind_column: str | None) -> list[tuple[str, int]]:
    if not kind_column:
        return []
    position = headers.index(kind_column)
    return Counter(" ".join(cells[position].split()) for cells in rows).most_common(_MAX_KIND_VALUES)


def _guess(
    batch: ImportBatch, headers: list[str], rows: Sequence[list[str]], kind_column: str | None, kinds: Mapping[str, str]
) -> Suggestion:
    columns: dict[str, list[ColumnSuggestion]] = {}
    trim: list[str] = []
    for kind in dict.fromkeys(kinds.values()):
        if kind not in kinds_of_rows():
            continue
        position = headers.index(kind_column) if kind_column else -1
        own = [
            cells
            for cells in rows
            if not kind_column or kinds.get(" ".join(cells[position].split()), kinds.get(OTHERS)) == kind
        ]
        columns[kind] = _columns(batch, kind, headers, own, kind_column)
        names = next((c.column for c in columns[kind] if c.target == "name"), None)
        if kind in ("member", "organization") and names is not None:
            trim += [ending for ending in _endings(headers.index(names), own) if ending not in trim]
    mapping = {
        "kind_column": kind_column,
        "kinds": dict(kinds),
        "columns": {kind: {c.column: c.target for c in chosen} for kind, chosen in columns.items()},
        "date_order": _date_order(rows),
        "trim": trim,
    }
    return Suggestion(mapping, columns)


def _kinds_of(batch: ImportBatch, headers: list[str], rows: Sequence[list[str]]) -> tuple[str | None, dict[str, str]]:
    """The column that says what rows are, with the kinds: as the format has it, else by its values."""
    told = KINDS_OF_ROWS.get(batch.layout.get("format", ""))
    if told is None:
        return _kinds(headers, rows)
    return headers[0], {word: _MEANT[word] for word in told if any(cells[0] == word for cells in rows)}


def _kinds(headers: list[str], rows: Sequence[list[str]]) -> tuple[str | None, dict[str, str]]:
    """The column whose values say what rows are, with the kind of each; none when no column does.

    Such a column has few different values, and one of them, but not all, is a word for members.
    """
    for position, header in enumerate(headers):
        values = Counter(" ".join(cells[position].split()) for cells in rows)
        if not 1 < len(values) <= _MAX_KIND_VALUES or len(values) * 3 > len(rows):
            continue
        kinds = {value: kind for value in values if (kind := _kind_said(value))}
        if "member" not in kinds.values():
            continue
        if len(set(kinds.values())) == 1 and len(kinds) == len(values):
            continue
        others = [value for value in values if value not in kinds]
        return header, {**kinds, **({OTHERS: "offering"} if others else {})}
    return None, {OTHERS: "member"}


def _kind_said(value: str) -> str | None:
    words = name_key(value).split()
    known = {**_KIND_WORDS, **{name: row_kind.words for name, row_kind in FURTHER.items()}}
    return next((kind for kind, said in known.items() if any(word in said for word in words[-2:])), None)


def _further_kind(network: Network, headers: list[str]) -> str | None:
    """The further kind of row whose needed fields all have a heading, where members' names have none."""
    folded = {name_key(header.replace("_", " ")) for header in headers}

    def is_headed(known: Field) -> bool:
        return not folded.isdisjoint(
            name_key(said) for said in (known.name.replace("_", " "), str(known.label), *known.synonyms)
        )

    if "name" in folded:
        return None
    for name in FURTHER:
        fields = {f.name: f for f in importable_fields(network, name)}
        if all(is_headed(fields[needed]) for needed in needed_fields(name, fields)):
            return name
    return None


def _columns(
    batch: ImportBatch, kind: str, headers: list[str], rows: Sequence[list[str]], kind_column: str | None = None
) -> list[ColumnSuggestion]:
    """Where each column goes for rows of one kind: exact headings first, then likely ones, then by the values."""
    fields = importable_fields(batch.network, kind)
    samples = [_samples(rows, position) for position in range(len(headers))]
    wanted: dict[str, tuple[int, str, str]] = {}
    for position, header in enumerate(headers):
        offers = _offers(kind, header, samples[position], fields)
        if batch.layout.get("format") in KINDS_OF_ROWS:
            offers = _offers_of_format(kind, header, samples[position], offers)
        for goes_to, score, reason in offers:
            if goes_to not in wanted or score > wanted[goes_to][0]:
                wanted[goes_to] = (score, header, reason)
    placed: dict[str, tuple[str, str]] = {}
    for goes_to, (_score, header, reason) in sorted(wanted.items(), key=lambda item: -item[1][0]):
        placed.setdefault(header, (goes_to, reason))
    suggestions = []
    for header, values in zip(headers, samples, strict=True):
        if header.casefold() == PROBLEM:
            suggestions.append(ColumnSuggestion(header, None, _("it says what was wrong the last time"), values[:3]))
            continue
        target: str | None
        target, reason = placed.get(header) or (None, _why_not(header, values, fields))
        wider = name_key(header).removeprefix("sub").strip()
        if target is None and values and wider in JOINED and any(t == wider for t, _reason in placed.values()):
            target, reason = wider, _("it divides the column “%(column)s”") % {"column": wider}
        if header == kind_column and target is None:
            # It says which kind a row is of; beyond that it says nothing.
            values = values if len(values) > 1 else []
        if is_reckoned := target is None and _is_reckoned(kind, header):
            # Kept as a field of its own it stands still, which a list from elsewhere may want.
            reason = _("it is reckoned from other records")
        custom = f"{CUSTOM}{header}:{_type_of(values)}" if target is None and values else None
        suggestions.append(ColumnSuggestion(header, target, reason, values[:3], custom, is_reckoned))
    return suggestions


def _is_reckoned(kind: str, header: str) -> bool:
    folded = name_key(header.replace("_", " "))
    return any(
        folded in (name_key(name.replace("_", " ")), name_key(str(column.label)))
        for name, column in columns_reckoned(kind).items()
    )


def _why_not(header: str, values: list[str], fields: Sequence[Field]) -> str:
    """Why a column is not suggested for any field."""
    if not values:
        return _("it is empty")
    folded = name_key(header.replace("_", " "))
    for known in fields:
        said = {name_key(text) for text in (known.name.replace("_", " "), str(known.label), *known.synonyms)}
        if folded in said and not _fits(known, values):
            return _("it is called like “%(field)s”, but its values are none") % {"field": known.label}
    return _("no field is called like it")


def _samples(rows: Sequence[list[str]], position: int) -> list[str]:
    """Up to 50 different filled values of a column."""
    found: dict[str, None] = {}
    for cells in rows:
        if text := cells[position].strip():
            found.setdefault(text[:120])
            if len(found) == 50:
                break
    return list(found)


def _offers(kind: str, header: str, values: list[str], fields: Sequence[Field]) -> list[tuple[str, int, str]]:
    """(target, score, reason) of the places that a column might go to."""
    if not values:
        return []
    folded = name_key(header.replace("_", " "))
    offers: list[tuple[str, int, str]] = []
    link = LINK_FIELDS.get(kind)
    for known in fields:
        names = [name_key(known.name.removeprefix("custom.").replace("_", " ")), name_key(str(known.label))]
        synonyms = [name_key(synonym) for synonym in known.synonyms]
        score = 100 if folded in names else 90 - synonyms.index(folded) if folded in synonyms else 0
        if not score or not _fits(known, values):
            continue
        if known.name == link and sum(map(_is_key, values)) * 2 > len(values):
            offers.append((OWNER_KEY, score, _("its values are keys of organisations")))
        else:
            offers.append((known.name, score, _("the heading says so")))
    if kind in ("member", "organization"):
        offers += _carried(folded, values)
    if kind in ("need", "person", "offering") and folded in ("owner key", "member key", "organisation key"):
        offers.append((OWNER_KEY, 100, _("the heading says so")))
    if not offers and kind in ("member", "organization"):
        known_names = {known.name for known in fields}
        if "email" in known_names and _share(_EMAIL, values) > 0.8:
            offers.append(("email", 20, _("its values are e-mail addresses")))
        elif (
            "joined_on" in known_names and _type_of(values) == Type.DATE and any(w in folded for w in ("join", "since"))
        ):
            offers.append(("joined_on", 20, _("its values are dates")))
    return offers


def _offers_of_format(
    kind: str, header: str, values: list[str], offers: list[tuple[str, int, str]]
) -> list[tuple[str, int, str]]:
    """What headings mean in formats of networks: ids are the file's own, and nodes are called by their label."""
    if kind not in ("member", "organization") or not values:
        return offers
    if header == "id":
        return [(FILE_KEY, 100, _("ties of the file refer to it"))]
    return [*offers, ("name", 80, _("it is what nodes are called"))] if header.casefold() == "label" else offers


def _carried(folded: str, values: list[str]) -> list[tuple[str, int, str]]:
    """Columns of an organisation's row that speak of its contact person, its needs, offers and capabilities."""
    offers = []
    for name in CONTACT_FIELDS:
        known = PERSON.field(name)
        assert known is not None
        said = {name_key(synonym) for synonym in known.synonyms if "contact" in synonym or "kontakt" in synonym}
        said |= {f"contact {name_key(str(known.label))}", f"contact person {name_key(name)}"}
        if folded in said and (name != "email" or _share(_EMAIL, values) > 0.5):
            offers.append((f"person.{name}", 95, _("the heading speaks of a contact person")))
    for target, headings in _LIST_HEADINGS.items():
        if folded in headings:
            offers.append((target, 85, _("the heading says so")))
    return offers


# A heading that names a field is believed when some of its values can be one; those that cannot are named row by row
# in the check, where they can be mended. Choices are few words, so more of them have to agree.
_LEAST_SHARE = {Type.CHOICE: 1 / 3, Type.CHOICES: 1 / 3}
_ANY_TEXT = (Type.TEXT, Type.LONG_TEXT, Type.WORDS, Type.REF, Type.REFS)


def _fits(known: Field, values: list[str]) -> bool:
    """Whether enough of the values could be a value of the field."""
    if known.type in _ANY_TEXT:
        return True
    good = sum(_is_value_of(known, value) for value in values)
    return good > 0 and good >= _LEAST_SHARE.get(known.type, 0) * len(values)


def _is_value_of(known: Field, value: str) -> bool:
    if known.type is Type.DATE and _FIGURES_DATE.match(value):
        return True
    try:
        known.parse(value)
    except FieldError:
        return False
    return True


def _is_key(value: str) -> bool:
    return bool(_URL.match(value)) or (" " not in value and any(c.isdigit() for c in value))


def _share(pattern: re.Pattern[str], values: Sequence[str]) -> float:
    return sum(bool(pattern.match(value)) for value in values) / max(1, len(values))


def _type_of(values: list[str]) -> str:
    """The type of field that the values would make."""
    if _share(_ISO_DATE, values) + _share(_FIGURES_DATE, values) > 0.9:
        return Type.DATE.value
    if _share(_URL, values) > 0.9:
        return Type.URL.value
    if _share(_EMAIL, values) > 0.9:
        return Type.EMAIL.value
    if values and all(re.fullmatch(r"-?\d{1,9}", value) and not re.match(r"-?0\d", value) for value in values):
        return Type.INTEGER.value
    return Type.LONG_TEXT.value if any(len(value) >= 120 for value in values) else Type.TEXT.value


def _date_order(rows: Sequence[list[str]]) -> str:
    """Which of the first two figures of dates goes beyond twelve; the day comes first where none does."""
    first = second = 0
    for cells in itertools.islice(rows, 2_000):
        for text in cells:
            if match := _FIGURES_DATE.match(text.strip()):
                first, second = max(first, int(match[1])), max(second, int(match[2]))
    if not first:
        return "ymd"
    return "mdy" if second > 12 >= first else "dmy"


def _endings(position: int, rows: Sequence[list[str]]) -> list[str]:
    """Bracketed words that names end with again and again, such as "(member)": they say nothing about the name."""
    names = [cells[position].strip() for cells in rows if cells[position].strip()]
    endings = Counter(match[1] for name in names if (match := _LAST_BRACKET.search(name)))
    often = [ending for ending, count in endings.items() if count >= 3]
    return often if sum(endings[ending] for ending in often) * 10 >= len(names) else []


__all__ = ["ColumnSuggestion", "Suggestion", "preview", "suggested_columns", "suggested_mapping", "targets_of"]
