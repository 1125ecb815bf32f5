"""Endpoints of comments."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.api.schemas import Reference
from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.queries import network_by_slug
from unisono.areas.network.queries.comments import get_comment, latest_comments, plain_comments
from unisono.platform.errors import Invalid

router = Router(tags=["Comments"])


class CommentOut(Schema):
    """What somebody said about a record."""

    id: UUID
    record_kind: str
    record_id: UUID
    reply_to: UUID | None = Field(description="The comment that this one answers.")
    text: str = Field(description="Empty when it was taken back.")
    visibility: str
    author: str
    mine: bool
    mentions: list[Reference]
    created_at: datetime
    edited_at: datetime | None
    removed_at: datetime | None


class CommentList(Schema):
    """Comments, newest first."""

    items: list[CommentOut]


class CommentIn(Schema):
    """What is needed to comment on a record."""

    record_kind: str = Field(description="Kind of the record, by the name it has in commands, for example member.")
    record_id: UUID
    text: str = Field(description="“@” before a name or e-mail address mentions somebody who may read the comment.")
    visibility: str = Field("network", description="network, public, parties, care_team or private.")
    reply_to: UUID | None = Field(None, description="The comment that is answered; its visibility then counts.")


class CommentChange(Schema):
    """The new words of a comment."""

    text: str


def _one(request: ApiRequest, comment: Any) -> dict[str, Any]:
    return plain_comments(request.actor, [comment])[0]


@router.get(
    "/networks/{network}/comments",
    response=CommentList,
    operation_id="list_comments",
    summary="List the newest comments",
)
def list_comments(
    request: ApiRequest,
    network: str,
    record_id: Annotated[UUID | None, Query(description="Only those on this record.")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="At most so many.")] = 100,
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    found = latest_comments(request.actor, room, record_id=record_id, limit=limit)
    return {"items": plain_comments(request.actor, found)}


@router.post(
    "/networks/{network}/comments",
    response={201: CommentOut},
    operation_id="write_comment",
    summary="Comment on a record",
)
def write_comment(request: ApiRequest, network: str, body: CommentIn) -> Status[Any]:
    room = network_by_slug(request.actor, network)
    if body.record_kind not in KINDS:
        raise Invalid.at(
            "record_kind", _("“%(k)s” is no kind of record.") % {"k": body.record_kind[:60]},
            _("Use one of: %(k)s.") % {"k": ", ".join(KINDS)},
        )  # fmt: skip
    comment = actions.write_comment(
        actor=request.actor, network=room, kind=KINDS[body.record_kind], record_id=body.record_id, text=body.text,
        visibility=body.visibility, reply_to=body.reply_to,
    )  # fmt: skip
    return Status(HTTPStatus.CREATED, _one(request, comment))


_ONE = "/networks/{network}/comments/{uuid:comment_id}"


@router.get(_ONE, response=CommentOut, operation_id="get_comment", summary="Get a comment")
def show_comment(request: ApiRequest, network: str, comment_id: UUID) -> dict[str, Any]:
    return _one(request, get_comment(request.actor, network_by_slug(request.actor, network), comment_id))


@router.patch(_ONE, response=CommentOut, operation_id="edit_comment", summary="Change one's own comment")
def edit_comment(request: ApiRequest, network: str, comment_id: UUID, body: CommentChange) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return _one(request, actions.edit_comment(actor=request.actor, network=room, comment_id=comment_id, text=body.text))


@router.delete(_ONE, response={204: None}, operation_id="remove_comment", summary="Take one's own comment back")
def remove_comment(request: ApiRequest, network: str, comment_id: UUID) -> Status[None]:
    room = network_by_slug(request.actor, network)
    actions.remove_comment(actor=request.actor, network=room, comment_id=comment_id)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post(
    f"{_ONE}/restore", response=CommentOut, operation_id="restore_comment", summary="Bring one's own comment back"
)
def restore_comment(request: ApiRequest, network: str, comment_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return _one(request, actions.restore_comment(actor=request.actor, network=room, comment_id=comment_id))
