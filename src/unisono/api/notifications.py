"""Endpoints of what the caller was told."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.platform import notifications

router = Router(tags=["You"])


class NotificationOut(Schema):
    """Something the caller was told; what it is about is looked up with the caller's present rights."""

    id: UUID
    kind: str = Field(description="mention, reply, shared_view, job or webhook_disabled.")
    network_id: UUID | None
    subject_id: UUID = Field(description="The comment, view, job or message.")
    details: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


class NotificationList(Schema):
    """What the caller was told, newest first."""

    items: list[NotificationOut]


class ReadIn(Schema):
    """What is marked."""

    ids: list[UUID] | None = Field(None, description="These; all of them when left out.")
    read: bool = Field(True, description="False marks as unread.")


class ReadOut(Schema):
    """How many were marked."""

    changed: int


class TellOut(Schema):
    """A kind of thing that people are told about."""

    kind: str
    label: str
    on: bool
    by_mail: bool | None = Field(description="Whether by mail too; null where that cannot be.")


class TellIn(Schema):
    """Which kinds the caller wants; those not named stay as they are."""

    kinds: dict[str, bool] = Field({}, description="Kind to whether one is told.")
    by_mail: dict[str, bool] = Field({}, description="Kind to whether one is told by mail too.")


class TellList(Schema):
    """All kinds, and whether the caller wants them."""

    items: list[TellOut]


@router.get(
    "/notifications", response=NotificationList, operation_id="list_notifications", summary="What you were told"
)
def list_notifications(
    request: ApiRequest, unread: Annotated[bool, Query(description="Only what was not read yet.")] = False
) -> dict[str, Any]:
    return {"items": notifications.notifications_of(request.actor, unread=unread)}


@router.post("/notifications/read", response=ReadOut, operation_id="mark_read", summary="Mark notifications as read")
def mark_read(request: ApiRequest, body: ReadIn) -> dict[str, int]:
    return {"changed": notifications.mark_read(actor=request.actor, ids=body.ids, read=body.read)}


@router.get(
    "/notifications/kinds", response=TellList, operation_id="notification_kinds", summary="What you can be told"
)
def list_kinds(request: ApiRequest) -> dict[str, Any]:
    return {"items": notifications.choices_of(request.actor)}


@router.patch(
    "/notifications/kinds", response=TellList, operation_id="choose_notifications", summary="Choose what you are told"
)
def choose(request: ApiRequest, body: TellIn) -> dict[str, Any]:
    return {"items": notifications.choose(actor=request.actor, wanted=body.kinds, by_mail=body.by_mail)}
