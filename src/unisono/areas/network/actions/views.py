"""Saved views: keep a list as it is, change or share it, pin it, remove it and bring it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import Network, SavedView, ViewMark
from unisono.areas.network.queries.lists import filters_of_kind, unknown_filters
from unisono.areas.network.queries.records import fields_of
from unisono.areas.network.queries.views import columns_of_kind, get_view
from unisono.core.text import name_key
from unisono.platform import log, notifications
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, Problem
from unisono.platform.fields import FieldError, one_line
from unisono.platform.messages import message as _
from unisono.platform.models import User, WorkspaceRole

# What a view is called and searches for may be somebody's name, and the log cannot be erased.
_BY_NAME = frozenset({"name", "query", "filters"})
SHARED = "shared_view"
_SETTABLE = ("name", "is_shared", "query", "filters", "sort", "archived", "columns")


@transaction.atomic
def save_view(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    name: str,
    query: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: str = "",
    archived: bool = False,
    columns: Sequence[str] = (),
    shared: bool = False,
    pinned: bool = False,
    default: bool = False,
    at: datetime | None = None,
) -> Any:
    """Keep a list under a name: for oneself, or `shared` with everybody in the network.

    Raises Conflict for a name that one already uses, Invalid, NotAllowed, NotFound.
    """
    policies.check_can_keep_own(actor, network)
    if shared:
        policies.check_can_edit_records(actor, network)
    asked = {"name": name, "query": query, "filters": filters or {}, "sort": sort, "archived": archived}
    values = _parse(network, kind, {**asked, "columns": columns})
    now = at or timezone.now()
    assert actor.user_id is not None
    view = SavedView(
        network=network, owner_id=actor.user_id, record_kind=kind.name, is_shared=shared, created_at=now,
        updated_at=now, **values,
    )  # fmt: skip
    _store(view)
    _log(actor, view, "added", _changes({}, {**values, "is_shared": shared}), at)
    if shared:
        _tell(actor, view, at)
    if pinned or default:
        _mark(actor, view, pinned=pinned or None, default=default or None)
    return get_view(actor, network, view.pk)


@transaction.atomic
def change_view(
    *,
    actor: Actor,
    network: Network,
    view_id: UUID | str,
    values: Mapping[str, Any],
    at: datetime | None = None,
) -> Any:
    """Rename a view, share it or no longer, or set what it asks for: `values` by the names of `save_view`.

    Raises Conflict, Invalid, NotAllowed, NotFound.
    """
    view = get_view(actor, network, view_id)
    policies.check_can_change_view(actor, network, view)
    given = {("is_shared" if name == "shared" else name): value for name, value in values.items()}
    if given.get("is_shared"):
        policies.check_can_edit_records(actor, network)
    before = {name: getattr(view, name) for name in _SETTABLE}
    clean = _parse(network, KINDS[view.record_kind], given)
    changes = _changes(before, clean)
    if not changes:
        return view
    for name, value in clean.items():
        setattr(view, name, value)
    view.updated_at = at or timezone.now()
    _store(view)
    if before["is_shared"] and not view.is_shared:
        # Others had pinned what is now somebody's own.
        ViewMark.objects.filter(view=view).exclude(user_id=view.owner_id).delete()
        if view.owner_id != actor.user_id:
            view.pinned = view.is_default = False
    if view.is_shared and not before["is_shared"]:
        _tell(actor, view, at)
    _log(actor, view, "edited", changes, at)
    # Not read again: whoever takes another's view from everybody no longer sees it.
    return view


@transaction.atomic
def mark_view(
    *,
    actor: Actor,
    network: Network,
    view_id: UUID | str,
    pinned: bool | None = None,
    default: bool | None = None,
    at: datetime | None = None,
) -> Any:
    """Pin a view to one's own sidebar, or begin its list with it; None leaves it as it is."""
    policies.check_can_keep_own(actor, network)
    view = get_view(actor, network, view_id)
    changes = {}
    if pinned is not None and pinned != view.pinned:
        changes["pinned"] = [view.pinned, pinned]
    if default is not None and default != view.is_default:
        changes["default"] = [view.is_default, default]
    if changes:
        _mark(actor, view, pinned=pinned, default=default)
        _log(actor, view, "marked", changes, at)
    return get_view(actor, network, view.pk)


@transaction.atomic
def choose_columns(*, actor: Actor, network: Network, kind: Kind, columns: Sequence[str]) -> list[str]:
    """Remember which columns one wants to see of a list, until one chooses others; names it does not have are dropped.

    It is nobody else's matter, so the log does not tell it.
    """
    policies.check_can_see_network(actor, network)
    known = columns_of_kind(kind, fields_of(network, kind))
    chosen = [name for name in known if name in set(columns)]
    assert actor.user_id is not None
    # Two lists may be changed at once: each keeps what the other one said.
    user = User.objects.select_for_update().get(pk=actor.user_id)
    mine = user.list_columns.get(str(network.pk), {})
    user.list_columns = {**user.list_columns, str(network.pk): {**mine, kind.name: chosen}}
    user.save(update_fields=["list_columns"])
    return chosen


@transaction.atomic
def remove_view(*, actor: Actor, network: Network, view_id: UUID | str, at: datetime | None = None) -> Any:
    """Take a view away, for everybody who sees it; `restore_view` brings it back as it was."""
    view = get_view(actor, network, view_id)
    policies.check_can_change_view(actor, network, view)
    now = at or timezone.now()
    if SavedView.objects.filter(pk=view.pk, removed_at=None).update(removed_at=now, updated_at=now):
        _log(actor, view, "removed", None, at)
    return get_view(actor, network, view.pk, removed=None)


