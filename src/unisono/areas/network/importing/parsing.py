"""From the cells of a row to clean values, the organisations it names and the records it carries along."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from unisono.areas.network.importing.mapping import (
    FILE_KEY,
    JOINED,
    LINK_FIELDS,
    LISTS,
    OWNER_KEY,
    Mapped,
    needed_fields,
)
from unisono.areas.network.importing.row_kinds import FURTHER
from unisono.areas.network.kinds import PERSON
from unisono.core.text import name_key
from unisono.platform.errors import Problem
from unisono.platform.fields import Field, FieldError, Type, as_json, words_of
from unisono.platform.messages import message as _

_HOST = re.compile(r"https?://(?:[^/@?#]*@)?([^/:?#\[\]]+)", re.IGNORECASE)
_NUMBERS_DATE = re.compile(r"(\d{1,2})[./-]\s?(\d{1,2})[./-]\s?(\d{4}|\d{2})(?:[T ].*)?$")
# Different texts of one column whose values are remembered.
_REMEMBERED = 4_000
_SELDOM_REPEATED = frozenset((Type.URL, Type.EMAIL, Type.LONG_TEXT))
_PERSON_FIELDS = {f.name: f for f in PERSON.fields}


@dataclass(slots=True)
class Parsed:
    """A row in clean values. `values` holds filled fields only: an empty cell says nothing."""

    number: int
    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    contact: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    # What names the row within its file.
    file_key: str = ""
    # What it is called where that is no field of its own.
    title: str = ""
    _folded: str = ""
    _domain: str | None = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return str(self.title or self.values.get("name") or self.values.get("statement") or "")[:200]

    @property
    def key(self) -> str:
        return str(self.values.get("key", ""))

    @property
    def name_key(self) -> str:
        if not self._folded:
            self._folded = name_key(self.name)[:250]
        return self._folded

    @property
    def domain(self) -> str:
        """The site of the organisation; empty when it has none of its own."""
        if self._domain is None:
            self._domain = domain_of(self.values.get("website", ""))
        return self._domain


_PARTS = ("names", "keys", "contact", "lists", "file_key", "title")


def kept_values(parsed: Parsed) -> dict[str, Any]:
    """A row's clean values as JSON holds them; `parsed_again` reads them."""
    kept: dict[str, Any] = {name: as_json(value) for name, value in parsed.values.items()}
    return {"values": kept, **{name: part for name in _PARTS if (part := getattr(parsed, name))}}


def parsed_again(number: int, kind: str, kept: Mapping[str, Any], mapping: Mapped) -> Parsed:
    """The row whose clean values were kept by the check; those of a wrong row are not."""
    values: dict[str, Any] = kept.get("values", {})
    fields = mapping.fields.get(kind, {})
    for name in values.keys() & mapping.not_json(kind):
        seen = mapping.kept.setdefault((kind, name), {})
        text = values[name]
        if text not in seen:
            if len(seen) >= _REMEMBERED:
                seen.clear()
            seen[text] = fields[name].parse(text)
        values[name] = seen[text]
    return Parsed(number, kind, values, **{name: kept[name] for name in _PARTS if name in kept})


def parse_row(number: int, cells: Mapping[str, str], mapping: Mapped, surplus: int = 0) -> Parsed:
    """The row in clean values with everything that is wrong with it."""
    kind = mapping.kind_of(cells)
    parsed = Parsed(number, kind)
    fields = mapping.fields.get(kind, {})
    link_field = LINK_FIELDS.get(kind)
    remembered, values = mapping.values, parsed.values
    if surplus:
        parsed.problems.append(
            Problem(
                place_of(number, ""),
                _("The row has %(count)s cells more than there are headings.") % {"count": surplus},
                _("Put a text that holds the delimiter in quotation marks, or remove the cells."),
            )
        )
    for column, target in mapping.columns.get(kind, ()):
        text = cells.get(column, "").strip()
        if not text:
            continue
        if target not in values and (seen := remembered.get((kind, target))) and (value := seen.get(text)):
            values[target] = value
            continue
        try:
            if target == OWNER_KEY:
                parsed.keys = [part[:300] for part in words_of(text)]
            elif target == FILE_KEY:
                parsed.file_key = text[:300]
            elif target == link_field:
                parsed.names = [_trimmed(part, mapping)[:200] for part in words_of(text)]
            elif target in LISTS:
                known = parsed.lists.get(target, [])
                parsed.lists[target] = [*known, *(w for w in _list_of(target, text) if w not in known)]
            elif target.startswith("person."):
                name = target.removeprefix("person.")
                parsed.contact[name] = _PERSON_FIELDS[name].parse(text)
            else:
                _take(parsed, fields[target], text, mapping)
        except FieldError as error:
            parsed.problems.append(Problem(place_of(number, column), error.rule, error.remedy))
    _check_needed(parsed, mapping)
    if kind in FURTHER:
        parsed.title = FURTHER[kind].title(parsed.values)
    return parsed


