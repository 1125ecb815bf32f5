"""Writing a bulk edit and taking it back: few statements for many records, one event for each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.dateparse import parse_date

from unisono.areas.network.actions.values import assign, current_values, tags_named
from unisono.areas.network.bulk.planning import CHUNK, Change, Planned, holder_of
from unisono.areas.network.indexing import index_hanging, index_records
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import BulkChange, BulkEdit, Membership, Network, Organization
from unisono.areas.network.queries.records import fields_of
from unisono.platform import log, search
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.fields import Field, FieldError, Type
from unisono.platform.messages import message as _

_EMPTY: tuple[Any, ...] = (None, "", [])
# Columns that a bulk edit writes and no field holds.
_PLAIN = ("state", "exit_reason", "exited_on", "archived_at")


def write_chunk(
    actor: Actor, edit: BulkEdit, kind: Kind, fields: Sequence[Field], change: Change, chosen: Sequence[Planned],
    now: datetime,
) -> None:  # fmt: skip
    """Make the change in these records, remember it, tell the log, and make them findable as they now are."""
    verb = "archived" if change.archive else "state_changed" if change.state else "edited"
    ids = [planned.record.pk for planned in chosen]
    touched = {"updated_at": now, "updated_by_id": actor.user_id}
    own: dict[str, Any] = dict(touched)
    parts: dict[str, Any] = {}
    if change.archive:
        own["archived_at"] = now
    elif change.state:
        own |= {"state": change.state}
        if kind is MEMBER:
            exited = chosen[0].values.get("exited_on", [None, None])[1]
            own |= {"exited_on": parse_date(exited) if exited else None,
                    "exit_reason": change.reason if change.state == "exited" else ""}  # fmt: skip
    else:
        by_name = {f.name: f for f in fields}
        for name, value in change.values.items():
            known = by_name[name]
            if not known.custom:
                column = f"{name}_id" if known.refers_to else name
                (parts if holder_of(kind, known) else own)[column] = value
    organizations = [planned.record.organization_id for planned in chosen] if parts else []
    with _in_words(kind):
        if kind.model._base_manager.filter(pk__in=ids).update(**own) != len(ids):
            raise Conflict.at(
                str(kind.label_plural),
                _("Somebody removed some of these records meanwhile; nothing was changed."),
                _("Look at the list again."),
            )
        if parts:
            Organization._base_manager.filter(pk__in=organizations).update(**parts, **touched)
    custom = [f for f in fields if f.custom and f.name in change.values]
    if custom:
        for planned in chosen:
            assign(planned.record, custom, change.values)
        kind.model._base_manager.bulk_update([p.record for p in chosen], ["custom"], batch_size=CHUNK)
    _write_tags(edit.network, ids, change.add_tags, change.remove_tags)
    BulkChange.objects.bulk_create(
        [BulkChange(edit=edit, record_id=p.record.pk, values=p.values, created_at=now) for p in chosen]
    )
    events = []
    for planned in chosen:
        told = {name: pair for name, pair in planned.values.items() if name not in ("exited_on", "archived_at")}
        if "exit_reason" in told:
            told["reason"] = [None, told.pop("exit_reason")[1]]
        events.append(_event(actor, edit, kind, verb, planned.record, told, now))
    log.record(events)
    if change.archive:
        search.remove(ids)
    elif not change.state:
        index_fresh(edit.network, kind, ids, parts=bool(parts))


@contextmanager
def _in_words(kind: Kind) -> Iterator[None]:
    """A constraint of the database that the change meets becomes a Conflict in words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Conflict.at(
            str(kind.label_plural),
            _("Some of these records cannot be like that; nothing was changed."),
            _("Change fewer of them, or something else."),
        ) from None


def _event(
    actor: Actor, edit: BulkEdit, kind: Kind, verb: str, record: Any, changes: Mapping[str, list[Any]], now: datetime
) -> Any:
    wanted = changes.get("visibility", [None, None])
    hidden = set[str]()
    for visibility in wanted:
        hidden |= log.personal_in(record, changes, visibility=visibility)
    return log.event(
        actor=actor, kind=f"{kind.name}.{verb}", subject=record, network_id=edit.network_id,
        about_id=kind.about(record), batch_id=edit.pk, at=now,
        changes={name: [None, None] if name in hidden else pair for name, pair in changes.items()},
    )  # fmt: skip


