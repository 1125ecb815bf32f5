"""Which workspace a page request is about, and who acts in it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from unisono.platform.actor import seats_of
from unisono.platform.models import User
from unisono.platform.tenancy import workspace_scope

SESSION_KEY = "workspace"


class WorkspaceMiddleware:
    """Opens the scope of the signed-in user's workspace and sets `request.actor`; without one, neither."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Calls of the API carry a token; a session must not open anything there.
        if request.path.startswith("/api/") or not isinstance(request.user, User):
            return self.get_response(request)
        seats = seats_of(request.user)
        if not seats:
            return self.get_response(request)
        chosen = request.session.get(SESSION_KEY)
        workspace, actor, unread = next((seat for seat in seats if str(seat[0].pk) == chosen), seats[0])
        request.actor, request.workspace = actor, workspace  # type: ignore[attr-defined]
        request.workspaces = [seat[0] for seat in seats]  # type: ignore[attr-defined]
        request.unread = unread  # type: ignore[attr-defined]
        request.workspace_id = workspace.pk  # type: ignore[attr-defined]
        with workspace_scope(workspace.pk):
            return self.get_response(request)
