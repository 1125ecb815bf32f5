"""Folding: letters that people type differently become the same letters."""

import re
import unicodedata

# Letters that Unicode does not decompose, as people without the key type them.
_LETTERS = str.maketrans(
    {
        "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "å": "a", "Å": "a", "œ": "oe", "Œ": "oe", "ß": "ss", "ẞ": "ss",
        "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ħ": "h", "Ħ": "h",
        "ı": "i", "ŋ": "n", "Ŋ": "n", "’": "'", "‘": "'", "ʼ": "'",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def fold(text: str) -> str:
    """Lower-case `text` without diacritics, for search.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Folded text. Folding twice changes nothing; equal folds mean "the same to a person who types".

    Notes
    -----
    Compatibility decomposition (Unicode NFKD), combining marks removed, then a table of letters that Unicode
    leaves whole. Linear in the length of `text`.

    Examples
    --------
    >>> fold("Lærdal Røkt Ørret")
    'laerdal rokt orret'
    """
    if text.isascii():
        return text.lower()
    text = text.translate(_LETTERS)
    if text.isascii():
        return text.lower()
    # Decomposed before it is lower-cased: styled capitals have no lower case of their own.
    plain = _without_marks(text).lower().translate(_LETTERS)
    return _without_marks(plain)


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def name_key(text: str) -> str:
    """Key under which two spellings of one name meet: folded words joined by single spaces.

    >>> name_key("  Ålesund   Båt-Service, AS ")
    'alesund bat service as'
    """
    return " ".join(_WORD.findall(fold(text)))


def slug(text: str, *, max_length: int = 60) -> str:
    """Short form of a name for addresses: folded ASCII words joined by hyphens; may be empty.

    >>> slug("Fjord & valley 2027")
    'fjord-valley-2027'
    """
    words = re.findall(r"[a-z0-9]+", fold(text))
    return "-".join(words)[:max_length].rstrip("-")
