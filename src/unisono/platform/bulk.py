"""Write many rows at once: prepared as plain values first, then inserted by the fastest way of the database."""

import gc
import json
import marshal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from django.db import connection, models
from django.db.models.base import ModelState
from uuid_utils.compat import uuid7

from unisono.platform.scope import current_workspace_id

_BATCH = 2_000
# SQLite's own limit on the parameters of one statement.
_MAX_PARAMETERS = 32_000


def _as_is(value: Any) -> Any:
    return value


def _plain_default(value: Any) -> Any:
    # A choice is a text of a class of its own; what is kept is the text.
    return str.__str__(value) if isinstance(value, Enum) and isinstance(value, str) else value


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _json(value: Any) -> str:
    if not value:
        return "{}" if isinstance(value, dict) else json.dumps(value)
    return json.dumps(value)


def _remembering(convert: Callable[[Any], str]) -> Callable[[Any], str | None]:
    """Rows of one batch share moments and owners, so the last value of a column is remembered with its text."""
    last: Any = None
    text: str | None = None

    def remembered(value: Any) -> str | None:
        nonlocal last, text
        if value is not last:
            last, text = value, None if value is None else convert(value)
        return text

    return remembered


def _moment(value: datetime) -> str:
    moment = value.astimezone(UTC)
    return str(moment.replace(tzinfo=None)) if connection.vendor == "sqlite" else moment.isoformat()


