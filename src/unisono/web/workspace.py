"""Which workspace a page request is about, and who acts in it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from unisono.platform.accounts import workspaces_of
from unisono.platform.actor import actor_of
from unisono.platform.models import User
from unisono.platform.tenancy import workspace_scope

_SESSION_KEY = "workspace"


class WorkspaceMiddleware:
    """Opens the scope of the signed-in user's workspace and sets `request.actor`; without one, neither."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if request.path.startswith("/api/") or not isinstance(user, User):
            return self.get_response(request)
        workspaces = workspaces_of(user)
        chosen = request.session.get(_SESSION_KEY)
        workspace = next((w for w in workspaces if str(w.pk) == chosen), workspaces[0] if workspaces else None)
        actor = actor_of(user, workspace) if workspace else None
        if workspace is None or actor is None:
            return self.get_response(request)
        request.actor, request.workspace, request.workspaces = actor, workspace, workspaces  # type: ignore[attr-defined]
        request.workspace_id = workspace.pk  # type: ignore[attr-defined]
        with workspace_scope(workspace.pk):
            return self.get_response(request)
