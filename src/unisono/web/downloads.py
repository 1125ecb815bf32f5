"""Files as answers to a browser: always a download, read inside the workspace's scope."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from unisono.platform.actor import Actor
from unisono.platform.tenancy import workspace_scope


def _within(workspace_id: UUID, content: Iterable[bytes]) -> Iterator[bytes]:
    """The content, each piece made inside the scope: the request's own is closed when the server asks for it."""
    pieces = iter(content)
    while True:
        with workspace_scope(workspace_id):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def download(actor: Actor, *, name: str, content_type: str, content: Iterable[bytes]) -> StreamingHttpResponse:
    """A file to save; a browser neither shows nor runs it."""
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return StreamingHttpResponse(_within(actor.workspace_id, content), content_type=content_type, headers=headers)
