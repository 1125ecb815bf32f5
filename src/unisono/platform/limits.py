"""A request that is too large, or whose address no database can look for, is refused before any of it is read."""

import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

# Room for the other parts of a form around the largest file that may be handed in.
_AROUND_FILE_BYTES = 1024 * 1024


def _refusal(request: HttpRequest, status: int, title: str, problem: dict[str, str]) -> HttpResponse:
    if request.path.startswith("/api/"):
        body = {"title": title, "status": status, "problems": [problem]}
        return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")
    text = f"{problem['rule']} {problem['remedy']}"
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


class RequestSizeMiddleware:
    """Answers 413 to a body beyond the largest upload; one of unknown length is not read by Django at all.

    Answers 400 to an address with a null character: PostgreSQL knows no text that holds one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\x00" in query or "\x00" in request.path:
            problem = {
                "place": _("request"),
                "rule": _("Its address holds a null character."),
                "remedy": _("Take it out."),
            }
            return _refusal(request, 400, _("Not readable"), problem)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) <= settings.MAX_UPLOAD_BYTES + _AROUND_FILE_BYTES:
            return self.get_response(request)
        problem = {
            "place": _("request"),
            "rule": _("It is larger than %(limit)s MiB.") % {"limit": settings.MAX_UPLOAD_BYTES // (1024 * 1024)},
            "remedy": _("Split the file, or raise UNISONO_MAX_UPLOAD_MIB."),
        }
        return _refusal(request, 413, _("Too large"), problem)
