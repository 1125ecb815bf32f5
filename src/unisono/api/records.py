"""Endpoints of every kind of record, made in one loop from the declaration."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field, create_model

from unisono.api import schemas
from unisono.api.authentication import ApiRequest
from unisono.api.pagination import DEFAULT_LIMIT, MAX_LIMIT, CursorPage, cursor_page
from unisono.api.problems import PreconditionFailed
from unisono.api.streaming import file_response
from unisono.areas.network import actions, policies
from unisono.areas.network.derived import columns_reckoned
from unisono.areas.network.exporting import export, formats_of
from unisono.areas.network.hiding import readers_of
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, PERSON, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries import fields_for, get_record, network_by_slug, select
from unisono.areas.network.queries.lists import filters_of_kind
from unisono.areas.network.queries.plain import plain_record, plain_records
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, Problem
from unisono.platform.fields import Field as RecordField
from unisono.platform.fields import FieldError

_LIST_WORDS = frozenset({"q", "sort", "archived", "cursor", "limit", "state", "format", "columns"})

NetworkSlug = Annotated[str, Field(description="Short name of the network, as in its address.")]


def typed(function: Callable[..., Any], **types: Any) -> Callable[..., Any]:
    """`function` with the annotations that are only known at run time."""
    function.__annotations__ |= types
    return function


def etag_of(kind: Kind, record: Any) -> str:
    """What changes whenever the record does; a member changes with its organisation."""
    parts = [record, record.organization] if kind is MEMBER else [record]
    return '"' + ".".join(f"{int(part.updated_at.timestamp() * 1_000_000):x}" for part in parts) + '"'


def _columns_said(kind: Kind) -> str:
    names = [f.name for f in kind.fields] + list(columns_reckoned(kind.name))
    return f"Names of columns with commas between, custom fields too; all by default. Of: {', '.join(names)}."


def _query(model: type[Schema]) -> Any:
    """The annotation of a parameter that gathers the whole query string."""
    return Annotated[model, Query()]


def list_parameters(kind: Kind, *, paged: bool) -> type[Schema]:
    """Query parameters of a list: words, filters, order, and with `paged` which page."""
    members: dict[str, Any] = {
        "q": (
            str,
            Field("", description="Words that the records contain, from the start of each; accents are folded."),
        ),
        "sort": (str, Field("", description=f"One of: {', '.join(kind.sortable)}; “-” before it turns it round.")),
        "archived": (bool, Field(False, description="The records that were put away instead of those in use.")),
    }
    if paged:
        members |= {
            "cursor": (str, Field("", description="Which page: taken from “next” of the page before.")),
            "limit": (int, Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Records on a page.")),
        }
    if kind.has_states:
        members["state"] = (list[str], Field([], description=f"Only in these states: {', '.join(kind.states)}."))
    for field in kind.filters:
        members[field.name] = (
            list[str],
            Field([], description=f"Only with one of these values. {schemas.described(field)}"),
        )
    model: type[Schema] = create_model(f"{kind.model.__name__}{'Page' if paged else 'Export'}Parameters",
                                       __base__=Schema, **members)  # fmt: skip
    return model


def _filters(request: ApiRequest, network: Network, kind: Kind) -> dict[str, list[str]]:
    """Filters of a request, custom fields' too; an unknown name or value is a problem, never silently nothing."""
    known: dict[str, RecordField] = filters_of_kind(kind, fields_for(request.actor, network, kind))
    problems: list[Problem] = []
    filters: dict[str, list[str]] = {}
    for name in request.GET:
        values = request.GET.getlist(name)
        if name == "state" and kind.has_states:
            problems += [
                Problem(name, _("“%(v)s” is none of the states.") % {"v": value},
                        _("Use some of: %(s)s.") % {"s": ", ".join(kind.states)})
                for value in values if value not in kind.states
            ]  # fmt: skip
            filters[name] = values
        elif name in _LIST_WORDS:
            continue
        elif name in known:
            for value in values:
                try:
                    known[name].parse(value or None)
                except FieldError as error:
                    problems.append(Problem(name, error.rule, error.remedy))
            filters[name] = values
        else:
            names = ", ".join(sorted({*known, *_LIST_WORDS}))
            problems.append(Problem(name, _("There is no such parameter."), _("Use some of: %(n)s.") % {"n": names}))
    if problems:
        raise Invalid.of(problems)
    return filters


def _sort(kind: Kind, sort: str) -> str:
    if sort and sort.removeprefix("-") not in (names := kind.sortable):
        raise Invalid.at(
            "sort", _("The list cannot be sorted by this."), _("Use one of: %(n)s.") % {"n": ", ".join(names)}
        )
    return sort


