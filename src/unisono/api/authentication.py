"""Who calls: a bearer token opens its workspace's scope around the request and says what may be done."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.security import HttpBearer

from unisono.platform.accounts import actor_of_token
from unisono.platform.actor import Actor
from unisono.platform.models import Token
from unisono.platform.tenancy import workspace_scope

View = Callable[..., HttpResponseBase]


class ApiRequest(HttpRequest):
    """A request of a known caller."""

    actor: Actor
    token: Token


class BearerToken(HttpBearer):
    """Lets through whom `with_caller` has recognised; here so that OpenAPI names the scheme."""

    openapi_bearerFormat = "uni_…"

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return getattr(request, "actor", None)


def _secret_of(request: HttpRequest) -> str:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def with_caller(view: View) -> View:
    """Recognise the token and open the scope of its workspace around the whole of the request."""

    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        secret = _secret_of(request)
        found = actor_of_token(secret) if secret else None
        if found is None:
            return view(request, *args, **kwargs)
        request.actor, request.token = found
        request.workspace_id = request.actor.workspace_id
        with workspace_scope(request.actor.workspace_id):
            return view(request, *args, **kwargs)

    return inner
