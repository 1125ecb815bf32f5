"""Which tables a backup holds, and how a row is written so that any database takes it back."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from unisono.platform.messages import MessageField, stored, told

# What is not restored, each with the reason; every other table is in a backup, those of tomorrow too.
LEFT_OUT: dict[str, str] = {
    "contenttypes.ContentType": "made anew with the tables",
    "auth.Permission": "made anew with the tables",
    "auth.Group": "not used: what somebody may do is a role in a workspace",
    "auth.Group_permissions": "not used: what somebody may do is a role in a workspace",
    "sessions.Session": "whoever restores signs in again",
    "usersessions.UserSession": "goes with the sessions",
    "account.EmailConfirmation": "one-time links do not come back",
    "platform.SignInLink": "one-time links do not come back",
    "platform.CacheRow": "short-lived, made anew",
    "platform.IdempotencyRecord": "answers to repeated requests, kept for some days",
}


def tables() -> list[type[models.Model]]:
    """Models of the tables in a backup, in the order of the applications."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label not in LEFT_OUT
    ]


def columns(model: type[models.Model]) -> list[str]:
    """Names of the model's columns, as its rows are written."""
    return [field.attname for field in model._meta.concrete_fields]


def rows(model: type[models.Model]) -> Iterator[list[Any]]:
    """Rows of the table as JSON takes them, ordered by key; read a chunk at a time."""
    found = model._base_manager.order_by("pk").values_list(*columns(model))
    for row in found.iterator(chunk_size=2_000):
        yield [_plain(value) for value in row]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (str, dict, list)):
        return stored(value)
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    raise TypeError(f"A backup does not know how to write {type(value).__name__}.")


def readers(model: type[models.Model]) -> list[Callable[[Any], Any] | None]:
    """For each column, what makes a value of what JSON gives; None where it is that already."""
    return [_reader(field) for field in model._meta.concrete_fields]


def _reader(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, MessageField):
        return told
    if isinstance(field, models.BinaryField):
        return base64.b64decode
    if isinstance(field, (models.UUIDField, models.DateField, models.DecimalField)):
        return partial(_read, field)
    return None


def _read(field: models.Field[Any, Any], value: Any) -> Any:
    return None if value is None else field.to_python(value)
