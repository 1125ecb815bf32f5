"""Endpoints that hand out everything about a person, erase them, and list who was erased."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import Router, Schema
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.api.streaming import file_response
from unisono.areas.network.erasing import erase_person, erasure_plan, erasures_of
from unisono.areas.network.personal_export import export_person
from unisono.areas.network.queries import network_by_slug
from unisono.platform.models import Erasure

router = Router(tags=["People"])


class ErasurePlanOut(Schema):
    """What erasing would wipe."""

    counts: dict[str, int] = Field(description="Rows by place.")
    to_look_at: list[str] = Field(description="Files of members that name the person; they stay.")
    account: str = Field(description="Address of the account that goes too; empty when there is none.")
    account_stays: bool = Field(description="Whether another workspace uses the account, so that it stays there.")


class ErasureOut(Schema):
    """Who was erased, by key, and how much was wiped."""

    person_id: UUID
    user_id: UUID | None
    erased_by_id: UUID | None
    erased_at: datetime
    counts: dict[str, int]


class ErasureList(Schema):
    """Erasures, latest first."""

    items: list[ErasureOut]


@router.get(
    "/networks/{network}/people/{uuid:person_id}/erasure", response=ErasurePlanOut, operation_id="plan_erasure",
    summary="What erasing a person would wipe",
)  # fmt: skip
def plan(request: ApiRequest, network: str, person_id: UUID) -> Any:
    return erasure_plan(request.actor, network_by_slug(request.actor, network), person_id)


@router.post(
    "/networks/{network}/people/{uuid:person_id}/erasure", response=ErasureOut, operation_id="erase_person",
    summary="Erase a person for good",
)  # fmt: skip
def erase(request: ApiRequest, network: str, person_id: UUID) -> Erasure:
    return erase_person(actor=request.actor, network=network_by_slug(request.actor, network), person_id=person_id)


@router.get("/erasures", response=ErasureList, operation_id="list_erasures", summary="List who was erased")
def list_erasures(request: ApiRequest) -> dict[str, list[Erasure]]:
    return {"items": erasures_of(request.actor)}


@router.get(
    "/networks/{network}/people/{uuid:person_id}/everything", operation_id="export_person",
    summary="Everything that is kept about a person, as a zip",
    openapi_extra={"responses": {200: {"content": {"application/zip": {}}}}},
)  # fmt: skip
def everything(request: ApiRequest, network: str, person_id: UUID) -> StreamingHttpResponse:
    room = network_by_slug(request.actor, network)
    return file_response(request.actor, export_person(actor=request.actor, network=room, person_id=person_id))
