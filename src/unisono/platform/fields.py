"""Fields of records, declared once: forms, API, commands, imports, lists and exports are made from them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise

from unisono.platform.messages import message as _

Label = str | Promise


class Type(StrEnum):
    """What a field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    URL = "url"
    EMAIL = "email"
    WORDS = "words"  # a list of short texts, written with ; between them
    REF = "ref"  # one other record
    REFS = "refs"  # several other records


class FieldError(ValueError):
    """A value breaks the rule of its field."""

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(f"{rule} {remedy}")
        self.rule, self.remedy = rule, remedy


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind of record.

    `choices` are (value, label) pairs. `refers_to` names the kind of record a REF or REFS field points at.
    `on` names the part of a composite record that holds the value (a member's name lies on its organisation).
    `personal` values are logged by name only. `listed` fields are columns of the list, `shown` ones from the start;
    `filtered` ones can be filtered by. `stored_as` is the key of a custom value, where that is not the name.
    `internal` ones are the orchestrators' own: nobody else reads or sets them; `attested` ones everybody reads, and
    only they set. `synonyms` are column headings under which files commonly carry the field.
    """

    name: str
    label: Label
    type: Type = Type.TEXT
    required: bool = False
    help: Label = ""
    max_length: int = 200
    choices: Sequence[tuple[str, Label]] = ()
    refers_to: str = ""
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    personal: bool = False
    internal: bool = False
    attested: bool = False
    listed: bool = False
    shown: bool = False
    filtered: bool = False
    custom: bool = False
    stored_as: str = ""
    on: str = ""
    default: Any = None
    synonyms: tuple[str, ...] = ()

    @property
    def is_many(self) -> bool:
        """Whether the value is a list."""
        return self.type in (Type.CHOICES, Type.WORDS, Type.REFS)

    @property
    def custom_key(self) -> str:
        """The key of a custom field's value in the column that holds them all."""
        return self.stored_as or self.name.removeprefix("custom.")

    @property
    def path(self) -> str:
        """How queries reach the value from the record."""
        if self.custom:
            return f"custom__{self.custom_key}"
        return f"{self.on}__{self.name}" if self.on else self.name

    @property
    def empty(self) -> Any:
        """The value that says "nothing"."""
        if self.is_many:
            return []
        return "" if self.type in _TEXTUAL else None

    def parse(self, raw: Any) -> Any:
        """The value that `raw` (typed, JSON or a cell) stands for; raises FieldError."""
        if isinstance(raw, str):
            raw = _visible(raw).strip()
        if raw is None or raw == "" or raw == []:
            if self.required:
                raise FieldError(_("A value is needed."), _("Fill in “%(label)s”.") % {"label": self.label})
            return self.empty
        return _PARSERS[self.type](self, raw)

    def label_of(self, value: str) -> str:
        """Label of one of the choices; an unknown value is its own label."""
        return str(next((label for key, label in self.choices if key == value), value))


_TEXTUAL = (Type.TEXT, Type.LONG_TEXT, Type.CHOICE, Type.URL, Type.EMAIL)
# Control characters, and halves of characters, which no database and no file can hold; also what nobody sees but
# turns the direction of a name or makes an empty text look filled. Joiners stay: some scripts are spelt with them.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)


def _visible(text: str) -> str:
    return text if text.isprintable() else _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """A name as it is kept: nothing that nobody sees, and single blanks.

    >>> one_line("Fjord\\x00 \\n and\\u202e valley ")
    'Fjord and valley'
    """
    return " ".join(_visible(text).split())


def as_json(value: Any) -> Any:
    """A clean value as JSON holds it."""
    return value if value is None or isinstance(value, (str, int, bool, list)) else str(value)


def _text(field: Field, raw: Any) -> str:
    if isinstance(raw, (list, dict)):
        raise FieldError(_("A text is expected."), _("Send a single text."))
    # Browsers send the ends of lines as CR LF: a text that nobody touched stays the same.
    value = _visible(str(raw)).strip().replace("\r\n", "\n")
    if field.type is not Type.LONG_TEXT:
        value = " ".join(value.split())
    limit = 20_000 if field.type is Type.LONG_TEXT else field.max_length
    if len(value) > limit:
        raise FieldError(
            _("The text has %(length)s characters; at most %(limit)s are kept.")
            % {"length": len(value), "limit": limit},
            _("Shorten it."),
        )
    return value


def _choice(field: Field, raw: Any) -> str:
    wanted = str(raw).strip().casefold()
    for value, label in field.choices:
        if wanted in (value.casefold(), str(label).casefold(), value.replace("_", " ").casefold()):
            return value
    options = ", ".join(str(label) for _value, label in field.choices)
    raise FieldError(
        _("“%(value)s” is none of the choices.") % {"value": str(raw)[:60]},
        _("Use one of: %(options)s.") % {"options": options},
    )


# A ; with a backslash before it belongs to the entry.
_BETWEEN = re.compile(r"(?<!\\);")


def joined_words(words: Iterable[str]) -> str:
    """The one text that `words_of` reads as these entries.

    >>> joined_words(["Fjord; Valley", "Hotel"])
    'Fjord\\\\; Valley;Hotel'
    """
    return ";".join(word.replace(";", "\\;") for word in words)


def words_of(raw: Any) -> list[str]:
    """A list of texts from a list, or from one text with ; between; \\; is a ; within an entry."""
    if isinstance(raw, (list, tuple)):
        parts: Sequence[Any] = raw
    else:
        parts = [part.replace("\\;", ";") for part in _BETWEEN.split(str(raw))]
    texts = (" ".join(_visible(str(part)).split()) for part in parts)
    return list(dict.fromkeys(text for text in texts if text))


def _choices(field: Field, raw: Any) -> list[str]:
    return list(dict.fromkeys(_choice(field, part) for part in words_of(raw)))


def _words(field: Field, raw: Any) -> list[str]:
    words = words_of(raw)
    for word in words:
        if len(word) > field.max_length:
            raise FieldError(
                _("“%(start)s…” is longer than %(limit)s characters.")
                % {"start": word[:30], "limit": field.max_length},
                _("Shorten it, or separate entries with ;."),
            )
    return words


_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})$")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$")