def _next_address(request: HttpRequest, page: CursorPage) -> str | None:
    if page.next is None:
        return None
    parameters = request.GET.copy()
    parameters["cursor"] = page.next
    return f"{request.path}?{urlencode([(name, v) for name, values in parameters.lists() for v in values])}"


def _routes(kind: Kind) -> Router:
    router = Router(tags=[str(kind.label_plural)])
    out = schemas.record_output(kind)
    one, many = kind.name, kind.plural

    def answer(actor: Actor, response: HttpResponse, room: Network, record: Any) -> dict[str, Any]:
        response["ETag"] = etag_of(kind, record)
        return plain_record(actor, room, kind, record)

    def list_records(request: ApiRequest, response: HttpResponse, network: str, parameters: Any) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        records = select(
            request.actor, room, kind, query=parameters.q, filters=_filters(request, room, kind),
            sort=_sort(kind, parameters.sort), archived=parameters.archived,
        )  # fmt: skip
        page = cursor_page(records, cursor=parameters.cursor, limit=parameters.limit)
        address = _next_address(request, page)
        if address:
            response["Link"] = f'<{address}>; rel="next"'
        return {"items": plain_records(request.actor, room, kind, page.rows), "next": address}

    def export_records(
        request: ApiRequest, network: str, parameters: Any, format: str = "csv", columns: str = ""
    ) -> StreamingHttpResponse:
        room = network_by_slug(request.actor, network)
        return file_response(
            request.actor,
            export(
                request.actor, room, kind, format=format, query=parameters.q,
                filters=_filters(request, room, kind), sort=_sort(kind, parameters.sort),
                archived=parameters.archived, columns=[name for name in columns.split(",") if name],
            ),
        )  # fmt: skip

    def add(request: ApiRequest, response: HttpResponse, network: str, body: Any) -> Status[Any]:
        room = network_by_slug(request.actor, network)
        values = schemas.values_from(body, but=("state", "organization_id", "same_name"))
        if kind is MEMBER:
            record: Any = actions.add_member(
                actor=request.actor, network=room, values=values, organization_id=body.organization_id,
                state=body.state or "active", same_name=body.same_name,
            )  # fmt: skip
        else:
            state = body.state if kind.has_states else None
            record = actions.add_record(actor=request.actor, network=room, kind=kind, values=values, state=state)
        record = get_record(request.actor, room, kind, record.pk)
        response["Location"] = f"{request.path}/{record.pk}"
        return Status(HTTPStatus.CREATED, answer(request.actor, response, room, record))

    def show(request: ApiRequest, response: HttpResponse, network: str, record_id: UUID) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        return answer(request.actor, response, room, get_record(request.actor, room, kind, record_id))

    def change(request: ApiRequest, response: HttpResponse, network: str, record_id: UUID, body: Any) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        seen_at = None
        if expected := request.headers.get("If-Match"):
            present = get_record(request.actor, room, kind, record_id)
            if expected != "*" and etag_of(kind, present) not in [tag.strip() for tag in expected.split(",")]:
                raise PreconditionFailed.at(
                    "If-Match",
                    _("The record was changed since."),
                    _("Get it again, look at the new values, then send your change with its new ETag."),
                )
            # Between this look and the change below somebody else may be faster: then the use case refuses.
            seen_at = kind.touched_at(present)
        record = actions.edit_record(
            actor=request.actor, network=room, kind=kind, record_id=record_id,
            values=schemas.values_from(body), seen_at=seen_at,
        )  # fmt: skip
        return answer(request.actor, response, room, record)

    def move(
        request: ApiRequest, response: HttpResponse, network: str, record_id: UUID, body: schemas.StateIn
    ) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        actions.change_state(
            actor=request.actor, network=room, kind=kind, record_id=record_id, state=body.state, reason=body.reason
        )
        return answer(request.actor, response, room, get_record(request.actor, room, kind, record_id))

    def put_away(request: ApiRequest, response: HttpResponse, network: str, record_id: UUID) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        actions.archive_record(actor=request.actor, network=room, kind=kind, record_id=record_id)
        return answer(request.actor, response, room, get_record(request.actor, room, kind, record_id))

    def bring_back(request: ApiRequest, response: HttpResponse, network: str, record_id: UUID) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        actions.restore_record(actor=request.actor, network=room, kind=kind, record_id=record_id)
        return answer(request.actor, response, room, get_record(request.actor, room, kind, record_id))

    base, single = f"/networks/{{network}}/{many}", f"/networks/{{network}}/{many}/{{uuid:record_id}}"
    label, plural = str(kind.label).lower(), str(kind.label_plural).lower()
    router.get(base, response=schemas.page_output(kind, out), operation_id=f"list_{many}", summary=f"List {plural}")(
        typed(list_records, parameters=_query(list_parameters(kind, paged=True)))
    )
    router.get(
        f"{base}/export",
        operation_id=f"export_{many}",
        summary=f"Export {plural} as a file",
        openapi_extra={"responses": {200: {"content": {
            name: {} for name in dict.fromkeys(type.partition(";")[0] for type in formats_of(kind).values())
        }}}},
    )(typed(
        export_records,
        parameters=_query(list_parameters(kind, paged=False)),
        format=Annotated[str, Query(description=f"One of: {', '.join(formats_of(kind))}.")],
        columns=Annotated[str, Query(description=_columns_said(kind))],
    ))  # fmt: skip
    router.post(base, response={201: out}, operation_id=f"add_{one}", summary=f"Add: {label}")(
        typed(add, body=schemas.record_input(kind, partial=False))
    )
    router.get(single, response=out, operation_id=f"get_{one}", summary=f"Get: {label}")(show)
    router.patch(single, response=out, operation_id=f"edit_{one}", summary=f"Change fields: {label}")(
        typed(change, body=schemas.record_input(kind, partial=True))
    )
    if kind.has_states:
        router.post(f"{single}/state", response=out, operation_id=f"change_state_of_{one}",
                    summary=f"Move to another state: {label}")(move)  # fmt: skip
    router.post(f"{single}/archive", response=out, operation_id=f"archive_{one}", summary=f"Put away: {label}")(
        put_away
    )
    router.post(f"{single}/restore", response=out, operation_id=f"restore_{one}", summary=f"Bring back: {label}")(
        bring_back
    )
    if kind is ORGANIZATION:
        _add_merging(router, single, out)
    if kind is PERSON:
        _add_handing_over(router, single, out)
    if kind.choosable:
        _add_readers(router, kind, single)
    return router


