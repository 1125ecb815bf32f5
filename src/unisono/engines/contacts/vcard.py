"""Read a vCard file: a record for each firm that cards name, then one for each person."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from unisono.engines.contacts.lines import Property, properties
from unisono.engines.tabular import TabularError

Record = dict[str, str]

KIND = "row"
ORGANIZATION, PERSON = "organisation", "person"
_MAX_CARDS = 100_000
_MAX_PROPERTIES = 2_000
_MAX_NESTED = 8
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def _plain(text: str) -> str:
    """The value without its escapes."""
    return _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], text).strip()


def _parts(text: str, separator: str = ";") -> list[str]:
    """The components of a value; a separator after a backslash belongs to its component (RFC 6350, 3.4)."""
    if "\\" not in text:
        return [part.strip() for part in text.split(separator)]
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == separator:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [_plain(part) for part in [*parts, text[start:]]]


def _cell(texts: Iterable[str]) -> str:
    """Several texts in one cell, as lists are read from cells."""
    return ";".join(text.replace(";", "\\;") for text in texts)


def cards(path: Path) -> Iterator[list[Property]]:
    """The properties of each card; those of a card within a card are left aside."""
    card: list[Property] | None = None
    nested = count = 0
    start = 1
    for known in properties(path):
        word = known.value.strip().upper()
        if known.name == "BEGIN" and word == "VCARD":
            if card is None:
                card, start = [], known.line
            elif card and (nested or card[-1].name == "AGENT"):
                nested += 1
                if nested > _MAX_NESTED:
                    raise TabularError("too_deep", line=known.line, limit=_MAX_NESTED)
            else:
                raise TabularError("unclosed_card", line=start)
        elif known.name == "END" and word == "VCARD":
            if card is None:
                raise TabularError("broken_card", line=known.line)
            if nested:
                nested -= 1
                continue
            count += 1
            if count > _MAX_CARDS:
                raise TabularError("too_many_rows", line=known.line, limit=_MAX_CARDS)
            yield card
            card = None
        elif card is None:
            raise TabularError("broken_card", line=known.line)
        elif not nested:
            if len(card) > _MAX_PROPERTIES:
                raise TabularError("too_many_columns", line=known.line, limit=_MAX_PROPERTIES)
            card.append(known)
    if card is not None:
        raise TabularError("unclosed_card", line=start)


def _address_of(record: Record, known: Property) -> None:
    _box, more, street, place, region, code, country, *_rest = [*_parts(known.value), *[""] * 7]
    said = {
        "address": ", ".join(part for part in (street, more, code) if part), "place": place, "region": region,
        "country": country,
    }  # fmt: skip
    for name, text in said.items():
        if text:
            record.setdefault(name, " ".join(text.split()))


def _reached(value: str) -> str:
    """A number or address without what says how it is reached: "tel:+47 1;ext=2" is "+47 1"."""
    text = _plain(value)
    for scheme in ("tel:", "mailto:", "sms:"):
        if text.lower().startswith(scheme):
            return text[len(scheme) :].partition(";")[0].strip()
    return text


def record_of(card: list[Property]) -> tuple[Record, str, bool]:
    """What a card says, the firm it names, and whether it stands for the firm itself."""
    by_name: dict[str, list[Property]] = {}
    for known in card:
        if known.value.strip():
            by_name.setdefault(known.name, []).append(known)
    first = {name: found[0] for name, found in by_name.items()}
    record: Record = {KIND: PERSON}
    firm, units = "", []
    if "ORG" in first:
        firm, *units = [part for part in _parts(first["ORG"].value) if part] or [""]
    name = _plain(first["FN"].value) if "FN" in first else ""
    if not name and "N" in first:
        family, given, *_rest = [*_parts(first["N"].value), "", ""]
        name = f"{given} {family}".strip()
    for heading, source in (("email", "EMAIL"), ("phone", "TEL")):
        found = sorted(by_name.get(source, ()), key=lambda p: not p.is_preferred)
        found = [p for p in found if "FAX" not in p.types] or found
        texts = list(dict.fromkeys(text for p in found if (text := _reached(p.value))))
        if texts:
            record[heading] = texts[0]
        if len(texts) > 1:
            record[f"other {heading}s"] = _cell(texts[1:])
    name = name or (_plain(first["NICKNAME"].value) if "NICKNAME" in first else "") or record.get("email", "")
    kind = first["KIND"].value.strip().lower() if "KIND" in first else ""
    shown_as = first["X-ABSHOWAS"].value.strip().upper() if "X-ABSHOWAS" in first else ""
    own = first["N"].value.replace(";", "").strip() if "N" in first else ""
    is_firm = kind == "org" or shown_as == "COMPANY" or bool(firm and not own and name in ("", firm))
    if is_firm:
        firm = firm or name
        record[KIND] = ORGANIZATION
    if (name if not is_firm else firm).strip():
        record["name"] = " ".join((name if not is_firm else firm).split())
    if firm and not is_firm:
        firm = " ".join(firm.split())
        record["organisation"] = _cell([firm])
    if units:
        record["department"] = ", ".join(units)
    for heading, source in (("job title", "TITLE"), ("website", "URL"), ("note", "NOTE")):
        if source in first:
            record[heading] = _plain(first[source].value)
    if "job title" not in record and "ROLE" in first:
        record["job title"] = _plain(first["ROLE"].value)
    languages = [_plain(p.value) for p in by_name.get("LANG", ())]
    if languages:
        record["languages"] = _cell(languages)
    if "CATEGORIES" in first:
        record["tags"] = _cell(_parts(first["CATEGORIES"].value, ","))
    for known in sorted(by_name.get("ADR", ()), key=lambda p: (not p.is_preferred, "WORK" not in p.types))[:1]:
        _address_of(record, known)
    return record, firm if not is_firm else record.get("name", ""), is_firm


def vcard_records(path: Path) -> Iterator[Record]:
    """A record for each firm, with what its own card says of it, then one for each person; raises TabularError."""
    firms: dict[str, Record] = {}
    for card in cards(path):
        record, firm, is_firm = record_of(card)
        if not firm:
            continue
        known = firms.setdefault(firm.casefold(), {KIND: ORGANIZATION, "name": firm})
        if is_firm:
            for name, text in record.items():
                known.setdefault(name, text)
    yield from firms.values()
    for card in cards(path):
        record, firm, is_firm = record_of(card)
        if not (is_firm and firm):
            yield record
