"""Endpoints of duplicates: look for them, list them, decide about a pair, take a merge back."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field

from unisono.api.account import JobOut
from unisono.api.authentication import ApiRequest
from unisono.areas.network import duplicates
from unisono.areas.network.actions import unmerge_organizations
from unisono.areas.network.duplicates.plain import plain_merge, plain_merges, plain_pair
from unisono.areas.network.queries import network_by_slug
from unisono.areas.network.queries.merges import merges_of
from unisono.platform.models import Job

router = Router(tags=["Duplicates"])


class OrganizationRef(Schema):
    """An organisation by id and name."""

    id: UUID
    name: str


class PairedOrganization(OrganizationRef):
    """One of a pair."""

    network: str | None = Field(description="Another network, whose records one may change too; null: this one.")


class PairOut(Schema):
    """Two organisations that are probably one."""

    id: UUID
    organizations: list[PairedOrganization]
    score: float = Field(description="From 0 to 1: how likely it is one organisation.")
    reasons: list[str] = Field(description="What speaks for it, weightiest first.")
    against: list[str] = Field(description="What speaks against it.")
    state: str = Field(description="open, same or different.")
    decided_by: str
    decided_at: datetime | None
    found_at: datetime


class PairPage(Schema):
    """One page of pairs, the likeliest first."""

    items: list[PairOut]
    total: int
    page: int
    pages: int


class DecisionIn(Schema):
    """What a person decided."""

    decision: str = Field(description="same, different, or open to ask once more.")
    keep: UUID | None = Field(None, description="With “same”: id of the organisation that stays.")
    take: list[str] = Field([], description="Fields of which the value of the one that goes is kept, such as name.")


class MergeOut(Schema):
    """Two organisations that became one."""

    id: UUID
    kept: OrganizationRef
    absorbed: OrganizationRef
    merged_at: datetime
    merged_by: str
    undone_at: datetime | None
    undone_by: str
    left: list[dict[str, str]] = Field(
        description="What was changed since and stayed when it was taken back, by names one may read."
    )


class MergeList(Schema):
    """Merges, the latest first."""

    items: list[MergeOut]


@router.get(
    "/networks/{network}/duplicates", response=PairPage, operation_id="list_duplicates",
    summary="List pairs that are probably one organisation",
)  # fmt: skip
def list_duplicates(
    request: ApiRequest,
    network: str,
    state: Annotated[str, Query(description="open, same or different.")] = "open",
    page: Annotated[int, Query(ge=1, le=1_000_000, description="Number of the page.")] = 1,
    per_page: Annotated[int, Query(ge=1, le=200, description="Pairs a page.")] = 50,
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    found = duplicates.pairs_of(request.actor, room, state=state, number=page, per_page=per_page)
    elsewhere = duplicates.elsewhere_of(request.actor, room, found.rows)
    items = [plain_pair(pair, elsewhere) for pair in found.rows]
    return {"items": items, "total": found.total, "page": found.number, "pages": found.pages}


@router.post(
    "/networks/{network}/duplicates/find", response={202: JobOut}, operation_id="find_duplicates",
    summary="Look for duplicates",
)  # fmt: skip
def find_duplicates(request: ApiRequest, network: str) -> Status[Job]:
    room = network_by_slug(request.actor, network)
    return Status(HTTPStatus.ACCEPTED, duplicates.find_duplicates(actor=request.actor, network=room))


@router.post(
    "/networks/{network}/duplicates/{uuid:pair_id}/decide", response=PairOut, operation_id="decide_duplicate",
    summary="Decide about a pair",
)  # fmt: skip
def decide_duplicate(request: ApiRequest, network: str, pair_id: UUID, body: DecisionIn) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    pair = duplicates.decide_duplicate(
        actor=request.actor, network=room, pair_id=pair_id, decision=body.decision, keep_id=body.keep, take=body.take
    )
    return plain_pair(pair, duplicates.elsewhere_of(request.actor, room, [pair]))


@router.get("/networks/{network}/merges", response=MergeList, operation_id="list_merges", summary="List merges")
def list_merges(request: ApiRequest, network: str) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    return {"items": plain_merges(request.actor, room, merges_of(request.actor, room))}


@router.post(
    "/networks/{network}/merges/{uuid:merge_id}/undo", response=MergeOut, operation_id="undo_merge",
    summary="Take a merge back",
)  # fmt: skip
def undo_merge(request: ApiRequest, network: str, merge_id: UUID) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    merge = unmerge_organizations(actor=request.actor, network=room, merge_id=merge_id)
    return plain_merge(request.actor, room, merge)