class HandOverIn(Schema):
    """Who takes over from somebody who leaves."""

    successor: UUID | None = Field(description="Id of the person who acts from now on; null for nobody.")


def _add_handing_over(router: Router, single: str, out: type[Schema]) -> None:
    def pass_on(
        request: ApiRequest, response: HttpResponse, network: str, record_id: UUID, body: HandOverIn
    ) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        done = actions.hand_over(actor=request.actor, network=room, person_id=record_id, successor_id=body.successor)
        response["ETag"] = etag_of(PERSON, done.person)
        return plain_record(request.actor, room, PERSON, done.person)

    router.post(f"{single}/hand-over", response=out, operation_id="hand_over_mandate",
                summary="Somebody leaves: pass on whom they act for")(pass_on)  # fmt: skip


class Readers(Schema):
    """Who reads which field."""

    readers: dict[str, str] = Field(
        description="Name of a field to who reads it: public, network, or parties (the firm and the network's team)."
    )


def _add_readers(router: Router, kind: Kind, single: str) -> None:
    label = str(kind.label).lower()

    def show(request: ApiRequest, network: str, record_id: UUID) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        record = get_record(request.actor, room, kind, record_id)
        policies.check_can_edit_record(request.actor, room, kind, record)
        return {"readers": readers_of(kind, record)}

    def choose(request: ApiRequest, network: str, record_id: UUID, body: Readers) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        record = actions.choose_readers(
            actor=request.actor, network=room, kind=kind, record_id=record_id, readers=body.readers
        )
        return {"readers": readers_of(kind, record)}

    router.get(f"{single}/readers", response=Readers, operation_id=f"get_readers_of_{kind.name}",
               summary=f"Who reads which field: {label}")(show)  # fmt: skip
    router.patch(f"{single}/readers", response=Readers, operation_id=f"choose_readers_of_{kind.name}",
                 summary=f"Choose who reads which field: {label}")(choose)  # fmt: skip


class MergeIn(Schema):
    """Which organisation is taken in."""

    absorb: UUID = Field(description="Id of the organisation that is the same; it ends, and what hung on it moves.")
    take: list[str] = Field([], description="Fields of which the value of the one that goes is kept.")


def _add_merging(router: Router, single: str, out: type[Schema]) -> None:
    def merge(
        request: ApiRequest, response: HttpResponse, network: str, record_id: UUID, body: MergeIn
    ) -> dict[str, Any]:
        room = network_by_slug(request.actor, network)
        actions.merge_organizations(
            actor=request.actor, network=room, keep_id=record_id, absorb_id=body.absorb, take=body.take
        )
        record = get_record(request.actor, room, ORGANIZATION, record_id)
        response["ETag"] = etag_of(ORGANIZATION, record)
        return plain_record(request.actor, room, ORGANIZATION, record)

    router.post(f"{single}/merge", response=out, operation_id="merge_organizations",
                summary="Make one organisation of two")(merge)  # fmt: skip


routers: list[Router] = [_routes(kind) for kind in KINDS.values()]
