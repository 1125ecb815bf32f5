"""Files as answers: streamed within the workspace's scope, always as a download."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from unisono.platform.actor import Actor
from unisono.platform.tenancy import workspace_scope


def in_scope(workspace_id: UUID, content: Iterable[bytes]) -> Iterator[bytes]:
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
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return StreamingHttpResponse(in_scope(actor.workspace_id, content), content_type=content_type, headers=headers)
