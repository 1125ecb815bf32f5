"""Fields: one parser for what people type, send and import."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.validators import validate_email
from hypothesis import given
from hypothesis import strategies as st

from unisono.platform.fields import _PLAIN_EMAIL, Field, FieldError, Type

CHOICES = (("service_partner", "service partner"), ("oem", "Original equipment manufacturer"))


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        (Type.TEXT, "  two   words ", "two words"),
        (Type.TEXT, "bell\x07", "bell"),
        (Type.TEXT, "\u202egood", "good"),
        (Type.TEXT, "\u200b", ""),
        (Type.TEXT, "half a letter\ud83d", "half a letter"),
        (Type.LONG_TEXT, "first\nsecond ", "first\nsecond"),
        (Type.DATE, "2021-02-28", date(2021, 2, 28)),
        (Type.DATE, "28.02.2021", date(2021, 2, 28)),
        (Type.DATE, "2021/2/3", date(2021, 2, 3)),
        (Type.DATE, "2021-02-28T10:00:00Z", date(2021, 2, 28)),
        (Type.DATE, datetime(2021, 2, 28, 23, 0), date(2021, 2, 28)),  # noqa: DTZ001 - a cell of a sheet
        (Type.INTEGER, "1 200", 1200),
        (Type.INTEGER, "12.0", 12),
        (Type.DECIMAL, "0,5", Decimal("0.5")),
        (Type.BOOLEAN, "Ja", True),
        (Type.BOOLEAN, "no", False),
        (Type.URL, "example.org/a", "https://example.org/a"),
        (Type.EMAIL, "mailto:kari@example.org", "kari@example.org"),
        (Type.WORDS, "food; fish;food ", ["food", "fish"]),
        (Type.CHOICE, "Service Partner", "service_partner"),
        (Type.CHOICES, ["OEM", "service_partner"], ["oem", "service_partner"]),
    ],
)
def test_what_is_understood(type_: Type, raw: object, value: object) -> None:
    assert Field("f", "F", type_, choices=CHOICES).parse(raw) == value


@pytest.mark.parametrize(
    ("type_", "raw", "rule"),
    [
        (Type.DATE, "31.02.2021", "“31.02.2021” is no date."),
        (Type.DATE, "soon", "“soon” is no date."),
        (Type.INTEGER, "1.5", "“1.5” is no whole number."),
        (Type.INTEGER, "1e400", "“1e400” is no whole number."),
        (Type.DECIMAL, "NaN", "“NaN” is no number."),
        (Type.DECIMAL, "inf", "“inf” is no number."),
        (Type.URL, "javascript:alert(1)", "“javascript:alert(1)” is no web address."),
        (Type.EMAIL, "kari at example", "“kari at example” is no e-mail address."),
        (Type.CHOICE, "friend", "“friend” is none of the choices."),
        (Type.BOOLEAN, "perhaps", "“perhaps” is neither yes nor no."),
        (Type.TEXT, "x" * 201, "The text has 201 characters; at most 200 are kept."),
        (Type.TEXT, ["a"], "A text is expected."),
    ],
)
def test_what_is_refused_with_a_remedy(type_: Type, raw: object, rule: str) -> None:
    with pytest.raises(FieldError) as caught:
        Field("f", "F", type_, choices=CHOICES).parse(raw)
    assert caught.value.rule == rule
    assert caught.value.remedy


@pytest.mark.parametrize("raw", ["", "  ", None, []])
def test_a_required_field_is_asked_for_by_its_label(raw: object) -> None:
    with pytest.raises(FieldError, match="Fill in “Place”"):
        Field("place", "Place", required=True).parse(raw)


def test_bounds() -> None:
    field = Field("trust", "Trust", Type.INTEGER, minimum=1, maximum=7)
    assert field.parse("7") == 7
    with pytest.raises(FieldError, match="Use 7 or less"):
        field.parse("8")
    with pytest.raises(FieldError, match="Use 1 or more"):
        field.parse("0")


@given(st.sampled_from(list(Type)), st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.binary()))
def test_anything_is_a_value_or_a_field_error(type_: Type, raw: object) -> None:
    field = Field("f", "F", type_, choices=CHOICES)
    try:
        value = field.parse(raw)
    except FieldError:
        return
    # What was understood once is understood again, as the same.
    assert field.parse(value) == value


@given(st.text(alphabet="aZ0.@-_+ ,å", max_size=20) | st.emails())
def test_addresses_taken_at_a_glance_are_addresses(text: str) -> None:
    """What the quick look lets pass, the validator lets pass as well."""
    if _PLAIN_EMAIL.match(text):
        validate_email(text)
