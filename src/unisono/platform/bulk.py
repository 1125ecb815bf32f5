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
from itertools import chain
from operator import itemgetter
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from django.db import connection, models
from django.db.models.base import ModelState
from uuid_utils.compat import uuid7

from unisono.platform.messages import MessageField, MessagesField, stored
from unisono.platform.scope import current_workspace_id

_BATCH = 2_000
# Batches from one sign of progress to the next.
_TELL_EVERY = 5
# SQLite's own limit on the parameters of one statement.
_MAX_PARAMETERS = 32_000


# Converts a whole column at once; None where values are kept as they are.
Conversion = Callable[[Sequence[Any]], list[Any]] | None
_encoded = json.JSONEncoder().encode


def _plain_default(value: Any) -> Any:
    # A choice is a text of a class of its own; what is kept is the text.
    return str.__str__(value) if isinstance(value, Enum) and isinstance(value, str) else value


def _each(convert: Callable[[Any], Any]) -> Conversion:
    """One value after the other, in a column of which no two need be alike."""
    return lambda values: [None if value is None else convert(value) for value in values]


def _shared(convert: Callable[[Any], Any]) -> Conversion:
    """Rows of one batch share moments, owners and empty lists: a value that comes again is converted once."""

    def converted(values: Sequence[Any]) -> list[Any]:
        first = values[0]
        if first == values[-1] and values.count(first) == len(values):
            return [None if first is None else convert(first)] * len(values)
        return [None if value is None else convert(value) for value in values]

    return converted


def _json(value: Any) -> str:
    if not value:
        return "{}" if isinstance(value, dict) else _encoded(value)
    return _encoded(value)


def _moment(value: datetime) -> str:
    moment = value.astimezone(UTC)
    return str(moment.replace(tzinfo=None)) if connection.vendor == "sqlite" else moment.isoformat()


def _hexadecimal(value: UUID) -> str:
    return f"{value.int:032x}"


def _keys_as_text(values: Sequence[Any]) -> list[Any]:
    """A column of keys for SQLite; nearly all differ, or all are the same one."""
    first = values[0]
    if first is values[-1] and values.count(first) == len(values):
        return [None if first is None else _hexadecimal(first)] * len(values)
    return [None if value is None else f"{value.int:032x}" for value in values]


def _key(value: Any) -> Any:
    """A key as the database takes it."""
    if not isinstance(value, UUID):
        return value
    return _hexadecimal(value) if connection.vendor == "sqlite" else str(value)


