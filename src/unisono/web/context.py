"""What every page's frame shows: where one is, where one can go, what one can do."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the page frame; empty for people who are not signed in."""
    return {}
