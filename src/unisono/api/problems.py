"""Errors as problem details (RFC 9457): every answer that is no success has the same shape."""

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.errors import ValidationError as ParameterError

from unisono.platform.errors import (
    Conflict,
    Infeasible,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    UseCaseError,
)

CONTENT_TYPE = "application/problem+json"
PREFIX = "/api/"


class PreconditionFailed(Conflict):
    """The record is not as the request assumes it to be: status 412."""


_STATUS: dict[type[UseCaseError], HTTPStatus] = {
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Infeasible: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
}


def status_of(error: UseCaseError) -> HTTPStatus:
    """The status that an error of a use case is answered with."""
    return next(status for kind, status in _STATUS.items() if isinstance(error, kind))


def problem_response(status: int, problems: Sequence[Problem]) -> HttpResponse:
    """An answer that says what is wrong, where, and how to mend it."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": str(problems[0]) if problems else HTTPStatus(status).phrase,
        "problems": [problem.as_dict() for problem in problems],
    }
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=int(status), content_type=CONTENT_TYPE)


def _parameter_problem(error: dict[str, object]) -> Problem:
    """A message of the parameter parser, said as every other problem is."""
    location = error.get("loc")
    parts = [str(part) for part in location] if isinstance(location, (list, tuple)) else []
    # ("query", "filters", "limit"): only the last one is a word that the caller wrote.
    place = parts[-1] if len(parts) > 1 else (parts[0] if parts else "request")
    if error.get("type") == "missing":
        return Problem(place, _("A value is needed."), _("Send it."))
    return Problem(place, f"{error.get('msg')}.".replace("..", "."), _("See /api/v1/docs for what is expected."))


def register(api: NinjaAPI) -> None:
    """Map the errors of use cases, of parameters and of the framework, once for all endpoints."""

    def use_case(request: HttpRequest, error: UseCaseError) -> HttpResponse:
        return problem_response(status_of(error), error.problems)

    def parameters(request: HttpRequest, error: ParameterError) -> HttpResponse:
        return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, [_parameter_problem(e) for e in error.errors])

    def framework(request: HttpRequest, error: HttpError) -> HttpResponse:
        return _for_status(error.status_code, request)

    api.add_exception_handler(UseCaseError, use_case)  # type: ignore[arg-type]
    api.add_exception_handler(ParameterError, parameters)  # type: ignore[arg-type]
    api.add_exception_handler(HttpError, framework)  # type: ignore[arg-type]


def _for_status(status: int, request: HttpRequest) -> HttpResponse:
    """Problem details for an answer of the framework, by its status alone."""
    method, path = request.method or "", request.path
    known = {
        400: Problem(_("request"), _("The request cannot be read."), _("Send valid JSON in UTF-8.")),
        401: Problem(
            "Authorization",
            _("A valid token is needed."),
            _("Send “Authorization: Bearer uni_…”; tokens are made in the settings or by “unisono token create”."),
        ),
        403: Problem(_("request"), _("This is not allowed."), _("Ask an owner of the workspace.")),
        404: Problem(path, _("There is nothing at this address."), _("See /api/v1/docs for all addresses.")),
        405: Problem(
            method, _("This address does not take %(m)s.") % {"m": method}, _("See /api/v1/docs for what it takes.")
        ),
        413: Problem(_("request"), _("The request is too large."), _("Send less at once.")),
    }
    fault = Problem(
        _("server"),
        _("A fault in the program stopped this request; nothing was saved."),
        _("Try again; if it fails again, tell the operator the X-Request-Id of this answer."),
    )
    answer = problem_response(status, [known.get(status, fault)])
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="unisono"'
    return answer


class ProblemDetailsMiddleware:
    """Below /api/, turns what the framework itself answers (unknown address, method, fault) into problem details."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path.startswith(PREFIX) or response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        answer = _for_status(response.status_code, request)
        if not isinstance(response, HttpResponse):
            return answer
        # The headers that other middleware set stay.
        response.content = answer.content
        for name, value in answer.items():
            response[name] = value
        response.headers.pop("Content-Length", None)
        return response
