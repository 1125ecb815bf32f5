"""Which earlier values go back when changes of imports are undone, in whatever order the imports are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

from unisono.areas.network.actions.values import current_values
from unisono.areas.network.importing.row_kinds import kind_named
from unisono.areas.network.indexing import with_words
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import ImportBatch, ImportChange, Membership, Organization
from unisono.areas.network.queries.records import fields_of
from unisono.platform import log
from unisono.platform.fields import Field, FieldError, Type
from unisono.platform.messages import message as _

CHUNK = 500
# Beside the fields of a record an import remembers when the rows it changed were touched before.
TOUCHED, PART_TOUCHED = "updated_at", "organization.updated_at"
_EMPTY: tuple[Any, ...] = (None, "", [])
_PARTS = {f.name for f in MEMBER.fields if f.on} | {PART_TOUCHED}
_HOLDERS = (Membership, Organization)
Key = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, or one field of it (`field`), that stays because of what happened since."""

    record_kind: str
    record_id: UUID
    reason: str
    field: str = ""


def chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """The keys, some at a time."""
    chosen = list(ids)
    return (chosen[start : start + CHUNK] for start in range(0, len(chosen), CHUNK))


@dataclass(slots=True)
class _Link:
    """One change of one field; `pair` is [before, after]."""

    change: ImportChange
    pair: list[Any]


def organizations_of(records: Iterable[Any]) -> dict[UUID, UUID]:
    """The organisation of each member among the records, and of each organisation itself."""
    return {r.pk: r.organization_id if isinstance(r, Membership) else r.pk for r in records if isinstance(r, _HOLDERS)}


class Chains:
    """The changes that imports made of each field, in their order: each begins with the value that one before left.

    A change that was undone is in no chain any more; one that was not, since somebody had edited the field, is.
    """

    def __init__(
        self, ids: Iterable[UUID], organizations: Mapping[UUID, UUID], changes: Iterable[ImportChange] = ()
    ) -> None:
        """Of the rows `ids`; `organizations` by membership, since the name of a member lies on its organisation.

        With `changes`: nothing that is older than those.
        """
        self._organizations = dict(organizations)
        members = Membership.objects.filter(organization_id__in=set(organizations.values()))
        self._organizations |= dict(members.values_list("pk", "organization_id"))
        known = {change.pk: change for change in changes}
        wanted = {*ids, *self._organizations, *self._organizations.values()}
        first = min(known, default=0)
        for part in chunks(wanted):
            for change in ImportChange.objects.filter(record_id__in=part, is_new=False, pk__gt=first):
                known.setdefault(change.pk, change)
        batches = {change.batch_id for change in known.values()}
        self._networks = dict(ImportBatch.objects.filter(pk__in=batches).values_list("pk", "network_id"))
        self._links: dict[Key, list[_Link]] = defaultdict(list)
        for _pk, change in sorted(known.items()):
            for name, pair in change.values.items():
                self._links[self.key(change, name)].append(_Link(change, pair))
        self._altered: dict[int, ImportChange] = {}

    def key(self, change: ImportChange, name: str) -> Key:
        """The row that holds the field, and the field's name in it."""
        if change.record_kind == MEMBER.name and name in _PARTS:
            holder = self._organizations.get(change.record_id, change.record_id)
            return holder, TOUCHED if name == PART_TOUCHED else name
        if name.startswith("custom."):
            # Networks that share a profile have values of their own.
            name = f"{name} {self._networks[change.batch_id]}"
        return change.record_id, name

    def after(self, change: ImportChange, name: str) -> list[_Link]:
        """The changes of the same field that follow."""
        return [link for link in self._links[self.key(change, name)] if link.change.pk > change.pk]

    def of(self, key: Key) -> list[_Link]:
        """All changes of a field."""
        return self._links[key]

    def drop(self, change: ImportChange, name: str) -> None:
        """Take an undone change of a field out of its chain."""
        links = self._links[self.key(change, name)]
        links[:] = [link for link in links if link.change.pk != change.pk]
        del change.values[name]
        self._altered[change.pk] = change

    def alter(self, link: _Link, before: Any, after: Any) -> None:
        """Let a change begin or end with another value."""
        link.pair[:] = [before, after]
        self._altered[link.change.pk] = link.change

    def store(self) -> None:
        """Save the chains as they are now."""
        gone = [pk for pk, change in self._altered.items() if not change.values]
        left = [change for change in self._altered.values() if change.values]
        ImportChange.objects.filter(pk__in=gone).delete()
        ImportChange.objects.bulk_update(left, ["values"], batch_size=CHUNK)


