"""Endpoints of networks themselves: open, describe, configure, search."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from unisono.api import schemas
from unisono.api.authentication import ApiRequest
from unisono.api.records import typed
from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import CustomField
from unisono.areas.network.network_fields import NETWORK_FIELDS
from unisono.areas.network.queries import (
    custom_fields_of,
    fields_of,
    find,
    get_record,
    network_by_slug,
    networks_of,
    timeline_of,
)
from unisono.areas.network.queries.plain import plain_network
from unisono.areas.network.queries.timeline import Happening
from unisono.platform.errors import Invalid
from unisono.platform.fields import Field as RecordField

router = Router(tags=["Networks"])

NetworkIn = schemas.input_schema("NetworkIn", NETWORK_FIELDS, doc="What is needed to open a network.", partial=False)
NetworkChange = schemas.input_schema("NetworkChange", NETWORK_FIELDS, doc="The fields to change.", partial=True)


class NetworkOut(Schema):
    """A network."""

    id: UUID
    slug: str = Field(description="Its short name in addresses.")
    name: str
    purpose: str
    value_system_type: str
    governance_form: str
    context_tags: list[str]
    organising_principles: list[str]
    time_zone: str
    is_case: bool
    is_synthetic: bool = Field(description="Made up, for trying things out.")
    state: str
    next_states: list[str]
    created_at: datetime
    updated_at: datetime


class NetworkList(Schema):
    """The networks that the caller has a role in."""

    items: list[NetworkOut]


@router.get("/networks", response=NetworkList, operation_id="list_networks", summary="List networks")
def list_networks(request: ApiRequest) -> dict[str, Any]:
    return {"items": [plain_network(network) for network in networks_of(request.actor)]}


def _open_network(request: ApiRequest, response: HttpResponse, body: Any) -> Status[Any]:
    network = actions.create_network(actor=request.actor, values=schemas.values_from(body))
    response["Location"] = f"{request.path}/{network.slug}"
    return Status(HTTPStatus.CREATED, plain_network(network))


router.post("/networks", response={201: NetworkOut}, operation_id="create_network", summary="Open a network")(
    typed(_open_network, body=NetworkIn)
)


@router.get("/networks/{network}", response=NetworkOut, operation_id="get_network", summary="Get a network")
def show_network(request: ApiRequest, network: str) -> dict[str, Any]:
    return plain_network(network_by_slug(request.actor, network))


def _change_network(request: ApiRequest, network: str, body: Any) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return plain_network(actions.edit_network(actor=request.actor, network=room, values=schemas.values_from(body)))


router.patch(
    "/networks/{network}", response=NetworkOut, operation_id="edit_network", summary="Change fields of a network"
)(typed(_change_network, body=NetworkChange))


@router.post(
    "/networks/{network}/state",
    response=NetworkOut,
    operation_id="change_state_of_network",
    summary="Move a network to another state",
)
def move_network(request: ApiRequest, network: str, body: schemas.StateIn) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return plain_network(actions.change_network_state(actor=request.actor, network=room, state=body.state))


class FieldOut(Schema):
    """A field of a kind of record, built in or added by the network."""

    kind: str = Field(description="Kind of record.")
    name: str = Field(description="Name in requests and answers; custom fields are below `custom`.")
    label: str
    type: str
    required: bool
    choices: list[str]
    help: str
    custom_id: UUID | None = Field(None, description="Id of a custom field; null for built-in ones.")


class FieldList(Schema):
    """Fields of one kind of record, or of all."""

    items: list[FieldOut]


class CustomFieldIn(Schema):
    """A field that the network adds to a kind of record."""

    record_kind: str = Field(description=f"One of: {', '.join(KINDS)}.")
    label: str = Field(description="What people see. The name in requests is made from it.")
    type: str = Field(
        "text", description="text, long_text, choice, date, integer, decimal, boolean, url, email, words."
    )
    choices: list[str] = Field([], description="Values of a choice.")


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Invalid.at(
            "kind", _("There is no such kind of record."), _("Use one of: %(names)s.") % {"names": ", ".join(KINDS)}
        )
    return KINDS[name]


def _field_data(kind: str, field: RecordField, custom: dict[str, CustomField]) -> dict[str, Any]:
    added = custom.get(field.name.removeprefix("custom.")) if field.custom else None
    return {
        "kind": kind,
        "name": field.name.removeprefix("custom."),
        "label": str(field.label),
        "type": str(field.type),
        "required": field.required,
        "choices": [value for value, _label in field.choices],
        "help": str(field.help),
        "custom_id": added.pk if added else None,
    }


@router.get("/networks/{network}/fields", response=FieldList, operation_id="list_fields", summary="List fields")
def list_fields(
    request: ApiRequest,
    network: str,
    kind: Annotated[str, Query(description=f"Only of this kind of record: {', '.join(KINDS)}.")] = "",
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    items = []
    for chosen in [_kind(kind)] if kind else KINDS.values():
        custom = {f.name: f for f in custom_fields_of(request.actor, room, record_kind=chosen.name)}
        items += [_field_data(chosen.name, field, custom) for field in fields_of(room, chosen)]
    return {"items": items}


@router.post(
    "/networks/{network}/fields", response={201: FieldOut}, operation_id="add_field", summary="Add a custom field"
)
def add_field(request: ApiRequest, network: str, body: CustomFieldIn) -> Status[Any]:
    room = network_by_slug(request.actor, network)
    added = actions.add_custom_field(
        actor=request.actor, network=room, record_kind=body.record_kind, label=body.label, type=body.type,
        choices=body.choices,
    )  # fmt: skip
    field = next(f for f in fields_of(room, KINDS[added.record_kind]) if f.name == f"custom.{added.name}")
    return Status(HTTPStatus.CREATED, _field_data(added.record_kind, field, {added.name: added}))


@router.post(
    "/networks/{network}/fields/{uuid:field_id}/archive",
    response={204: None},
    operation_id="archive_field",
    summary="Take a custom field out of use",
)
def archive_field(request: ApiRequest, network: str, field_id: UUID) -> Status[None]:
    room = network_by_slug(request.actor, network)
    actions.archive_custom_field(actor=request.actor, network=room, field_id=field_id)
    return Status(HTTPStatus.NO_CONTENT, None)


class FoundOut(Schema):
    """A record that search found."""

    kind: str
    id: UUID
    title: str


class FoundList(Schema):
    """What search found, kind by kind."""

    items: list[FoundOut]


@router.get("/networks/{network}/search", response=FoundList, operation_id="search", summary="Search all records")
def search_network(
    request: ApiRequest,
    network: str,
    q: Annotated[str, Query(description="Words, from the start of each; accents are folded.")],
    kind: Annotated[list[str], Query(description="Only these kinds of record.")] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=50, description="At most so many of each kind.")] = 10,
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    found = find(request.actor, room, q, kinds=[_kind(name) for name in kind], per_kind=limit)
    return {"items": [{"kind": f.kind.name, "id": f.id, "title": f.title} for f in found]}


class ChangeOut(Schema):
    """A changed field; before and after are null where the values are personal or confidential."""

    field: str
    before: Any = None
    after: Any = None


class HappeningOut(Schema):
    """Something that happened to a member."""

    at: datetime
    kind: str = Field(description="Kind of event, for example need.added.")
    sentence: str
    actor: str
    record_kind: str
    record_id: UUID
    changes: list[ChangeOut]


class Timeline(Schema):
    """What happened, newest first."""

    items: list[HappeningOut]
    next: str | None = Field(description="Address of what happened before; null at the beginning.")


def _happening_data(happening: Happening) -> dict[str, Any]:
    return {
        **{name: getattr(happening, name) for name in ("at", "kind", "sentence", "actor", "record_kind", "record_id")},
        "changes": [{"field": label, "before": old, "after": new} for label, old, new in happening.changes],
    }


@router.get(
    "/networks/{network}/members/{uuid:record_id}/timeline",
    response=Timeline,
    operation_id="timeline_of_member",
    summary="What happened to a member",
    tags=["Members"],
)
def timeline(
    request: ApiRequest,
    network: str,
    record_id: UUID,
    kind: Annotated[list[str], Query(description="Only events of these kinds of record.")] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=200, description="Events on a page.")] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000, description="Events to leave out from the newest on.")] = 0,
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    member = get_record(request.actor, room, KINDS["member"], record_id)
    events = timeline_of(request.actor, room, member, kinds=kind, limit=limit + 1, offset=offset)
    address = None
    if len(events) > limit:
        parameters = request.GET.copy()
        parameters["offset"] = str(offset + limit)
        address = f"{request.path}?{parameters.urlencode()}"
    return {"items": [_happening_data(event) for event in events[:limit]], "next": address}