def _write_tags(network: Network, ids: Sequence[UUID], add: Sequence[str], remove: Sequence[str]) -> None:
    through = Membership.tags.through
    if remove:
        gone = [tag.pk for tag in tags_named(network, remove)]
        through._base_manager.filter(membership_id__in=ids, tag_id__in=gone).delete()
    if add:
        rows = [through(membership_id=pk, tag_id=tag.pk) for tag in tags_named(network, add) for pk in ids]
        through._base_manager.bulk_create(rows, ignore_conflicts=True, batch_size=5_000)


def whole(kind: Kind, ids: Sequence[UUID]) -> list[Any]:
    """Records as they are now stored, with what hangs on them, to be read only."""
    rows = kind.model._base_manager.filter(pk__in=ids)
    found: list[Any] = list(rows.select_related(*kind.related) if kind.related else rows)
    kept = {name: f"listed_{name}" for name in kind.prefetched}
    prefetch_related_objects(found, *(Prefetch(name, to_attr=kept[name]) for name in kept))
    for record in found:
        # Django would make a query set for each record to keep its list in, which takes longer than all the rest.
        record._prefetched_objects_cache = {name: getattr(record, kept[name]) for name in kept}
    return found


def index_fresh(network: Network, kind: Kind, ids: Sequence[UUID], *, parts: bool = True) -> None:
    """Make records findable as they are now stored; with `parts`, the organisations of members too, and what is found
    by what they say: their memberships in other networks."""
    fresh = whole(kind, ids)
    index_records(network, kind, fresh)
    if kind is MEMBER and parts:
        index_records(network, ORGANIZATION, [member.organization for member in fresh])
        index_hanging([member.organization_id for member in fresh], kinds=[MEMBER.name], but_in=network)
    elif kind is ORGANIZATION:
        # A bulk edit leaves names as they are, and nothing but a member's entry holds more of an organisation.
        index_hanging(ids, kinds=[MEMBER.name])


def undo_chunk(
    actor: Actor, edit: BulkEdit, kind: Kind, changes: Sequence[BulkChange], records: Mapping[UUID, Any], now: datetime
) -> tuple[int, list[dict[str, str]]]:
    """Give these records what they had before; how many went back, and what stays since it was edited meanwhile."""
    fields = {f.name: f for f in fields_of(edit.network, kind)}
    kept: list[dict[str, str]] = []
    columns: dict[type[Any], set[str]] = {}
    rows: dict[type[Any], dict[UUID, Any]] = {}
    tagged: dict[tuple[tuple[str, ...], tuple[str, ...]], list[UUID]] = {}
    events, ids = [], []
    gone = _gone(fields, changes)
    for change in changes:
        record = records.get(change.record_id)
        if record is None:
            kept.append({"record_id": str(change.record_id), "field": ""})
            continue
        back: dict[str, list[Any]] = {}
        earlier = {
            name: value
            for name, (before, after) in change.values.items()
            if name != "tags" and (name in fields or name in _PLAIN) and str(before) not in gone.get(name, ())
            and (value := _earlier(kind, record, name, fields.get(name), before, after)) is not _STAYS
        }  # fmt: skip
        if not _goes_together(kind, record, earlier):
            earlier = {}
        for name, (before, after) in change.values.items():
            if name == "tags" and name in fields:
                # What was added goes and what was taken off comes back; other tags given meanwhile stay.
                added = tuple(tag for tag in before if tag not in after)
                removed = tuple(tag for tag in after if tag not in before)
                tagged.setdefault((added, removed), []).append(record.pk)
                back[name] = [after, before]
            elif name in earlier:
                _put_back(record, name, fields.get(name), earlier[name], columns, rows)
                back[name] = [after, before]
            else:
                kept.append({"record_id": str(record.pk), "field": name})
        if back:
            for holder in kind.holders(record):
                if holder is not record and holder.pk not in rows.get(type(holder), {}):
                    continue
                holder.updated_at, holder.updated_by_id = now, actor.user_id
                columns.setdefault(type(holder), set()).update(("updated_at", "updated_by"))
                rows.setdefault(type(holder), {})[holder.pk] = holder
            ids.append(record.pk)
            verb = "state_changed" if "state" in back else "restored" if "archived_at" in back else "edited"
            told = {
                name: pair for name, pair in back.items() if name not in ("exited_on", "exit_reason", "archived_at")
            }
            events.append(_event(actor, edit, kind, verb, record, told, now))
    with _in_words(kind):
        for model, instances in rows.items():
            _update_alike(model, instances.values(), sorted(columns[model]))
    for (added, removed), same in tagged.items():
        _write_tags(edit.network, same, added, removed)
    log.record(events)
    index_fresh(edit.network, kind, ids, parts=Organization in rows)
    return len(ids), kept


