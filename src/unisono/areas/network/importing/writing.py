"""Prepare what an import writes: new records with their log, search entries and what undoing needs."""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from unisono.areas.network.actions.values import assign
from unisono.areas.network.importing.earlier import PART_TOUCHED, TOUCHED
from unisono.areas.network.importing.effects import Change
from unisono.areas.network.indexing import searchable
from unisono.areas.network.kinds import KINDS, MEMBER, OFFERING, ORGANIZATION, PERSON, Kind
from unisono.areas.network.models import (
    ImportBatch,
    ImportChange,
    Membership,
    Network,
    Offering,
    Organization,
    Person,
    Tag,
)
from unisono.platform import log, search
from unisono.platform.actor import Actor
from unisono.platform.bulk import Spool, blank
from unisono.platform.fields import Field
from unisono.platform.models import Event, SearchEntry

_CHANGE = ("workspace_id", "created_at", "batch_id", "row_number", "record_kind", "record_id", "is_new", "values")
_EVENT = (
    "id", "workspace_id", "created_at", "network_id", "kind", "actor_user_id", "subject_type", "subject_id", "about_id",
    "batch_id", "changes", "at",
)  # fmt: skip
_SEARCH = ("workspace_id", "created_at", "network_id", "record_kind", "record_id", "title", "folded")