@transaction.atomic
def restore_view(*, actor: Actor, network: Network, view_id: UUID | str, at: datetime | None = None) -> Any:
    """Bring a removed view back, for everybody who saw it."""
    view = get_view(actor, network, view_id, removed=None)
    policies.check_can_change_view(actor, network, view)
    if view.removed_at is not None:
        view.removed_at, view.updated_at = None, at or timezone.now()
        _store(view)
        _log(actor, view, "restored", None, at)
    return get_view(actor, network, view.pk)


def _store(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Conflict.at(
            "name",
            _("You already have a view “%(name)s” of this list.") % {"name": view.name},
            _("Choose another name, or change that one."),
        ) from None


def _mark(actor: Actor, view: Any, *, pinned: bool | None, default: bool | None) -> None:
    if default:
        ViewMark.objects.filter(
            network_id=view.network_id, record_kind=view.record_kind, user_id=actor.user_id, is_default=True
        ).update(is_default=False)
    set_to = {"is_pinned": pinned, "is_default": default}
    ViewMark.objects.update_or_create(
        view_id=view.pk,
        user_id=actor.user_id,
        defaults={name: value for name, value in set_to.items() if value is not None},
        create_defaults={
            "network_id": view.network_id, "record_kind": view.record_kind,
            "is_pinned": bool(pinned), "is_default": bool(default),
        },
    )  # fmt: skip


def _parse(network: Network, kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Clean values of what was given; raises Invalid naming everything that is wrong."""
    fields = fields_of(network, kind)
    problems: list[Problem] = [
        Problem(name, _("A view has no such part."), _("Use some of: %(n)s.") % {"n": ", ".join(_SETTABLE)})
        for name in given
        if name not in _SETTABLE
    ]
    clean: dict[str, Any] = {name: value for name, value in given.items() if name in ("is_shared", "archived")}
    if "name" in given:
        clean["name"] = one_line(str(given["name"]))
        clean["name_key"] = name_key(clean["name"])[:200]
        if not 1 <= len(clean["name"]) <= 100 or not clean["name_key"]:
            problems.append(Problem("name", _("A view has a name of 1 to 100 characters."), _("Write a name.")))
    if "query" in given:
        clean["query"] = one_line(str(given["query"]))
        if len(clean["query"]) > 200:
            problems.append(Problem("query", _("At most 200 characters are searched for."), _("Use fewer words.")))
    if "filters" in given:
        clean["filters"] = {}
        for name, values in dict(given["filters"]).items():
            texts = [str(value) for value in ([values] if isinstance(values, str) else values)]
            problems += _filter_problems(network, kind, fields, name, texts)
            if texts:
                clean["filters"][name] = texts
    if "sort" in given:
        clean["sort"] = str(given["sort"])
        sortable = [*kind.sortable, *(f.name for f in fields if f.custom)]
        if clean["sort"] and clean["sort"].removeprefix("-") not in sortable:
            problems.append(
                Problem(
                    "sort",
                    _("The list cannot be sorted by this."),
                    _("Use one of: %(n)s.") % {"n": ", ".join(sortable)},
                )
            )
    if "columns" in given:
        clean["columns"] = list(dict.fromkeys(map(str, given["columns"])))
        known = columns_of_kind(kind, fields)
        problems += [
            Problem("columns", _("“%(c)s” is no column of this list.") % {"c": column},
                    _("Use some of: %(n)s.") % {"n": ", ".join(known)})
            for column in clean["columns"] if column not in known
        ]  # fmt: skip
    if problems:
        raise Invalid.of(problems)
    return clean


def _filter_problems(
    network: Network, kind: Kind, fields: Sequence[Any], name: str, values: Sequence[str]
) -> list[Problem]:
    known = filters_of_kind(kind, fields)
    if name == "state" and kind.has_states:
        return [
            Problem(name, _("“%(v)s” is none of the states.") % {"v": value},
                    _("Use some of: %(s)s.") % {"s": ", ".join(kind.states)})
            for value in values if value not in kind.states
        ]  # fmt: skip
    if problems := unknown_filters(network, kind, [name], fields):
        return problems
    for value in filter(None, values):
        try:
            known[name].parse(value)
        except FieldError as error:
            problems.append(Problem(name, error.rule, error.remedy))
    return problems


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    told = {name: value for name, value in after.items() if name != "name_key" and value not in ("", [], {}, False)}
    if before:
        told = {name: value for name, value in after.items() if name != "name_key"}
    return log.changes_between(before, told, personal=_BY_NAME)


def _tell(actor: Actor, view: SavedView, at: datetime | None) -> None:
    """Tell everybody who can open the network that a view is shared."""
    roles = WorkspaceRole.objects.filter(workspace_id=actor.workspace_id)
    held = roles.filter(Q(network_id=None) | Q(network_id=view.network_id))
    notifications.notify(
        kind=SHARED, user_ids=held.values_list("user_id", flat=True), subject_id=view.pk, by=actor.user_id,
        network_id=view.network_id, details={"record_kind": view.record_kind}, at=at,
    )  # fmt: skip


def _log(actor: Actor, view: Any, verb: str, changes: Mapping[str, Any] | None, at: datetime | None) -> None:
    log.record(
        log.event(
            actor=actor, kind=f"view.{verb}", subject=view, network_id=view.network_id, about_id=view.network_id,
            changes=changes, at=at,
        )
    )  # fmt: skip
