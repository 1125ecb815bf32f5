"""Which organisation a row means: the same one, perhaps the same one (people decide), or a new one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from django.db.models import F

from unisono.areas.network.duplicates.words import words_for
from unisono.areas.network.importing.parsing import Parsed, domain_of
from unisono.areas.network.importing.reach import Reach
from unisono.areas.network.models import ImportRow, Membership, Network, Organization
from unisono.core.duplicates import (
    ASK,
    LIKELY,
    Entry,
    Index,
    Keys,
    Prepared,
    bare_name,
    keys_of,
    likeness,
    prepared,
    score_of,
)
from unisono.core.text import name_key
from unisono.platform.messages import message as _

_CLEARLY_SAME = 0.85
# What organisations are compared by, beside their names.
_COMPARED = ("website", "email", "register_number", "address", "place", "country")
# Evidence of which a row must have some to be asked about.
_TELLING = frozenset({"same_name", "acronym", "words", "site_named", "same_register"})


@dataclass(slots=True)
class Known:
    """An organisation that exists (`row` 0) or that an earlier row of the file stands for."""

    name: str
    name_key: str
    key: str = ""
    id: UUID | None = None
    row: int = 0
    domain: str = ""
    is_member: bool = False
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a row was found to be. `fill_only`: it may add to the record, never overwrite."""

    known: Known | None = None
    candidate: dict[str, Any] | None = None
    fill_only: bool = False


def similarity(one: str, other: str) -> float:
    """How alike two folded names are, from 0 to 1: equal but for the legal form .95, one within the other .8."""
    if one == other:
        return 1.0
    first, second = (bare_name(text.split())[0] for text in (one, other))
    if first == second:
        return 0.95
    # What both have in common says nothing about the words in which they differ.
    own = [word for word in first if word not in second]
    others = [word for word in second if word not in first]
    if not own or not others:
        return 0.8
    return round(0.9 * SequenceMatcher(None, " ".join(own), " ".join(others)).ratio(), 2)


