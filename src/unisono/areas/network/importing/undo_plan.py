"""What undoing an import would do: what goes, what goes back, and what stays because of what happened since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.utils.dateparse import parse_datetime

from unisono.areas.network.importing.earlier import CHUNK, TOUCHED, Chains, Earlier, Kept, chunks, organizations_of
from unisono.areas.network.importing.row_kinds import kind_named, removal_order, stands_on
from unisono.areas.network.models import Comment, ImportBatch, ImportChange
from unisono.platform.messages import message as _
from unisono.platform.models import Event, User

State = ImportBatch.State
_LIVE = (State.APPLIED, State.UNDOING)


@dataclass(slots=True)
class Plan:
    """Which created records go, by kind, and what stays; `waiting` stay for the sake of later imports alone."""

    remove: dict[str, set[UUID]] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    waiting: set[UUID] = field(default_factory=set)


def sources_of(batch: ImportBatch) -> list[ImportBatch]:
    """The batch, and undone ones whose created records stayed because later imports had used them."""
    left = ImportChange.objects.filter(is_new=True, batch__state=State.UNDONE).exclude(batch=batch)
    return [batch, *ImportBatch.objects.filter(pk__in=left.order_by().values("batch_id").distinct())]


def plan_of(batch: ImportBatch, sources: list[ImportBatch]) -> Plan:
    """Sort what these batches created into what goes and what stays; only what stays of `batch` is news."""
    reasons = _Reasons(batch, sources)
    own = created_by([batch])
    created = created_by(sources)
    _keep_together(created, reasons)
    return Plan(
        remove={kind: {pk for pk in created[kind] if pk not in reasons.found} for kind in removal_order()},
        kept=[Kept(kind, pk, reason) for pk, (kind, reason) in reasons.found.items() if pk in own[kind]],
        waiting=reasons.found.keys() - reasons.lasting,
    )


def kept_of(batch: ImportBatch, *, limit: int) -> list[Kept]:
    """The first records and fields that would stay; looks no further than `limit`."""
    reasons = _Reasons(batch, [batch], limit)
    if reasons.found:
        _keep_together(created_by([batch]), reasons)
    kept = [Kept(kind, pk, reason) for pk, (kind, reason) in reasons.found.items()]
    for changes in changes_of(batch):
        if len(kept) >= limit:
            break
        kept += Earlier(batch, changes).kept
    return kept[:limit]


def created_by(batches: list[ImportBatch]) -> dict[str, set[UUID]]:
    """Keys of the records that the batches created, by kind."""
    created: dict[str, set[UUID]] = defaultdict(set)
    changes = ImportChange.objects.filter(batch__in=batches, is_new=True, record_kind__in=removal_order())
    for kind, pk in changes.values_list("record_kind", "record_id").iterator(chunk_size=5_000):
        created[kind].add(pk)
    return created


def changes_of(batch: ImportBatch) -> Iterator[list[ImportChange]]:
    """What the batch changed in records that were there, the last change first, some at a time."""
    changes = batch.changes.filter(is_new=False).order_by("-pk")
    chunk = list(changes[:CHUNK])
    while chunk:
        last = chunk[-1].pk
        yield chunk
        chunk = list(changes.filter(pk__lt=last)[:CHUNK]) if len(chunk) == CHUNK else []


class _Reasons:
    """Why created records stay by themselves: they were edited, or something else makes use of them.

    `lasting` are those that stay for what people did; the others may go when the later imports are undone as well.
    Looks for no more than `limit`, and tells people from imports only without one.
    """

    def __init__(self, batch: ImportBatch, sources: list[ImportBatch], limit: int | None = None) -> None:
        self.found: dict[UUID, tuple[str, str]] = {}
        self.lasting: set[UUID] = set()
        self._batch, self._sources, self._limit = batch, sources, limit
        for source in sources:
            made = {*source.counts.get("created", {})}
            # The organisations of new members are not counted by themselves.
            made |= {"organization"} if "member" in made else set()
            for kind in removal_order():
                if kind in made:
                    self._of_kind(source, kind)

    def _room(self) -> int | None:
        return None if self._limit is None else max(0, self._limit - len(self.found))

    def _of_kind(self, source: ImportBatch, kind: str) -> None:
        model = kind_named(kind).model
        ids = source.changes.filter(is_new=True, record_kind=kind).values("record_id")
        because = _("it was edited after the import")
        edited = model._base_manager.filter(pk__in=ids).exclude(updated_at=source.applied_at).order_by()
        touched = list(edited.values_list("pk", flat=True)[: self._room()])
        self.found |= dict.fromkeys(touched, (kind, because))
        if self._limit is None:
            self.lasting |= self._by_people(source, model, touched)
        later = ImportChange.objects.filter(is_new=False, record_kind=kind, record_id__in=ids, batch__state__in=_LIVE)
        for pk in later.exclude(batch=self._batch).order_by().values_list("record_id", flat=True)[: self._room()]:
            self.found.setdefault(pk, (kind, because))
        for pk, what, by_import in islice(self._used(model, ids), self._room()):
            self.found.setdefault(pk, (kind, _("%(what)s was added to it after the import") % {"what": what}))
            if not by_import:
                self.lasting.add(pk)

    def _by_people(self, source: ImportBatch, model: type[models.Model], touched: list[UUID]) -> set[UUID]:
        """Those among the touched records that not only imports touched."""
        people = set()
        for ids in chunks(touched):
            records: Any = list(model._base_manager.filter(pk__in=ids))
            chains = Chains(ids, organizations_of(records))
            for record in records:
                moment = source.applied_at
                for link in chains.of((record.pk, TOUCHED)):
                    if parse_datetime(link.pair[0]) != moment:
                        break
                    moment = parse_datetime(link.pair[1])
                if moment != record.updated_at:
                    people.add(record.pk)
        return people

    def _used(self, model: type[models.Model], ids: Any) -> Iterator[tuple[UUID, str, bool]]:
        """(record, what uses it, whether an import made that) for records that others make use of, in any area."""
        names: list[str] = []
        users = []
        for relation in model._meta.related_objects:
            other = relation.related_model
            if isinstance(other, str) or relation.name.startswith("import"):
                continue
            if relation.many_to_many:
                links: Any = relation
                table = links.through
                name, user = f"{links.field.m2m_reverse_field_name()}_id", f"{links.field.m2m_field_name()}_id"
            else:
                table, name, user = other, relation.field.attname, "pk"
            # Without its kind, so that it is looked up by its key and not among all that the batch made of that kind.
            changes = ImportChange.objects.filter(record_id=OuterRef(user))
            own = changes.filter(batch__in=self._sources, is_new=True)
            by_import = Exists(changes.filter(batch__state__in=_LIVE).exclude(batch=self._batch))
            used = table._base_manager.filter(~Exists(own), **{f"{name}__in": ids}).order_by()
            users.append(used.values_list(F(name), Value(len(names)), by_import))
            names.append(str(other._meta.verbose_name))
        # A comment names its record by kind and id, not by a foreign key.
        said = Comment._base_manager.filter(record_id__in=ids, removed_at=None).order_by()
        users.append(said.values_list("record_id", Value(len(names)), Value(False)))
        names.append(str(Comment._meta.verbose_name))
        if users:
            # All tables in one query: most of them have nothing to say.
            for pk, what, is_import in users[0].union(*users[1:], all=True).iterator(chunk_size=2_000):
                yield pk, names[what], is_import


def _keep_together(created: Mapping[str, set[UUID]], reasons: _Reasons) -> None:
    """A record that stays keeps what it cannot be without: its member, organisation, owners."""
    for kind, needed_kind, path in stands_on():
        staying = [pk for pk in created.get(kind, ()) if pk in reasons.found]
        further = kind_named(kind).model._default_manager
        for ids in chunks(staying):
            _bind(reasons, created, needed_kind, further.filter(pk__in=ids).values_list("pk", path))
    for kind in ("need", "capability", "offering", "person", "member"):
        staying = [pk for pk in created.get(kind, ()) if pk in reasons.found]
        model: Any = kind_named(kind).model
        if kind == "need":
            path, needed_kind = "membership_id", "member"
        elif kind in ("capability", "member"):
            path, needed_kind = "organization_id", "organization"
        else:
            path, needed_kind = "owners" if kind == "offering" else "organizations", "organization"
        for ids in chunks(staying):
            _bind(reasons, created, needed_kind, model._default_manager.filter(pk__in=ids).values_list("pk", path))
    # An organisation that stays stays the member it became.
    members = kind_named("member").model._default_manager
    for ids in chunks(pk for pk in created.get("organization", ()) if pk in reasons.found):
        _bind(reasons, created, "member", members.filter(organization_id__in=ids).values_list("organization_id", "pk"))


def _bind(reasons: _Reasons, created: Mapping[str, set[UUID]], kind: str, pairs: Any) -> None:
    """Let the second of each pair stay because the first does."""
    for staying, needed in pairs:
        if needed in created.get(kind, ()):
            reasons.found.setdefault(needed, (kind, _("something that stays belongs to it")))
            if staying in reasons.lasting:
                reasons.lasting.add(needed)


def later_events(kept: Iterable[Kept], batch: ImportBatch) -> dict[UUID, tuple[str, datetime]]:
    """Who last touched each record after the batch, and when."""
    ids = [k.record_id for k in kept]
    found: dict[UUID, tuple[UUID | None, datetime]] = {}
    for part in chunks(ids):
        events = Event.objects.filter(Q(subject_id__in=part) | Q(about_id__in=part))
        events = events.filter(created_at__gt=batch.applied_at).exclude(batch_id=batch.pk).order_by("created_at")
        for subject, about, user, moment in events.values_list("subject_id", "about_id", "actor_user_id", "at"):
            for pk in (about, subject):
                if pk is not None:
                    found[pk] = (user, moment)
    users = {user.pk: str(user) for user in User.objects.filter(pk__in={u for u, _at in found.values() if u})}
    return {pk: (users.get(user, _("the system")) if user else _("the system"), at) for pk, (user, at) in found.items()}
