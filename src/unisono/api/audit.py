"""Endpoints of the log: who did what, for owners; and whether the log is still what it was."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from unisono.api.account import JobOut
from unisono.api.authentication import ApiRequest
from unisono.api.pagination import DEFAULT_LIMIT, MAX_LIMIT, cursor_page
from unisono.platform import audit
from unisono.platform.audit import Asked
from unisono.platform.downloads import download
from unisono.platform.models import Job

router = Router(tags=["Log"])

Person = Annotated[str, Query(description="Address or id of the user who acted.")]
Kind = Annotated[str, Query(description="Kind of record (member) or of event (member.edited).")]
Record = Annotated[str, Query(description="Id of the record acted on, or on whose timeline it belongs.")]
Since = Annotated[str, Query(description="From this day or moment on.")]
Until = Annotated[str, Query(description="Up to this day or moment, included.")]


class EventOut(Schema):
    """Something somebody did. Personal fields are named in `changes` with nulls."""

    id: UUID
    at: datetime
    kind: str
    actor_id: UUID | None
    actor: str
    network_id: UUID | None
    subject_type: str
    subject_id: UUID
    about_id: UUID | None
    batch_id: UUID | None
    changes: dict[str, Any] = Field(description="Field to [before, after].")
    sequence: int | None = Field(description="Number in the sealed log; null until it is sealed.")
    seal: str


class EventList(Schema):
    """Events, newest first."""

    items: list[EventOut]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


@router.get("/audit", response=EventList, operation_id="list_audit", summary="Read the log")
def list_audit(
    request: ApiRequest,
    person: Person = "",
    kind: Kind = "",
    record: Record = "",
    since: Since = "",
    until: Until = "",
    cursor: Annotated[str, Query(description="The `next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many a page.")] = DEFAULT_LIMIT,
) -> dict[str, Any]:
    events = audit.events_asked(request.actor, Asked(person, kind, record, since, until))
    page = cursor_page(events, cursor=cursor, limit=limit)
    return {"items": audit.plain_events(list(page.rows)), "next": page.next}


@router.get("/audit/export", operation_id="export_audit", summary="Export the log as a file")
def export_audit(
    request: ApiRequest,
    person: Person = "",
    kind: Kind = "",
    record: Record = "",
    since: Since = "",
    until: Until = "",
    format: Annotated[str, Query(description="One of: csv, xlsx, json.")] = "csv",
) -> StreamingHttpResponse:
    name, content_type, content = audit.export_log(
        request.actor, Asked(person, kind, record, since, until), format=format
    )
    return download(request.actor, name=name, content_type=content_type, content=content)


@router.post(
    "/audit/verify", response={202: JobOut}, operation_id="verify_audit", summary="Verify the log",
    description="The job's result says `sound`, how many events are sealed and, if not sound, where it is broken.",
)  # fmt: skip
def verify_audit(request: ApiRequest) -> Status[Job]:
    job = audit.verify_soon(actor=request.actor)
    return Status(HTTPStatus.ACCEPTED, job)
