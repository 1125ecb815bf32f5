"""The undo: what a batch created goes, what it changed goes back, and what was edited since stays and is listed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from unisono.areas.network.actions.values import assign, tags_named
from unisono.areas.network.importing.earlier import Earlier, Kept, chunks
from unisono.areas.network.importing.row_kinds import all_kinds, kind_named, removal_order
from unisono.areas.network.importing.undo_plan import Plan, changes_of, created_by, plan_of, sources_of
from unisono.areas.network.indexing import index_hanging, index_records, with_words
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import (
    Comment,
    CustomField,
    ImportBatch,
    ImportChange,
    Membership,
    Network,
    Organization,
    Tag,
)
from unisono.platform import log, search
from unisono.platform.actor import Actor
from unisono.platform.bulk import Spool
from unisono.platform.errors import Conflict
from unisono.platform.fields import Type
from unisono.platform.messages import message as _

Steps = Callable[[int, int | None], None]
_NOTHING: tuple[Any, ...] = ("", None, [])


def undo_changes(actor: Actor, batch: ImportBatch, progress: Steps, *, at: datetime | None = None) -> dict[str, Any]:
    """Undo an applied batch in one transaction; gives how many records went, went back and stayed."""
    now = at or timezone.now()
    progress(0, None)
    with transaction.atomic():
        sources = sources_of(batch)
        _hold_created(sources)
        total = batch.changes.count()
        done = restored = 0
        kept: list[Kept] = []
        for changes in changes_of(batch):
            restored += _restore(actor, batch, changes, kept, now)
            done += len(changes)
            progress(done, total)
        # Only now, since records of undone imports may be as they were created again.
        plan = plan_of(batch, sources)
        for kind in removal_order():
            for ids in chunks(plan.remove[kind]):
                _remove(actor, batch, kind, ids, now)
                done += len(ids)
                progress(min(done, total), total)
        _settle(sources, plan)
        _drop_unused(batch, sources)
        removed = {kind: len(ids) for kind, ids in plan.remove.items() if ids}
        stays = [
            {"record_kind": k.record_kind, "record_id": str(k.record_id), "field": k.field, "reason": k.reason}
            for k in [*plan.kept, *kept]
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


def _hold(kind: Kind, ids: list[UUID]) -> None:
    """Nobody else changes these rows, or hangs anything on them, before this is over."""
    if connection.features.has_select_for_update:
        list(kind.model._base_manager.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


def _hold_created(sources: list[ImportBatch]) -> None:
    """Hold what may go before looking whether it was edited since: what was looked at is then what is removed."""
    created = created_by(sources)
    for kind in removal_order():
        for ids in chunks(sorted(created.get(kind, ()))):
            _hold(kind_named(kind), ids)


def _hold_changed(changes: Iterable[ImportChange]) -> None:
    """Members before organisations, as whoever edits them takes them."""
    ids: dict[str, set[UUID]] = {}
    for change in changes:
        ids.setdefault(change.record_kind, set()).add(change.record_id)
    for name in sorted(ids, key=lambda name: name == ORGANIZATION.name):
        _hold(kind_named(name), list(ids[name]))
    members = Membership.objects.filter(pk__in=ids.get(MEMBER.name, ()))
    _hold(ORGANIZATION, list(members.values_list("organization_id", flat=True)))


def _restore(actor: Actor, batch: ImportBatch, changes: list[ImportChange], kept: list[Kept], now: datetime) -> int:
    """Give records their earlier values, those aside that were edited since; gives how many changes went back."""
    _hold_changed(changes)
    earlier = Earlier(batch, changes)
    kept += earlier.kept
    seen_at = {pk: record.updated_at for pk, record in earlier.records.items()}
    columns: dict[UUID, set[str]] = {}
    lists: dict[tuple[str, str], dict[UUID, list[Any]]] = {}
    events = []
    for kind, record, present, clean in earlier.clean:
        fields = [earlier.fields[kind.name][name] for name in clean if name in earlier.fields[kind.name]]
        record.archived_at = clean.get("archived_at", record.archived_at)
        if "archived_at" in clean:
            columns.setdefault(record.pk, set()).add("archived_at")
        for instance in assign(record, fields, clean):
            instance.updated_by_id = actor.user_id
            of_instance = columns.setdefault(instance.pk, set())
            of_instance |= {"updated_at", "updated_by"}
            for known in fields:
                if (instance is record) == bool(known.on) or known.type is Type.REFS or known.name == "tags":
                    continue
                of_instance.add("custom" if known.custom else known.name)
                if known.name == "name" and hasattr(instance, "name_key"):
                    of_instance.add("name_key")
        for known in fields:
            if known.type is Type.REFS or known.name == "tags":
                lists.setdefault((kind.name, known.name), {})[record.pk] = clean[known.name]
        events.append(
            log.event(
                actor=actor, kind=f"{kind.name}.import_undone", subject=record, network_id=batch.network_id,
                about_id=kind.about(record), batch_id=batch.pk, at=now,
                changes=log.changes_between(present, clean, personal=log.personal_in(record, clean)),
            )
        )  # fmt: skip
    for pk in earlier.moments:
        columns.setdefault(pk, set()).add("updated_at")
    for pk in columns:
        earlier.records[pk].updated_at = earlier.moment_of(earlier.records[pk], seen_at[pk], now)
    earlier.chains.store()
    with Spool() as spool:
        for pk, names in columns.items():
            spool.change(earlier.records[pk], sorted(names), seen_at=seen_at[pk])
        if not spool.write(lambda written: None):
            raise Conflict.at(
                _("the directory"),
                _("Somebody changed records of this import while it was being undone; nothing was undone."),
                _("Undo it again."),
            )
    for (name, list_name), wanted in lists.items():
        _store_lists(batch.network, kind_named(name), list_name, wanted)
    log.record(events)
    _index(batch.network, earlier, columns)
    return len(events)


def _store_lists(network: Network, kind: Kind, name: str, wanted: dict[UUID, list[Any]]) -> None:
    """Set the tags, owners or organisations of many records in a few statements."""
    relation: Any = kind.model._meta.get_field(name)
    through = relation.remote_field.through
    own, other = relation.m2m_column_name(), relation.m2m_reverse_name()
    if name == "tags":
        words = sorted({word for words in wanted.values() for word in words})
        by_name = {tag.name.casefold(): tag.pk for tag in tags_named(network, words)}
        wanted = {pk: [by_name[word.casefold()] for word in words] for pk, words in wanted.items()}
    missing = {(pk, UUID(str(target))) for pk, targets in wanted.items() for target in targets}
    surplus = []
    for link, pk, target in through._base_manager.filter(**{f"{own}__in": list(wanted)}).values_list("pk", own, other):
        if (pk, target) in missing:
            missing.discard((pk, target))
        else:
            surplus.append(link)
    through._base_manager.filter(pk__in=surplus).delete()
    through._base_manager.bulk_create([through(**{own: pk, other: target}) for pk, target in missing])


def _index(network: Network, earlier: Earlier, columns: Mapping[UUID, set[str]]) -> None:
    """Make what went back findable as it now is, and by its name what hangs on it."""
    organizations: dict[UUID, Any] = {}
    others: dict[str, list[UUID]] = {}
    for pk in columns:
        record = earlier.records[pk]
        if isinstance(record, Membership | Organization):
            organization = record.organization if isinstance(record, Membership) else record
            organizations[organization.pk] = organization
        else:
            others.setdefault(record._meta.label, []).append(pk)
    for kind in all_kinds():
        ids = others.get(kind.model._meta.label)
        if not ids:
            continue
        index_records(network, kind, with_words(kind, pk__in=ids))
    index_records(network, ORGANIZATION, organizations.values())
    index_hanging(organizations, kinds=[MEMBER.name])
    index_hanging(pk for pk in organizations if "name" in columns.get(pk, ()))


def _remove(actor: Actor, batch: ImportBatch, kind_name: str, ids: list[UUID], now: datetime) -> None:
    kind = kind_named(kind_name)
    records = kind.model._default_manager.filter(pk__in=ids)
    chosen = list(with_words(kind, pk__in=ids))
    log.record(
        log.event(
            actor=actor, kind=f"{kind.name}.import_undone", subject=record,
            network_id=getattr(record, "network_id", batch.network_id), about_id=kind.about(record),
            batch_id=batch.pk, at=now,
        )
        for record in chosen
    )  # fmt: skip
    search.remove(ids)
    # Those that are left were taken back: what is said of a record keeps it.
    Comment._base_manager.filter(record_id__in=ids).delete()
    records.delete()


def _settle(sources: list[ImportBatch], plan: Plan) -> None:
    """Forget what was created, but for what waits for a later import to be undone."""
    created = created_by(sources)
    over = {pk for ids in created.values() for pk in ids} - plan.waiting
    for ids in chunks(over):
        ImportChange.objects.filter(batch__in=sources, is_new=True, record_id__in=ids).delete()
    removed = {str(pk) for ids in plan.remove.values() for pk in ids}
    for source in sources[1:]:
        before = source.options.get("kept", [])
        kept = [one for one in before if one["record_id"] not in removed]
        if len(kept) < len(before):
            source.options, source.counts = {**source.options, "kept": kept}, {**source.counts, "kept": len(kept)}
            source.save(update_fields=["options", "counts"])


def _drop_unused(batch: ImportBatch, sources: list[ImportBatch]) -> None:
    """Custom fields that the batches added go when no record has a value in them; so do tags nobody wears."""
    for change in ImportChange.objects.filter(batch__in=sources, record_kind="custom_field", is_new=True):
        custom = CustomField.objects.select_related("network").filter(pk=change.record_id).first()
        if custom is None:
            continue
        kind = kind_named(custom.record_kind)
        values = kind.model._default_manager.filter(kind.in_network(custom.network))
        key = kind.custom_key(custom.network, custom.name)
        filled = values.filter(custom__has_key=key)
        for nothing in _NOTHING:
            filled = filled.exclude(**{f"custom__{key}": nothing})
        if not filled.exists():
            custom.delete()
            change.delete()
    undone = ImportBatch.objects.filter(network=batch.network, undone_at__isnull=False)
    moments = [batch.applied_at, *undone.values_list("applied_at", flat=True)]
    Tag.objects.filter(network=batch.network, created_at__in=moments, memberships=None).delete()
