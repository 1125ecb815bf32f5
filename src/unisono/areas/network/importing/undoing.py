"""The undo: what a batch created goes, what it changed goes back, and what was edited since stays and is listed."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from unisono.areas.network.actions.values import assign, assign_lists, current_values
from unisono.areas.network.indexing import index_record
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import CustomField, ImportBatch, ImportChange, Tag
from unisono.areas.network.queries.records import fields_of
from unisono.platform import log, search
from unisono.platform.actor import Actor
from unisono.platform.fields import FieldError
from unisono.platform.models import Event, User

Steps = Callable[[int, int | None], None]
_CHUNK = 500
# What is removed first must not be pointed at by what is removed later.
_ORDER = ("need", "capability", "offering", "person", "member", "organization")


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, or one field of it (`field`), that stays because of what happened since."""

    record_kind: str
    record_id: UUID
    reason: str
    field: str = ""


@dataclass(slots=True)
class Plan:
    """What undoing would do."""

    remove: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    restore: list[ImportChange] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


def plan_of(batch: ImportBatch, *, look: bool = False) -> Plan:
    """Sort what a batch did into what goes, what goes back and what stays.

    `look` also lists the fields that would stay; undoing finds them anyway.
    """
    plan = Plan()
    created: dict[str, set[UUID]] = defaultdict(set)
    changes = batch.changes.all()
    for kind, pk in changes.filter(is_new=True).values_list("record_kind", "record_id").iterator(chunk_size=5_000):
        created[kind].add(pk)
    plan.restore = list(changes.filter(is_new=False).order_by("-pk"))
    created.pop("custom_field", None)
    reasons: dict[UUID, tuple[str, str]] = {}
    for kind in _ORDER:
        model = KINDS[kind].model
        for ids in _chunks(created[kind]):
            edited = model._default_manager.filter(pk__in=ids).exclude(updated_at=batch.applied_at)
            for pk in edited.values_list("pk", flat=True):
                reasons[pk] = (kind, _("it was edited after the import"))
            for pk, what in _used(model, ids, created):
                reasons.setdefault(pk, (kind, _("%(what)s was added to it after the import") % {"what": what}))
    _keep_together(created, reasons)
    for kind in _ORDER:
        plan.remove[kind] = {pk for pk in created[kind] if pk not in reasons}
    plan.kept = [Kept(kind, pk, reason) for pk, (kind, reason) in reasons.items()]
    if look:
        for change in plan.restore:
            _earlier_values(batch, change, plan)
    return plan