def _update_alike(model: type[Any], instances: Iterable[Any], names: Sequence[str]) -> None:
    """Write these columns with one statement for all rows that get the same: what was many's before is few values."""
    columns = [model._meta.get_field(name).attname for name in names]
    alike: dict[str, list[Any]] = {}
    for instance in instances:
        alike.setdefault(repr([getattr(instance, column) for column in columns]), []).append(instance)
    for same in alike.values():
        values = {column: getattr(same[0], column) for column in columns}
        model._base_manager.filter(pk__in=[instance.pk for instance in same]).update(**values)


def _gone(fields: Mapping[str, Field], changes: Sequence[BulkChange]) -> dict[str, set[str]]:
    """Earlier references by their field's name, as far as what they named is no longer there."""
    gone: dict[str, set[str]] = {}
    for change in changes:
        for name, (before, _after) in change.values.items():
            known = fields.get(name)
            if before and known is not None and known.type is Type.REF:
                gone.setdefault(name, set()).add(str(before))
    for name, keys in gone.items():
        there = KINDS[fields[name].refers_to].model._default_manager.filter(pk__in=keys)
        keys -= {str(pk) for pk in there.values_list("pk", flat=True)}
    return gone


_STAYS = object()


def _earlier(kind: Kind, record: Any, name: str, known: Field | None, before: Any, after: Any) -> Any:
    """The earlier value as the record takes it; _STAYS when somebody changed it meanwhile, or it is valid no more."""
    now = current_values(kind, record, [known])[name] if known is not None else getattr(record, name)
    if known is not None and known.is_many:
        now, after = sorted(now or [], key=str), sorted(after or [], key=str)
    if name == "archived_at":
        if record.archived_at is None or record.archived_at.isoformat() != after:
            return _STAYS
    elif log.changes_between({"v": after}, {"v": now}):
        return _STAYS
    if known is None:
        return parse_date(before) if name == "exited_on" and before else before
    try:
        return known.parse(before) if before not in _EMPTY else known.empty
    except FieldError:
        return _STAYS


def _goes_together(kind: Kind, record: Any, earlier: Mapping[str, Any]) -> bool:
    """Whether the earlier values still go with what the record's other fields say by now."""
    if not earlier or kind.check is Kind.check:
        return True
    try:
        kind.check({**current_values(kind, record, kind.fields), **earlier})
    except Invalid:
        return False
    return True


def _put_back(
    record: Any, name: str, known: Field | None, value: Any,
    columns: dict[type[Any], set[str]], rows: dict[type[Any], dict[UUID, Any]],
) -> None:  # fmt: skip
    """Set one earlier value on the row that holds it, and note the row and its column to be written."""
    if known is None:
        setattr(record, name, value)
    else:
        assign(record, [known], {name: value})
    holder = getattr(record, known.on) if known is not None and known.on else record
    columns.setdefault(type(holder), set()).add("custom" if known is not None and known.custom else name)
    rows.setdefault(type(holder), {})[holder.pk] = holder