class Writer:
    """Spools records of one batch; nothing reaches the database before `Spool.write`."""

    def __init__(self, actor: Actor, batch: ImportBatch, spool: Spool, at: datetime) -> None:
        self.actor, self.batch, self.spool, self.at = actor, batch, spool, at
        self.network: Network = batch.network
        self.created: dict[str, int] = {}
        self.updated: dict[str, int] = {}
        self.reindex: dict[str, list[UUID]] = {}
        self.renamed: set[UUID] = set()
        # People made so far, by organisation and folded name.
        self.people: dict[tuple[UUID, str], UUID] = {}
        self._tags: dict[str, Tag] = {tag.name.casefold(): tag for tag in Tag.objects.filter(network=self.network)}
        # Moment at which a record that this batch changed more than once was last seen.
        self._seen: dict[UUID, datetime] = {}
        self._linked: set[tuple[str, UUID, UUID]] = set()
        self._file = batch.file.name[:250]
        self._batch_id, self._network_id = batch.pk, batch.network_id

    def new(
        self,
        kind: Kind,
        record: Any,
        fields: Mapping[str, Field],
        clean: Mapping[str, Any],
        *,
        row: int,
        about_id: UUID | None,
        prefetched: Mapping[str, list[Any]] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Any:
        """A new record with these values; its links must be set already, and its parts, if any, be new as well."""
        source, user_id = self._source(row), self.actor.user_id
        for instance in assign(record, [*fields.values()], clean):
            # A new record, of which nothing is cached that setting an attribute would have to forget.
            instance.__dict__.update(
                created_at=self.at, updated_at=self.at, created_by_id=user_id, updated_by_id=user_id, source_ref=source
            )
            self.spool.add(instance)
        shown = {name: value for name, value in clean.items() if value is not None and value != "" and value != []}
        if extra:
            shown.update(extra)
        changes = log.first_values(shown, personal=log.personal_in(record, shown))
        self._happened(kind, "imported", record, about_id, changes)
        self._remember(kind, record.id, row, is_new=True, values={})
        if kind.searchable:
            self._found(searchable(self.network, kind, _WithLists(record, prefetched or {})))
        self.created[kind.name] = self.created.get(kind.name, 0) + 1
        return record

    def part(self, kind: Kind, record: Any, row: int) -> None:
        """The organisation that came with a new member: found by itself, and undone with the batch."""
        self._remember(kind, record.id, row, is_new=True, values={})
        self._found(searchable(self.network, kind, record))

    def changed(
        self, kind: Kind, change: Change, fields: Mapping[str, Field], *, row: int, about_id: UUID | None
    ) -> None:
        """New values of an existing record."""
        if not change:
            return
        record, clean = change.record, dict(change.clean)
        seen = self._seen.get(record.pk, record.updated_at)
        part = getattr(record, "organization", None) if kind is MEMBER else None
        part_seen = self._seen.get(part.pk, part.updated_at) if part is not None else None
        tags, owners = clean.pop("tags", None), clean.pop("owners", None)
        moments: dict[str, list[str]] = {}
        restored = "archived_at" in clean
        if restored:
            record.archived_at = clean.pop("archived_at")
        touched = assign(record, [fields[name] for name in clean], clean)
        for instance in touched:
            instance.updated_at, instance.updated_by_id = self.at, self.actor.user_id
            own = [fields[n] for n in clean if (instance is part) == bool(fields[n].on)]
            columns = {"custom" if f.custom else f.name for f in own} | {"updated_at", "updated_by"}
            if "name" in columns and hasattr(instance, "name_key"):
                columns.add("name_key")
            if restored and instance is record:
                columns.add("archived_at")
            seen_at = part_seen if instance is part else seen
            assert seen_at is not None
            if seen_at != self.at:
                moment = PART_TOUCHED if instance is part else TOUCHED
                moments[moment] = [seen_at.isoformat(), self.at.isoformat()]
            self.spool.change(instance, sorted(columns), seen_at=seen_at)
            self._seen[instance.pk] = self.at
            record_kind = ORGANIZATION.name if instance is part else kind.name
            self.reindex.setdefault(record_kind, []).append(instance.pk)
            if record_kind == ORGANIZATION.name and "name" in columns:
                self.renamed.add(instance.pk)
        if tags is not None:
            self.tag(record, tags, present=frozenset(tag.name for tag in record.tags.all()))
        if owners is not None:
            there = {owner.pk for owner in record.owners.all()}
            for owner_id in owners:
                if owner_id not in there:
                    self.own(record.pk, owner_id)
        personal = log.personal_in(record, change.changes)
        if part is not None:
            personal |= log.personal_in(part, (n for n in change.changes if n in fields and fields[n].on))
        logged = {n: [None, None] if n in personal else pair for n, pair in change.changes.items()}
        self._happened(kind, "imported", record, about_id, logged)
        self._remember(kind, record.pk, row, is_new=False, values={**change.changes, **moments})
        self.updated[kind.name] = self.updated.get(kind.name, 0) + 1

    def tag(self, member: Membership, names: list[str], *, present: frozenset[str] = frozenset()) -> list[Tag]:
        """Put tags on a member; ones the network does not have yet are made."""
        tags = []
        for name in names:
            tag = self._tags.get(name.casefold())
            if tag is None:
                tag = self._tags[name.casefold()] = Tag(network=self.network, name=name, created_at=self.at)
                self.spool.add(tag)
            if name not in present and tag not in tags:
                self._link(Membership.tags.through, membership_id=member.pk, tag_id=tag.pk)
                tags.append(tag)
        return tags

    def own(self, offering_id: UUID, organization_id: UUID) -> None:
        """Note an owner of an offering."""
        self._link(Offering.owners.through, offering_id=offering_id, organization_id=organization_id)

    def belong(self, person_id: UUID, organization_id: UUID) -> None:
        """Note that a person belongs to an organisation."""
        self._link(Person.organizations.through, person_id=person_id, organization_id=organization_id)

    def _link(self, through: Any, **ids: UUID) -> None:
        one, other = ids.values()
        if (through.__name__, one, other) not in self._linked:
            self._linked.add((through.__name__, one, other))
            self.spool.add_values(through, tuple(ids), list(ids.values()))

    def outside(self, key: str, name: str, row: int) -> Organization:
        """An organisation that only a key or a name in a row of another kind speaks of."""
        organization = blank(Organization, recorded_in_id=self.network.pk)
        clean = {"name": name, "key": key} if key else {"name": name}
        fields = {f.name: f for f in ORGANIZATION.fields if f.name in clean}
        self.new(ORGANIZATION, organization, fields, clean, row=row, about_id=organization.pk)
        return organization

    def person_in(
        self, organizations: list[Any], clean: Mapping[str, Any], fields: Mapping[str, Field], row: int
    ) -> Person:
        """A new person of some organisations."""
        person: Person = self.new(
            PERSON,
            blank(Person),
            fields,
            {name: value for name, value in clean.items() if name != "organizations"},
            row=row,
            about_id=organizations[0].pk,
            prefetched={"organizations": organizations},
            extra={"organizations": [organization.pk for organization in organizations]},
        )
        for organization in organizations:
            self.belong(person.pk, organization.pk)
            self.people.setdefault((organization.pk, person.name_key), person.pk)
        return person

    def shared(self, person_id: UUID, organization_id: UUID) -> None:
        """A person of this batch who belongs to one more organisation, and is found by its name as well."""
        self.belong(person_id, organization_id)
        self.reindex.setdefault(PERSON.name, []).append(person_id)

    def hangs_on(self, organization: Any, member: Any, lists: Mapping[str, list[str]], row: int) -> None:
        """Needs, offers and capabilities that a row names for its organisation."""
        for statement in lists.get("needs", ()) if member is not None else ():
            need = KINDS["need"]
            record = blank(need.model, network_id=self.network.pk, membership=member)
            clean = {"statement": statement}
            self.new(need, record, _chosen(need, clean), clean, row=row, about_id=organization.pk)
        for name in lists.get("offers", ()):
            record, clean = blank(Offering, network_id=self.network.pk), {"name": name}
            self.new(
                OFFERING, record, _chosen(OFFERING, clean), clean, row=row, about_id=organization.pk,
                prefetched={"owners": [organization]}, extra={"owners": [organization.pk]},
            )  # fmt: skip
            self.own(record.pk, organization.pk)
        for term in lists.get("capabilities", ()):
            kind = KINDS["capability"]
            record, clean = blank(kind.model, organization=organization), {"term": term}
            self.new(kind, record, _chosen(kind, clean), clean, row=row, about_id=organization.pk)

    def linked(self, person: Person, organization: Any, row: int) -> None:
        """An existing person who turns out to belong to one more organisation."""
        before = [str(o.pk) for o in person.organizations.all()]
        self.belong(person.pk, organization.pk)
        after = [*before, str(organization.pk)]
        pair = [None, None] if log.personal_in(person, ["organizations"]) else [before, after]
        self._happened(PERSON, "imported", person, organization.pk, {"organizations": pair})
        self._remember(PERSON, person.pk, row, is_new=False, values={"organizations": [before, after]})
        self.reindex.setdefault(PERSON.name, []).append(person.pk)

    def _source(self, row: int) -> str:
        return f"{self._file}, row {row}"

    def _happened(self, kind: Kind, verb: str, record: Any, about_id: UUID | None, changes: Mapping[str, Any]) -> None:
        self.spool.add_values(
            Event,
            _EVENT,
            (
                uuid7(), self.actor.workspace_id, self.at, self._network_id, f"{kind.name}.{verb}", self.actor.user_id,
                record._meta.model_name, record.id, about_id, self._batch_id, dict(changes), self.at,
            ),
        )  # fmt: skip

    def _remember(self, kind: Kind, record_id: UUID, row: int, *, is_new: bool, values: Mapping[str, Any]) -> None:
        self.spool.add_values(
            ImportChange,
            _CHANGE,
            (self.actor.workspace_id, self.at, self._batch_id, row, kind.name, record_id, is_new, dict(values)),
        )

    def _found(self, item: search.Searchable) -> None:
        self.spool.add_values(
            SearchEntry,
            _SEARCH,
            (
                self.actor.workspace_id, self.at, item.network_id, item.record_kind, item.record_id, item.title[:300],
                search.folded_text(item),
            ),
        )  # fmt: skip


class _Listed:
    """Stands for the manager of a list that is known already."""

    def __init__(self, records: list[Any]) -> None:
        self.all = lambda: records


class _WithLists:
    """A record that is not stored yet, with the lists that its search text asks for."""

    def __init__(self, record: Any, lists: Mapping[str, list[Any]]) -> None:
        self._record = record
        for name, records in lists.items():
            setattr(self, name, _Listed(records))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._record, name)

    def __str__(self) -> str:
        return str(self._record)


def _chosen(kind: Kind, clean: Mapping[str, Any]) -> dict[str, Field]:
    return {f.name: f for f in kind.fields if f.name in clean}


def named(organization_id: UUID, name: str) -> Any:
    """Stands for an organisation of which the id and the name are all that is needed."""
    return SimpleNamespace(pk=organization_id, name=name)
