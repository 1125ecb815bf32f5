"""Exported lists as answers."""

from django.http import StreamingHttpResponse

from unisono.areas.network.exporting import Export
from unisono.platform.actor import Actor
from unisono.platform.downloads import download


def file_response(actor: Actor, file: Export) -> StreamingHttpResponse:
    """An exported list as an answer."""
    return download(actor, name=file.name, content_type=file.content_type, content=file.content)
