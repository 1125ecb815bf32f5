"""A request that is too large is refused before any of it is read."""

import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

# Room for the other parts of a form around the largest file that may be handed in.
_AROUND_FILE_BYTES = 1024 * 1024


class RequestSizeMiddleware:
    """Answers 413 to a body beyond the largest upload; one of unknown length is not read by Django at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) <= settings.MAX_UPLOAD_BYTES + _AROUND_FILE_BYTES:
            return self.get_response(request)
        problem = {
            "place": _("request"),
            "rule": _("It is larger than %(limit)s MiB.") % {"limit": settings.MAX_UPLOAD_BYTES // (1024 * 1024)},
            "remedy": _("Split the file, or raise UNISONO_MAX_UPLOAD_MIB."),
        }
        if request.path.startswith("/api/"):
            body = {"title": _("Too large"), "status": 413, "problems": [problem]}
            return HttpResponse(json.dumps(body), status=413, content_type="application/problem+json")
        text = f"{problem['rule']} {problem['remedy']}"
        return HttpResponse(text, status=413, content_type="text/plain; charset=utf-8")
