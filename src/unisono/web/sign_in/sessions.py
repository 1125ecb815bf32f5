"""One's own sessions: which device, when it was last seen, and ending them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse

from unisono.platform.models import User

SEEN = "seen"
# So often at most a session's row is written.
_EVERY = timedelta(minutes=5)


class LastSeenMiddleware:
    """Notes, every few minutes, when and from where a session was last used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/") and isinstance(request.user, User):
            now = datetime.now(UTC).timestamp()
            # Signing in sets the first moment, see the adapter.
            if now - request.session.get(SEEN, now) > _EVERY.total_seconds():
                UserSession.objects.create_from_request(request)
                request.session[SEEN] = now
        return self.get_response(request)
