"""Live links of a network: list, make and revoke them."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.api.idempotency import shown_once
from unisono.areas.network.live_links import live_links_of, make_live_link, plain_link, revoke_live_link
from unisono.areas.network.queries import network_by_slug

router = Router(tags=["Live links"])


class LiveLinkIn(Schema):
    """A link to be made."""

    name: str = Field(description="What reads it.")
    query: str = Field("", description="Only members with these words.")
    filters: dict[str, list[str]] = Field({}, description='Only members with these values: {"tier": ["Gold"]}.')


class LiveLinkOut(Schema):
    """A link; its address is never shown again."""

    id: UUID
    name: str
    query: str
    filters: dict[str, list[str]]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class NewLiveLink(LiveLinkOut):
    """A new link with its address, which is shown this once."""

    address: str


class LiveLinkList(Schema):
    """Links, those in use first."""

    items: list[LiveLinkOut]


@router.get(
    "/networks/{network}/live-links", response=LiveLinkList, operation_id="list_live_links", summary="List live links"
)
def list_links(request: ApiRequest, network: str) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return {"items": [plain_link(link) for link in live_links_of(request.actor, room)]}


@router.post(
    "/networks/{network}/live-links",
    response={201: NewLiveLink},
    operation_id="make_live_link",
    summary="Make a live link",
)
def make_link(request: ApiRequest, network: str, body: LiveLinkIn) -> Status[Any]:
    room = network_by_slug(request.actor, network)
    link, secret = make_live_link(
        actor=request.actor, network=room, name=body.name, query=body.query, filters=body.filters
    )
    shown_once(request, "address")
    address = request.build_absolute_uri(f"/live/{secret}.json")
    return Status(HTTPStatus.CREATED, {**plain_link(link), "address": address})


@router.post(
    "/networks/{network}/live-links/{uuid:link_id}/revoke",
    response=LiveLinkOut,
    operation_id="revoke_live_link",
    summary="Revoke a live link",
)
def revoke_link(request: ApiRequest, network: str, link_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return plain_link(revoke_live_link(actor=request.actor, network=room, link_id=link_id))
