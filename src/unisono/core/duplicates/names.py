"""A name as it is compared: its telling words without legal form, its numbers, and the acronyms that fit it."""

import re
from typing import NamedTuple

from unisono.core.duplicates.forms import FORMS, JOINED, LEADING, words_of
from unisono.core.text import fold

_WORDS = re.compile(r"[^\W_]+")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_BETWEEN_NAMES = re.compile(
    r"\s+\(?(?:[tT]/[aA]|TA|(?i:trading as|d/?b/?a|formerly|(?:more commonly |also )?known as|aka))\b[.:]?\s+"
)
_APOSTROPHES = re.compile(r"['`´]s?\b")
# Small words that acronyms leave out.
_SMALL = words_of(
    """
    and of for the de la le da do di del der die das des van von och og und et y e i in on at
    """
)
_LONGEST_FORM = max(map(len, JOINED))
_ENDS_OF_JOINED = frozenset(words[-1] for words in JOINED)


class Name(NamedTuple):
    """One name of an organisation, taken apart.

    `words` are its folded words without the legal form, `compact` the same joined, `form` the legal form (empty
    when there is none), `acronym` the first letters of its words (empty for fewer than two).
    """

    words: tuple[str, ...]
    compact: str
    form: str
    acronym: str


def bare_name(words: list[str]) -> tuple[list[str], str]:
    """The words without the legal form, and the form; a name that is nothing but a form keeps its words.

    >>> bare_name(["hennessy", "flooring", "co", "ltd"])
    (['hennessy', 'flooring'], 'ltd')
    """
    form = ""
    left = list(words)
    while len(left) > 1:
        if cut := _joined_form(left):
            form = form or JOINED[tuple(left[-cut:])]
            left = left[:-cut]
        elif left[-1] in FORMS:
            form = form or left[-1]
            left = left[:-1]
        elif left[-1] in ("and", "und", "og", "et"):
            # What joined two forms, as in "GmbH & Co. KG".
            left = left[:-1]
        else:
            break
    if len(left) > 1 and (left[0] in LEADING or (len(left[0]) > 2 and left[0] in FORMS)):
        form = form or (left[0] if left[0] in FORMS else "")
        left = left[1:]
    return left, form


def _joined_form(words: list[str]) -> int:
    """How many words at the end are a legal form of several words; 0 when none are."""
    if words[-1] not in _ENDS_OF_JOINED:
        return 0
    return next((n for n in range(min(_LONGEST_FORM, len(words) - 1), 1, -1) if tuple(words[-n:]) in JOINED), 0)


def name_of(text: str) -> Name:
    """Take one name apart.

    Parameters
    ----------
    text : str
        A name as people wrote it.

    Returns
    -------
    Name
        Equal for two spellings that differ in case, accents, punctuation and legal form alone, `form` aside.

    Notes
    -----
    Linear in the length of `text`. A run of single letters counts as one word ("A. C. Nielsen" has "ac").

    Examples
    --------
    >>> name_of("Ålesund Båt-Service, AS")
    Name(words=('alesund', 'bat', 'service'), compact='alesundbatservice', form='as', acronym='abs')
    """
    folded = fold(text)
    if not folded.isalnum():
        folded = _APOSTROPHES.sub("", folded.replace("&", " and ").replace("+", " and "))
    words, form = bare_name(_WORDS.findall(folded))
    joined: list[str] = []
    run = ""
    for word in words:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        if run:
            joined.append(run)
            run = ""
        joined.append(word)
    if run:
        joined.append(run)
    telling = tuple(word for word in joined if word != "and") or tuple(joined)
    return Name(tuple(dict.fromkeys(telling)), "".join(telling), form, _acronym(telling))


def _acronym(words: tuple[str, ...]) -> str:
    letters = [word[0] for word in words if word not in _SMALL]
    return "".join(letters) if len(letters) > 1 else ""


def names_in(text: str) -> list[str]:
    """The names that one text holds: what stands in brackets or after "trading as" may be another.

    >>> names_in("Health Education and Improvement Wales (HEIW)")
    ['Health Education and Improvement Wales', 'HEIW']
    """
    first, *others = (part.strip(" (),'\".") for part in _BETWEEN_NAMES.split(text, maxsplit=1))
    if others and first and others[0]:
        return [first, others[0]]
    found = _IN_BRACKETS.findall(text)
    if not found:
        return [text]
    outside = _IN_BRACKETS.sub(" ", text).strip()
    if not outside:
        return [text]
    acronym = name_of(outside)
    inside = [part for part in found if fits_acronym(name_of(part).compact, acronym)]
    return [outside if inside else text, *inside]


def acronyms_of(name: Name) -> tuple[str, ...]:
    """Short forms that people make of a name: first letters of its words, with and without that of its form.

    >>> acronyms_of(name_of("International Business Machines Corp."))
    ('ibm', 'ibmc')
    """
    if len(name.acronym) < 2:
        return ()
    whole = "".join(word[0] for word in name.words)
    found = [name.acronym, whole, name.acronym + name.form[:1]]
    return tuple(dict.fromkeys(each for each in found if len(each) >= 2))


def fits_acronym(short: str, name: Name) -> bool:
    """Whether `short` is made of the first letters of the name's words."""
    return 2 <= len(short) <= 8 and short in acronyms_of(name)
