"""Folding: what people type finds what others wrote."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.core.text import fold, name_key, slug


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Lærdal", "laerdal"),
        ("Ålesund Øst", "alesund ost"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("İstanbul", "istanbul"),
        ("Þórshöfn", "thorshofn"),
        ("ﬁne", "fine"),
        ("Ω 東京", "ω 東京"),
    ],
)
def test_known_words(text: str, folded: str) -> None:
    assert fold(text) == folded


@settings(max_examples=400)
@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


# Latin letters: Greek puts an iota below a letter in one case and after it in the other.
@settings(max_examples=400)
@given(st.text(st.characters(max_codepoint=0x24F)))
def test_case_does_not_matter(text: str) -> None:
    # Upper-casing is not always reversible ("ß" becomes "SS", which folds to the same).
    assert name_key(text.lower()) == name_key(text.lower().upper().lower())


@settings(max_examples=400)
@given(st.text())
def test_a_name_key_is_words_with_single_spaces(text: str) -> None:
    key = name_key(text)
    assert key == " ".join(key.split())
    assert name_key(key) == key


@given(st.text(), st.integers(min_value=1, max_value=80))
def test_a_slug_is_safe_in_an_address(text: str, limit: int) -> None:
    short = slug(text, max_length=limit)
    assert len(short) <= limit
    assert all(c.isascii() and (c.isalnum() or c == "-") for c in short)
    assert not short.startswith("-")
    assert not short.endswith("-")
