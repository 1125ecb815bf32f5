"""What is known of a record though no column holds it: a higher area reckons it, lists show it and filter by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Q

from unisono.areas.network.models import Network
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, Type

Source = Callable[[Actor, Network, Sequence[Any]], Mapping[UUID, Any]]


@dataclass(frozen=True, slots=True)
class Derived:
    """One such thing, such as a member's last contact.

    `field` names and labels it as a field does: `listed` makes it a column, `shown` one from the start, `filtered` a
    filter with the field's choices. `type` is that of the value. `source` looks at the rows of a page, once for all
    that share it, and `value` takes this thing from what it gives; `where` is the condition that a filter's values
    stand for; `order` an expression to sort by, empty values last.
    """

    field: Field
    type: Type = Type.TEXT
    source: Source | None = None
    value: Callable[[Any], Any] = lambda found: found
    where: Callable[[Actor, Network, Sequence[str]], Q] | None = None
    order: Callable[[Actor, Network], Any] | None = None

    @property
    def column(self) -> Field:
        """The field of the value itself, as columns of lists and files show it."""
        return replace(self.field, type=self.type, choices=())


_derived: dict[str, dict[str, Derived]] = {}


def register_derived(kind_name: str, derived: Derived) -> None:
    """Let a higher area tell more about the records of a kind; called when its app starts."""
    _derived.setdefault(kind_name, {})[derived.field.name] = derived


def derived_of(kind_name: str) -> dict[str, Derived]:
    """What is reckoned about records of this kind, by name."""
    return _derived.get(kind_name, {})


def columns_reckoned(kind_name: str) -> dict[str, Field]:
    """What lists, files and answers carry beside the fields of a record, by name; nobody enters it."""
    return {name: each.column for name, each in derived_of(kind_name).items() if each.field.listed and each.source}


def reckoned(
    kind_name: str, names: Sequence[str], actor: Actor, network: Network, rows: Sequence[Any]
) -> dict[str, dict[UUID, Any]]:
    """For each of these names that is derived, its value for each row; every source is asked once."""
    chosen = {name: each for name, each in derived_of(kind_name).items() if name in names and each.source}
    found = {
        source: source(actor, network, rows) for source in {each.source for each in chosen.values() if each.source}
    }
    return {
        name: {row.pk: each.value(found[each.source][row.pk]) for row in rows}
        for name, each in chosen.items()
        if each.source
    }
