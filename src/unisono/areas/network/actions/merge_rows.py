"""Every row that hangs on two organisations, what a merge changed of it, and putting that back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from unisono.areas.network.models import DuplicatePair, Membership, MergeRecord, Organization, Record
from unisono.platform.models import WorkspaceRole

# Columns to values, of each row by table and key.
Rows = dict[tuple[str, str], dict[str, Any]]
_ASIDE = (DuplicatePair, MergeRecord)
_TOUCHED = frozenset({"updated_at", "updated_by"})


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, (UUID, Decimal)) else value


def _columns(row: models.Model) -> dict[str, Any]:
    return {f.name: _plain(getattr(row, f.attname)) for f in row._meta.concrete_fields}


def _pointing_at(model: type[models.Model]) -> Iterable[tuple[Any, str]]:
    """(table, its column) of every foreign key to this table, those of tables between two tables too."""
    for relation in model._meta.get_fields(include_hidden=True):
        comes_back = relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
        if comes_back and relation.related_model not in _ASIDE:
            yield relation.related_model, relation.field.name  # type: ignore[union-attr]


def rows_on(organization_ids: Iterable[UUID]) -> Rows:
    """All rows of these organisations and their memberships, and all that point at either, whatever area owns them."""
    ids = list(organization_ids)
    members = list(Membership.objects.filter(organization__in=ids).values_list("pk", flat=True))
    found: Rows = {}
    _take(found, Organization, "pk", ids)
    for model, keys in ((Organization, ids), (Membership, members)):
        for related, column in _pointing_at(model):
            linked = _take(found, related, column, keys)
            if related._meta.auto_created:
                # A table between two: what stands on the other side bears the time of the merge as well.
                other = next(f for f in related._meta.concrete_fields if f.is_relation and f.name != column)
                _take(found, other.related_model, "pk", [getattr(row, other.attname) for row in linked])
    # Mandates name an organisation by its plain key.
    _take(found, WorkspaceRole, "organization_id", ids)
    return found


def _take(found: Rows, model: Any, column: str, keys: Iterable[Any]) -> list[Any]:
    rows = list(model._base_manager.filter(**{f"{column}__in": list(keys)}))
    found.update(((model._meta.label, str(row.pk)), _columns(row)) for row in rows)
    return rows


def present(places: Iterable[tuple[str, str]]) -> Rows:
    """The rows at these places as they are now; those that are gone are left out."""
    by_model: dict[str, list[str]] = {}
    for label, key in places:
        by_model.setdefault(label, []).append(key)
    found: Rows = {}
    for label, keys in by_model.items():
        _take(found, apps.get_model(label), "pk", keys)
    return found


def differences(before: Rows, after: Rows) -> list[list[Any]]:
    """[table, key, before, after] of each row that differs: the columns that do, or all and None where one is gone."""
    found: list[list[Any]] = []
    for place in {**before, **after}:
        old, new = before.get(place), after.get(place)
        if old is None or new is None:
            found.append([*place, old, new])
        elif changed := [name for name in old if old[name] != new[name]]:
            found.append([*place, {n: old[n] for n in changed}, {n: new[n] for n in changed}])
    return found


@dataclass(slots=True)
class Restored:
    """What was put back, and what stayed: (table, key, column or empty)."""

    left: list[tuple[str, str, str]] = field(default_factory=list)
    places: set[tuple[str, str]] = field(default_factory=set)


def put_back(changes: Iterable[Iterable[Any]], *, whole: Iterable[UUID]) -> Restored:
    """Make the rows what they were before a merge, but for what was changed since.

    Of the rows named by `whole` (the kept organisation first) each column that nobody changed goes back; another row
    that somebody changed stays as a whole. Rows that pointed at each other before do so again.
    """
    done = Restored()
    recorded = [(str(label), str(key), old, new) for label, key, old, new in changes]
    now = present((label, key) for label, key, _old, _new in recorded)
    each = {str(key): place for place, key in enumerate(whole)}
    # First what is to be there for others to point at.
    gone = [row for row in recorded if row[3] is None]
    gone.sort(key=lambda row: bool(apps.get_model(row[0])._meta.auto_created or row[0] != Membership._meta.label))
    changed = [row for row in recorded if row[2] is not None and row[3] is not None]
    # In the order of `whole`: a key that only one may have is given up before it is given back.
    changed.sort(key=lambda row: each.get(row[1], len(each)))
    for label, key, old, new in changed:
        if key in each:
            _put_back(label, key, old, new, now.get((label, key)), done)
    links = _Links(recorded, now)
    for label, key, old, _new in gone:
        if links.was_cut(label, old) or not _recreate(label, key, old):
            done.left.append((label, key, ""))
        else:
            done.places.add((label, key))
    for label, key, old, new in changed:
        if key not in each:
            _put_back_whole(label, key, old, new, now.get((label, key)), done)
    for label, key, old, _new in recorded:
        if old is None and (label, key) in now:
            apps.get_model(label)._base_manager.filter(pk=key).delete()
    return done


class _Links:
    """Links of tables between two: one that was taken over and cut since does not come back."""

    def __init__(self, recorded: list[tuple[str, str, Any, Any]], now: Rows) -> None:
        made = [(label, key, new) for label, key, old, new in recorded if old is None]
        self._cut = {self._end(label, new) for label, key, new in made if (label, key) not in now}

    @staticmethod
    def _end(label: str, columns: Mapping[str, Any]) -> tuple[str, frozenset[Any]]:
        model = apps.get_model(label)
        others = [f for f in model._meta.concrete_fields if f.is_relation]
        return label, frozenset(columns[f.name] for f in others if f.related_model not in (Organization, Membership))

    def was_cut(self, label: str, columns: Mapping[str, Any]) -> bool:
        return bool(apps.get_model(label)._meta.auto_created) and self._end(label, columns) in self._cut


def _value(model: Any, name: str, value: Any) -> Any:
    column = model._meta.get_field(name)
    return value if isinstance(column, models.JSONField) else column.target_field.to_python(value) if (
        column.is_relation
    ) else column.to_python(value)  # fmt: skip


def _assigned(model: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {model._meta.get_field(n).attname: _value(model, n, value) for n, value in columns.items()}


def _recreate(label: str, key: str, columns: Mapping[str, Any]) -> bool:
    """Store a row that the merge deleted; False when what it points at is gone."""
    model = apps.get_model(label)
    for column in model._meta.concrete_fields:
        target = columns[column.name] if column.is_relation else None
        if target is not None and not column.related_model._base_manager.filter(pk=target).exists():
            return False
    row = model(**_assigned(model, columns))
    row.save_base(raw=True, force_insert=True)
    return True


def _put_back(label: str, key: str, old: Any, new: Any, now: Mapping[str, Any] | None, done: Restored) -> None:
    """Column by column; of a list only what the merge put into it is taken out."""
    if now is None:
        done.left.append((label, key, ""))
        return
    back: dict[str, Any] = {}
    edited = [name for name in old if now[name] != new[name]]
    for name, value in old.items():
        if name not in edited:
            back[name] = value
        elif isinstance(value, list) and isinstance(now[name], list):
            back[name] = [item for item in now[name] if item in value or item not in new[name]]
        elif name not in _TOUCHED:
            done.left.append((label, key, name))
    if back.get("key") and Organization.objects.filter(key=back["key"]).exclude(pk=key).exists():
        del back["key"]
        done.left.append((label, key, "key"))
    if edited:
        # Somebody changed it later than the merge did.
        back = {name: value for name, value in back.items() if name not in _TOUCHED}
    _update(label, key, back, done)


def _put_back_whole(label: str, key: str, old: Any, new: Any, now: Mapping[str, Any] | None, done: Restored) -> None:
    model = apps.get_model(label)
    if now is None or any(now[name] != new[name] for name in old):
        # On both sides alike but for the time: somebody edited it, and nothing of it had moved.
        if now is None or set(old) - _TOUCHED:
            done.left.append((label, key, ""))
        return
    for column in model._meta.concrete_fields:
        target = old.get(column.name) if column.is_relation else None
        if target is not None and not column.related_model._base_manager.filter(pk=target).exists():
            done.left.append((label, key, ""))
            return
    _update(label, key, old, done)


def _update(label: str, key: str, columns: Mapping[str, Any], done: Restored) -> None:
    if columns:
        model = apps.get_model(label)
        model._base_manager.filter(pk=key).update(**_assigned(model, columns))
        done.places.add((label, key))


def is_record(label: str) -> bool:
    """Whether rows of this table are records that people know."""
    return issubclass(apps.get_model(label), Record)
