"""Lists: search, filters, sorting and pages over any kind of record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import F, IntegerField, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.utils.translation import pgettext

from unisono.areas.network.derived import derived_of
from unisono.areas.network.hiding import as_shown, kept_rows, shown_to, with_mask_of
from unisono.areas.network.kinds import OFFERING, ORGANIZATION, Kind
from unisono.areas.network.models import Membership, Network, Tag
from unisono.areas.network.queries.records import fields_of, visible
from unisono.core.text import name_key
from unisono.platform import search
from unisono.platform.actor import Actor
from unisono.platform.errors import Problem
from unisono.platform.fields import Field, FieldError, Type, one_line
from unisono.platform.messages import message as _

PER_PAGE = 50
MAX_PER_PAGE = 200
# How many different values of a free text are offered as filter options.
_MAX_OPTIONS = 100


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: rows 1-based from `first` to `last` of `total`."""

    rows: Sequence[Any]
    total: int
    number: int
    per_page: int

    @property
    def pages(self) -> int:
        """Number of pages; at least one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.per_page, self.total)


def _filtered(
    records: QuerySet[Any, Any], field: Field, values: Sequence[str], kept: Q | None = None
) -> QuerySet[Any, Any]:
    """Records in which the field has one of the values; an empty text among them means "not filled in".

    Of those that are `kept` from the one who asks nothing is told: to a filter they are not filled in.
    """
    if field.name == "tags":
        return records.filter(
            pk__in=records.model.tags.through.objects.filter(tag__name__in=values).values("membership")
        )
    path = field.path
    if field.type is Type.CHOICES:
        alias = f"{field.name}_as_text"
        condition = Q()
        for value in values:
            # The column holds a JSON list; quotes keep one value from matching inside another.
            condition |= Q(**{f"{alias}__contains": f'"{value}"'}) if value else Q(**{f"{alias}": "[]"})
        return records.annotate(**{alias: Cast(path, TextField())}).filter(_but(kept, condition, "" in values))
    try:
        wanted = [field.parse(value) for value in values if value]
    except FieldError:
        return records.none()
    condition = Q(**{f"{path}__in": wanted})
    if "" in values:
        condition |= Q(**{f"{path}__isnull": True})
        if field.empty == "":
            condition |= Q(**{path: ""})
    return records.filter(_but(kept, condition, "" in values))


def _but(kept: Q | None, condition: Q, empty_too: bool) -> Q:
    """The condition, with rows that are kept taken for empty ones."""
    if kept is None:
        return condition
    return (condition & ~kept) | kept if empty_too else condition & ~kept


def filters_of_kind(kind: Kind, fields: Sequence[Field]) -> dict[str, Field]:
    """Everything that a list of this kind can be narrowed by, states aside."""
    there, own = {f.name for f in fields}, (f for f in fields if f.custom and f.filtered)
    return {f.name: f for f in (*kind.filters, *own) if not f.internal or f.name in there}


def unknown_filters(
    network: Network, kind: Kind, filters: Iterable[str], fields: Sequence[Field] | None = None
) -> list[Problem]:
    """A problem for each name that no list of this kind is narrowed by: `select` would leave it aside."""
    known = filters_of_kind(kind, fields if fields is not None else fields_of(network, kind))
    names = [*known, *(["state"] if kind.has_states else [])]
    return [
        Problem(name[:60], _("The list has no such filter."), _("Use some of: %(n)s.") % {"n": ", ".join(names)})
        for name in filters
        if name not in names
    ]


def select(
    actor: Actor,
    network: Network,
    kind: Kind,
    *,
    query: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: str = "",
    archived: bool = False,
    fields: Sequence[Field] | None = None,
    by_team: bool = False,
) -> QuerySet[Any, Any]:
    """Records of one kind found by words and filters, in order.

    `filters` maps a field's name, or "state", to accepted values; unknown names are ignored, so that an old
    address still opens. For organisations "membership" tells members ("yes") from others ("no"). `sort` is a
    field's name, with "-" before it for descending. What is reckoned of the kind, there and by
    higher areas, filters and sorts too. Nobody filters or sorts by what they do not see, but `by_team` says that the
    team chose the filters on its own fields for others, as for a live link.
    """
    records = visible(actor, network, kind, archived=archived)
    every = fields if fields is not None else fields_of(network, kind)
    known = {f.name: f for f in (every if by_team else shown_to(actor, network, every))}
    derived = derived_of(kind.name)
    query = one_line(query)
    if query:
        if kind.searchable:
            records = records.filter(pk__in=search.record_ids(query, kind.name))
        else:
            condition = Q()
            for f in known.values():
                if f.type in (Type.TEXT, Type.LONG_TEXT) and not f.custom:
                    condition |= Q(**{f"{f.path}__icontains": query})
            for path in kind.sort_paths.values():
                if path.endswith("name_key"):
                    condition |= Q(**{f"{path}__contains": name_key(query)})
            records = records.filter(condition)
    for name, values in (filters or {}).items():
        if name == "state" and kind.has_states:
            records = records.filter(state__in=values)
        elif name == "membership" and kind is ORGANIZATION:
            belongs = Q(pk__in=Membership.objects.filter(network=network).values("organization_id"))
            records = records.filter(belongs if "yes" in values else ~belongs)
        elif name == "owners" and kind is OFFERING and "none" in values:
            records = records.filter(owners=None)
        elif name in known and values:
            records = _filtered(records, known[name], values, kept_rows(actor, network, kind, known[name]))
        elif name in derived and values and (where := derived[name].where):
            records = records.filter(where(actor, network, values))
    descending, name = sort.startswith("-"), sort.removeprefix("-")
    path = kind.sort_paths.get(name, known[name].path if name in known and not known[name].is_many else "")
    if name in ("state", "created_at", "updated_at"):
        path = name
    if name in derived and (reckoned := derived[name].order):
        alias = f"reckoned_{name}"
        records = records.alias(**{alias: reckoned(actor, network)})
        order = F(alias).desc(nulls_last=True) if descending else F(alias).asc(nulls_last=True)
        return records.order_by(order, "pk")
    if path and name in known and kept_rows(actor, network, kind, known[name]) is not None:
        records = records.annotate(as_shown=as_shown(actor, network, kind, known[name]))
        shown = F("as_shown")
        return records.order_by(shown.desc(nulls_last=True) if descending else shown.asc(nulls_last=True), "pk")
    if not path:
        descending, path = kind.order.startswith("-"), kind.order.removeprefix("-")
    if not _may_be_null(kind, path):
        # A plain order is read off an index; one that says where nulls go is sorted row by row.
        return records.order_by(f"-{path}" if descending else path, "pk")
    order = F(path).desc(nulls_last=True) if descending else F(path).asc(nulls_last=True)
    return records.order_by(order, "pk")


def _may_be_null(kind: Kind, path: str) -> bool:
    """Whether a sort path can come upon nothing: a column, or a reference on the way to it, that may be empty."""
    model: Any = kind.model
    for step in path.split("__"):
        field = model._meta.get_field(step)
        if field.null:
            return True
        if field.related_model is None:
            # Inside a JSON column any key may be missing.
            return bool(field.get_internal_type() == "JSONField")
        model = field.related_model
    return False


def page_of(records: QuerySet[Any, Any], *, number: int = 1, per_page: int = PER_PAGE) -> Page:
    """One page of a list; a number beyond the end gives the last page."""
    per_page = max(1, min(per_page, MAX_PER_PAGE))
    number = max(1, number)
    keys, total = _keys_on(records, number, per_page)
    if not keys and number > 1:
        total = records.order_by().count()
        number = max(1, -(-total // per_page))
        keys, total = _keys_on(records, number, per_page)
    found = {record.pk: record for record in _whole(records, keys)} if keys else {}
    rows = [found[key] for key in keys if key in found]
    return Page(rows=rows, total=total, number=number, per_page=per_page)


class _CountOf(Subquery):
    """How many rows a query has, beside the rows of another one."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _keys_on(records: QuerySet[Any, Any], number: int, per_page: int) -> tuple[list[Any], int]:
    """Keys of one page, and how many records there are in all.

    Sorted by key alone, then read in full: sorting thousands of whole rows to show fifty is the slow part.
    """
    start = (number - 1) * per_page
    keyed = records.annotate(in_all=_CountOf(records.order_by().values("pk"))).values_list("pk", "in_all")
    found = list(keyed[start : start + per_page])
    return [key for key, _total in found], found[0][1] if found else 0


