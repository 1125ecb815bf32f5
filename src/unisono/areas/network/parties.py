"""Whom a record is about: the organisations that are its parties, read in both directions from one declaration."""

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Attachment, Comment

# Records that are of no kind of their own.
_OTHERS: dict[type[Model], tuple[str, ...]] = {Attachment: ("membership__organization",)}


def paths_to_parties(model: type[Model]) -> tuple[str, ...]:
    """How rows of this table reach the organisations that they are about; LookupError where nobody declared it."""
    if model in _OTHERS:
        return _OTHERS[model]
    for kind in KINDS.values():
        if kind.model is model:
            return kind.parties
    raise LookupError(f"Say in its kind how a {model.__name__} reaches its parties.")


def about_any(model: type[Model], organization_ids: Collection[UUID]) -> Q:
    """Condition on rows of the table: that they are about at least one of these organisations."""
    if not organization_ids:
        return Q(pk__in=[])
    if model is Comment:
        # What is said about a record has the parties of the record.
        return reduce(
            or_,
            (
                Q(record_kind=kind.name, record_id__in=_rows_about(kind.model, organization_ids))
                for kind in KINDS.values()
            ),
        )
    # By way of the keys, since joins to several organisations would bring a row several times.
    return Q(pk__in=_rows_about(model, organization_ids))


def _rows_about(model: type[Model], organization_ids: Collection[UUID]) -> Any:
    ids = list(organization_ids)
    conditions = (Q(**{f"{path}__in": ids}) for path in paths_to_parties(model))
    return model._default_manager.filter(reduce(or_, conditions)).order_by().values("pk")


def organizations_about(record: Any) -> frozenset[UUID]:
    """Keys of the organisations that a record is about."""
    model: type[Model]
    if isinstance(record, Comment):
        kind = KINDS.get(record.record_kind)
        if kind is None:
            return frozenset()
        model, pk = kind.model, record.record_id
    else:
        model, pk = type(record), record.pk
    found = model._default_manager.filter(pk=pk).order_by().values_list(*paths_to_parties(model))
    return frozenset(key for row in found for key in row if key is not None)
