"""Endpoints of bulk edits: one change to many records, tried first or made, and taken back."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.api.schemas import ProblemOut
from unisono.areas.network import bulk
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.queries import network_by_slug
from unisono.platform.errors import Invalid

router = Router(tags=["Bulk edits"])


class BulkIn(Schema):
    """Which records, and the one change that is made to all of them."""

    record_kind: str = Field(description="Kind of record, by the name it has in commands, for example member.")
    ids: list[UUID] | None = Field(None, description="These records. Without them, those that words and filters find.")
    query: str = Field("", description="Words that the records contain.")
    filters: dict[str, list[str]] = Field({}, description="Name of a field, or “state”, to the accepted values.")
    set: dict[str, Any] = Field({}, description="Fields and their new value; an empty one clears.")
    add_tags: list[str] = Field([], description="Tags that all of them get.")
    remove_tags: list[str] = Field([], description="Tags that are taken off.")
    state: str = Field("", description="The state that all of them move to, as far as it may follow.")
    reason: str = Field("", description="Why they move.")
    archive: bool = Field(False, description="Put them away.")
    expected: int | None = Field(
        None, description="How many the preview said would change; 409 when it is another number."
    )
    dry_run: bool = Field(False, description="Only tell what would change; nothing is kept.")


class Refusal(Schema):
    """Why some records are left as they are."""

    problem: ProblemOut
    count: int
    ids: list[UUID] = Field(description="The first of them.")


class BulkExample(Schema):
    """What would change in one record: field to [before, after]."""

    id: UUID
    changes: dict[str, list[Any]]


class KeptOut(Schema):
    """What an undo left, since it was edited meanwhile."""

    record_id: UUID
    field: str


class BulkOut(Schema):
    """A bulk edit, or with `dry_run` what it would do: then it has no id."""

    id: UUID | None = None
    state: str = Field("", description="applying, applied, undoing, undone or failed; empty for a dry run.")
    counts: dict[str, int] = Field(
        description="selected, changed, same, refused; after an undo also restored and kept."
    )
    looked_at: int | None = Field(None, description="In a dry run: how many were looked at, of those selected.")
    refused: list[Refusal]
    examples: list[BulkExample] = Field([], description="In a dry run: the first records that would change.")
    kept: list[KeptOut] = []
    job_id: UUID | None = Field(None, description="The job that does it, when there are many records.")
    applied_at: datetime | None = None
    undone_at: datetime | None = None


@router.post(
    "/networks/{network}/bulk",
    response={200: BulkOut, 201: BulkOut},
    operation_id="edit_many",
    summary="Change many records as one",
)
def edit_many(request: ApiRequest, network: str, body: BulkIn) -> Status[Any]:
    room = network_by_slug(request.actor, network)
    if body.record_kind not in KINDS:
        raise Invalid.at(
            "record_kind", _("“%(k)s” is no kind of record.") % {"k": body.record_kind[:60]},
            _("Use one of: %(k)s.") % {"k": ", ".join(KINDS)},
        )  # fmt: skip
    selection: dict[str, Any] = {"query": body.query, "filters": body.filters}
    if body.ids is not None:
        selection = {"ids": body.ids}
    change = body.model_dump(include={"set", "add_tags", "remove_tags", "state", "reason", "archive"})
    where: dict[str, Any] = {"actor": request.actor, "network": room, "kind": KINDS[body.record_kind]}
    if body.dry_run:
        return Status(HTTPStatus.OK, bulk.plain_preview(bulk.preview_many(**where, selection=selection, change=change)))
    edit = bulk.edit_many(**where, selection=selection, change=change, expected=body.expected)
    return Status(HTTPStatus.CREATED, bulk.plain_bulk_edit(edit))


@router.get(
    "/networks/{network}/bulk/{uuid:edit_id}", response=BulkOut, operation_id="get_bulk_edit", summary="Get a bulk edit"
)
def show_edit(request: ApiRequest, network: str, edit_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return bulk.plain_bulk_edit(bulk.get_bulk_edit(request.actor, room, edit_id))


@router.post(
    "/networks/{network}/bulk/{uuid:edit_id}/undo",
    response=BulkOut,
    operation_id="undo_bulk_edit",
    summary="Take a bulk edit back; what was edited since stays",
)
def undo_edit(request: ApiRequest, network: str, edit_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return bulk.plain_bulk_edit(bulk.undo_many(actor=request.actor, network=room, edit_id=edit_id))
