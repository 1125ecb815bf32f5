"""Ways of tampering with a sealed log, for somebody who may write to the database and not to the file of heads."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from uuid_utils.compat import uuid7

from unisono.core.audit import FIRST, sealed
from unisono.platform.audit.sealing import HASHED, content_of
from unisono.platform.models import AuditHead, Event, Workspace

Tampering = Callable[[random.Random, list[Any], Workspace], str]
_COLUMNS = (*HASHED, "sequence", "seal")


def _rows() -> Any:
    return Event._base_manager.filter(sequence__isnull=False)


def _other(rng: random.Random, event: Event, column: str, elsewhere: Workspace) -> Any:
    """Another value of the column than the event has."""
    value = getattr(event, column)
    if column == "workspace_id":
        return elsewhere.pk
    if column in ("created_at", "at"):
        return value + timedelta(microseconds=rng.choice([1, -1, 86_400_000_000]))
    if column in ("kind", "subject_type"):
        return rng.choice([value + "x", value[:-1], value.upper(), "x" + value])
    if column == "changes":
        return rng.choice([{**value, "extra": [None, "x"]}, {"name": [["a"], 0]}, {"name": "other"}, {"": None}])
    if column == "sequence":
        return rng.choice([None, 0, value + 1_000])
    if column == "seal":
        return rng.choice([None, "f" * 64, "", value[:-1] + ("0" if value[-1] != "0" else "1")])
    is_set = value is not None and Event._meta.get_field(column).null
    return rng.choice([None, uuid7()]) if is_set else uuid7()


def edit(rng: random.Random, events: list[Any], elsewhere: Workspace) -> str:
    """Another value in any column of any event."""
    event, column = rng.choice(events), rng.choice(_COLUMNS)
    _rows().filter(pk=event.pk).update(**{column: _other(rng, event, column, elsewhere)})
    return f"edit {column}"


def delete(rng: random.Random, events: list[Any], elsewhere: Workspace) -> str:
    """An event, or a few in a row, are taken out."""
    start = rng.randrange(len(events))
    _rows().filter(pk__in=[event.pk for event in events[start : start + rng.randint(1, 3)]])._raw_delete("default")
    return "delete"


def swap(rng: random.Random, events: list[Any], elsewhere: Workspace) -> str:
    """Two events change places, with their seals or without."""
    one, two = rng.sample(events, 2)
    names = rng.choice([("sequence",), ("sequence", "seal"), ("seal",)])
    _rows().filter(pk=one.pk).update(sequence=None)
    Event._base_manager.filter(pk=two.pk).update(**{name: getattr(one, name) for name in names})
    Event._base_manager.filter(pk=one.pk).update(**{"sequence": one.sequence, **{n: getattr(two, n) for n in names}})
    return f"swap {names}"


def insert(rng: random.Random, events: list[Any], elsewhere: Workspace) -> str:
    """An event is put in anywhere: those behind it move on, and perhaps all of them are sealed anew."""
    model = rng.choice(events)
    place = rng.randint(1, len(events) + 1)
    for event in reversed(events[place - 1 :]):
        _rows().filter(pk=event.pk).update(sequence=event.sequence + 1)
    values = {name: getattr(model, name) for name in HASHED if name != "id"}
    Event._base_manager.bulk_create([Event(**values, id=uuid7(), sequence=place, seal="a" * 64)])
    move_head = rng.random() < 0.7
    if move_head:
        rechain(model.workspace_id)
    return f"insert, head moved: {move_head}"


def cut(rng: random.Random, events: list[Any], elsewhere: Workspace) -> str:
    """The last events go, perhaps all of them, and the head in the database follows."""
    keep = rng.randrange(len(events))
    _rows().filter(pk__in=[event.pk for event in events[keep:]])._raw_delete("default")
    rechain(events[0].workspace_id)
    return "cut"


def unseal(rng: random.Random, events: list[Any], elsewhere: Workspace) -> str:
    """The last events lose their seals, to be changed and sealed again."""
    keep = rng.randrange(len(events))
    _rows().filter(pk__in=[event.pk for event in events[keep:]]).update(sequence=None, seal=None)
    rechain(events[0].workspace_id)
    return "unseal"


def forge(rng: random.Random, events: list[Any], elsewhere: Workspace) -> str:
    """An event is edited and everything sealed anew, so that the chain is sound in itself."""
    event = rng.choice(events)
    column = rng.choice([name for name in HASHED if name != "workspace_id"])
    _rows().filter(pk=event.pk).update(**{column: _other(rng, event, column, elsewhere)})
    rechain(event.workspace_id)
    return f"forge {column}"


def head(rng: random.Random, events: list[Any], elsewhere: Workspace) -> str:
    """The head in the database says something else, or is gone."""
    heads = AuditHead._base_manager.filter(workspace_id=events[0].workspace_id)
    way = rng.choice(["gone", "seal", "back", "on"])
    if way == "gone":
        heads._raw_delete("default")
    elif way == "seal":
        heads.update(seal="b" * 64)
    else:
        heads.update(sequence=len(events) + (1 if way == "on" else -rng.randint(1, len(events))))
    return f"head {way}"


def rechain(workspace_id: Any) -> None:
    """Seal what has a number anew from the first on, as an attacker would who knows how."""
    before, number = FIRST, 0
    rows = _rows().filter(workspace_id=workspace_id).order_by("sequence")
    for sequence, *values in list(rows.values_list("sequence", *HASHED)):
        before, number = sealed(before, sequence, content_of(tuple(values))), sequence
        _rows().filter(workspace_id=workspace_id, sequence=sequence).update(seal=before)
    AuditHead._base_manager.filter(workspace_id=workspace_id).update(sequence=number, seal=before)


TAMPERINGS: tuple[Tampering, ...] = (edit, edit, edit, delete, swap, insert, cut, unseal, forge, head)


def tampered(seed: int, events: list[Any], elsewhere: Workspace, check: Callable[[], Any]) -> tuple[str, Any]:
    """What was done, and what `check` says while it is; afterwards it is undone."""
    rng = random.Random(seed)
    with transaction.atomic():
        what = TAMPERINGS[seed % len(TAMPERINGS)](rng, events, elsewhere)
        found = check()
        transaction.set_rollback(True)
    return what, found