@dataclass(slots=True)
class Directory:
    """Organisations in reach, and of the file so far, by key, name and other name.

    `former_keys` are those of organisations that were merged, with the one that was kept. `foreign_keys` are keys of
    organisations out of reach, of which nothing else is known here.
    """

    by_key: dict[str, Known] = field(default_factory=dict)
    by_name: dict[str, list[Known]] = field(default_factory=dict)
    by_alias: dict[str, Known] = field(default_factory=dict)
    by_id: dict[UUID, Known] = field(default_factory=dict)
    former_keys: dict[str, Known] = field(default_factory=dict)
    foreign_keys: set[str] = field(default_factory=set)
    # (folded name, organisation) of rows that people once said are the same.
    answered: set[tuple[str, UUID]] = field(default_factory=set)
    # What names alike are looked up in; made when the first row needs it, which one that was imported before does not.
    likes: "Likes | None" = None
    expected: Sequence[Parsed] = ()
    stored: Callable[[], Iterator[tuple[UUID, Entry]]] = field(default=lambda: iter(()))

    def add(self, known: Known) -> Known:
        """Enter an organisation; the first that carries a key keeps it."""
        if known.key:
            self.by_key.setdefault(known.key, known)
        self.by_name.setdefault(known.name_key, []).append(known)
        if known.id is not None:
            self.by_id[known.id] = known
        return known

    def keyed(self, key: str) -> Known | None:
        """The organisation that the source means by this key."""
        return self.by_key.get(key) or self.former_keys.get(key)

    def is_taken(self, key: str, organization_id: UUID | None = None) -> bool:
        """Whether another organisation than this one has the key, which belongs to one only."""
        holder = self.by_key.get(key)
        return (
            key in self.foreign_keys or key in self.former_keys or (holder is not None and holder.id != organization_id)
        )

    def named(self, name: str) -> Known | None:
        """The organisation of this name; a member before another, and the first of several."""
        found = self.by_name.get(name_key(name)[:250])
        if not found:
            return self.by_alias.get(name_key(name)[:250])
        return next((known for known in found if known.is_member), found[0])

    def enter_row(self, parsed: Parsed) -> Known:
        """Enter the organisation that a row of the file stands for."""
        known = self.add(
            Known(
                name=parsed.name,
                name_key=parsed.name_key,
                key=parsed.key,
                row=parsed.number,
                domain=parsed.domain,
                is_member=parsed.kind == "member",
            )
        )
        if self.likes is not None:
            self.likes.enter(known, parsed)
        return known

    def expect(self, rows: Sequence[Parsed]) -> None:
        """Say which rows come next."""
        self.expected = rows
        if self.likes is not None:
            self.likes.expect(rows)

    def find(self, parsed: Parsed) -> Found:
        """What the row means: a known organisation, one to ask about, or a new one (neither)."""
        key, folded = parsed.key, parsed.name_key
        same_key = self.keyed(key) if key else None
        named = self.by_name.get(folded, [])
        stored = [known for known in named if not known.row]
        if same_key is not None and not same_key.row:
            return self._by_stored_key(parsed, same_key, stored)
        if stored:
            fitting = [known for known in stored if not key or not known.key]
            free = [known for known in fitting if not known.taken]
            if free:
                return Found(free[0])
            if fitting:
                return Found(fitting[0], fill_only=True)
            return Found(candidate=_candidate(parsed, stored[0], 0.8, [_("same name"), _("another key")]))
        if same_key is not None:
            alike = similarity(folded, same_key.name_key)
            reasons = [_("same key as row %(row)s") % {"row": same_key.row}]
            reasons.append(_("same name") if alike == 1 else _("another name"))
            return Found(candidate=_candidate(parsed, same_key, 0.5 + 0.45 * alike, reasons))
        if named:
            reasons = [_("same name as row %(row)s") % {"row": named[0].row}]
            if key and named[0].key:
                reasons.append(_("another key"))
            return Found(candidate=_candidate(parsed, named[0], 0.8 if len(reasons) > 1 else 0.95, reasons))
        return self._by_likeness(parsed)

    def _by_stored_key(self, parsed: Parsed, same_key: Known, stored: list[Known]) -> Found:
        folded = parsed.name_key
        if same_key.name_key == folded:
            return Found(same_key, fill_only=same_key.taken)
        # Two rows of a file may share a key; the second one came in without it the last time.
        own = next((known for known in stored if not known.key and not known.taken), None)
        if own is not None:
            return Found(own)
        if self.by_alias.get(folded) is same_key:
            return Found(same_key, fill_only=True)
        alike = similarity(folded, same_key.name_key)
        if alike >= _CLEARLY_SAME and not same_key.taken:
            return Found(same_key)
        reasons = [_("same key"), _("another name")]
        return Found(candidate=_candidate(parsed, same_key, 0.5 + 0.45 * alike, reasons))

    def _by_likeness(self, parsed: Parsed) -> Found:
        domain = parsed.domain
        alias = self.by_alias.get(parsed.name_key)
        if alias is not None and alias.id is not None and (parsed.name_key, alias.id) in self.answered:
            return Found(alias, fill_only=True)
        if alias is not None:
            reasons = [_("it is known by this other name")]
            if domain and domain == alias.domain:
                reasons.append(_("same website"))
            return Found(candidate=_candidate(parsed, alias, 0.9 + 0.03 * (len(reasons) - 1), reasons))
        if self.likes is None:
            self.likes = Likes(self)
            self.likes.expect(self.expected)
        return Found(candidate=self.likes.candidate(parsed))


