"""Sweeping words out of every text of a workspace, in every table that there is."""

import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Cast

from unisono.core.text import name_key
from unisono.platform.messages import MessageField, stored, told
from unisono.platform.models import AuditHead, Erasure, Event, SearchEntry, Workspace

# What stands in place of a word that was swept out.
MARK = "(erased)"
# The log holds no personal values and is never changed; the index is made anew from what is swept.
_KEPT_AS_THEY_ARE = (Event, AuditHead, Erasure, SearchEntry)
_SHORTEST_TEXT = 60


def owned_models() -> Iterator[tuple[type[models.Model], str]]:
    """Every table with a workspace, and the name of that column. Tables of tomorrow too."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is Workspace:
                yield model, field.name


def _unique_columns(model: type[models.Model]) -> set[str]:
    found = {field.name for field in model._meta.concrete_fields if field.unique}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            found |= set(constraint.fields)
    return found


def text_columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Columns in which people's words may stand: long texts, JSON, and short texts that are no key and no choice."""
    unique = _unique_columns(model)
    found: list[models.Field[Any, Any]] = []
    for field in model._meta.concrete_fields:
        if isinstance(field, (models.TextField, models.JSONField)):
            found.append(field)
        elif isinstance(field, models.CharField) and not field.choices and field.name not in unique:
            hashed = field.max_length == 64 or isinstance(field, models.SlugField)
            if not hashed and (field.max_length or 0) >= _SHORTEST_TEXT and not field.name.endswith("_key"):
                found.append(field)
    return found


def holding(
    model: type[models.Model], fields: Sequence[models.Field[Any, Any]], words: Iterable[str], **condition: Any
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Rows in any of whose columns any of the words stands: the key, and the columns in plain values."""
    chosen = list(words)
    if not chosen or not fields:
        return
    rows, anywhere, pattern = model._base_manager.filter(**condition), Q(), pattern_of(chosen)
    for field in fields:
        name = field.name
        if isinstance(field, models.JSONField):
            name = f"text_of_{field.name}"
            rows = rows.annotate(**{name: Cast(field.name, models.TextField())})
        for word in chosen:
            anywhere |= Q(**{f"{name}__icontains": _plainest_part(word)})
    for key, *values in list(rows.filter(anywhere).values_list("pk", *(field.name for field in fields))):
        found = dict(zip((field.name for field in fields), map(stored, values), strict=True))
        if pattern.search(" \n ".join(_texts(list(found.values())))):
            yield key, found


def _plainest_part(word: str) -> str:
    """The longest part of a word that every database finds, also in JSON, where other letters may be numbers."""
    return max(re.findall(r"[A-Za-z0-9 @.+-]+", word) or [word], key=len)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield str(name)
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)


def pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the words, standing alone, however it is capitalised."""
    longest_first = sorted(set(words), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def without(value: Any, replaced: Callable[[str], str]) -> Any:
    """`value`, whatever it holds, with every text in it replaced."""
    if isinstance(value, str):
        return replaced(value)
    if isinstance(value, dict):
        return {replaced(str(name)): without(part, replaced) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [without(part, replaced) for part in value]
    return value


def sweep(
    workspace_id: UUID, words: Iterable[str], *, kept: Mapping[type[models.Model], Collection[str]]
) -> dict[type[models.Model], list[Any]]:
    """Put MARK in place of the words in every text of the workspace; gives the keys of changed rows by table.

    `kept` names columns by table that are never changed: the names of others, who may be called the same.
    """
    chosen = list(words)
    changed: dict[type[models.Model], list[Any]] = {}
    if not chosen:
        return changed
    pattern = pattern_of(chosen)

    def replaced(text: str) -> str:
        return pattern.sub(MARK, text)

    for model, workspace in owned_models():
        fields = [field for field in text_columns(model) if field.name not in kept.get(model, ())]
        if model in _KEPT_AS_THEY_ARE or not fields:
            continue
        for key, values in holding(model, fields, chosen, **{f"{workspace}_id": workspace_id}):
            new = {
                field.name: _put_back(field, swept)
                for field in fields
                if (swept := without(before := values[field.name], replaced)) != before
            }
            columns = {field.name for field in model._meta.concrete_fields}
            for name in [name for name in new if f"{name}_key" in columns]:
                # A key is made of its text; two that were swept must not become the same.
                new[f"{name}_key"] = f"{name_key(new[name])[:150]} {key}"
            if new:
                model._base_manager.filter(pk=key).update(**new)
                changed.setdefault(model, []).append(key)
    return changed


def _put_back(field: models.Field[Any, Any], value: Any) -> Any:
    return told(value) if isinstance(field, MessageField) else value


_PIECE = 1024 * 1024
_UNPACKED_AT_MOST = 512 * _PIECE


def stands_in_file(path: Path, words: Iterable[str]) -> bool:
    """Whether a file, or one packed in it, holds any of the words as they are spelt in UTF-8, UTF-16 or Latin-1."""
    marks: set[bytes] = set()
    for word in words:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
            marks.add(word.casefold().encode(encoding, "ignore"))
            marks.add(word.encode(encoding, "ignore"))
    marks.discard(b"")
    if not path.exists() or not marks:
        return False
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                left = _UNPACKED_AT_MOST
                for info in archive.infolist():
                    left -= info.file_size
                    if left < 0:
                        return False
                    with archive.open(info) as member:
                        if _holds(member, marks):
                            return True
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
            return False
        return False
    with path.open("rb") as file:
        return _holds(file, marks)


def _holds(file: Any, marks: set[bytes]) -> bool:
    longest, before = max(map(len, marks)), b""
    while piece := file.read(_PIECE):
        content = before + piece
        lower = content.lower()
        if any(mark in content or mark in lower for mark in marks):
            return True
        before = content[-longest:]
    return False


def overwrite_removed() -> None:
    """Have SQLite overwrite what this transaction removes; without it old content stays in free pages of the file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def forget_journal() -> None:
    """Empty SQLite's write-ahead log, which still holds pages as they were. As far as nobody is reading."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
