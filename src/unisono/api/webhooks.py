"""Endpoints of webhooks: which programs are told what happens, and what was sent to them."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.api.idempotency import shown_once
from unisono.api.outbox import OutgoingOut
from unisono.platform import webhooks

router = Router(tags=["Mail and webhooks"])
_KINDS = "What it is told of: *, member.*, member.edited."


class WebhookIn(Schema):
    """A webhook to be added."""

    name: str = Field(description="Which program it tells.")
    url: str = Field(description="Where it is told, beginning with https://.")
    kinds: list[str] = Field(["*"], description=_KINDS)


class WebhookChange(Schema):
    """What is changed; what is left out stays."""

    name: str | None = None
    url: str | None = None
    kinds: list[str] | None = Field(None, description=_KINDS)
    is_active: bool | None = Field(None, description="Turn it on or off.")


class WebhookOut(Schema):
    """A webhook; its secret is never shown again."""

    id: UUID
    name: str
    url: str
    kinds: list[str]
    is_active: bool
    created_at: datetime
    former_until: datetime | None = Field(description="Until then the former secret signs too.")
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_why: str


class NewSecret(WebhookOut):
    """A webhook with its secret, which is shown this once."""

    secret: str


class WebhookList(Schema):
    """Webhooks by name, and what they can be told of."""

    items: list[WebhookOut]
    kinds: dict[str, str] = Field(description="What a webhook can be told of, with its name for people.")


class DeliveryOut(OutgoingOut):
    """A message to a webhook, with what it says."""

    webhook_id: str = Field(description="The header webhook-id, the same at every try.")
    body: str


class DeliveryList(Schema):
    """Messages, newest first."""

    items: list[DeliveryOut]


@router.get("/webhooks", response=WebhookList, operation_id="list_webhooks", summary="List webhooks")
def list_webhooks(request: ApiRequest) -> dict[str, Any]:
    found = [webhooks.plain_webhook(endpoint) for endpoint in webhooks.webhooks_of(request.actor)]
    return {"items": found, "kinds": webhooks.known_kinds()}


@router.post("/webhooks", response={201: NewSecret}, operation_id="add_webhook", summary="Add a webhook")
def add_webhook(request: ApiRequest, body: WebhookIn) -> Status[Any]:
    endpoint, secret = webhooks.add_webhook(actor=request.actor, name=body.name, url=body.url, kinds=body.kinds)
    shown_once(request, "secret")
    return Status(HTTPStatus.CREATED, {**webhooks.plain_webhook(endpoint), "secret": secret})


@router.get("/webhooks/{uuid:webhook_id}", response=WebhookOut, operation_id="get_webhook", summary="Get a webhook")
def get_webhook(request: ApiRequest, webhook_id: UUID) -> dict[str, Any]:
    return webhooks.plain_webhook(webhooks.webhook_of(request.actor, webhook_id))


@router.patch(
    "/webhooks/{uuid:webhook_id}", response=WebhookOut, operation_id="change_webhook", summary="Change a webhook"
)
def change_webhook(request: ApiRequest, webhook_id: UUID, body: WebhookChange) -> dict[str, Any]:
    endpoint = webhooks.change_webhook(
        actor=request.actor, webhook_id=webhook_id, name=body.name, url=body.url, kinds=body.kinds,
        active=body.is_active,
    )  # fmt: skip
    return webhooks.plain_webhook(endpoint)


@router.delete(
    "/webhooks/{uuid:webhook_id}", response={204: None}, operation_id="remove_webhook", summary="Remove a webhook"
)
def remove_webhook(request: ApiRequest, webhook_id: UUID) -> Status[None]:
    webhooks.remove_webhook(actor=request.actor, webhook_id=webhook_id)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post(
    "/webhooks/{uuid:webhook_id}/rotate",
    response=NewSecret,
    operation_id="rotate_webhook",
    summary="Make a new secret",
)
def rotate(request: ApiRequest, webhook_id: UUID) -> dict[str, Any]:
    endpoint, secret = webhooks.rotate_secret(actor=request.actor, webhook_id=webhook_id)
    shown_once(request, "secret")
    return {**webhooks.plain_webhook(endpoint), "secret": secret}


@router.post(
    "/webhooks/{uuid:webhook_id}/test", response=DeliveryOut, operation_id="test_webhook", summary="Try a webhook"
)
def test(request: ApiRequest, webhook_id: UUID) -> dict[str, Any]:
    return webhooks.plain_delivery(webhooks.test_webhook(actor=request.actor, webhook_id=webhook_id))


@router.get(
    "/webhooks/{uuid:webhook_id}/deliveries",
    response=DeliveryList,
    operation_id="list_deliveries",
    summary="List what was sent to a webhook",
)
def deliveries(
    request: ApiRequest,
    webhook_id: UUID,
    limit: Annotated[int, Query(description="At most so many.", ge=1, le=200)] = 100,
) -> dict[str, Any]:
    found = webhooks.deliveries_of(request.actor, webhook_id, limit=limit)
    return {"items": [webhooks.plain_delivery(each) for each in found]}


@router.post(
    "/webhooks/{uuid:webhook_id}/deliveries/{uuid:delivery_id}/replay",
    response=DeliveryOut,
    operation_id="replay_delivery",
    summary="Send a message again",
)
def replay(request: ApiRequest, webhook_id: UUID, delivery_id: UUID) -> dict[str, Any]:
    sent = webhooks.replay_delivery(actor=request.actor, webhook_id=webhook_id, delivery_id=delivery_id)
    return webhooks.plain_delivery(sent)
