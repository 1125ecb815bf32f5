"""Endpoints of the activities area: who takes part in what, and who has fallen silent."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.areas.activities.actions import add_participants, mark_participations
from unisono.areas.activities.kinds import GATHERING, INITIATIVE
from unisono.areas.activities.queries import edge_of, standings_of
from unisono.areas.activities.queries.plain import plain_part, plain_standing
from unisono.areas.network.kinds import Kind
from unisono.areas.network.queries import network_by_slug, page_of

router = Router(tags=["Gatherings and initiatives"])


class ContactOut(Schema):
    """The last contact with a member."""

    on: date
    kind: str = Field(description="What tells of it: gathering, initiative, note or need.")
    record_id: UUID | None
    title: str


class NeedOut(Schema):
    """A need that is still open."""

    id: UUID
    statement: str


class StandingOut(Schema):
    """How a member stands."""

    member: UUID
    name: str
    last_contact: ContactOut | None
    months_since: int | None = Field(description="Whole months since the last contact; null where there was none.")
    gatherings: int = Field(description="Gatherings it was at in the last 12 months.")
    gatherings_before: int = Field(description="Gatherings it was at in the 12 months before those.")
    open_needs: list[NeedOut]
    reason: str = Field(description="Why to look at this member, in one sentence.")


class StandingList(Schema):
    """Members at the edge, longest silent first."""

    items: list[StandingOut]
    total: int
    page: int
    pages: int


class ParticipantsIn(Schema):
    """Members to add."""

    memberships: list[str] = Field(description="Ids or exact names of members; those that are in it stay as they are.")
    state: str = Field("invited", description="invited, signed_up, attended or no_show.")


class AttendanceIn(Schema):
    """What became of some parts."""

    participations: list[UUID]
    state: str = Field(description="invited, signed_up, attended or no_show.")


class PartOut(Schema):
    """A member's part."""

    id: UUID
    membership: UUID
    name: str
    state: str


class PartList(Schema):
    """Parts that were added or changed."""

    items: list[PartOut]


@router.get(
    "/networks/{network}/silent",
    response=StandingList,
    operation_id="list_silent_members",
    summary="List members that are silent or only attend",
)
def list_silent(
    request: ApiRequest,
    network: str,
    which: Annotated[
        Literal["silent", "attend_only"],
        Query(
            description="silent: no contact for as long as the network says; attend_only: come, ask and give nothing."
        ),
    ] = "silent",
    page: Annotated[int, Query(ge=1, le=10_000, description="Which page, from 1.")] = 1,
    limit: Annotated[int, Query(ge=1, le=200, description="Members on a page.")] = 50,
) -> dict[str, Any]:
    room = network_by_slug(request.actor, network)
    found = page_of(edge_of(request.actor, room, which), number=page, per_page=limit)
    standings = standings_of(request.actor, room, found.rows)
    return {
        "items": [plain_standing(standings[member.pk]) for member in found.rows],
        "total": found.total,
        "page": found.number,
        "pages": found.pages,
    }


def _routes(kind: Kind) -> None:
    def add(request: ApiRequest, network: str, record_id: UUID, body: ParticipantsIn) -> Status[Any]:
        room = network_by_slug(request.actor, network)
        added = add_participants(
            actor=request.actor, network=room, kind=kind.name, record_id=record_id, memberships=body.memberships,
            state=body.state,
        )  # fmt: skip
        return Status(HTTPStatus.CREATED, {"items": [plain_part(part) for part in added]})

    def mark(request: ApiRequest, network: str, record_id: UUID, body: AttendanceIn) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        marked = mark_participations(
            actor=request.actor, network=room, kind=kind.name, record_id=record_id,
            participations=body.participations, state=body.state,
        )  # fmt: skip
        return {"items": [plain_part(part) for part in marked]}

    single = f"/networks/{{network}}/{kind.plural}/{{uuid:record_id}}"
    label = str(kind.label).lower()
    post: Callable[..., Any] = router.post
    post(f"{single}/participants", response={201: PartList}, operation_id=f"add_participants_of_{kind.name}",
         summary=f"Add members: {label}")(add)  # fmt: skip
    post(f"{single}/attendance", response=PartList, operation_id=f"mark_participants_of_{kind.name}",
         summary=f"Note who was there: {label}")(mark)  # fmt: skip


for _kind in (GATHERING, INITIATIVE):
    _routes(_kind)
