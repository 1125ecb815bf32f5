"""What is known of a person: every value that may stand somewhere else, and the words that name nobody else."""

from collections.abc import Iterator
from typing import Any

from unisono.areas.network.models import BulkChange, ImportChange, MergeRecord, Person

_SHORTEST_NAME, _SHORTEST_PHONE, _SHORTEST_ADDRESS = 4, 6, 6


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)


def versions_of(person: Any) -> list[dict[str, Any]]:
    """The person's columns as they are, and as imports, bulk edits and merges remember them."""
    names = [*Person.PERSONAL, "name_key", "source_ref"]
    found = [{name: getattr(person, name) for name in names}]
    remembered = [
        *ImportChange.objects.filter(record_id=person.pk).values_list("values", flat=True),
        *BulkChange.objects.filter(record_id=person.pk).values_list("values", flat=True),
    ]
    for values in remembered:
        for at in (0, 1):
            found.append({n: pair[at] for n, pair in values.items() if isinstance(pair, list) and len(pair) == 2})
    for rows in MergeRecord.objects.filter(rows__icontains=str(person.pk)).values_list("rows", flat=True):
        for _table, key, before, after in rows:
            if str(key) == str(person.pk):
                found += [columns for columns in (before, after) if isinstance(columns, dict)]
    return found


def all_texts(versions: list[dict[str, Any]]) -> set[str]:
    """Every text among them."""
    return {text.strip() for version in versions for text in _texts(version) if text.strip()}


def naming_words(versions: list[dict[str, Any]]) -> set[str]:
    """The words by which the person is found in texts of others: names, addresses, phones that are long enough."""
    found = set()
    for version in versions:
        for column, shortest in (("name", _SHORTEST_NAME), ("email", _SHORTEST_ADDRESS), ("phone", _SHORTEST_PHONE)):
            text = version.get(column)
            if isinstance(text, str) and len(text.strip()) >= shortest:
                found.add(text.strip())
    return found