def _date(field: Field, raw: Any) -> date:
    if isinstance(raw, date):
        # A datetime is a date too; only its day is kept.
        return date(raw.year, raw.month, raw.day)
    text = str(raw)
    parts: tuple[str, str, str] | None = None
    if match := _ISO.match(text) or _YEAR_FIRST.match(text):
        parts = (match[1], match[2], match[3])
    elif match := _DAY_FIRST.match(text):
        parts = (match[3], match[2], match[1])
    if parts:
        try:
            return date(int(parts[0]), int(parts[1]), int(parts[2]))
        except ValueError:
            pass
    raise FieldError(_("“%(value)s” is no date.") % {"value": text[:40]}, _("Write it as 2021-02-28."))


def _bounded(field: Field, value: Any) -> Any:
    if field.minimum is not None and value < field.minimum:
        raise FieldError(
            _("%(value)s is less than %(minimum)s.") % {"value": value, "minimum": field.minimum},
            _("Use %(minimum)s or more.") % {"minimum": field.minimum},
        )
    if field.maximum is not None and value > field.maximum:
        raise FieldError(
            _("%(value)s is more than %(maximum)s.") % {"value": value, "maximum": field.maximum},
            _("Use %(maximum)s or less.") % {"maximum": field.maximum},
        )
    return value


def _integer(field: Field, raw: Any) -> int:
    try:
        number = Decimal(str(raw).replace(" ", "").replace("\u00a0", ""))
        if number != number.to_integral_value() or abs(number) > 2**31 - 1:
            raise ValueError
        value = int(number)
    except (InvalidOperation, ValueError, OverflowError):
        raise FieldError(
            _("“%(value)s” is no whole number.") % {"value": str(raw)[:40]},
            _("Write digits only, for example 12."),
        ) from None
    return int(_bounded(field, value))


def _decimal(field: Field, raw: Any) -> Decimal:
    text = str(raw).replace(" ", "").replace("\u00a0", "")
    if "," in text and "." not in text:
        text = text.replace(",", ".")
    try:
        value = Decimal(text)
        if not value.is_finite() or abs(value) >= 10**12:
            raise InvalidOperation
    except InvalidOperation:
        raise FieldError(_("“%(value)s” is no number.") % {"value": str(raw)[:40]}, _("Write it as 1234.50.")) from None
    return Decimal(_bounded(field, value))


_YES = {"true", "yes", "y", "1", "x", "on", "ja", "oui", "si", "sí"}
_NO = {"false", "no", "n", "0", "off", "nei", "nein", "non", "-"}


def _boolean(field: Field, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(raw).strip().casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise FieldError(_("“%(value)s” is neither yes nor no.") % {"value": str(raw)[:40]}, _("Write yes or no."))


# What most addresses look like; others are looked at more closely.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:/[A-Za-z0-9._~/-]*)?\Z")


def _url(field: Field, raw: Any) -> str:
    value = _text(field, raw)
    if _PLAIN_URL.match(value):
        return value
    if "://" not in value and "." in value and " " not in value:
        value = f"https://{value}"
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value
    except ValueError:
        good = False
    if not good:
        raise FieldError(
            _("“%(value)s” is no web address.") % {"value": value[:60]}, _("Write it as https://example.org.")
        )
    return value


_PLAIN_EMAIL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9]{1,63}\.)+[A-Za-z]{2,63}\Z")


def _email(field: Field, raw: Any) -> str:
    value = _text(field, raw).removeprefix("mailto:")
    if _PLAIN_EMAIL.match(value):
        return value
    try:
        validate_email(value)
    except ValidationError:
        raise FieldError(
            _("“%(value)s” is no e-mail address.") % {"value": value[:60]}, _("Write it as name@example.org.")
        ) from None
    return value


def _ref(field: Field, raw: Any) -> UUID | str:
    """An id, or the name by which the record is to be found; queries.references resolves both."""
    if isinstance(raw, UUID):
        return raw
    text = _visible(str(getattr(raw, "pk", raw))).strip()
    try:
        return UUID(text)
    except ValueError:
        return text


def _refs(field: Field, raw: Any) -> list[UUID | str]:
    parts = raw if isinstance(raw, (list, tuple)) else words_of(raw)
    return list(dict.fromkeys(_ref(field, part) for part in parts))


_PARSERS: Mapping[Type, Callable[[Field, Any], Any]] = {
    Type.TEXT: _text,
    Type.LONG_TEXT: _text,
    Type.CHOICE: _choice,
    Type.CHOICES: _choices,
    Type.DATE: _date,
    Type.INTEGER: _integer,
    Type.DECIMAL: _decimal,
    Type.BOOLEAN: _boolean,
    Type.URL: _url,
    Type.EMAIL: _email,
    Type.WORDS: _words,
    Type.REF: _ref,
    Type.REFS: _refs,
}
