"""Endpoints of the files kept with members."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import File, Form, Router, Schema, Status, UploadedFile
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.areas.network import actions
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.queries import (
    attachments_of,
    content_of,
    get_attachment,
    get_record,
    network_by_slug,
)
from unisono.areas.network.queries.plain import plain_attachment
from unisono.platform.downloads import download

router = Router(tags=["Files"])


class AttachmentOut(Schema):
    """A file kept with a member."""

    id: UUID
    membership: UUID = Field(description="Id of the member.")
    name: str
    title: str
    content_type: str
    size_bytes: int
    visibility: str
    created_at: datetime


class AttachmentList(Schema):
    """Files kept with a member, newest first."""

    items: list[AttachmentOut]


@router.get(
    "/networks/{network}/members/{uuid:record_id}/attachments",
    response=AttachmentList,
    operation_id="list_attachments",
    summary="List files kept with a member",
)
def list_attachments(request: ApiRequest, network: str, record_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    member = get_record(request.actor, room, MEMBER, record_id)
    return {"items": [plain_attachment(attachment) for attachment in attachments_of(request.actor, room, member.pk)]}


@router.post(
    "/networks/{network}/members/{uuid:record_id}/attachments",
    response={201: AttachmentOut},
    operation_id="attach_file",
    summary="Keep a file with a member",
)
def attach_file(
    request: ApiRequest,
    network: str,
    record_id: UUID,
    file: Annotated[UploadedFile, File(description="The file; its name's ending says what it holds.")],
    title: Annotated[str, Form(description="What it is.")] = "",
    visibility: Annotated[str, Form(description="network, public, parties, care_team or private.")] = "network",
) -> Status[Any]:
    room = network_by_slug(request.actor, network)
    attachment = actions.attach_file(
        actor=request.actor, network=room, membership_id=record_id, name=file.name or "", chunks=file.chunks(),
        title=title, visibility=visibility,
    )  # fmt: skip
    return Status(HTTPStatus.CREATED, plain_attachment(attachment))


@router.get(
    "/networks/{network}/attachments/{uuid:attachment_id}",
    operation_id="download_attachment",
    summary="Download a file",
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {}}}}},
)
def download_attachment(request: ApiRequest, network: str, attachment_id: UUID) -> StreamingHttpResponse:
    room = network_by_slug(request.actor, network)
    attachment = get_attachment(request.actor, room, attachment_id)
    return download(
        request.actor,
        name=attachment.file.name,
        content_type=attachment.file.content_type,
        content=content_of(attachment),
    )


@router.delete(
    "/networks/{network}/attachments/{uuid:attachment_id}",
    response={204: None},
    operation_id="remove_attachment",
    summary="Take a file away; it can be brought back",
)
def remove_attachment(request: ApiRequest, network: str, attachment_id: UUID) -> Status[None]:
    room = network_by_slug(request.actor, network)
    actions.remove_attachment(actor=request.actor, network=room, attachment_id=attachment_id)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post(
    "/networks/{network}/attachments/{uuid:attachment_id}/restore",
    response=AttachmentOut,
    operation_id="restore_attachment",
    summary="Bring a file back",
)
def restore_attachment(request: ApiRequest, network: str, attachment_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return plain_attachment(actions.restore_attachment(actor=request.actor, network=room, attachment_id=attachment_id))
