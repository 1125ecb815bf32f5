"""The workspace in scope: set at the door of every request, job and command, read by every query."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_workspace: ContextVar[UUID | None] = ContextVar("unisono_workspace", default=None)


class NoWorkspaceScope(RuntimeError):
    """A workspace's rows were asked for outside `workspace_scope`; a defect, never a user's mistake."""


def current_workspace_id() -> UUID:
    """Id of the workspace in scope; raises NoWorkspaceScope outside one."""
    workspace_id = _workspace.get()
    if workspace_id is None:
        raise NoWorkspaceScope("Open workspace_scope(workspace_id) around the use case.")
    return workspace_id


def scoped_workspace_id() -> UUID | None:
    """Id of the workspace in scope, or None: for logs only."""
    return _workspace.get()


@contextmanager
def workspace_scope(workspace_id: UUID) -> Iterator[None]:
    """Everything inside reads and writes the rows of this workspace alone."""
    token = _workspace.set(workspace_id)
    try:
        yield
    finally:
        _workspace.reset(token)
