"""Saved views: which there are for somebody, what they ask for, and what in them is gone."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from unisono.areas.network import policies
from unisono.areas.network.derived import derived_of
from unisono.areas.network.hiding import kept_rows
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import Network, SavedView, Tag, ViewMark
from unisono.areas.network.queries.lists import filters_of_kind, select
from unisono.areas.network.queries.records import visible
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound, Problem
from unisono.platform.fields import Field, FieldError
from unisono.platform.messages import kept_text
from unisono.platform.messages import message as _

_MOST = 200


def _seen_by(actor: Actor, network: Network) -> QuerySet[SavedView]:
    """Own and shared views, each with `pinned` and `is_default` of the one who asks."""
    marks = ViewMark.objects.filter(view=OuterRef("pk"), user_id=actor.user_id)
    views: QuerySet[SavedView] = (
        SavedView.objects.filter(network=network)
        .filter(Q(owner_id=actor.user_id) | Q(is_shared=True))
        .select_related("owner")
        .annotate(pinned=Exists(marks.filter(is_pinned=True)), is_default=Exists(marks.filter(is_default=True)))
    )
    return views


def views_of(actor: Actor, network: Network, kind: Kind | None = None) -> list[Any]:
    """Views of the network's lists that the actor may open, by name, each with `pinned` and `is_default`."""
    policies.check_can_see_network(actor, network)
    views = _seen_by(actor, network).filter(removed_at=None)
    if kind is not None:
        views = views.filter(record_kind=kind.name)
    return list(views.order_by("name_key", "pk")[:_MOST])


def get_view(actor: Actor, network: Network, view_id: UUID | str, *, removed: bool | None = False) -> Any:
    """One of them; NotFound when it does not exist for the actor. `removed` None gives it either way."""
    policies.check_can_see_network(actor, network)
    views = _seen_by(actor, network)
    if removed is not None:
        views = views.filter(removed_at__isnull=not removed)
    try:
        key = view_id if isinstance(view_id, UUID) else UUID(str(view_id))
        return views.get(pk=key)
    except (ValueError, SavedView.DoesNotExist):
        raise NotFound.at(
            _("view"),
            _("There is no such view."),
            _("It may have been removed, or be somebody's own; choose one of the list's views."),
        ) from None


def view_named(actor: Actor, network: Network, name_or_id: str) -> Any:
    """The view with this id, or the only one with exactly this name."""
    wanted = name_or_id.strip().casefold()
    named = [view for view in views_of(actor, network) if view.name.casefold() == wanted]
    return named[0] if len(named) == 1 else get_view(actor, network, name_or_id)


def columns_of_kind(kind: Kind, fields: Sequence[Field]) -> list[str]:
    """Everything that can be a column of a list of this kind."""
    extra = [*(["state"] if kind.has_states else []), *(["people"] if kind in (MEMBER, ORGANIZATION) else [])]
    extra += [name for name, each in derived_of(kind.name).items() if each.field.listed]
    return [*(f.name for f in fields if f.listed), *extra, "updated_at"]


def records_in(actor: Actor, network: Network, view: SavedView) -> QuerySet[Any, Any]:
    """The records that a view shows to the actor, in its order: those that the actor may read, whoever made it."""
    kind = KINDS[view.record_kind]
    return select(actor, network, kind, query=view.query, filters=view.filters, sort=view.sort, archived=view.archived)


def gone_from(
    actor: Actor,
    network: Network,
    kind: Kind,
    fields: Sequence[Field],
    filters: Mapping[str, Any],
    *,
    found: bool = False,
) -> list[Problem]:
    """What a view is narrowed by and no longer exists: a field, a choice, a tag.

    `found` says that something matches all its filters; then a filter of one value needs no look.
    """
    known = filters_of_kind(kind, fields)
    problems: list[Problem] = []
    label: str
    # In the order of the fields: a database may keep the names in another one.
    order = list(known)
    for name in sorted(filters, key=lambda name: (order.index(name) if name in order else len(order), name)):
        values = filters[name]
        if name == "state":
            gone = [value for value in values if value and value not in kind.states]
            label = _("State")
        elif name not in known:
            problems.append(
                Problem(
                    name.removeprefix("custom."),
                    _("The network no longer has this field, so the view is not narrowed by it."),
                    _("Save the view again to leave it out."),
                )
            )
            continue
        else:
            field, label = known[name], kept_text(known[name].label)
            asked = [value for value in values if value]
            gone = [] if found and len(values) == 1 else _gone_values(actor, network, kind, field, asked)
        problems += [
            Problem(
                label,
                _("Nothing is called “%(value)s” any more, so nothing can match it.") % {"value": value},
                _("Take this filter away, then save the view again."),
            )
            for value in gone
        ]
    return problems


def _gone_values(actor: Actor, network: Network, kind: Kind, field: Field, values: Sequence[str]) -> list[str]:
    if field.name == "tags":
        found = set(Tag.objects.filter(network=network, name__in=values).values_list("name", flat=True))
        return [value for value in values if value not in found]
    if field.choices:
        return [value for value in values if not _is_taken(field, value)]
    if field.is_many:
        return []
    # Among what the one who asks may read: that a value exists tells of it.
    records = visible(actor, network, kind, archived=None)
    if (kept := kept_rows(actor, network, kind, field)) is not None:
        records = records.exclude(kept)
    return [value for value in values if not records.filter(**{field.path: value}).exists()]


def _is_taken(field: Field, value: str) -> bool:
    try:
        field.parse(value)
    except FieldError:
        return False
    return True


def plain_view(actor: Actor, view: Any) -> dict[str, Any]:
    """A view as the API and the command give it."""
    return {
        "id": view.pk,
        "name": view.name,
        "record_kind": view.record_kind,
        "query": view.query,
        "filters": view.filters,
        "sort": view.sort,
        "archived": view.archived,
        "columns": view.columns,
        "shared": view.is_shared,
        "pinned": view.pinned,
        "default": view.is_default,
        "owner": str(view.owner),
        "mine": view.owner_id == actor.user_id,
        "updated_at": view.updated_at,
    }