class Earlier:
    """What some changes of a batch left in records that were there, and which earlier values would go back.

    `clean` holds for each change that is undone (record, present values, earlier values); `kept` what stays. What a
    later import put on top stays as well, and that one then begins with the earlier value.
    """

    def __init__(self, batch: ImportBatch, changes: Iterable[ImportChange]) -> None:
        self.kept: list[Kept] = []
        self.records: dict[UUID, Any] = {}
        # Rows that are again as they were at an earlier moment.
        self.moments: dict[UUID, datetime] = {}
        # Rows of which only links went back, which does not touch the row.
        self.untouched: set[UUID] = set()
        chosen = list(changes)
        self.fields: dict[str, dict[str, Field]] = {
            name: {f.name: f for f in fields_of(batch.network, kind_named(name))}
            for name in {c.record_kind for c in chosen}
        }
        # ORGANIZATION first: a member and its organisation must be the same two everywhere.
        for name in sorted(self.fields, key=lambda name: name != ORGANIZATION.name):
            self._load(kind_named(name), [change.record_id for change in chosen if change.record_kind == name])
        self.chains = Chains({c.record_id for c in chosen}, organizations_of(self.records.values()), chosen)
        self._seen: dict[Key, Any] = {}
        self.clean = [found for found in map(self._earlier, chosen) if found is not None]

    def _load(self, kind: Kind, ids: list[UUID]) -> None:
        for record in with_words(kind, pk__in=ids):
            if isinstance(record, Membership):
                record.organization = self.records.setdefault(record.organization_id, record.organization)
            self.records[record.pk] = record

    def _earlier(self, change: ImportChange) -> tuple[Kind, Any, dict[str, Any], dict[str, Any]] | None:
        kind, record = kind_named(change.record_kind), self.records.get(change.record_id)
        if record is None:
            return None
        fields = self.fields[kind.name]
        chosen = [fields[name] for name in change.values if name in fields]
        present = current_values(kind, record, chosen)
        clean: dict[str, Any] = {}
        # A record that several rows changed: the later change is undone already, though not stored.
        seen = {name: self.chains.key(change, name) for name in present}
        present |= {name: self._seen[key] for name, key in seen.items() if key in self._seen}
        for known in chosen:
            try:
                self._undo_field(change, known, present[known.name], clean)
            except _Stays as stays:
                self.kept.append(Kept(kind.name, record.pk, str(stays), known.name))
        touches = TOUCHED in change.values
        brought_back = "archived_at" in change.values and not self.chains.after(change, "archived_at")
        if brought_back and record.archived_at is None:
            # The import brought it back from where it had been put away.
            present["archived_at"], clean["archived_at"] = None, parse_datetime(change.values["archived_at"][0])
            self.chains.drop(change, "archived_at")
        self._undo_touch(change, TOUCHED, record)
        self._undo_touch(change, PART_TOUCHED, getattr(record, "organization", None))
        self._seen |= {self.chains.key(change, name): value for name, value in clean.items()}
        if clean and not touches and all(name in fields and fields[name].type is Type.REFS for name in clean):
            self.untouched.add(record.pk)
        return (kind, record, present, clean) if clean else None

    def _undo_field(self, change: ImportChange, known: Field, now: Any, clean: dict[str, Any]) -> None:
        """Put the earlier value of a field into `clean`, or below the next import's; raises _Stays."""
        before, after = change.values[known.name]
        later = self.chains.after(change, known.name)
        if later and not _same(known, later[0].pair[0], after):
            raise _Stays(_("it was edited after the import"))
        if later and (known.type is Type.REFS or known.name == "tags"):
            self._take_out(change, known, now, clean, later)
        elif later:
            self.chains.alter(later[0], before, later[0].pair[1])
        elif not _same(known, now, after):
            raise _Stays(_("it was edited after the import"))
        else:
            try:
                clean[known.name] = known.parse(before) if before not in _EMPTY else known.empty
            except FieldError:
                # A rule that came after the import refuses the earlier value, as in a choice that is gone.
                raise _Stays(_("its earlier value is no longer valid")) from None
        self.chains.drop(change, known.name)

    def _take_out(
        self, change: ImportChange, known: Field, now: Any, clean: dict[str, Any], later: list[_Link]
    ) -> None:
        """Lists that grow keep what later imports added; what this one added goes."""
        before, after = change.values[known.name]
        links = [after, *(value for link in later for value in link.pair), now]
        if any(not _same(known, links[at], links[at + 1]) for at in range(0, len(links), 2)):
            raise _Stays(_("it was edited after the import"))
        added = {str(word) for word in after} - {str(word) for word in before}
        clean[known.name] = [word for word in now if str(word) not in added]
        for link in later:
            self.chains.alter(link, *([word for word in side if str(word) not in added] for side in link.pair))

    def _undo_touch(self, change: ImportChange, name: str, holder: Any) -> None:
        """Find out whether a row goes back to how it was before the import: then so does the time of its change."""
        if holder is None or name not in change.values:
            return
        before, after = change.values[name]
        later = self.chains.after(change, name)
        if later and later[0].pair[0] == after:
            self.chains.alter(later[0], before, later[0].pair[1])
        elif not later and self.moments.get(holder.pk, holder.updated_at) == parse_datetime(after):
            moment = parse_datetime(before)
            assert moment is not None
            self.moments[holder.pk] = moment
            self.records.setdefault(holder.pk, holder)
        else:
            return
        self.chains.drop(change, name)

    def moment_of(self, holder: Any, seen_at: datetime, now: datetime) -> datetime:
        """When a row that is stored now counts as changed."""
        if holder.pk in self.moments:
            return self.moments[holder.pk]
        if holder.pk in self.untouched:
            return seen_at
        touches = self.chains.of((holder.pk, TOUCHED))
        if touches and parse_datetime(touches[-1].pair[1]) == seen_at:
            # Nobody touched it since the last import: that stays so.
            self.chains.alter(touches[-1], touches[-1].pair[0], now.isoformat())
        return now


class _Stays(Exception):
    """A field keeps its value; says why."""


def _same(known: Field, one: Any, other: Any) -> bool:
    if known.is_many:
        one, other = sorted(one or [], key=str), sorted(other or [], key=str)
    return not log.changes_between({"v": one}, {"v": other})