def _chunks(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    chosen = list(ids)
    return (chosen[start : start + _CHUNK] for start in range(0, len(chosen), _CHUNK))


def _used(model: type[models.Model], ids: list[UUID], created: dict[str, set[UUID]]) -> Iterable[tuple[UUID, str]]:
    """(record, what uses it) for records of which rows outside the batch make use, in whatever area."""
    own = {KINDS[kind].model: pks for kind, pks in created.items()}
    for relation in model._meta.related_objects:
        other = relation.related_model
        if isinstance(other, str) or relation.name.startswith("import"):
            continue
        if relation.many_to_many:
            links: Any = relation
            through = links.through
            name, other_name = links.field.m2m_reverse_field_name(), links.field.m2m_field_name()
            rows = through._default_manager.filter(**{f"{name}__in": ids})
            pairs = rows.values_list(f"{name}_id", f"{other_name}_id")
        else:
            name = relation.field.name
            rows = other._default_manager.filter(**{f"{name}__in": ids})
            pairs = rows.values_list(relation.field.attname, "pk")
        for pk, user in pairs:
            if user not in own.get(other, ()):
                yield pk, str(other._meta.verbose_name)


def _keep_together(created: dict[str, set[UUID]], reasons: dict[UUID, tuple[str, str]]) -> None:
    """A record that stays keeps what it cannot be without: its member, organisation, owners."""
    because = _("something that stays belongs to it")
    for kind in ("need", "capability", "offering", "person", "member"):
        staying = [pk for pk in created[kind] if pk in reasons]
        model: Any = KINDS[kind].model
        for ids in _chunks(staying):
            records = model._default_manager.filter(pk__in=ids)
            if kind == "need":
                needed = [("member", pk) for pk in records.values_list("membership_id", flat=True)]
            elif kind in ("capability", "member"):
                needed = [("organization", pk) for pk in records.values_list("organization_id", flat=True)]
            else:
                path = "owners" if kind == "offering" else "organizations"
                needed = [("organization", pk) for pk in records.values_list(path, flat=True)]
            for needed_kind, pk in needed:
                if pk in created[needed_kind]:
                    reasons.setdefault(pk, (needed_kind, because))
    # An organisation that stays stays the member it became.
    members = KINDS["member"].model._default_manager
    for ids in _chunks(pk for pk in created["organization"] if pk in reasons):
        for pk in members.filter(organization_id__in=ids).values_list("pk", flat=True):
            if pk in created["member"]:
                reasons.setdefault(pk, ("member", because))


def undo_changes(actor: Actor, batch: ImportBatch, progress: Steps, *, at: datetime | None = None) -> dict[str, Any]:
    """Undo an applied batch in one transaction; gives how many records went, went back and stayed."""
    now = at or timezone.now()
    progress(0, None)
    with transaction.atomic():
        plan = plan_of(batch)
        total = sum(map(len, plan.remove.values())) + len(plan.restore)
        done = restored = 0
        for change in plan.restore:
            restored += _restore(actor, batch, change, plan, now)
            done += 1
            if done % _CHUNK == 0:
                progress(done, total)
        for kind in _ORDER:
            for ids in _chunks(plan.remove[kind]):
                _remove(actor, batch, kind, ids, now)
                done += len(ids)
                progress(done, total)
        _drop_unused(batch)
        removed = {kind: len(ids) for kind, ids in plan.remove.items() if ids}
        stays = [
            {"record_kind": k.record_kind, "record_id": str(k.record_id), "field": k.field, "reason": k.reason}
            for k in plan.kept
        ]
        counts = {**batch.counts, "removed": removed, "restored": restored, "kept": len(stays)}
        ImportBatch.objects.filter(pk=batch.pk).update(
            state=ImportBatch.State.UNDONE, undone_at=now, counts=counts, options={**batch.options, "kept": stays}
        )
        log.record(
            log.event(
                actor=actor, kind="import.undone", subject=batch, network_id=batch.network_id,
                about_id=batch.network_id, batch_id=batch.pk, at=now, changes={"removed": [None, removed]},
            )
        )  # fmt: skip
    return {"removed": removed, "restored": restored, "kept": len(stays)}


def _earlier_values(batch: ImportBatch, change: ImportChange, plan: Plan) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """The record, its present values and the earlier ones; fields edited since are put on the list of what stays."""
    kind = KINDS[change.record_kind]
    record: Any = kind.model._default_manager.filter(pk=change.record_id).first()
    if record is None:
        return None, {}, {}
    fields = {f.name: f for f in fields_of(batch.network, kind)}
    chosen = [fields[name] for name in change.values if name in fields]
    present = current_values(kind, record, chosen)
    clean: dict[str, Any] = {}
    for known in chosen:
        before, after = change.values[known.name]
        now = sorted(present[known.name], key=str) if known.is_many else present[known.name]
        if log.changes_between({"v": sorted(after, key=str) if known.is_many else after}, {"v": now}):
            plan.kept.append(Kept(kind.name, record.pk, _("it was edited after the import"), known.name))
            continue
        try:
            clean[known.name] = known.parse(before) if before not in (None, "", []) else known.empty
        except FieldError:
            # A rule that came after the import refuses the earlier value, as in a choice that is gone.
            plan.kept.append(Kept(kind.name, record.pk, _("its earlier value is no longer valid"), known.name))
    if "archived_at" in change.values and record.archived_at is None:
        # The import brought it back from where it had been put away.
        present["archived_at"], clean["archived_at"] = None, parse_datetime(change.values["archived_at"][0])
    return record, present, clean


def _restore(actor: Actor, batch: ImportBatch, change: ImportChange, plan: Plan, now: datetime) -> int:
    """Give the fields of one record their earlier values, those aside that were edited since; 1 when any went back."""
    record, present, clean = _earlier_values(batch, change, plan)
    if not clean:
        return 0
    kind = KINDS[change.record_kind]
    chosen = [f for f in fields_of(batch.network, kind) if f.name in clean]
    record.archived_at = clean.get("archived_at", record.archived_at)
    for instance in assign(record, chosen, clean):
        instance.updated_at, instance.updated_by_id = now, actor.user_id
        instance.save()
    assign_lists(record, batch.network, chosen, clean)
    log.record(
        log.event(
            actor=actor, kind=f"{kind.name}.import_undone", subject=record, network_id=batch.network_id,
            about_id=kind.about(record), batch_id=batch.pk, at=now,
            changes=log.changes_between(present, clean, personal=record.PERSONAL),
        )
    )  # fmt: skip
    fresh = kind.model._default_manager.select_related(*kind.related).get(pk=record.pk)
    index_record(batch.network, kind, fresh)
    return 1


def _remove(actor: Actor, batch: ImportBatch, kind_name: str, ids: list[UUID], now: datetime) -> None:
    kind = KINDS[kind_name]
    records = kind.model._default_manager.filter(pk__in=ids)
    chosen = list(records.select_related(*kind.related).prefetch_related(*kind.prefetched))
    log.record(
        log.event(
            actor=actor, kind=f"{kind.name}.import_undone", subject=record, network_id=batch.network_id,
            about_id=kind.about(record), batch_id=batch.pk, at=now,
        )
        for record in chosen
    )  # fmt: skip
    search.remove(ids)
    records.delete()


def _drop_unused(batch: ImportBatch) -> None:
    """Custom fields that the batch added go when no record has a value in them; so do tags nobody wears."""
    for change in batch.changes.filter(record_kind="custom_field", is_new=True):
        custom = CustomField.objects.filter(pk=change.record_id).first()
        if custom is None:
            continue
        kind = KINDS[custom.record_kind]
        values = kind.model._default_manager.filter(kind.in_network(batch.network))
        filled = values.filter(custom__has_key=custom.name).exclude(**{f"custom__{custom.name}": ""})
        if not filled.exists():
            custom.delete()
    Tag.objects.filter(network=batch.network, created_at=batch.applied_at, memberships=None).delete()


def later_events(kept: Iterable[Kept], batch: ImportBatch) -> dict[UUID, tuple[str, datetime]]:
    """Who last touched each record after the batch, and when."""
    ids = [k.record_id for k in kept]
    found: dict[UUID, tuple[UUID | None, datetime]] = {}
    for part in _chunks(ids):
        events = Event.objects.filter(models.Q(subject_id__in=part) | models.Q(about_id__in=part))
        events = events.filter(created_at__gt=batch.applied_at).exclude(batch_id=batch.pk).order_by("created_at")
        for subject, about, user, moment in events.values_list("subject_id", "about_id", "actor_user_id", "at"):
            for pk in (about, subject):
                if pk is not None:
                    found[pk] = (user, moment)
    users = {user.pk: str(user) for user in User.objects.filter(pk__in={u for u, _at in found.values() if u})}
    return {pk: (users.get(user, _("the system")) if user else _("the system"), at) for pk, (user, at) in found.items()}
