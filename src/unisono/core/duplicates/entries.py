"""An entry of a directory as it is compared: every name taken apart, sites, numbers and address normalised."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from unisono.core.duplicates.forms import words_of
from unisono.core.duplicates.names import Name, fits_acronym, name_of, names_in
from unisono.core.text import fold, name_key

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@?#]*@)?([^/:?#\[\]]+)", re.IGNORECASE)
_NOT_ALNUM = re.compile(r"[^0-9a-z]")
# Second-level registries below which organisations have their domains: "firm.co.uk", "city.kommune.no".
_BELOW = words_of(
    """
    ac co com edu gov govt gob gouv go mil ne net nhs nom or org police sch k12 kommune
    """
)
# Sites and mailboxes of everybody, by their first label: the address says who hosts, not who one is.
_SHARED = words_of(
    """
    gmail googlemail hotmail outlook live msn yahoo ymail icloud me aol gmx web proton protonmail pm mail posteo
    fastmail zoho yandex qq 163 126 sina online broadpark getmail start frisurf telia tele2 btinternet t-online
    freenet orange wanadoo free laposte libero github gitlab bitbucket facebook linkedin twitter x instagram
    youtube crunchbase medium wordpress blogspot wixsite weebly squarespace netlify vercel herokuapp appspot
    notion google sourceforge readthedocs
    """
)
_MOST_NAMES = 8
_NONE: frozenset[str] = frozenset()


def site_of(text: str) -> str:
    """The registrable domain of an address on the web or of an e-mail; empty for one that everybody can have.

    >>> site_of("https://www.Merton.gov.uk/parking"), site_of("post@hotel.no"), site_of("someone@gmail.com")
    ('merton.gov.uk', 'hotel.no', '')
    """
    text = text.strip()
    if "@" in text and "/" not in text:
        text = text.rpartition("@")[2]
    found = _HOST.match(text)
    if not found:
        return ""
    labels = found[1].lower().strip(".").split(".")
    if len(labels) < 2 or (labels[-1].isdigit() and all(label.isdigit() for label in labels)):
        return ""
    own = 3 if len(labels) > 2 and labels[-2] in _BELOW and len(labels[-1]) <= 3 else 2
    labels = labels[-own:]
    if labels[0] in _SHARED or (labels[0] in _BELOW and own == 2 and len(labels[-1]) == 2):
        return ""
    return ".".join(labels)


class Entry(NamedTuple):
    """What a directory says about one organisation; empty text where it says nothing."""

    name: str
    aliases: tuple[str, ...] = ()
    website: str = ""
    email: str = ""
    register_number: str = ""
    address: str = ""
    place: str = ""
    country: str = ""


class Prepared(NamedTuple):
    """An entry, normalised. `names` begins with the one it carries; `learnt` are short forms seen for its names."""

    names: tuple[Name, ...]
    site: str = ""
    mail: str = ""
    register: str = ""
    address: str = ""
    place: str = ""
    country: str = ""
    learnt: frozenset[str] = _NONE
    # First label of the site without separators: most firms' site is called like the firm.
    label: str = ""


def prepared(entry: Entry, expansions: Mapping[str, tuple[str, ...]] | None = None) -> Prepared:
    """Normalise an entry.

    Parameters
    ----------
    entry : Entry
        What the directory says.
    expansions : mapping of str to tuple of str, optional
        Short forms that the directory itself explains (see `learnt_expansions`) with the words they stand for: a
        name that holds one is compared in full as well.

    Returns
    -------
    Prepared
        At most eight names; a name that only repeats another is left out.
    """
    names: dict[tuple[tuple[str, ...], str], Name] = {}
    learnt: set[str] = set()
    for text in (entry.name, *entry.aliases):
        parts = names_in(text) if "(" in text or "/" in text or " " in text else [text]
        for part in parts:
            name = name_of(part)
            if name.words:
                names.setdefault((name.words, name.form), name)
            if len(name.words) > 2 and name.words[-1][0] == name.words[0][0] and len(name.words[-1]) <= len(name.words):
                # "National Association of Traders NAT" says its short form itself.
                first, last = _named(name.words[:-1]), _named(name.words[-1:])
                if fits_acronym(last.compact, first):
                    names.setdefault((first.words, name.form), first)
                    names.setdefault((last.words, ""), last)
        if len(names) >= _MOST_NAMES:
            break
    if len(names) > 1:
        carried, *others = names.values()
        learnt.update(name.compact for name in others if fits_acronym(name.compact, carried))
    if expansions:
        for name in list(names.values()):
            if any(word in expansions for word in name.words):
                words = tuple(part for word in name.words for part in expansions.get(word, (word,)))
                if words != name.words:
                    full = Name(words, "".join(words), name.form, name.acronym)
                    names.setdefault((words, name.form), full)
    site = site_of(entry.website) if entry.website else ""
    return Prepared(
        names=tuple(names.values())[:_MOST_NAMES] or (name_of(entry.name),),
        site=site,
        label=_label(site),
        mail=site_of(entry.email) if entry.email else "",
        register=_number(entry.register_number) if entry.register_number else "",
        address=name_key(entry.address) if entry.address else "",
        place=_folded(entry.place) if entry.place else "",
        country=_folded(entry.country) if entry.country else "",
        learnt=frozenset(learnt) if learnt else _NONE,
    )


# Places and countries come again and again.
_folded = lru_cache(maxsize=10_000)(name_key)


def _named(words: tuple[str, ...]) -> Name:
    return name_of(" ".join(words))


def _label(site: str) -> str:
    label = site.partition(".")[0]
    return label if label.isascii() and label.isalnum() else _NOT_ALNUM.sub("", label)


def _number(text: str) -> str:
    """A register number without separators, and without the letters that some put around it."""
    plain = _NOT_ALNUM.sub("", fold(text))
    digits = "".join(letter for letter in plain if letter.isdigit())
    return digits if len(digits) >= 6 else plain if len(plain) >= 4 else ""


def learnt_expansions(entries: list[Prepared]) -> dict[str, tuple[str, ...]]:
    """Short forms that entries explain themselves, by another name or in brackets, with the words they stand for.

    A short form that is explained in two ways is left out.
    """
    found: dict[str, tuple[str, ...] | None] = {}
    for entry in entries:
        for short in entry.learnt:
            words = entry.names[0].words
            found[short] = words if found.get(short, words) == words else None
    return {short: words for short, words in found.items() if words is not None and len(short) > 2}
