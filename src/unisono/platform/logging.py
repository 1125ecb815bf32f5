"""Structured logs: one JSON object a line, with request and workspace ids and no personal data."""

import json
import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from uuid_utils.compat import uuid7

from unisono.platform.scope import scoped_workspace_id

_request_id: ContextVar[str | None] = ContextVar("unisono_request", default=None)
_logger = logging.getLogger("unisono.request")
# Only these extras are ever written, so that no caller can leak a name or an address by accident.
_EXTRAS = (
    "method",
    "route",
    "status",
    "status_code",
    "duration_ms",
    "job_id",
    "job_kind",
    "number",
    "state",
    "workspace",
    # The key of an account: says nothing once the account is erased.
    "account",
)


# An address that a person visited: it may hold the secret of a sign-in link, or what somebody searched for.
_ADDRESS = re.compile(r"\S*/\S*")


def _message(record: logging.LogRecord) -> str:
    """The message; in those of the framework no address is left, neither of the request nor of where it came from."""
    message = record.getMessage()
    if record.name.split(".")[0] != "django":
        return message
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        # A path may hold blanks, so it goes as a whole first.
        for address in (request.get_full_path(), request.path):
            message = message.replace(address, "…/…")
    return _ADDRESS.sub("…", message)


def _route(record: logging.LogRecord) -> str | None:
    """The route of the request that a message of the framework is about."""
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    return match.route if match else None


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        if request_id := _request_id.get():
            entry["request"] = request_id
        if workspace_id := scoped_workspace_id():
            entry["workspace"] = str(workspace_id)
        if route := _route(record):
            entry["route"] = route
        for name in _EXTRAS:
            if (value := getattr(record, name, None)) is not None:
                entry[name] = value
        if record.exc_info and record.exc_info[0]:
            # The traceback names files and lines; the exception's text may hold what a person typed.
            frames = self.formatException(record.exc_info).splitlines()
            entry["exception"] = record.exc_info[0].__name__
            entry["traceback"] = [line.strip() for line in frames if line.lstrip().startswith("File ")]
        return json.dumps(entry, ensure_ascii=False)


class RequestLogMiddleware:
    """Gives every request an id and logs one line when it is answered, by route rather than by path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid7())
        token = _request_id.set(request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            match = request.resolver_match
            refused = 400 <= response.status_code < 500
            actor = getattr(request, "actor", None) if refused else None
            _logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": match.route if match else None,
                    "status": response.status_code,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                    "workspace": str(getattr(request, "workspace_id", "") or "") or None,
                    "account": str(actor.user_id) if actor and actor.user_id else None,
                },
            )
            response["X-Request-Id"] = request_id
            return response
        finally:
            _request_id.reset(token)