def _hexadecimal(value: UUID) -> str:
    return f"{value.int:032x}"


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """From a value of the field to a plain one that the database takes."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.UUIDField):
        return _remembering(_hexadecimal if connection.vendor == "sqlite" else str)
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.BooleanField):
        return _truth
    if isinstance(field, models.DateTimeField):
        return _remembering(_moment)
    if isinstance(field, models.DateField):
        return _day
    if isinstance(field, models.DecimalField):
        places = Decimal(1).scaleb(-field.decimal_places)
        return lambda value: None if value is None else str(Decimal(value).quantize(places))
    return _as_is


def _column(field: models.Field[Any, Any]) -> str:
    assert field.column is not None
    return str(field.column)


class _Pile:
    """Rows of one shape on disk, in the order in which they were put there."""

    def __init__(self) -> None:
        self._rows: list[Any] = []
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the spool

    def put(self, row: Any) -> None:
        self._rows.append(row)
        if len(self._rows) == _BATCH:
            content = marshal.dumps(self._rows)
            self._file.write(len(content).to_bytes(8, "big") + content)
            self._rows = []

    def batches(self) -> Iterator[list[Any]]:
        self._file.seek(0)
        while size := self._file.read(8):
            # Our own file, without a name, that nobody else can write to.
            yield marshal.loads(self._file.read(int.from_bytes(size, "big")))  # noqa: S302
        if self._rows:
            yield self._rows

    def close(self) -> None:
        self._file.close()


Shape = tuple[type[models.Model], tuple[str, ...]]


class Spool:
    """Inserts and updates kept on disk until one short transaction writes them.

    Rows are prepared before the transaction begins, so that the database is locked for the writing alone. Foreign
    keys are checked at commit, so tables may be filled in any order. Use it as a context manager.
    """

    def __init__(self) -> None:
        self._piles: dict[Shape, _Pile] = {}
        self._columns: dict[Shape, list[str]] = {}
        self._conversions: dict[Shape, list[tuple[int, Callable[[Any], Any]]]] = {}
        self._names: dict[type[models.Model], tuple[str, ...]] = {}
        self._updates = _Pile()
        self.length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pile in (self._updates, *self._piles.values()):
            pile.close()

    def add(self, instance: models.Model) -> None:
        """Keep a new row; its key must be set, or be numbered by the database."""
        model = type(instance)
        names = self._names.get(model)
        if names is None:
            fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
            names = self._names[model] = tuple(f.attname for f in fields)
        values = instance.__dict__
        self.add_values(model, names, [values[name] for name in names])

    def add_values(self, model: type[models.Model], names: tuple[str, ...], values: Sequence[Any]) -> None:
        """Keep a new row given as values of the columns `names`, without making an instance."""
        shape = (model, names)
        pile = self._piles.get(shape)
        if pile is None:
            self._learn(shape)
            pile = self._piles[shape] = _Pile()
        row = list(values)
        for position, convert in self._conversions[shape]:
            row[position] = convert(row[position])
        pile.put(row)
        self.length += 1

    def _learn(self, shape: Shape) -> None:
        model, names = shape
        by_name = {f.attname: f for f in model._meta.concrete_fields} | {f.name: f for f in model._meta.concrete_fields}
        self._columns[shape] = [_column(by_name[name]) for name in names]
        converters = [_converter(by_name[name]) for name in names]
        self._conversions[shape] = [(at, convert) for at, convert in enumerate(converters) if convert is not _as_is]

    def change(self, instance: models.Model, names: Sequence[str], *, seen_at: datetime) -> None:
        """Keep the update of some columns of a row, to be made only if it is still as it was at `seen_at`."""
        model = type(instance)
        shape = (model, tuple(model._meta.get_field(name).attname for name in names))  # type: ignore[union-attr]
        if shape not in self._columns:
            self._learn(shape)
        key = model._meta.pk
        assert key is not None
        values = [getattr(instance, name) for name in shape[1]]
        for position, convert in self._conversions[shape]:
            values[position] = convert(values[position])
        line = [model._meta.db_table, self._columns[shape], values, _column(key), _converter(key)(instance.pk)]
        self._updates.put([*line, _moment(seen_at)])
        self.length += 1

    def write(self, progress: Callable[[int], None]) -> bool:
        """Write everything; False when a row that was to be updated has changed meanwhile. Inside a transaction."""
        done = 0
        with connection.cursor() as cursor:
            for updates in self._updates.batches():
                for update in updates:
                    if not _update_row(cursor, *update):
                        return False
                done += len(updates)
                progress(done)
            for shape, pile in self._piles.items():
                for rows in pile.batches():
                    insert_rows(cursor, shape[0]._meta.db_table, self._columns[shape], rows)
                    done += len(rows)
                    progress(done)
        return True


def _update_row(
    cursor: Any, table: str, columns: list[str], values: list[Any], key: str, record_id: Any, seen_at: str
) -> bool:
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(column)} = %s" for column in columns)
    # Names come from the models; every value is a parameter.
    cursor.execute(
        f"UPDATE {quote(table)} SET {assignments} "  # noqa: S608
        f"WHERE {quote(key)} = %s AND {quote('updated_at')} = %s",
        [*values, record_id, seen_at],
    )
    return bool(cursor.rowcount == 1)


def insert_rows(cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert plain rows: COPY on PostgreSQL, statements of many rows on SQLite.

    SQLite's full-text index writes what it has at the end of each statement that runs a trigger: with one row a
    statement it takes five times as long.
    """
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {quote(table)} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = f"({', '.join(['%s'] * len(columns))})"
    size = _MAX_PARAMETERS // len(columns)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        values = ", ".join([marks] * len(part))
        parameters = [value for row in part for value in row]
        cursor.execute(f"INSERT INTO {quote(table)} ({names}) VALUES {values}", parameters)  # noqa: S608


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows given as values of the columns `names`, at once."""
    by_name = {f.attname: f for f in model._meta.concrete_fields}
    converters = [_converter(by_name[name]) for name in names]
    plain = [[convert(value) for convert, value in zip(converters, row, strict=True)] for row in rows]
    if plain:
        with connection.cursor() as cursor:
            insert_rows(cursor, model._meta.db_table, [_column(by_name[name]) for name in names], plain)


@contextmanager
def without_collector() -> Iterator[None]:
    """Inside, Python does not look for circular garbage: bulk work makes none, and looking takes an eighth of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_blank: dict[type[models.Model], dict[str, Any]] = {}


def blank(model: type[Any], **values: Any) -> Any:
    """A new instance with a key of its own and its fields' defaults, made many times faster than by calling the model.

    Defaults such as {} are shared between instances: set them, never change them in place.
    """
    if model not in _blank:
        _blank[model] = {f.attname: _plain_default(getattr(model(), f.attname)) for f in model._meta.concrete_fields}
    instance = object.__new__(model)
    instance.__dict__.update(_blank[model])
    instance._state = ModelState()
    instance.id = uuid7()
    instance.workspace_id = current_workspace_id()
    for name, value in values.items():
        if isinstance(value, models.Model):
            instance.__dict__[f"{name}_id"] = value.pk
            instance._state.fields_cache[name] = value
        else:
            instance.__dict__[name] = value
    return instance