class Likes:
    """Organisations by what is rare about them: finds those that a row is probably the same as."""

    def __init__(self, directory: Directory) -> None:
        self.index = Index()
        self.known: list[Known] = []
        # Rows of the present part of the file, by number.
        self._rows: dict[int, tuple[Prepared, Keys]] = {}
        for pk, entry in directory.stored():
            self.index.add(prepared(entry))
            self.known.append(directory.by_id[pk])
        # Rows of the file that were entered before the first one needed this have said who they are.
        for several in directory.by_name.values():
            for known in several:
                if known.row:
                    self.index.add(prepared(Entry(known.name, website=known.domain)))
                    self.known.append(known)

    def expect(self, rows: Iterable[Parsed]) -> None:
        """Count what the next rows have, so that a word or a site of many of them says little from the first one on."""
        self._rows = {parsed.number: _prepared(parsed) for parsed in rows}
        for entry, _keys in self._rows.values():
            self.index.expect(entry)

    def enter(self, known: Known, parsed: Parsed) -> None:
        """Enter a row of the file."""
        is_expected = parsed.number in self._rows
        self.index.add(*(self._rows.get(parsed.number) or _prepared(parsed)), expected=is_expected)
        self.known.append(known)

    def candidate(self, parsed: Parsed) -> dict[str, Any] | None:
        """The organisation that the row is most likely the same as, when it is likely enough to ask."""
        entry, keys = self._rows.get(parsed.number) or _prepared(parsed)
        best: tuple[float, int] | None = None
        for number in self.index.near(entry, keys):
            known = self.known[number]
            # The source tells apart what it gives different keys.
            least = LIKELY if parsed.key and known.key and parsed.key != known.key else ASK
            score = score_of(self.index.entries[number], entry, self.index)
            if score >= least and (best is None or (score, -number) > best) and self._by_name(number, entry):
                best = (score, -number)
        if best is None:
            return None
        alike = likeness(self.index.entries[-best[1]], entry, self.index)
        return _candidate(parsed, self.known[-best[1]], alike.score, words_for(alike))

    def _by_name(self, number: int, entry: Prepared) -> bool:
        """Whether more than a shared site or address speaks for it, which neighbours have too."""
        reasons = likeness(self.index.entries[number], entry, self.index).reasons
        return any(reason.code in _TELLING for reason in reasons)


def _prepared(parsed: Parsed) -> tuple[Prepared, Keys]:
    values = parsed.values
    aliases = tuple(map(str, values.get("aliases") or ()))
    entry = prepared(Entry(parsed.name, aliases, *(str(values.get(name) or "") for name in _COMPARED)))
    return entry, keys_of(entry)


def _candidate(parsed: Parsed, known: Known, score: float, reasons: Sequence[str]) -> dict[str, Any]:
    return {
        "record_id": str(known.id) if known.id else None,
        "row": known.row or None,
        "name": known.name,
        "score": round(min(score, 0.99), 2),
        "reasons": list(reasons),
    }


def directory_of(network: Network, reach: Reach) -> Directory:
    """All organisations in reach, those in use before archived ones; members of the network are marked."""
    directory = Directory()
    members = set(
        Membership.objects.filter(network=network, archived_at=None).values_list("organization_id", flat=True)
    )
    directory.stored = lambda: _stored(reach)
    rows = (
        reach.organizations()
        .order_by(F("archived_at").asc(nulls_first=True), "pk")
        .values_list("pk", "name", "name_key", "key", "website", "aliases")
    )
    for pk, name, folded, key, website, aliases in rows.iterator(chunk_size=5_000):
        known = directory.add(
            Known(
                name=name, name_key=folded, key=key, id=pk, domain=domain_of(website), is_member=pk in members,
            )
        )  # fmt: skip
        for alias in aliases:
            directory.by_alias.setdefault(name_key(alias)[:250], known)
    same = ImportRow.objects.filter(batch__network=network, batch__state="applied", decision="same")
    for name, candidate in same.order_by().values_list("name", "candidate").iterator(chunk_size=5_000):
        if candidate.get("record_id"):
            directory.answered.add((name_key(name)[:250], UUID(candidate["record_id"])))
    directory.former_keys.update(_former_keys(directory))
    keys = Organization.objects.exclude(key="").order_by().values_list("key", flat=True)
    known_keys = directory.by_key.keys() | directory.former_keys
    directory.foreign_keys.update(key for key in keys.iterator(chunk_size=5_000) if key not in known_keys)
    return directory


def _stored(reach: Reach) -> Iterator[tuple[UUID, Entry]]:
    rows = reach.organizations().order_by("pk").values_list("pk", "name", "aliases", *_COMPARED)
    for pk, name, aliases, *rest in rows.iterator(chunk_size=5_000):
        yield pk, Entry(name, tuple(map(str, aliases)), *rest)


def _former_keys(directory: Directory) -> dict[str, Known]:
    """Keys of merged organisations, by way of however many merges, with the one that was kept."""
    merged = Organization.objects.exclude(merged_into=None).order_by()
    into, keys = {}, {}
    for pk, kept, key in merged.values_list("pk", "merged_into_id", "key").iterator(chunk_size=5_000):
        into[pk] = kept
        if key:
            keys[key] = pk
    found = {}
    for key, pk in keys.items():
        seen = set()
        while pk in into and pk not in seen:
            seen.add(pk)
            pk = into[pk]
        if known := directory.by_id.get(pk):
            found[key] = known
    return found
