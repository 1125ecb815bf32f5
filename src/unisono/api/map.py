"""Endpoints of the map: figures, what the map shows, derived ties, the way between two members, drawing it anew."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field

from unisono.api.account import JobOut
from unisono.api.authentication import ApiRequest
from unisono.areas.network.graph.actions import renew_picture
from unisono.areas.network.graph.figures import figures_of
from unisono.areas.network.graph.plain import plain_figure, plain_state, plain_way
from unisono.areas.network.graph.queries import picture_state, way_between
from unisono.areas.network.graph.showing import derived_data, map_data
from unisono.areas.network.graph.sources import tie_source
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.queries import network_by_slug, record_named

router = Router(tags=["Map"])


class StateOut(Schema):
    """When the picture was worked out, and whether it is still right."""

    as_of: datetime | None = Field(description="When its inputs were read; null while there is none.")
    computed_at: datetime | None
    algorithm: str
    inputs_hash: str = Field(description="The same for the same members, relations and capabilities.")
    changes_since: int = Field(description="Members and relations that changed since.")
    is_old: bool = Field(description="An earlier version worked it out: draw it anew to have every figure.")
    job_id: UUID | None = Field(description="The job that works on it now.")


class FigureOut(Schema):
    """One figure, with what it means for this network."""

    name: str
    group: str
    label: str
    value: float
    text: str = Field(description="The value as people read it.")
    sentence: str
    measure: str
    construct_id: str
    kind: str = Field(description="Plural of the kind of record that it counts; empty for a measure of the whole.")
    records: dict[str, list[str]] = Field(description="Filters of the list of that kind that give the records.")


class FiguresOut(StateOut):
    """All figures of the network; none before the picture was worked out."""

    items: list[FigureOut]


@router.get("/networks/{network}/map/figures", response=FiguresOut, operation_id="map_figures",
            summary="Figures of the network")  # fmt: skip
def figures(request: ApiRequest, network: str) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    state = picture_state(request.actor, room)
    return {**plain_state(state), "items": [plain_figure(f) for f in figures_of(request.actor, room, state)]}


class MapOut(Schema):
    """What the map draws, column by column: entry i of each list of `members` is about the same member."""

    as_of: datetime | None
    changes: int
    is_old: bool = Field(description="An earlier version worked the picture out; measures added since are 0.")
    members: dict[str, list[Any]] = Field(description="id, name, x, y, measures and places.")
    fields: list[dict[str, Any]] = Field(description="What members can be coloured and filtered by, with codes.")
    communities: list[dict[str, Any]]
    ties: dict[str, list[int]] = Field(description="Relations by the numbers of their members in `members`.")
    sources: list[dict[str, Any]] = Field(description="Kinds of tie that can be asked for.")
    is_cut: bool = Field(description="The network is larger than a map draws; figures rest on all of it.")


@router.get("/networks/{network}/map", response=MapOut, operation_id="map_data", summary="What the map shows")
def whole(request: ApiRequest, network: str) -> dict[str, Any]:
    return map_data(request.actor, network_by_slug(request.actor, network))


class DerivedOut(Schema):
    """Ties of one source; derived ones are never part of the figures."""

    name: str
    label: str
    is_derived: bool
    ties: list[dict[str, Any]] = Field(description="Pairs of members, with what they share.")
    things: list[str] = Field(description="Two-mode: what members can have in common.")
    held: list[list[Any]] = Field(description="Two-mode: a member's id and the number of a thing that it has.")


@router.get("/networks/{network}/map/ties", response=DerivedOut, operation_id="map_ties",
            summary="Recorded or derived ties")  # fmt: skip
def ties(
    request: ApiRequest,
    network: str,
    source: Annotated[str, Query(description="Kind of tie, as `sources` of the map names it.")] = "relation",
    two_mode: Annotated[bool, Query(description="Members and what they share, instead of pairs of members.")] = False,
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return derived_data(request.actor, room, tie_source(source), two_mode=two_mode)


class WayMember(Schema):
    """A member on the way, and the relation by which it is reached."""

    id: UUID
    name: str
    relation_id: UUID | None
    kinds: list[str]
    compete: bool | None = Field(description="Whether the two also compete.")


class WayOut(Schema):
    """The shortest way between two members over relations."""

    is_there: bool
    length: int | None
    members: list[WayMember]


@router.get("/networks/{network}/members/{uuid:record_id}/way", response=WayOut, operation_id="way_between_members",
            summary="How one member reaches another")  # fmt: skip
def way(
    request: ApiRequest,
    network: str,
    record_id: UUID,
    to: Annotated[str, Query(description="Id or exact name of the other member.")],
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    one = record_named(request.actor, room, MEMBER, str(record_id))
    other = record_named(request.actor, room, MEMBER, to)
    return plain_way(one, way_between(request.actor, room, one, other))


@router.post("/networks/{network}/map/renew", response={202: JobOut}, operation_id="renew_map",
             summary="Work the picture out anew")  # fmt: skip
def renew(request: ApiRequest, network: str) -> Status[Any]:
    room = network_by_slug(request.actor, network)
    return Status(HTTPStatus.ACCEPTED, renew_picture(actor=request.actor, network=room))
