"""Endpoints of imports: take a file in, map, check, decide, mend, apply, undo."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import StreamingHttpResponse
from ninja import File, Form, Query, Router, Schema, Status, UploadedFile
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.api.schemas import ProblemOut
from unisono.areas.network import importing
from unisono.areas.network.importing.plain import plain_batch, plain_edit, plain_row, plain_suggestion
from unisono.areas.network.models import ImportBatch, Network
from unisono.areas.network.queries import network_by_slug
from unisono.platform.actor import Actor
from unisono.platform.downloads import download
from unisono.platform.models import Job

router = Router(tags=["Imports"])
_ONE = "/networks/{network}/imports/{uuid:batch_id}"


class ImportOut(Schema):
    """One file on its way into the network."""

    id: UUID
    file: str
    state: str = Field(description="columns, checking, checked, applying, applied, undoing, undone or failed.")
    layout: dict[str, Any] = Field(description="How the file is read: format, encoding, delimiter, sheet, header_row.")
    headers: list[str]
    mapping: dict[str, Any]
    counts: dict[str, int] = Field(description="Rows: new, update, same, decide, wrong, left_out; rows in all.")
    new_people: int = Field(description="People that rows of other kinds would bring in, such as who came to an event.")
    created: dict[str, int] = Field(description="Records made by the apply, by kind.")
    updated: dict[str, int] = Field(description="Records changed by the apply, by kind.")
    problems: list[ProblemOut] = Field(description="Why the last step failed.")
    job_id: UUID | None = Field(description="The job of the last step: its progress is at /jobs/{job_id}.")
    percent: int | None
    created_at: datetime
    checked_at: datetime | None
    applied_at: datetime | None
    undone_at: datetime | None


class ImportList(Schema):
    """Imports, newest first."""

    items: list[ImportOut]


class MappingIn(Schema):
    """What the columns of the file mean."""

    kind_column: str | None = Field(None, description="Column whose value says what a row is; null: all are alike.")
    kinds: dict[str, str] | None = Field(
        None,
        description="Value of the kind column to member, organization, person, offering, need or skip; * for others.",
    )
    columns: dict[str, dict[str, str | None]] = Field(
        description="For each kind: heading to field, custom:Label (a new field), owner_key, or null."
    )
    date_order: str = Field("ymd", description="Order of figures in dates such as 3/4/2021: ymd, dmy or mdy.")
    trim: list[str] = Field([], description="Words taken off the end of names, for example (member).")


class MappingStep(Schema):
    """A mapping, and how to read the file where detection erred."""

    mapping: MappingIn
    options: dict[str, str | int | None] | None = Field(
        None, description="encoding, delimiter, sheet, header_row (0: no headings)."
    )


class ColumnOut(Schema):
    """A column and what it probably means."""

    column: str
    target: str | None
    custom: str | None = Field(description="The field that the column could become.")
    reason: str
    samples: list[str]


class KindValue(Schema):
    """A value of the kind column."""

    value: str
    rows: int


class SuggestionOut(Schema):
    """A mapping that can be sent as it is, and what it rests on."""

    mapping: dict[str, Any]
    remembered: bool = Field(description="Whether it is what was chosen the last time for these headings.")
    kind_values: list[KindValue]
    columns: dict[str, list[ColumnOut]]


class RowOut(Schema):
    """A row of the file, as it was checked."""

    number: int = Field(description="Row as a spreadsheet counts, the headings included.")
    kind: str
    status: str
    name: str
    cells: dict[str, str]
    candidate: dict[str, Any] | None = Field(description="What it may be the same as: name, score, reasons.")
    decision: str
    changes: dict[str, Any] = Field(description="Field to [before, after] of an update; new_people of a new row.")
    problems: list[ProblemOut]
    note: str


class RowPage(Schema):
    """Some rows in the order of the file."""

    items: list[RowOut]
    total: int
    page: int
    pages: int


class RowChange(Schema):
    """An answer to a doubtful row, or new texts for cells of a wrong one."""

    decision: str | None = Field(None, description="same, different or leave_out; an empty text takes it back.")
    cells: dict[str, str] | None = Field(None, description="Heading to text.")


class DecideAll(Schema):
    """One answer to all rows that are still to be decided."""

    decision: str = Field(description="same, different or leave_out.")


class ApplyIn(Schema):
    """How to apply."""

    undecided: str = Field("separate", description="Rows nobody decided: separate (own records) or leave_out.")


class Decided(Schema):
    """How many rows were decided."""

    rows: int


class LaterEditOut(Schema):
    """Something edited after the import, which undoing leaves as it is."""

    record_kind: str
    record_id: UUID
    name: str
    field: str = Field(description="Empty when the record as a whole stays.")
    by: str
    at: datetime | None
    reason: str


class LaterEdits(Schema):
    """What undoing leaves as it is."""

    items: list[LaterEditOut]


def _found(request: ApiRequest, network: str, batch_id: UUID) -> tuple[Network, ImportBatch]:
    room = network_by_slug(request.actor, network)
    return room, importing.get_batch(request.actor, room, batch_id)


def _started(request: ApiRequest, network: str, batch_id: UUID, step: Callable[..., Job], **more: Any) -> Status[Any]:
    actor: Actor = request.actor
    room = network_by_slug(actor, network)
    step(actor=actor, network=room, batch_id=batch_id, **more)
    return Status(HTTPStatus.ACCEPTED, plain_batch(importing.get_batch(actor, room, batch_id)))


@router.get("/networks/{network}/imports", response=ImportList, operation_id="list_imports", summary="List imports")
def list_imports(request: ApiRequest, network: str) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return {"items": [plain_batch(batch) for batch in importing.batches_of(request.actor, room)]}


@router.post(
    "/networks/{network}/imports",
    response={201: ImportOut},
    operation_id="start_import",
    summary="Take a member file in",
)
def start_import(
    request: ApiRequest,
    network: str,
    file: Annotated[UploadedFile, File(description="CSV or XLSX.")],
    encoding: Annotated[str, Form(description="Where detection errs, for example cp1252.")] = "",
    delimiter: Annotated[str, Form(description="Where detection errs: , ; | or tab.")] = "",
    sheet: Annotated[str, Form(description="Sheet of a workbook; the first with rows by default.")] = "",
    header_row: Annotated[str, Form(description="Row of the headings; 0 for none.")] = "",
) -> Status[Any]:
    room = network_by_slug(request.actor, network)
    options = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet, "header_row": header_row}
    batch = importing.start_import(
        actor=request.actor, network=room, file=(file.name or "", file.chunks()), options=options
    )
    return Status(HTTPStatus.CREATED, plain_batch(batch))


@router.get(_ONE, response=ImportOut, operation_id="get_import", summary="Get an import")
def get_import(request: ApiRequest, network: str, batch_id: UUID) -> dict[str, Any]:
    return plain_batch(_found(request, network, batch_id)[1])


@router.delete(_ONE, response={204: None}, operation_id="remove_import", summary="Drop an import never applied")
def remove_import(request: ApiRequest, network: str, batch_id: UUID) -> Status[None]:
    room = network_by_slug(request.actor, network)
    importing.remove_import(actor=request.actor, network=room, batch_id=batch_id)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.get(
    f"{_ONE}/mapping", response=SuggestionOut, operation_id="suggest_mapping", summary="What the columns probably mean"
)
def suggest_mapping(request: ApiRequest, network: str, batch_id: UUID) -> dict[str, Any]:
    return plain_suggestion(importing.suggested_mapping(_found(request, network, batch_id)[1]))


@router.put(
    f"{_ONE}/mapping",
    response={202: ImportOut},
    operation_id="set_mapping",
    summary="Say what the columns mean, and check all rows",
)
def set_mapping(request: ApiRequest, network: str, batch_id: UUID, body: MappingStep) -> Status[Any]:
    mapping = body.mapping.model_dump(exclude_none=True)
    return _started(request, network, batch_id, importing.set_mapping, mapping=mapping, options=body.options)


@router.get(f"{_ONE}/rows", response=RowPage, operation_id="list_import_rows", summary="List rows of an import")
def list_rows(
    request: ApiRequest,
    network: str,
    batch_id: UUID,
    status: Annotated[str, Query(description="new, update, same, decide, wrong or left_out; all by default.")] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000, description="Number of the page.")] = 1,
    per_page: Annotated[int, Query(ge=1, le=200, description="Rows a page.")] = 50,
) -> dict[str, Any]:
    room, batch = _found(request, network, batch_id)
    found = importing.rows_of(request.actor, room, batch, status=status, number=page, per_page=per_page)
    return {
        "items": [plain_row(row) for row in found.rows], "total": found.total, "page": found.number,
        "pages": found.pages,
    }  # fmt: skip


@router.get(f"{_ONE}/rows/{{int:number}}", response=RowOut, operation_id="get_import_row", summary="Get a row")
def get_row(request: ApiRequest, network: str, batch_id: UUID, number: int) -> dict[str, Any]:
    room, batch = _found(request, network, batch_id)
    return plain_row(importing.row_of(request.actor, room, batch, number))


@router.patch(
    f"{_ONE}/rows/{{int:number}}",
    response=RowOut,
    operation_id="change_import_row",
    summary="Decide a doubtful row, or mend a wrong one",
)
def change_row(request: ApiRequest, network: str, batch_id: UUID, number: int, body: RowChange) -> dict[str, Any]:
    room, batch = _found(request, network, batch_id)
    where: dict[str, Any] = {"actor": request.actor, "network": room, "batch_id": batch.pk, "number": number}
    # Both or neither: a decision that is refused takes the mended cells back with it.
    with transaction.atomic():
        if body.cells is not None:
            importing.fix_row(**where, cells=body.cells)
        if body.decision is not None:
            importing.decide_row(**where, decision=body.decision)
    return plain_row(importing.row_of(request.actor, room, batch, number))


@router.post(
    f"{_ONE}/decide", response=Decided, operation_id="decide_import_rows", summary="Decide all doubtful rows alike"
)
def decide_rows(request: ApiRequest, network: str, batch_id: UUID, body: DecideAll) -> dict[str, int]:
    room = network_by_slug(request.actor, network)
    rows = importing.decide_rows(actor=request.actor, network=room, batch_id=batch_id, decision=body.decision)
    return {"rows": rows}


@router.get(
    f"{_ONE}/wrong-rows",
    operation_id="download_wrong_rows",
    summary="Download the wrong rows with what is wrong, as CSV",
    openapi_extra={"responses": {200: {"content": {"text/csv": {}}}}},
)
def wrong_rows(request: ApiRequest, network: str, batch_id: UUID) -> StreamingHttpResponse:
    room, batch = _found(request, network, batch_id)
    content = importing.wrong_rows_csv(request.actor, room, batch)
    return download(request.actor, name="wrong-rows.csv", content_type="text/csv; charset=utf-8", content=content)


@router.post(f"{_ONE}/apply", response={202: ImportOut}, operation_id="apply_import", summary="Write a checked import")
def apply_import(request: ApiRequest, network: str, batch_id: UUID, body: ApplyIn) -> Status[Any]:
    return _started(request, network, batch_id, importing.apply_import, undecided=body.undecided)


@router.post(f"{_ONE}/undo", response={202: ImportOut}, operation_id="undo_import", summary="Undo an applied import")
def undo_import(request: ApiRequest, network: str, batch_id: UUID) -> Status[Any]:
    return _started(request, network, batch_id, importing.undo_import)


@router.get(
    f"{_ONE}/later-edits",
    response=LaterEdits,
    operation_id="list_later_edits",
    summary="What undoing leaves as it is",
)
def later_edits(request: ApiRequest, network: str, batch_id: UUID) -> dict[str, Any]:
    room, batch = _found(request, network, batch_id)
    return {"items": [plain_edit(edit) for edit in importing.later_edits_of(request.actor, room, batch)]}