def _conversion(field: models.Field[Any, Any]) -> Conversion:
    """From values of the field to plain ones that the database takes."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.UUIDField):
        return _keys_as_text if connection.vendor == "sqlite" else _shared(str)
    if isinstance(field, MessageField):
        return _each(field.get_prep_value)
    if isinstance(field, MessagesField):
        return _shared(lambda value: _json(stored(value)))
    if isinstance(field, models.JSONField):
        # Empty ones are the most: they are told from others without being encoded.
        return _shared(_json)
    if isinstance(field, models.BooleanField):
        return _each(bool)
    if isinstance(field, models.DateTimeField):
        return _shared(_moment)
    if isinstance(field, models.DateField):
        return _each(date.isoformat)
    if isinstance(field, models.DecimalField):
        places = Decimal(1).scaleb(-field.decimal_places)
        return _each(lambda value: str(Decimal(value).quantize(places)))
    return None


def _column(field: models.Field[Any, Any]) -> str:
    assert field.column is not None
    return str(field.column)


class _Shape:
    """Some columns of a table: their names, and how their values become plain ones."""

    def __init__(self, model: type[models.Model], names: Sequence[str]) -> None:
        by_name = {f.attname: f for f in model._meta.concrete_fields}
        by_name |= {f.name: f for f in model._meta.concrete_fields}
        self.table = model._meta.db_table
        self.columns = [_column(by_name[name]) for name in names]
        self.conversions = [_conversion(by_name[name]) for name in names]

    def plain(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """The rows column by column, in plain values."""
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for at, convert in enumerate(self.conversions):
            if convert is not None:
                columns[at] = convert(columns[at])
        return columns


class _Pile:
    """Rows on disk, in the order in which they were put there; with a shape they are kept in plain values."""

    def __init__(self, shape: _Shape | None = None) -> None:
        self._shape = shape
        self._rows: list[Any] = []
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the spool

    def put(self, row: Any) -> None:
        self._rows.append(row)
        if len(self._rows) == _BATCH:
            content = marshal.dumps(self._packed())
            self._file.write(len(content).to_bytes(8, "big") + content)
            self._rows = []

    def batches(self) -> Iterator[list[Any]]:
        self._file.seek(0)
        while size := self._file.read(8):
            # Our own file, without a name, that nobody else can write to.
            yield self._unpacked(marshal.loads(self._file.read(int.from_bytes(size, "big"))))  # noqa: S302
        if self._rows:
            yield self._unpacked(self._packed())

    def close(self) -> None:
        self._file.close()

    def _packed(self) -> list[Any]:
        return self._rows if self._shape is None else self._shape.plain(self._rows)

    def _unpacked(self, content: list[Any]) -> list[Any]:
        return content if self._shape is None else list(zip(*content, strict=True))


class Spool:
    """Inserts and updates kept on disk until one short transaction writes them.

    Rows are prepared before the transaction begins, so that the database is locked for the writing alone. Foreign
    keys are checked at commit, so tables may be filled in any order. Use it as a context manager. What is handed in
    must not be changed in place afterwards.
    """

    def __init__(self) -> None:
        self._piles: dict[tuple[type[models.Model], tuple[str, ...]], _Pile] = {}
        self._shapes: dict[tuple[type[models.Model], tuple[str, ...]], _Shape] = {}
        self._takers: dict[type[models.Model], tuple[_Pile, Callable[[dict[str, Any]], Any]]] = {}
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
        taker = self._takers.get(model)
        if taker is None:
            names = tuple(f.attname for f in model._meta.concrete_fields if not isinstance(f, models.AutoField))
            taker = self._takers[model] = (self._pile(model, names), itemgetter(*names))
        pile, values_in = taker
        pile.put(values_in(instance.__dict__))
        self.length += 1

    def add_values(self, model: type[models.Model], names: tuple[str, ...], values: Sequence[Any]) -> None:
        """Keep a new row given as values of the columns `names`, without making an instance."""
        pile = self._piles.get((model, names)) or self._pile(model, names)
        pile.put(values)
        self.length += 1

    def _shape(self, model: type[models.Model], names: tuple[str, ...]) -> _Shape:
        shape = self._shapes.get((model, names))
        if shape is None:
            shape = self._shapes[model, names] = _Shape(model, names)
        return shape

    def _pile(self, model: type[models.Model], names: tuple[str, ...]) -> _Pile:
        pile = self._piles[model, names] = _Pile(self._shape(model, names))
        return pile

    def change(self, instance: models.Model, names: Sequence[str], *, seen_at: datetime) -> None:
        """Keep the update of some columns of a row, to be made only if it is still as it was at `seen_at`."""
        model = type(instance)
        attributes = tuple(model._meta.get_field(name).attname for name in names)  # type: ignore[union-attr]
        shape = self._shape(model, attributes)
        [*values] = (column[0] for column in shape.plain([[getattr(instance, name) for name in attributes]]))
        key = model._meta.pk
        assert key is not None
        self._updates.put([shape.table, shape.columns, values, _column(key), _key(instance.pk), _moment(seen_at)])
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
            for (model, names), pile in self._piles.items():
                shape = self._shape(model, names)
                for number, rows in enumerate(pile.batches(), start=1):
                    insert_rows(cursor, shape.table, shape.columns, rows)
                    done += len(rows)
                    if number % _TELL_EVERY == 0:
                        progress(done)
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
            copy.write(_copy_text(rows))
        return
    marks = f"({', '.join('?' * len(columns))})"
    size = _MAX_PARAMETERS // len(columns)
    # The driver itself, since Django would look for marks in these long statements every time.
    driver = connection.connection
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        values = ", ".join([marks] * len(part))
        driver.execute(f"INSERT INTO {quote(table)} ({names}) VALUES {values}", list(chain.from_iterable(part)))  # noqa: S608


_COPY_MARKS = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copy_text(rows: Sequence[Sequence[Any]]) -> str:
    """Plain rows in the text format of COPY."""
    columns = []
    for column in zip(*rows, strict=True):
        if column.count(column[0]) == len(column):
            columns.append([_copy_value(column[0])] * len(column))
        else:
            columns.append([_copy_value(value) for value in column])
    return "".join(["\t".join(row) + "\n" for row in zip(*columns, strict=True)])


def _copy_value(value: Any) -> str:
    if value is None:
        return "\\N"
    return value.translate(_COPY_MARKS) if isinstance(value, str) else str(value)


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows given as values of the columns `names`, at once."""
    if rows:
        shape = _Shape(model, names)
        with connection.cursor() as cursor:
            insert_rows(cursor, shape.table, shape.columns, list(zip(*shape.plain(rows), strict=True)))


def fill(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Fill the columns `names` where the first is still empty: a row is values, then its key. Gives how many were."""
    shape, quote = _Shape(model, names), connection.ops.quote_name
    key = model._meta.pk
    assert key is not None
    assignments = ", ".join(f"{quote(column)} = %s" for column in shape.columns)
    empty = f"{quote(shape.columns[0])} IS NULL"
    values = list(zip(*shape.plain([row[:-1] for row in rows]), strict=True)) if rows else []
    with connection.cursor() as cursor:
        # Names come from the models; every value is a parameter.
        cursor.executemany(
            f"UPDATE {quote(shape.table)} SET {assignments} WHERE {quote(_column(key))} = %s AND {empty}",  # noqa: S608
            [[*value, _key(row[-1])] for value, row in zip(values, rows, strict=True)],
        )
        return int(cursor.rowcount)


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
