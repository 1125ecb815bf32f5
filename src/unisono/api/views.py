"""Endpoints of saved views."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.queries import get_view, network_by_slug, views_of
from unisono.areas.network.queries.views import plain_view
from unisono.platform.errors import Invalid

router = Router(tags=["Saved views"])
_KINDS = ", ".join(KINDS)


class ViewOut(Schema):
    """A list as somebody keeps it. It holds no records: whoever opens it sees what they may read."""

    id: UUID
    name: str
    record_kind: str = Field(description=f"Whose list it is. One of: {_KINDS}.")
    query: str = Field(description="Words that are searched for.")
    filters: dict[str, list[str]] = Field(description="Name of a field, or “state”, to the accepted values.")
    sort: str
    archived: bool = Field(description="Whether it shows the records that were put away.")
    columns: list[str] = Field(description="Columns that the page shows; empty for the list's own choice.")
    shared: bool = Field(description="Whether everybody in the network sees it.")
    pinned: bool = Field(description="Whether the caller pinned it.")
    default: bool = Field(description="Whether the caller's list begins with it.")
    owner: str
    mine: bool
    updated_at: datetime


class ViewList(Schema):
    """The caller's views and those that are shared, by name."""

    items: list[ViewOut]


class ViewChange(Schema):
    """The parts of a view to change."""

    name: str | None = None
    query: str | None = None
    filters: dict[str, list[str]] | None = None
    sort: str | None = None
    archived: bool | None = None
    columns: list[str] | None = None
    shared: bool | None = Field(None, description="Sharing needs the right to change records.")
    pinned: bool | None = Field(None, description="For the caller alone, also of a view that somebody else shares.")
    default: bool | None = Field(None, description="For the caller alone, also of a view that somebody else shares.")


class ViewIn(ViewChange):
    """What is needed to keep a list as a view."""

    name: str
    record_kind: str = Field(description=f"Whose list it is. One of: {_KINDS}.")


@router.get("/networks/{network}/views", response=ViewList, operation_id="list_views", summary="List saved views")
def list_views(
    request: ApiRequest, network: str, record_kind: Annotated[str, Query(description="Only of this kind's list.")] = ""
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    kind = _kind(record_kind) if record_kind else None
    return {"items": [plain_view(request.actor, view) for view in views_of(request.actor, room, kind)]}


@router.post(
    "/networks/{network}/views", response={201: ViewOut}, operation_id="save_view", summary="Keep a list as a view"
)
def save_view(request: ApiRequest, network: str, body: ViewIn) -> Status[Any]:
    room = network_by_slug(request.actor, network)
    given = body.model_dump(exclude_none=True)
    view = actions.save_view(actor=request.actor, network=room, kind=_kind(given.pop("record_kind")), **given)
    return Status(HTTPStatus.CREATED, plain_view(request.actor, view))


@router.get("/networks/{network}/views/{uuid:view_id}", response=ViewOut, operation_id="get_view", summary="Get a view")
def show_view(request: ApiRequest, network: str, view_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return plain_view(request.actor, get_view(request.actor, room, view_id))


@router.patch(
    "/networks/{network}/views/{uuid:view_id}",
    response=ViewOut,
    operation_id="change_view",
    summary="Rename, change, share or pin a view",
)
def change_view(request: ApiRequest, network: str, view_id: UUID, body: ViewChange) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    given = body.model_dump(exclude_none=True)
    marks = {name: given.pop(name) for name in ("pinned", "default") if name in given}
    view = actions.mark_view(actor=request.actor, network=room, view_id=view_id, **marks)
    if given:
        # Last, since whoever takes another's view from everybody no longer sees it.
        view = actions.change_view(actor=request.actor, network=room, view_id=view_id, values=given)
    return plain_view(request.actor, view)


@router.delete(
    "/networks/{network}/views/{uuid:view_id}",
    response={204: None},
    operation_id="remove_view",
    summary="Remove a view; it can be brought back",
)
def remove_view(request: ApiRequest, network: str, view_id: UUID) -> Status[None]:
    room = network_by_slug(request.actor, network)
    actions.remove_view(actor=request.actor, network=room, view_id=view_id)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post(
    "/networks/{network}/views/{uuid:view_id}/restore",
    response=ViewOut,
    operation_id="restore_view",
    summary="Bring a removed view back",
)
def restore_view(request: ApiRequest, network: str, view_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return plain_view(request.actor, actions.restore_view(actor=request.actor, network=room, view_id=view_id))


def _kind(name: str) -> Any:
    if name not in KINDS:
        raise Invalid.at("record_kind", f"“{name[:60]}” is no kind of record.", f"Use one of: {_KINDS}.")
    return KINDS[name]
