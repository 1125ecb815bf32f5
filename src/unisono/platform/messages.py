"""Texts that are kept now and read later: stored as what they were made of, translated for whoever reads them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext, override


class Message(str):
    """A text in the present language that remembers its source and what was filled in.

    Made and used like a text from gettext: `_("Repeats row %(row)s.") % {"row": 7}`. In columns of the fields below
    it is kept as the two parts, and is read in the language of the reader.
    """

    source: str
    params: Mapping[str, Any] | None

    def __new__(cls, source: str, params: Mapping[str, Any] | None = None) -> Self:
        text = gettext(source)
        made = super().__new__(cls, text if params is None else text % params)
        made.source, made.params = source, params
        return made

    def __mod__(self, params: Any) -> str:
        if self.params is None and isinstance(params, Mapping):
            return Message(self.source, params)
        return super().__mod__(params)

    def __reduce__(self) -> Any:
        return Message, (self.source, self.params)


def message(source: str) -> Message:
    """A text as gettext gives it, that can be kept; import it as `_`."""
    return Message(source)


def kept_text(value: Any) -> str:
    """`value` as a text; one that is translated on being shown remains so."""
    if isinstance(value, str):
        return value
    if isinstance(value, Promise):
        # Without a language a translator gives its source.
        with override(None):
            source = str(value)
        return Message(source)
    return str(value)


def joined(texts: Iterable[str]) -> str:
    """The texts with commas between, each in the language of the reader."""
    whole = ""
    for text in texts:
        whole = Message("%(some)s, %(next)s", {"some": whole, "next": text}) if whole else text
    return whole


def stored(value: Any) -> Any:
    """`value`, whatever it holds, with messages taken apart as JSON keeps them."""
    if isinstance(value, Promise):
        value = kept_text(value)
    if isinstance(value, Message):
        return {"msgid": value.source, "params": {name: _plain(part) for name, part in (value.params or {}).items()}}
    if isinstance(value, Mapping):
        return {name: stored(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [stored(part) for part in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, (Promise, str)) or value is None or isinstance(value, (bool, int, float)):
        return stored(value)
    return str(value)


def told(value: Any) -> Any:
    """What `stored` took apart, put together in the present language."""
    if isinstance(value, dict):
        if value.keys() == {"msgid", "params"} and isinstance(value["params"], dict):
            params = {name: told(part) for name, part in value["params"].items()}
            return Message(value["msgid"], params or None)
        return {name: told(part) for name, part in value.items()}
    if isinstance(value, list):
        return [told(part) for part in value]
    return value


class MessagesField(models.JSONField):
    """JSON in which texts may be messages."""

    def get_prep_value(self, value: Any) -> Any:
        """JSON with messages taken apart."""
        return super().get_prep_value(stored(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """JSON with messages in the present language."""
        return told(super().from_db_value(value, expression, connection))


class MessageField(models.TextField):
    """One text, which may be a message."""

    def get_prep_value(self, value: Any) -> Any:
        """The text, or the parts of a message."""
        return json.dumps(stored(value)) if isinstance(value, (Message, Promise)) else super().get_prep_value(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The text in the present language."""
        return told(json.loads(value)) if isinstance(value, str) and value.startswith('{"msgid": ') else value
