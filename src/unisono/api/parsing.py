"""Reads requests; refuses characters that no database can hold before anything else sees them."""

import json
import re
from typing import Any, cast

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.parser import Parser

from unisono.platform.errors import Invalid

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _holds_unstorable(value: Any) -> bool:
    if isinstance(value, str):
        return _UNSTORABLE.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_unstorable(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_holds_unstorable, value))


class StrictParser(Parser):
    """JSON in UTF-8 without null characters and halves of characters."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        content = json.loads(request.body)
        # Only an escape can write such a character in a body that is UTF-8.
        if b"\\u" in request.body and _holds_unstorable(content):
            raise ValueError
        return cast(dict[str, Any], content)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        for name, values in data.lists():
            if _holds_unstorable(name) or _holds_unstorable(values):
                raise Invalid.at(_("request"), _("It holds a character that is none."), _("Leave null characters out."))
        return super().parse_querydict(data, list_fields, request)
