"""Endpoints of the caller: who it is, its tokens, its jobs."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field

from unisono.api.authentication import ApiRequest
from unisono.api.schemas import ProblemOut
from unisono.areas.network.queries import networks_of
from unisono.platform.accounts import revoke_token, tokens_of
from unisono.platform.jobs import cancel, job_of, jobs_of
from unisono.platform.models import Job, Token
from unisono.platform.policies import check_may_write_own
from unisono.platform.sessions import end_session, sessions_of

router = Router(tags=["You"])


class WorkspaceOut(Schema):
    """The workspace that the token is good for."""

    id: UUID
    name: str
    slug: str


class Me(Schema):
    """Who the token speaks for and what it may do."""

    id: UUID
    name: str
    email: str
    workspace: WorkspaceOut
    roles: list[str] = Field(description="Roles in the whole workspace.")
    scopes: list[str] = Field(description="What this token may be used for.")
    networks: list[str] = Field(description="Short names of the networks that can be seen.")


@router.get("/me", response=Me, operation_id="me", summary="Who am I")
def me(request: ApiRequest) -> dict[str, Any]:
    user, workspace = request.token.user, request.token.workspace
    return {
        "id": user.pk,
        "name": user.name,
        "email": user.email,
        "workspace": {"id": workspace.pk, "name": workspace.name, "slug": workspace.slug},
        "roles": sorted(request.actor.roles.get(None, ())),
        "scopes": request.token.scopes,
        "networks": [network.slug for network in networks_of(request.actor)],
    }


class TokenOut(Schema):
    """A token; its secret was shown when it was made and is kept nowhere."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenList(Schema):
    """The caller's tokens, newest first."""

    items: list[TokenOut]


@router.get("/tokens", response=TokenList, operation_id="list_tokens", summary="List your tokens")
def list_tokens(request: ApiRequest) -> dict[str, list[Token]]:
    return {"items": tokens_of(request.actor)}


@router.delete("/tokens/{uuid:token_id}", response={204: None}, operation_id="revoke_token", summary="Revoke a token")
def delete_token(request: ApiRequest, token_id: UUID) -> Status[None]:
    revoke_token(actor=request.actor, token_id=token_id, itself=token_id == request.token.pk)
    return Status(HTTPStatus.NO_CONTENT, None)


class SessionOut(Schema):
    """A browser in which the caller is signed in."""

    id: int
    device: str
    ip: str
    begun_at: datetime
    last_seen_at: datetime


class SessionList(Schema):
    """The caller's sessions, those seen last first."""

    items: list[SessionOut]


@router.get("/sessions", response=SessionList, operation_id="list_sessions", summary="List your sessions")
def list_sessions(request: ApiRequest) -> dict[str, Any]:
    return {"items": sessions_of(request.token.user)}


@router.delete("/sessions/{int:session_id}", response={204: None}, operation_id="end_session", summary="End a session")
def delete_session(request: ApiRequest, session_id: int) -> Status[None]:
    check_may_write_own(request.actor)
    end_session(user_id=request.actor.user_id, session_id=session_id)
    return Status(HTTPStatus.NO_CONTENT, None)


class JobOut(Schema):
    """Work done in the background."""

    id: UUID
    kind: str
    state: str = Field(description="waiting, running, done, failed or cancelled.")
    done: int
    total: int | None
    percent: int | None
    result: dict[str, Any]
    problems: list[ProblemOut]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class JobList(Schema):
    """Jobs that the caller started, newest first."""

    items: list[JobOut]


@router.get("/jobs", response=JobList, operation_id="list_jobs", summary="List your jobs")
def list_jobs(request: ApiRequest) -> dict[str, list[Job]]:
    return {"items": jobs_of(request.actor)}


@router.get("/jobs/{uuid:job_id}", response=JobOut, operation_id="get_job", summary="Get a job")
def show_job(request: ApiRequest, job_id: UUID) -> Job:
    return job_of(request.actor, job_id)


@router.post("/jobs/{uuid:job_id}/cancel", response=JobOut, operation_id="cancel_job", summary="Stop a job")
def cancel_job(request: ApiRequest, job_id: UUID) -> Job:
    cancel(actor=request.actor, job_id=job_id)
    return job_of(request.actor, job_id)