def _whole(records: QuerySet[Any, Any], keys: Sequence[Any]) -> QuerySet[Any, Any]:
    """The rows with these keys, which a scoped and permitted query gave, with what `records` reads beside them.

    Without the workspace among its conditions SQLite looks the keys up; with it, it reads the whole workspace.
    """
    whole: Any = records.model._base_manager.filter(pk__in=keys)
    whole.query.select_related = records.query.select_related
    return with_mask_of(records, whole.prefetch_related(*cast(Any, records)._prefetch_related_lookups))


def filter_options(actor: Actor, network: Network, kind: Kind, field: Field) -> list[tuple[str, str]]:
    """(value, label) pairs to choose from: the choices of the field, or the values that occur."""
    if field.choices:
        return [(value, str(label)) for value, label in field.choices]
    if field.type is Type.BOOLEAN:
        return [("yes", pgettext("a field's value", "yes")), ("no", pgettext("a field's value", "no"))]
    if field.name == "tags":
        return [
            (name, name) for name in Tag.objects.filter(network=network).values_list("name", flat=True)[:_MAX_OPTIONS]
        ]
    path = field.path
    seen = visible(actor, network, kind)
    if (kept := kept_rows(actor, network, kind, field)) is not None:
        seen = seen.exclude(kept)
    values = (
        seen.order_by(path)
        .exclude(**{path: None if field.empty is None else ""})
        .values_list(path, flat=True)
        .distinct()[:_MAX_OPTIONS]
    )
    return [(str(value), str(value)) for value in values]
