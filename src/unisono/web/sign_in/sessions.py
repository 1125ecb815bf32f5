"""One's own sessions: which device, when it was last seen, and ending them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from unisono.platform.errors import NotFound
from unisono.platform.models import User
from unisono.platform.sessions import end_session, end_sessions, sessions_of

SEEN = "seen"
# When the session began.
SINCE = "since"
# So often at most a session's row is written.
_EVERY = timedelta(minutes=5)


class LastSeenMiddleware:
    """Notes, every few minutes, when and from where a session was last used; ends one that has lasted too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/") and isinstance(request.user, User):
            now = datetime.now(UTC).timestamp()
            if now - request.session.get(SINCE, now) > settings.SESSION_LONGEST_SECONDS:
                logout(request)
                return self.get_response(request)
            # Signing in sets the first moment, see the adapter.
            if now - request.session.get(SEEN, now) > _EVERY.total_seconds():
                UserSession.objects.create_from_request(request)
                request.session[SEEN] = now
        return self.get_response(request)


@never_cache
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    user = request.user
    assert isinstance(user, User)
    content = {"tab": "sessions", "sessions": sessions_of(user, this=request.session.session_key or "")}
    return render(request, "sign_in/sessions.html", content)


@require_POST
@login_required
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one session; the present one is left by signing out."""
    user = request.user
    assert isinstance(user, User)
    try:
        end_session(user_id=user.pk, session_id=session_id)
    except NotFound:
        messages.info(request, _("That session has ended already."))
    else:
        messages.success(request, _("The session has ended."))
    return redirect("web:sessions")


@require_POST
@login_required
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    user = request.user
    assert isinstance(user, User)
    number = end_sessions(user_id=user.pk, but=request.session.session_key or "")
    text = ngettext("%(n)s other session has ended.", "%(n)s other sessions have ended.", number)
    messages.success(request, text % {"n": number})
    return redirect("web:sessions")
