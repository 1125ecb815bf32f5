"""The headers that keep a page to its own scripts, styles and origin, and keep it out of caches."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

POLICY: dict[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
PERMISSIONS = ", ".join(
    f"{feature}=()" for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)


def policy_for(path: str) -> str:
    """The policy as one header; CSP_PATH_ADDITIONS = {"/path/": {"style-src": "…"}} adds sources below a path."""
    policy = dict(POLICY)
    for prefix, additions in getattr(settings, "CSP_PATH_ADDITIONS", {}).items():
        if path.startswith(prefix):
            for directive, sources in additions.items():
                policy[directive] = f"{policy.get(directive, '')} {sources}".strip()
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


class MessageCookie(CookieStorage):
    """Messages that wait for the next page, in a cookie of this very host."""

    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class MessageStorage(FallbackStorage):
    """Messages in that cookie; what is too long for it in the session."""

    storage_classes = (MessageCookie, SessionStorage)


class ContentSecurityPolicyMiddleware:
    """Sets the strict policy on every answer that has none of its own; no cache keeps what does not say it may."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # TRACE would give back what a browser sent, cookies too.
        known = request.method != "TRACE"
        response = self.get_response(request) if known else HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Content-Security-Policy", policy_for(request.path))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
