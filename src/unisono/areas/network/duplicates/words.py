"""Evidence in words: why two organisations may be the same, and what speaks against it."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from unisono.areas.network.models import DuplicatePair
from unisono.core.duplicates import Likeness
from unisono.platform.messages import kept_text

_WORDS: dict[str, str | Promise] = {
    "same_name": _("same name"),
    "acronym": _("%(detail)s are the first letters of the other name"),
    "words": _("both names have “%(detail)s”"),
    "other_spelling": _("a word is spelt otherwise"),
    "own_words": _("each has words of its own: %(detail)s"),
    "own_part": _("only one has “%(detail)s”"),
    "same_site": _("same website %(detail)s"),
    "same_site_name": _("websites of the same name"),
    "other_site": _("different websites"),
    "site_named": _("one is called like the website of the other, %(detail)s"),
    "same_mail": _("e-mail at the other’s site %(detail)s"),
    "same_register": _("same register number %(detail)s"),
    "other_register": _("different register numbers"),
    "same_address": _("same address"),
    "other_address": _("different addresses"),
    "same_place": _("same place"),
    "other_place": _("different places"),
    "other_country": _("different countries"),
}
_ONLY_BY_FORM = _("same name but for the legal form: %(detail)s")


def _in_words(code: str, detail: str) -> str:
    words = _ONLY_BY_FORM if code == "same_name" and detail else _WORDS.get(code, "")
    return kept_text(words) % {"detail": detail}


def words_for(likeness: Likeness) -> list[str]:
    """What speaks for it, weightiest first."""
    found = (_in_words(reason.code, reason.detail) for reason in likeness.reasons if reason.points > 0)
    return [text for text in found if text]


def kept_reasons(likeness: Likeness) -> list[list[Any]]:
    """The evidence as a pair keeps it: [code, detail, points]."""
    return [[reason.code, reason.detail[:120], reason.points] for reason in likeness.reasons]


def reasons_of(pair: DuplicatePair) -> tuple[list[str], list[str]]:
    """(what speaks for it, what speaks against it), weightiest first."""

    def said(reasons: Iterable[list[Any]]) -> list[str]:
        return [text for code, detail, _points in reasons if (text := _in_words(code, detail))]

    return said(r for r in pair.reasons if r[2] > 0), said(r for r in pair.reasons if r[2] < 0)
