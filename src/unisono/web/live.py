"""The address of a live link: a network as JSON for other tools, for whoever holds the link, to read and no more."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from unisono.areas.network.live_links import TooOftenError, count_use, link_of, reading_of
from unisono.platform.downloads import in_scope
from unisono.platform.errors import NotFound, Problem, UseCaseError
from unisono.platform.tenancy import workspace_scope

# Any tool may read it from any site: no cookie opens it, only the secret in the address.
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    "Access-Control-Max-Age": "86400",
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def _refused(status: int, *problems: Problem, **headers: str) -> JsonResponse:
    content = {"problems": [problem.as_dict() for problem in problems]}
    return JsonResponse(content, status=status, headers={**_HEADERS, **headers})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "OPTIONS"])
def live(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The members and ties of a link as Kumu's JSON; 304 where nothing has changed since the last time."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=_HEADERS)
    try:
        link, workspace_id = link_of(secret)
    except NotFound as error:
        return _refused(404, *error.problems)
    with workspace_scope(workspace_id):
        try:
            count_use(link)
            reading = reading_of(link)
        except TooOftenError as error:
            problem = Problem(_("link"), _("It is read too often."), _("Read it once a minute."))
            return _refused(429, problem, **{"Retry-After": str(error.seconds)})
        except UseCaseError as error:
            return _refused(422, *error.problems)
        # By its mark alone: the latest change of what is left says nothing of a member that was taken out.
        known = get_conditional_response(request, etag=reading.etag)
    headers = {**_HEADERS, "ETag": reading.etag}
    if known is not None and known.status_code == 304:
        return HttpResponseNotModified(headers=headers)
    if request.method == "HEAD":
        return HttpResponse(content_type="application/json", headers=headers)
    content = in_scope(workspace_id, reading.content)
    return StreamingHttpResponse(content, content_type="application/json", headers=headers)
