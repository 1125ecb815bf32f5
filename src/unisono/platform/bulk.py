"""Write many rows at once: prepared as plain values first, then inserted by the fastest way of the database."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from django.db import connection, models

_BATCH = 2_000


def _as_is(value: Any) -> Any:
    return value


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _json(value: Any) -> str:
    if not value:
        return "{}" if isinstance(value, dict) else json.dumps(value)
    return json.dumps(value)


def _hexadecimal(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _moment(sqlite: bool) -> Callable[[datetime | None], str | None]:
    """Rows of one batch share their moments, so the last one is remembered."""
    last: datetime | None = None
    text: str | None = None

    def convert(value: datetime | None) -> str | None:
        nonlocal last, text
        if value is not last:
            last = value
            moment = None if value is None else value.astimezone(UTC)
            text = None if moment is None else str(moment.replace(tzinfo=None)) if sqlite else moment.isoformat()
        return text

    return convert


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """From a value of the field to what both JSON and the database take."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    sqlite = connection.vendor == "sqlite"
    if isinstance(field, models.UUIDField):
        return _hexadecimal if sqlite else _text
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.BooleanField):
        return _truth
    if isinstance(field, models.DateTimeField):
        return _moment(sqlite)
    if isinstance(field, models.DateField):
        return _day
    if isinstance(field, models.DecimalField):
        places = Decimal(1).scaleb(-field.decimal_places)
        return lambda value: None if value is None else str(Decimal(value).quantize(places))
    return _as_is


def _column(field: models.Field[Any, Any]) -> str:
    assert field.column is not None
    return str(field.column)


class Spool:
    """Inserts and updates kept on disk until one short transaction writes them.

    Rows are prepared before the transaction begins, so that the database is locked for the writing alone. Foreign
    keys are checked at commit, so tables may be filled in any order. Use it as a context manager.
    """

    def __init__(self) -> None:
        self._files: dict[tuple[type[models.Model], tuple[str, ...]], Any] = {}
        self._fields: dict[tuple[type[models.Model], tuple[str, ...]], list[tuple[str, Callable[[Any], Any]]]] = {}
        self._names: dict[type[models.Model], tuple[str, ...]] = {}
        self._updates: Any = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed on exit
        self._moment = _moment(connection.vendor == "sqlite")
        self.length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._updates.close()
        for file in self._files.values():
            file.close()

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
        key = (model, names)
        if key not in self._files:
            by_name = {f.attname: f for f in model._meta.concrete_fields}
            self._files[key] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed on exit
            self._fields[key] = [(_column(by_name[name]), _converter(by_name[name])) for name in names]
        row = [convert(value) for (_column, convert), value in zip(self._fields[key], values, strict=True)]
        self._files[key].write(json.dumps(row) + "\n")
        self.length += 1

    def change(self, instance: models.Model, names: Sequence[str], *, seen_at: datetime) -> None:
        """Keep the update of some columns of a row, to be made only if it is still as it was at `seen_at`."""
        model = type(instance)
        assert model._meta.pk is not None
        sets, values = [], []
        for name in names:
            field = model._meta.get_field(name)
            assert isinstance(field, models.Field)
            sets.append(_column(field))
            values.append(_converter(field)(getattr(instance, field.attname)))
        key = _converter(model._meta.pk)(instance.pk)
        line = [model._meta.db_table, sets, values, _column(model._meta.pk), key, self._moment(seen_at)]
        self._updates.write(json.dumps(line) + "\n")
        self.length += 1

    def write(self, progress: Callable[[int], None]) -> bool:
        """Write everything; False when a row that was to be updated has changed meanwhile. Inside a transaction."""
        done = 0
        quote = connection.ops.quote_name
        self._updates.seek(0)
        with connection.cursor() as cursor:
            for line in self._updates:
                table, columns, values, key, record_id, seen_at = json.loads(line)
                assignments = ", ".join(f"{quote(column)} = %s" for column in columns)
                # Names come from the models; every value is a parameter.
                cursor.execute(
                    f"UPDATE {quote(table)} SET {assignments} "  # noqa: S608
                    f"WHERE {quote(key)} = %s AND {quote('updated_at')} = %s",
                    [*values, record_id, seen_at],
                )
                if cursor.rowcount != 1:
                    return False
                done += 1
                if done % _BATCH == 0:
                    progress(done)
            for key_, file in self._files.items():
                table = key_[0]._meta.db_table
                columns = [column for column, _convert in self._fields[key_]]
                file.seek(0)
                for rows in _batches(file):
                    insert_rows(cursor, table, columns, rows)
                    done += len(rows)
                    progress(done)
        return True


def _batches(lines: Iterator[str]) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for line in lines:
        batch.append(json.loads(line))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def insert_rows(cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert plain rows: COPY on PostgreSQL, one prepared statement for all on SQLite."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {quote(table)} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", rows)  # noqa: S608


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows given as values of the columns `names`, at once."""
    by_name = {f.attname: f for f in model._meta.concrete_fields}
    converters = [_converter(by_name[name]) for name in names]
    plain = [[convert(value) for convert, value in zip(converters, row, strict=True)] for row in rows]
    if plain:
        with connection.cursor() as cursor:
            insert_rows(cursor, model._meta.db_table, [_column(by_name[name]) for name in names], plain)
