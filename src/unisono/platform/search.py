"""Search: one function to index, one to find, the same answers on SQLite and PostgreSQL."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL
from django.utils import timezone

from unisono.core.text import fold
from unisono.platform import bulk
from unisono.platform.models import SearchEntry
from unisono.platform.scope import current_workspace_id

_TERM = re.compile(r"[^\W_]+", re.UNICODE)
_MAX_TEXT = 20_000


class Searchable(NamedTuple):
    """What is to be found of one record: its title, and further text that nobody needs to be kept from."""

    record_kind: str
    record_id: UUID
    title: str
    text: str = ""
    network_id: UUID | None = None


def folded_text(item: Searchable) -> str:
    """The words by which an item is found."""
    lines = f"{item.title}\n{item.text}"[:_MAX_TEXT].split("\n")
    return " ".join(filter(None, map(_folded, lines)))


@lru_cache(maxsize=256)
def _folded(line: str) -> str:
    """The words of one line: a member and its organisation, which come one after the other, share most of theirs."""
    return " ".join(_TERM.findall(fold(line)))


_COLUMNS = ("workspace_id", "created_at", "network_id", "record_kind", "record_id", "title", "folded")
_BATCH = 2_000


def index(items: Iterable[Searchable], *, new: bool = False) -> None:
    """Make records findable; `new` promises that none of them was indexed before, which saves a look-up."""
    now, workspace_id = timezone.now(), current_workspace_id()
    chosen = list(items)
    if not new:
        remove([item.record_id for item in chosen])
    for start in range(0, len(chosen), _BATCH):
        rows = [
            (workspace_id, now, i.network_id, i.record_kind, i.record_id, i.title[:300], folded_text(i))
            for i in chosen[start : start + _BATCH]
        ]
        with transaction.atomic():
            bulk.insert(SearchEntry, _COLUMNS, rows)


def remove(record_ids: Iterable[UUID]) -> None:
    """Make records no longer findable."""
    ids = list(record_ids)
    for start in range(0, len(ids), 500):
        SearchEntry.objects.filter(record_id__in=ids[start : start + 500]).delete()


def forget_removed() -> None:
    """Purge words of removed entries from the index files; SQLite would keep them until it happens to merge."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO platform_search_fts(platform_search_fts) VALUES ('optimize')")


def terms_of(query: str) -> list[str]:
    """Folded words of a query, at most eight."""
    return _TERM.findall(fold(query[:200]))[:8]


def matching(query: str) -> models.QuerySet[SearchEntry, SearchEntry]:
    """Entries of the workspace in which every word of `query` begins some word; all of none for no words."""
    terms = terms_of(query)
    entries: models.QuerySet[Any, Any] = SearchEntry.objects.all()
    if not terms:
        return entries.none()
    # Both statements look words up in an index; the words are parameters, folded to letters and digits.
    if connection.vendor == "postgresql":
        found = RawSQL(
            "SELECT id FROM platform_searchentry WHERE words @@ to_tsquery('simple', %s)",
            [" & ".join(f"{term}:*" for term in terms)],
        )
    else:
        found = RawSQL(
            "SELECT rowid FROM platform_search_fts WHERE platform_search_fts MATCH %s",
            [" ".join(f'"{term}"*' for term in terms)],
        )
    return entries.filter(pk__in=found)


def record_ids(query: str, record_kind: str) -> Any:
    """Sub-query of the ids of the records of one kind that `query` finds, to be used with `pk__in`."""
    terms = terms_of(query)
    if connection.vendor != "postgresql" or not terms:
        return matching(query).filter(record_kind=record_kind).values("record_id")
    # One look at the table: joining the entries with themselves takes as long as finding them.
    return RawSQL(
        "SELECT record_id FROM platform_searchentry"
        " WHERE workspace_id = %s AND record_kind = %s AND words @@ to_tsquery('simple', %s)",
        [current_workspace_id(), record_kind, " & ".join(f"{term}:*" for term in terms)],
    )


def begins(path: str, text: str) -> models.Q:
    """Condition on a folded column: that it begins with the text."""
    condition = models.Q(**{f"{path}__startswith": text})
    if connection.vendor == "sqlite":
        # It compares byte by byte, so a range says the same and is looked up in an index.
        condition &= models.Q(**{f"{path}__gte": text, f"{path}__lt": f"{text}\U0010ffff"})
    return condition


def few_found(query: str, *, most: int) -> dict[str, list[UUID]] | None:
    """Ids of the records that a query finds, by kind; None when they are more than `most`."""
    entries = list(matching(query).order_by().values_list("record_kind", "record_id")[: most + 1])
    found: dict[str, list[UUID]] = {}
    for kind, record_id in entries:
        found.setdefault(kind, []).append(record_id)
    return None if len(entries) > most else found


def latest_found(query: str, record_kind: str, *, limit: int) -> models.QuerySet[Any, Any]:
    """Sub-query of the ids of the records of one kind that were entered last among those that a query finds."""
    return matching(query).filter(record_kind=record_kind).order_by("-pk").values("record_id")[:limit]
