"""What of a record not all of its readers see: the team's own fields, and values that a firm keeps to the parties.

One place for every door: `queries.visible` masks records as they are loaded, and lists neither filter, sort nor offer
anything by a value that is not shown.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Model, Q, QuerySet, Value, When
from django.db.models.query import ModelIterable

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.parties import about_any
from unisono.platform.actor import Actor
from unisono.platform.fields import Field
from unisono.platform.tenancy import Visibility

# Classes that everybody in the network reads; any other one is for the parties.
_OPEN = frozenset({Visibility.PUBLIC.value, Visibility.NETWORK.value})
_NARROWER: dict[str, tuple[str, ...]] = {
    Visibility.PUBLIC: (Visibility.PUBLIC, Visibility.NETWORK, Visibility.PARTIES),
    Visibility.NETWORK: (Visibility.NETWORK, Visibility.PARTIES),
    Visibility.PARTIES: (Visibility.PARTIES,),
}


def classes_for(visibility: str) -> tuple[str, ...]:
    """Classes that a field of a record of this class can have: its own, the default, and narrower ones."""
    return tuple(str(each) for each in _NARROWER.get(visibility, (visibility,)))


def is_kept(readers: dict[str, str] | None, name: str) -> bool:
    """Whether a record's field is for its parties alone."""
    return bool(readers) and (readers or {}).get(name, Visibility.NETWORK.value) not in _OPEN


def kind_of_model(model: type[Model]) -> Kind | None:
    """The kind whose table this is."""
    return next((kind for kind in KINDS.values() if kind.model is model), None)


def readers_of(kind: Kind, record: Any) -> dict[str, str]:
    """Who reads each field of which that can be chosen: the class that was chosen, or else the record's own."""
    return {field.name: record.readers.get(field.name, record.visibility) for field in kind.choosable}


def shown_to(actor: Actor, network: Network, fields: Iterable[Field]) -> list[Field]:
    """Those of the fields that there are for the actor."""
    whole = policies.is_team(actor, network)
    return [field for field in fields if whole or not field.internal]


def own_rows(actor: Actor, network: Network, kind: Kind) -> Q:
    """Condition on records of the kind that are about an organisation for which the actor acts."""
    return about_any(kind.model, policies.represented(actor, network))


def kept_rows(actor: Actor, network: Network, kind: Kind, field: Field) -> Q | None:
    """Condition on records of the kind whose value of this field the actor does not see; None where there are none."""
    if policies.is_team(actor, network):
        return None
    holder = kind_of_model(kind.model._meta.get_field(field.on).related_model) if field.on else kind  # type: ignore[arg-type]
    if holder is None or field.name not in {f.name for f in holder.choosable}:
        return None
    way = f"{field.on}__" if field.on else ""
    kept = kind.model._default_manager.filter(**{f"{way}readers__{field.name}": Visibility.PARTIES.value})
    kept = kept.exclude(own_rows(actor, network, kind))
    # By way of keys: a missing name in the column is neither equal nor unequal to anything.
    return Q(pk__in=kept.order_by().values("pk"))


def as_shown(actor: Actor, network: Network, kind: Kind, field: Field) -> Any:
    """The field's value as an expression: nothing where the actor does not see it."""
    kept = kept_rows(actor, network, kind, field)
    return F(field.path) if kept is None else Case(When(kept, then=Value(None)), default=F(field.path))


def masked(records: QuerySet[Any, Any], actor: Actor, network: Network, kind: Kind) -> QuerySet[Any, Any]:
    """The same records, each without what the actor does not see of it and of what is read with it."""
    return _masked(records, actor, network, kind, kind.related)


def masked_along(records: QuerySet[Any, Any], actor: Actor, network: Network, paths: Iterable[str]) -> Any:
    """Rows of no kind of their own, such as pairs of records, with the records at these paths masked."""
    return _masked(records, actor, network, None, paths)


def _masked(
    records: QuerySet[Any, Any], actor: Actor, network: Network, kind: Kind | None, paths: Iterable[str]
) -> QuerySet[Any, Any]:
    if policies.is_team(actor, network):
        return records
    mask = _Mask(actor, network)
    related = [path.split("__") for path in paths]

    class Masked(ModelIterable):
        def __iter__(self) -> Iterator[Any]:
            for record in super().__iter__():
                if kind is not None:
                    mask.take_from(record, kind)
                for path in related:
                    mask.take_along(record, path)
                yield record

    records._iterable_class = Masked
    return records


def with_mask_of(records: QuerySet[Any, Any], whole: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """`whole`, which reads rows of `records` by their keys, with the same mask."""
    if issubclass(records._iterable_class, ModelIterable):
        whole._iterable_class = records._iterable_class
    return whole


class _Mask:
    """Takes values from records; knows which rows are the actor's own, looked up when it first matters."""

    def __init__(self, actor: Actor, network: Network) -> None:
        self.own = policies.represented(actor, network)
        self._rows: dict[type[Model], set[UUID]] = {}

    def take_from(self, record: Any, kind: Kind) -> None:
        """Empty the fields of one record, and mark it so that it is never saved."""
        taken = [f for f in kind.fields if f.internal and not f.on]
        if (readers := getattr(record, "readers", None)) and not self._is_own(record):
            taken += [f for f in kind.choosable if is_kept(readers, f.name)]
        for field in taken:
            setattr(record, field.name, field.empty)
        # Where it came from is the team's as well.
        record.source_ref = ""
        record.__dict__["masked"] = frozenset(field.name for field in taken)

    def take_along(self, record: Any, path: Sequence[str]) -> None:
        """The same for what was read with it."""
        for step in path:
            record = record._state.fields_cache.get(step)
            if record is None:
                return
            if (kind := kind_of_model(type(record))) is not None:
                self.take_from(record, kind)

    def _is_own(self, record: Any) -> bool:
        if not self.own:
            return False
        model = type(record)
        if model not in self._rows:
            rows = model._default_manager.filter(about_any(model, self.own)).order_by().values_list("pk", flat=True)
            self._rows[model] = set(rows)
        return record.pk in self._rows[model]


class OpenPart:
    """A record as everybody in its network may read it, for what is kept of it elsewhere, such as search."""

    def __init__(self, record: Any) -> None:
        self._record = record

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._record, name)
        if is_kept(getattr(self._record, "readers", None), name):
            return [] if isinstance(value, list) else "" if isinstance(value, str) else None
        return OpenPart(value) if isinstance(value, Model) else value

    @cached_property
    def pk(self) -> UUID:
        """The record's key."""
        key: UUID = self._record.pk
        return key
