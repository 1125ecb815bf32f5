"""Endpoints of the outbox: what the workspace sends, what waits and why."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.platform import outbox

router = Router(tags=["Mail and webhooks"])


class Try(Schema):
    """One try to send it."""

    at: datetime
    milliseconds: int
    status: int | None = Field(description="What the receiver answered, if it did.")
    error: str


class OutgoingOut(Schema):
    """A message on its way out, or what came of it; never what it says."""

    id: UUID
    kind: str = Field(description="mail or webhook.")
    purpose: str = Field(description="Which mail it is, or the kind of the event.")
    recipient: str
    state: str = Field(description="waiting, sent, failed, given_up or dropped.")
    why: str = Field(description="In one sentence, why it stands where it does.")
    attempts: int
    next_at: datetime | None
    last_error: str
    created_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime
    tries: list[Try]


class OutgoingList(Schema):
    """What waits first, then newest first."""

    items: list[OutgoingOut]


@router.get("/outbox", response=OutgoingList, operation_id="list_outbox", summary="List what is sent")
def list_outgoing(
    request: ApiRequest,
    state: Annotated[str, Query(description="Only those in this state.")] = "",
    kind: Annotated[str, Query(description="Only mail, or only webhook.")] = "",
    limit: Annotated[int, Query(description="At most so many.", ge=1, le=200)] = 100,
) -> dict[str, Any]:
    found = outbox.outgoing_of(request.actor, state=state, kind=kind, limit=limit)
    return {"items": [outbox.plain_outgoing(each) for each in found]}


@router.get("/outbox/{uuid:outgoing_id}", response=OutgoingOut, operation_id="get_outgoing", summary="Get a message")
def show_outgoing(request: ApiRequest, outgoing_id: UUID) -> dict[str, Any]:
    return outbox.plain_outgoing(outbox.one_outgoing(request.actor, outgoing_id))


@router.post(
    "/outbox/{uuid:outgoing_id}/retry",
    response=OutgoingOut,
    operation_id="retry_outgoing",
    summary="Try a message at once",
)
def retry_outgoing(request: ApiRequest, outgoing_id: UUID) -> dict[str, Any]:
    return outbox.plain_outgoing(outbox.retry(actor=request.actor, outgoing_id=outgoing_id))


@router.post(
    "/outbox/{uuid:outgoing_id}/drop",
    response=OutgoingOut,
    operation_id="drop_outgoing",
    summary="Do not send a message",
)
def drop_outgoing(request: ApiRequest, outgoing_id: UUID) -> dict[str, Any]:
    return outbox.plain_outgoing(outbox.drop(actor=request.actor, outgoing_id=outgoing_id))