def _value(kind: str, known: Field, text: str, mapping: Mapped) -> Any:
    if known.type is Type.DATE:
        return _date(known, text, mapping.date_order)
    if known.name == "name" and mapping.trim and kind in ("member", "organization"):
        return known.parse(_trimmed(text, mapping))
    return known.parse(text)


def _take(parsed: Parsed, known: Field, text: str, mapping: Mapped) -> None:
    value = _value(parsed.kind, known, text, mapping)
    if known.type not in _SELDOM_REPEATED:
        seen = mapping.values.setdefault((parsed.kind, known.name), {})
        if len(seen) < _REMEMBERED and len(text) < 100:
            seen[text] = value
    if known.name in JOINED and known.name in parsed.values:
        value = known.parse(f"{parsed.values[known.name]} / {value}")
    elif known.type is Type.WORDS and known.name in parsed.values:
        value = list(dict.fromkeys([*parsed.values[known.name], *value]))
    if value not in (None, "", []):
        parsed.values[known.name] = value


def _date(known: Field, text: str, order: str) -> Any:
    """A date whose figures stand in the order that the mapping says."""
    match = _NUMBERS_DATE.match(text)
    if match and (order != "ymd"):
        day, month = (match[1], match[2]) if order == "dmy" else (match[2], match[1])
        year = match[3] if len(match[3]) == 4 else f"20{match[3]}"
        try:
            return known.parse(f"{year}-{month}-{day}")
        except FieldError as error:
            raise FieldError(_("“%(value)s” is no date.") % {"value": text[:40]}, error.remedy) from None
    return known.parse(text)


def _trimmed(text: str, mapping: Mapped) -> str:
    for word in mapping.trim:
        if text.casefold().endswith(word.casefold()) and len(text) > len(word):
            return text[: -len(word)].rstrip()
    return text


def _list_of(target: str, text: str) -> list[str]:
    kind = LISTS[target]
    known = kind.field({"needs": "statement", "offers": "name", "capabilities": "term"}[target])
    assert known is not None
    return [str(known.parse(part)) for part in words_of(text)]


def _check_needed(parsed: Parsed, mapping: Mapped) -> None:
    kind = parsed.kind
    if kind not in mapping.fields:
        return
    for needed in needed_fields(kind, mapping.fields[kind]):
        column = mapping.column_of(kind, needed)
        if needed not in parsed.values and not any(column in problem.place for problem in parsed.problems if column):
            parsed.problems.append(
                Problem(
                    place_of(parsed.number, column), _("A value is needed."), _("Fill it in, or leave the row out.")
                )
            )
    if kind in ("need", "person") and not parsed.names and not parsed.keys:
        column = mapping.column_of(kind, LINK_FIELDS[kind]) or mapping.column_of(kind, OWNER_KEY)
        parsed.problems.append(
            Problem(
                place_of(parsed.number, column),
                _("It is not said whom the row belongs to."),
                _("Name the organisation."),
            )
        )
    if parsed.contact and not parsed.contact.get("name"):
        if parsed.contact.get("email"):
            # An address without a name is still somebody; it is called by its address until a name is known.
            parsed.contact["name"] = parsed.contact["email"]
        else:
            parsed.contact = {}


def place_of(number: int, column: str) -> str:
    """Where a cell stands, in words."""
    if not column:
        return _("row %(row)s") % {"row": number}
    return _("row %(row)s, column %(column)s") % {"row": number, "column": column}


# Hosts on which many organisations have a page of their own: sharing one says nothing.
_SHARED_HOSTS = frozenset(
    (
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "facebook.com",
        "linkedin.com",
        "twitter.com",
        "x.com",
        "instagram.com",
        "youtube.com",
        "google.com",
        "sites.google.com",
        "docs.google.com",
        "medium.com",
        "notion.site",
        "wordpress.com",
        "blogspot.com",
        "wixsite.com",
    )
)


def domain_of(website: str) -> str:
    """The site that a web address belongs to; empty for one that many share and for what is no address."""
    match = _HOST.match(website)
    if match is None:
        return ""
    host = match[1].lower().removeprefix("www.")
    return "" if host in _SHARED_HOSTS else host


def name_from_key(key: str) -> str:
    """A name for an organisation of which only the key is known: ".../red-hat" becomes "Red Hat".

    >>> name_from_key("https://example.org/organization/red-hat")
    'Red Hat'
    """
    try:
        path = urlsplit(key).path
    except ValueError:
        # A key is whatever a file says; it need not be an address.
        path = key
    last = unquote(path.rstrip("/").rpartition("/")[2] or key)
    words = [word for word in re.split(r"[-_\s]+", last) if word]
    return " ".join(word if any(c.isupper() for c in word) else word.capitalize() for word in words)[:200] or key[:200]
