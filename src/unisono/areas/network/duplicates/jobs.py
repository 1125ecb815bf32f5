"""The job that compares the organisations of a network and keeps the pairs that a person should look at."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.duplicates.words import kept_reasons
from unisono.areas.network.kinds import ORGANIZATION
from unisono.areas.network.models import DuplicatePair, ImportRow, Network, Organization
from unisono.areas.network.queries.elsewhere import organizations_elsewhere
from unisono.areas.network.queries.records import visible
from unisono.core.duplicates import Entry, likely_pairs
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.jobs import Progress

FIND = "duplicates.find"
_CHUNK = 500
# More than anybody decides; the likeliest are kept.
_MOST_PAIRS = 2_000
State = DuplicatePair.State
Key = tuple[UUID, UUID]


def find(actor: Actor, network_id: UUID, progress: Progress) -> dict[str, Any]:
    """Compare, then store the pairs in one short transaction; what was decided stays decided."""
    network = Network.objects.get(pk=network_id)
    # A role may have been taken away while the job waited.
    policies.check_can_edit_records(actor, network)
    keys, entries, here = _entries(actor, network)
    progress(0, len(entries))
    found = likely_pairs(entries, progress=progress)
    # Two of other networks are the business of those.
    found = [pair for pair in found if keys[pair.first] in here or keys[pair.second] in here]
    pairs = {_ordered(keys[pair.first], keys[pair.second]): pair.likeness for pair in found[:_MOST_PAIRS]}
    for key in _told_apart(network):
        pairs.pop(key, None)
    progress(len(entries), len(entries))
    rows = {key: (likeness.score, kept_reasons(likeness)) for key, likeness in pairs.items()}
    return {"organizations": len(entries), "pairs": len(rows), "open": _store(set(keys), here, rows)}


def _entries(actor: Actor, network: Network) -> tuple[list[UUID], list[Entry], set[UUID]]:
    """Organisations in use that the actor may read: keys, what they are compared by, and which are in the network.

    Those of other networks are among them where the actor may change records there as well.
    """
    keys: list[UUID] = []
    entries: list[Entry] = []
    here: set[UUID] = set()
    elsewhere = organizations_elsewhere(actor, network).filter(archived_at=None)
    for records in (visible(actor, network, ORGANIZATION).prefetch_related(None), elsewhere):
        for pk, name, aliases, *rest in (
            records.order_by("pk")
            .values_list("pk", "name", "aliases", "website", "email", "register_number", "address", "place", "country")
            .iterator(chunk_size=5_000)
        ):
            if pk not in here:
                keys.append(pk)
                entries.append(Entry(name, tuple(map(str, aliases)), *rest))
        if records is not elsewhere:
            here.update(keys)
    return keys, entries, here


def _ordered(one: UUID, other: UUID) -> Key:
    return (one, other) if one < other else (other, one)


def _told_apart(network: Network) -> set[Key]:
    """Pairs that people said are different when a file came in."""
    rows = ImportRow.objects.filter(batch__network=network, decision="different").exclude(record_id=None)
    found = set()
    for record_id, candidate in rows.order_by().values_list("record_id", "candidate").iterator(chunk_size=5_000):
        if candidate.get("record_id"):
            found.add(_ordered(record_id, UUID(str(candidate["record_id"]))))
    return found


@transaction.atomic
def _store(compared: set[UUID], here: set[UUID], pairs: dict[Key, tuple[float, list[list[Any]]]]) -> int:
    """New pairs come, open ones get their present score, those found no longer go; gives how many are open."""
    now = timezone.now()
    known: dict[Key, tuple[UUID, str]] = {
        (first, second): (pk, state)
        for pk, first, second, state in DuplicatePair.objects.order_by().values_list("pk", "first", "second", "state")
        if first in compared and second in compared and (first in here or second in here)
    }
    gone = [pk for key, (pk, state) in known.items() if state == State.OPEN and key not in pairs]
    for start in range(0, len(gone), _CHUNK):
        DuplicatePair.objects.filter(pk__in=gone[start : start + _CHUNK], state=State.OPEN).delete()
    new, present = [], []
    # Somebody may have merged or removed one of the two while they were compared.
    there = _still_there({pk for key in pairs for pk in key})
    for key, (score, reasons) in pairs.items():
        if (key in known and known[key][1] != State.OPEN) or not there.issuperset(key):
            continue
        pair = DuplicatePair(first_id=key[0], second_id=key[1], score=score, reasons=reasons, found_at=now)
        if key in known:
            pair.pk = known[key][0]
            present.append(pair)
        else:
            new.append(pair)
    DuplicatePair.objects.bulk_update(present, ["score", "reasons", "found_at"], batch_size=_CHUNK)
    # Two searches at once find the same pairs: the first to come keeps them.
    DuplicatePair.objects.bulk_create(new, ignore_conflicts=True, batch_size=_CHUNK)
    return len(new) + len(present)


def _still_there(keys: set[UUID]) -> set[UUID]:
    ids = sorted(keys)
    found: set[UUID] = set()
    for start in range(0, len(ids), _CHUNK):
        rows = Organization.objects.filter(pk__in=ids[start : start + _CHUNK], merged_into=None)
        found.update(rows.order_by().values_list("pk", flat=True))
    return found


def register() -> None:
    """Name the job; called once when the app starts."""
    jobs.register(FIND, find)
