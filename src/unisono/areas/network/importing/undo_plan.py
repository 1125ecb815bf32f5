"""What undoing an import would do: what goes, what goes back, and what stays because of what happened since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from unisono.areas.network.actions.values import current_values
from unisono.areas.network.kinds import KINDS, ORGANIZATION, Kind
from unisono.areas.network.models import ImportBatch, ImportChange, Membership
from unisono.areas.network.queries.records import fields_of
from unisono.platform import log
from unisono.platform.fields import Field, FieldError
from unisono.platform.models import Event, User

CHUNK = 500
# What is removed first must not be pointed at by what is removed later.
ORDER = ("need", "capability", "offering", "person", "member", "organization")
_EMPTY: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, or one field of it (`field`), that stays because of what happened since."""

    record_kind: str
    record_id: UUID
    reason: str
    field: str = ""


@dataclass(slots=True)
class Plan:
    """Which of the records that a batch created go, by kind, and what stays."""

    remove: dict[str, set[UUID]] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)


def plan_of(batch: ImportBatch) -> Plan:
    """Sort what a batch created into what goes and what stays."""
    created, reasons = created_by(batch), _reasons(batch, None)
    _keep_together(created, reasons)
    return Plan(
        remove={kind: {pk for pk in created[kind] if pk not in reasons} for kind in ORDER},
        kept=[Kept(kind, pk, reason) for pk, (kind, reason) in reasons.items()],
    )


def kept_of(batch: ImportBatch, *, limit: int) -> list[Kept]:
    """The first records and fields that would stay; looks no further than `limit`."""
    reasons = _reasons(batch, limit)
    if reasons:
        _keep_together(created_by(batch), reasons)
    kept = [Kept(kind, pk, reason) for pk, (kind, reason) in reasons.items()]
    for changes in changes_of(batch):
        if len(kept) >= limit:
            break
        kept += Earlier(batch, changes).kept
    return kept[:limit]


def created_by(batch: ImportBatch) -> dict[str, set[UUID]]:
    """Keys of the records that the batch created, by kind."""
    created: dict[str, set[UUID]] = defaultdict(set)
    changes = batch.changes.filter(is_new=True, record_kind__in=ORDER)
    for kind, pk in changes.values_list("record_kind", "record_id").iterator(chunk_size=5_000):
        created[kind].add(pk)
    return created


