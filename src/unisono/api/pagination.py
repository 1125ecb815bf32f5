"""Pages by cursor: stable while records come and go, and as fast at the end of a long list as at its start."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.expressions import F, OrderBy
from django.utils.translation import gettext as _

from unisono.platform.errors import Invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class CursorPage(NamedTuple):
    """One page, and the cursor of the next; None at the end."""

    rows: Sequence[Any]
    next: str | None


class _Order(NamedTuple):
    path: str
    descending: bool


def _order_of(records: QuerySet[Any, Any]) -> _Order:
    """The order that `select` gives a list: one column, empty values last, then the id."""
    first = records.query.order_by[0]
    if isinstance(first, str):
        return _Order(first.removeprefix("-"), first.startswith("-"))
    assert isinstance(first, OrderBy) and isinstance(first.expression, F)
    return _Order(str(first.expression.name), first.descending)  # type: ignore[attr-defined]


# A value that the query reckons, as a page's rows carry it.
_RECKONED = "sorted_by"


def _column(records: QuerySet[Any, Any], path: str) -> models.Field[Any, Any]:
    field: Any = None
    if path in records.query.annotations:
        field = records.query.annotations[path].output_field
        return cast("models.Field[Any, Any]", field)
    model: Any = records.model
    for part in path.split("__"):
        field = model._meta.get_field(part)
        model = field.related_model or model
    return field


def _value_at(record: Any, path: str) -> Any:
    for part in path.split("__"):
        record = getattr(record, part, None)
    return record


def _encode(records: QuerySet[Any, Any], order: _Order, record: Any) -> str:
    is_reckoned = order.path in records.query.annotations
    value = _value_at(record, _RECKONED if is_reckoned else order.path)
    if value is None:
        text = None
    elif is_reckoned:
        text = str(value)
    else:
        text = _column(records, order.path).value_to_string(_holder(record, order.path))
    content = json.dumps([order.path, order.descending, text, str(record.pk)], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _holder(record: Any, path: str) -> Any:
    for part in path.split("__")[:-1]:
        record = getattr(record, part)
    return record


def _after(records: QuerySet[Any, Any], order: _Order, cursor: str) -> Q:
    """What comes after the record that the cursor stands for."""
    try:
        path, descending, text, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if [path, descending] != [order.path, order.descending] or "\x00" in (text or ""):
            raise ValueError
        value = None if text is None else _column(records, order.path).to_python(text)
        later = Q(pk__gt=UUID(key))
    except (ValueError, TypeError, AttributeError, binascii.Error, ValidationError, FieldDoesNotExist):
        raise Invalid.at(
            "cursor",
            _("This cursor belongs to no page of this list."),
            _("Follow “next” of the page before, with the same sorting."),
        ) from None
    if value is None:
        return Q(**{f"{order.path}__isnull": True}) & later
    beyond = Q(**{f"{order.path}__{'lt' if order.descending else 'gt'}": value})
    return beyond | Q(**{f"{order.path}__isnull": True}) | (Q(**{order.path: value}) & later)


def cursor_page(records: QuerySet[Any, Any], *, cursor: str = "", limit: int = DEFAULT_LIMIT) -> CursorPage:
    """The page after `cursor` of a list that `select` ordered."""
    order = _order_of(records)
    if order.path in records.query.annotations:
        records = records.annotate(**{_RECKONED: F(order.path)})
    if cursor:
        records = records.filter(_after(records, order, cursor))
    rows = list(records[: limit + 1])
    more = len(rows) > limit
    return CursorPage(rows[:limit], _encode(records, order, rows[limit - 1]) if more else None)
