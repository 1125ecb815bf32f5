"""Files as answers: streamed within the workspace's scope, always as a download."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote
from uuid import UUID

from django.http import StreamingHttpResponse

from unisono.areas.network.exporting import Export
from unisono.platform.actor import Actor
from unisono.platform.tenancy import workspace_scope


def _in_scope(workspace_id: UUID, content: Iterable[bytes]) -> Iterator[bytes]:
    """The content, each piece made inside the scope: the request's own scope is over when the server asks for it."""
    pieces = iter(content)
    while True:
        with workspace_scope(workspace_id):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def download(actor: Actor, *, name: str, content_type: str, content: Iterable[bytes]) -> StreamingHttpResponse:
    """A file to save; nothing in it is ever shown or run as part of a page."""
    answer = StreamingHttpResponse(_in_scope(actor.workspace_id, content), content_type=content_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


def file_response(actor: Actor, file: Export) -> StreamingHttpResponse:
    """An exported list as an answer."""
    return download(actor, name=file.name, content_type=file.content_type, content=file.content)
