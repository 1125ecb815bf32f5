"""Whether the process lives and whether it may take requests, for whatever watches over it."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from unisono.platform.health import readiness


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, tables and data folder are as this version needs them: 200, otherwise 503 with what is not."""
    problems = readiness()
    if not problems:
        return JsonResponse({"status": "ok"})
    # Paths and versions are the operator's business: “unisono doctor” tells them.
    return JsonResponse({"status": "not ready", "failing": [check.name for check in problems]}, status=503)
