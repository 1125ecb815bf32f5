"""What the address of a list asks for, read from its parameters."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, QueryDict

from unisono.areas.network.derived import derived_of
from unisono.areas.network.kinds import BY_PLURAL, OFFERING, Kind
from unisono.platform.fields import Field

PER_PAGE = (25, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for."""

    query: str
    filters: dict[str, list[str]]
    sort: str
    archived: bool
    number: int
    per_page: int


def kind_named(plural: str) -> Kind:
    """The kind of a list's address; 404 for one that has no pages."""
    kind = BY_PLURAL.get(plural)
    if kind is None:
        raise Http404
    return kind


def _whole(text: str, fallback: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else fallback


def reckoned_filters(kind: Kind) -> list[Field]:
    """Filters by what higher areas reckon of the kind."""
    return [each.field for each in derived_of(kind.name).values() if each.field.filtered]


def asked_in(parameters: QueryDict, kind: Kind, fields: Sequence[Field]) -> Asked:
    """Read a list's parameters; what it does not know is left aside."""
    names = [f.name for f in (*fields, *reckoned_filters(kind)) if f.filtered]
    names += ["state"] if kind.has_states else []
    filters = {name: parameters.getlist(name) for name in names if any(parameters.getlist(name))}
    if kind is OFFERING and parameters.get("owners") == "none":
        filters["owners"] = ["none"]
    per_page = _whole(parameters.get("per_page", ""), 50)
    return Asked(
        query=parameters.get("q", "")[:200],
        filters=filters,
        sort=parameters.get("sort", ""),
        archived=parameters.get("archived") == "1",
        number=_whole(parameters.get("page", ""), 1),
        per_page=per_page if per_page in PER_PAGE else 50,
    )