def changes_of(batch: ImportBatch) -> Iterator[list[ImportChange]]:
    """What the batch changed in records that were there, the last change first, some at a time."""
    changes = batch.changes.filter(is_new=False).order_by("-pk")
    chunk = list(changes[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(changes.filter(pk__lt=chunk[-1].pk)[:CHUNK])


def chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """The keys, some at a time."""
    chosen = list(ids)
    return (chosen[start : start + CHUNK] for start in range(0, len(chosen), CHUNK))


def _reasons(batch: ImportBatch, limit: int | None) -> dict[UUID, tuple[str, str]]:
    """Why created records stay by themselves: they were edited, or something else makes use of them."""
    reasons: dict[UUID, tuple[str, str]] = {}
    for kind in ORDER:
        created = batch.changes.filter(is_new=True, record_kind=kind)
        if not created.exists():
            continue
        model, ids = KINDS[kind].model, created.values("record_id")
        edited = model._base_manager.filter(pk__in=ids).exclude(updated_at=batch.applied_at).order_by()
        room = None if limit is None else max(0, limit - len(reasons))
        for pk in edited.values_list("pk", flat=True)[:room]:
            reasons[pk] = (kind, _("it was edited after the import"))
        room = None if limit is None else max(0, limit - len(reasons))
        for pk, what in islice(_used(batch, model, ids), room):
            reasons.setdefault(pk, (kind, _("%(what)s was added to it after the import") % {"what": what}))
    return reasons


def _used(batch: ImportBatch, model: type[models.Model], ids: Any) -> Iterator[tuple[UUID, str]]:
    """(record, what uses it) for records of which rows outside the batch make use, in whatever area."""
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
        own = ImportChange.objects.filter(batch=batch, is_new=True, record_id=OuterRef(user))
        used = table._base_manager.filter(~Exists(own), **{f"{name}__in": ids}).order_by()
        for pk in used.values_list(name, flat=True).iterator(chunk_size=2_000):
            yield pk, str(other._meta.verbose_name)


def _keep_together(created: Mapping[str, set[UUID]], reasons: dict[UUID, tuple[str, str]]) -> None:
    """A record that stays keeps what it cannot be without: its member, organisation, owners."""
    because = _("something that stays belongs to it")
    for kind in ("need", "capability", "offering", "person", "member"):
        staying = [pk for pk in created.get(kind, ()) if pk in reasons]
        model: Any = KINDS[kind].model
        for ids in chunks(staying):
            records = model._default_manager.filter(pk__in=ids)
            if kind == "need":
                needed = [("member", pk) for pk in records.values_list("membership_id", flat=True)]
            elif kind in ("capability", "member"):
                needed = [("organization", pk) for pk in records.values_list("organization_id", flat=True)]
            else:
                path = "owners" if kind == "offering" else "organizations"
                needed = [("organization", pk) for pk in records.values_list(path, flat=True)]
            for needed_kind, pk in needed:
                if pk in created.get(needed_kind, ()):
                    reasons.setdefault(pk, (needed_kind, because))
    # An organisation that stays stays the member it became.
    members = KINDS["member"].model._default_manager
    for ids in chunks(pk for pk in created.get("organization", ()) if pk in reasons):
        for pk in members.filter(organization_id__in=ids).values_list("pk", flat=True):
            if pk in created.get("member", ()):
                reasons.setdefault(pk, ("member", because))


class Earlier:
    """What some changes of a batch left in records that were there, and which earlier values would go back.

    `clean` holds for each change that is undone (record, present values, earlier values); `kept` what stays.
    """

    def __init__(self, batch: ImportBatch, changes: Iterable[ImportChange]) -> None:
        self.kept: list[Kept] = []
        self.records: dict[UUID, Any] = {}
        chosen = list(changes)
        self.fields: dict[str, dict[str, Field]] = {
            name: {f.name: f for f in fields_of(batch.network, KINDS[name])} for name in {c.record_kind for c in chosen}
        }
        # ORGANIZATION first: a member and its organisation must be the same two everywhere.
        for name in sorted(self.fields, key=lambda name: name != ORGANIZATION.name):
            self._load(KINDS[name], [change.record_id for change in chosen if change.record_kind == name])
        self._seen: dict[tuple[UUID, str], Any] = {}
        self.clean = [found for found in map(self._earlier, chosen) if found is not None]

    def _load(self, kind: Kind, ids: list[UUID]) -> None:
        records = kind.model._default_manager.filter(pk__in=ids).prefetch_related(*kind.prefetched)
        for record in records.select_related(*kind.related) if kind.related else records:
            if isinstance(record, Membership):
                record.organization = self.records.setdefault(record.organization_id, record.organization)
            self.records[record.pk] = record

    def _earlier(self, change: ImportChange) -> tuple[Kind, Any, dict[str, Any], dict[str, Any]] | None:
        kind, record = KINDS[change.record_kind], self.records.get(change.record_id)
        if record is None:
            return None
        fields = self.fields[kind.name]
        chosen = [fields[name] for name in change.values if name in fields]
        present, clean = current_values(kind, record, chosen), {}
        # A record that several rows changed: the later change is undone already, though not stored.
        present |= {name: self._seen[record.pk, name] for name in present if (record.pk, name) in self._seen}
        for known in chosen:
            before, after = change.values[known.name]
            now = present[known.name]
            if known.is_many:
                now, after = sorted(now or [], key=str), sorted(after or [], key=str)
            if log.changes_between({"v": after}, {"v": now}):
                self.kept.append(Kept(kind.name, record.pk, _("it was edited after the import"), known.name))
                continue
            try:
                clean[known.name] = known.parse(before) if before not in _EMPTY else known.empty
            except FieldError:
                # A rule that came after the import refuses the earlier value, as in a choice that is gone.
                self.kept.append(Kept(kind.name, record.pk, _("its earlier value is no longer valid"), known.name))
        if "archived_at" in change.values and record.archived_at is None:
            # The import brought it back from where it had been put away.
            present["archived_at"], clean["archived_at"] = None, parse_datetime(change.values["archived_at"][0])
        self._seen |= {(record.pk, name): value for name, value in clean.items()}
        return (kind, record, present, clean) if clean else None


def later_events(kept: Iterable[Kept], batch: ImportBatch) -> dict[UUID, tuple[str, datetime]]:
    """Who last touched each record after the batch, and when."""
    ids = [k.record_id for k in kept]
    found: dict[UUID, tuple[UUID | None, datetime]] = {}
    for part in chunks(ids):
        events = Event.objects.filter(models.Q(subject_id__in=part) | models.Q(about_id__in=part))
        events = events.filter(created_at__gt=batch.applied_at).exclude(batch_id=batch.pk).order_by("created_at")
        for subject, about, user, moment in events.values_list("subject_id", "about_id", "actor_user_id", "at"):
            for pk in (about, subject):
                if pk is not None:
                    found[pk] = (user, moment)
    users = {user.pk: str(user) for user in User.objects.filter(pk__in={u for u, _at in found.values() if u})}
    return {pk: (users.get(user, _("the system")) if user else _("the system"), at) for pk, (user, at) in found.items()}
