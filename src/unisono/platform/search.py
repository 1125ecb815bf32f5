"""Search: one function to index, one to find, the same answers on SQLite and PostgreSQL."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models.expressions import RawSQL

from unisono.core.text import fold
from unisono.platform.models import SearchEntry

_TERM = re.compile(r"[^\W_]+", re.UNICODE)
_MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Searchable:
    """What is to be found of one record: its title, and further text that nobody needs to be kept from."""

    record_kind: str
    record_id: UUID
    title: str
    text: str = ""
    network_id: UUID | None = None


def folded_text(item: Searchable) -> str:
    """The words by which an item is found."""
    return " ".join(_TERM.findall(fold(f"{item.title} {item.text}"[:_MAX_TEXT])))


def _entry(item: Searchable) -> SearchEntry:
    return SearchEntry(
        network_id=item.network_id,
        record_kind=item.record_kind,
        record_id=item.record_id,
        title=item.title[:300],
        folded=folded_text(item),
    )


def index(items: Iterable[Searchable], *, new: bool = False) -> None:
    """Make records findable; `new` promises that none of them was indexed before, which saves a look-up."""
    entries = [_entry(item) for item in items]
    if not new:
        remove([entry.record_id for entry in entries])
    SearchEntry.objects.bulk_create(entries, batch_size=2_000)


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


def record_ids(query: str, record_kind: str, *, network_id: UUID | None = None) -> models.QuerySet[Any, Any]:
    """Sub-query of the ids of the records of one kind that `query` finds."""
    entries = matching(query).filter(record_kind=record_kind)
    if network_id is not None:
        entries = entries.filter(network_id=network_id)
    return entries.values("record_id")
