"""How likely two entries are the same organisation: evidence added up, each part with its reason."""

from dataclasses import dataclass
from math import exp

from rapidfuzz.distance import OSA, Indel

from unisono.core.duplicates.blocking import Index
from unisono.core.duplicates.entries import Prepared
from unisono.core.duplicates.names import Name, fits_acronym
from unisono.core.duplicates.weights import ASK, BIAS, LIKELY, WEIGHTS

__all__ = ["ASK", "FEATURES", "LIKELY", "Likeness", "Reason", "evidence", "likeness", "score_of"]

FEATURES = tuple(WEIGHTS)


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence: its code, what it speaks of, and its points (above 0 for, below 0 against)."""

    code: str
    detail: str
    points: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """Score from 0 to 1, the probability that the two are one organisation, and the reasons, weightiest first."""

    score: float
    reasons: tuple[Reason, ...]


def likeness(first: Prepared, second: Prepared, index: Index) -> Likeness:
    """Compare two entries.

    Parameters
    ----------
    first, second : Prepared
        The entries, in any order: the result is the same.
    index : Index
        The directory, which knows how rare words and sites are.

    Returns
    -------
    Likeness
        The logistic function of the sum of a constant and each piece of evidence times its weight. The weights
        were fitted on labelled pairs (docs/algorithms/duplicates.md). Below `ASK` a pair is not worth a person's time.

    Notes
    -----
    O(names of the one times names of the other), each O(words squared).

    Examples
    --------
    >>> from unisono.core.duplicates.entries import Entry, prepared
    >>> index = Index()
    >>> one, two = (prepared(Entry(name)) for name in ("Alpha Kayak AS", "Alpha Kayak"))
    >>> _ = index.add(one), index.add(two)
    >>> likeness(one, two, index).score > ASK
    True
    """
    found, details = evidence(first, second, index)
    points = {code: WEIGHTS[code] * value for code, value in found.items()}
    reasons = [Reason(code, details.get(code, ""), round(each, 2)) for code, each in points.items() if abs(each) > 0.15]
    reasons.sort(key=lambda reason: -abs(reason.points))
    return Likeness(round(_probability(found), 3), tuple(reasons))


def score_of(first: Prepared, second: Prepared, index: Index) -> float:
    """The score of `likeness` alone, for the many pairs that turn out to be none."""
    return round(_probability(evidence(first, second, index)[0]), 3)


def _probability(found: dict[str, float]) -> float:
    points = BIAS
    for code, value in found.items():
        points += WEIGHTS[code] * value
    return 1 / (1 + exp(-points))


def evidence(first: Prepared, second: Prepared, index: Index) -> tuple[dict[str, float], dict[str, str]]:
    """Values of the features that are not 0, from 0 to 1, and what some of them speak of."""
    if len(first.names) == len(second.names) == 1:
        found, details = _of_names(first.names[0], second.names[0], index)
    else:
        both = [_of_names(one, other, index) for one in first.names for other in second.names]
        found, details = max(both, key=lambda each: _probability(each[0]))
    if (first.learnt and any(n.compact in first.learnt for n in second.names)) or (
        second.learnt and any(n.compact in second.learnt for n in first.names)
    ):
        found["acronym"] = 1.0
    if first.site or second.site or first.mail or second.mail:
        _of_sites(first, second, index, found, details)
    if first.register and second.register:
        found["same_register" if first.register == second.register else "other_register"] = 1.0
        details["same_register"] = first.register
    _of_places(first, second, found, details)
    return found, details


def _of_names(one: Name, other: Name, index: Index) -> tuple[dict[str, float], dict[str, str]]:
    values: dict[str, float] = {}
    details: dict[str, str] = {}
    if not one.words or not other.words:
        return values, details
    if one.compact == other.compact:
        values["same_name"] = 1.0
        # A name of common words is the name of several.
        values["rare_name"] = max(index.weight(word) for word in one.words)
        if one.form != other.form:
            details["same_name"] = " / ".join(each.form.upper() or "–" for each in (one, other))
        return values, details
    for short, long in ((one, other), (other, one)):
        if len(short.words) == 1 and len(long.words) > 1 and fits_acronym(short.compact, long):
            # Two letters are the first letters of many names, and those that several names have tell nothing.
            values["acronym"] = (0.4 if len(short.compact) == 2 else 1.0) / index.called_short(short.compact)
            details["acronym"] = short.compact.upper()
            return values, details
    shared, left, right, mistyped = _aligned(one.words, other.words)
    if not shared:
        return values, details
    weight = index.weight
    common = sum(map(weight, shared))
    own = (sum(map(weight, left)), sum(map(weight, right)))
    values["words"] = 2 * common / (2 * common + own[0] + own[1])
    details["words"] = " ".join(shared)
    if mistyped:
        values["other_spelling"] = 1.0
    if left and right:
        values["own_words"] = min(1.0, *own)
        details["own_words"] = " ".join((*left, "/", *right))
    elif left or right:
        values["rare_part"] = max(index.weight(word) for word in shared)
        values["own_part"] = min(1.0, max(own))
        details["own_part"] = " ".join(left or right)
    return values, details


def _aligned(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[list[str], list[str], list[str], bool]:
    """Words of both, of the one alone, of the other alone, and whether some of both are spelt otherwise."""
    left = [word for word in one if word not in other]
    right = [word for word in other if word not in one]
    shared = [word for word in one if word in other]
    mistyped = False
    if left and right:
        for word in tuple(left):
            near = _mistyped(word, right)
            if near:
                left.remove(word)
                right.remove(near)
                shared.append(word)
                mistyped = True
    return shared, left, right, mistyped


def _mistyped(word: str, others: list[str]) -> str:
    """The first of the others that is this word but for a slip of the pen, two in a long one."""
    size = len(word)
    if size < 4 or not word.isalpha():
        return ""
    slips = 1 if size < 8 else 2
    for other in others:
        if len(other) > 3 and abs(len(other) - size) <= slips and other.isalpha():
            # Most words differ in both halves at once, which is quicker to see.
            if slips == 1 and word[:2] != other[:2] and word[-2:] != other[-2:]:
                continue
            if OSA.distance(word, other, score_cutoff=slips) <= slips:
                return other
    return ""


def _of_sites(
    first: Prepared, second: Prepared, index: Index, found: dict[str, float], details: dict[str, str]
) -> None:
    if first.site and first.site == second.site:
        # Where many are on one site, the site says little.
        found["same_site"] = min(1.0, 3 / max(1, index.on_site(first.site)))
        details["same_site"] = first.site
    elif first.site and second.site:
        found["same_site_name" if first.label == second.label and len(first.label) > 3 else "other_site"] = 1.0
    else:
        for sited, named in ((first, second), (second, first)):
            if not named.site and len(sited.label) > 2 and any(sited.label == name.compact for name in named.names):
                found["site_named"] = 1.0
                details["site_named"] = sited.site
    mails = {first.mail, first.site} & {second.mail, second.site} - {""}
    if mails and "same_site" not in found:
        found["same_mail"] = 1.0
        details["same_mail"] = min(mails)


def _of_places(first: Prepared, second: Prepared, found: dict[str, float], details: dict[str, str]) -> None:
    if first.country and second.country and first.country != second.country:
        found["other_country"] = 1.0
    if first.address and second.address:
        alike = Indel.normalized_similarity(first.address, second.address)
        numbers = [{word for word in text.split() if word.isdigit()} for text in (first.address, second.address)]
        if alike > 0.9 and numbers[0] == numbers[1]:
            found["same_address"] = 1.0
        elif alike < 0.6:
            found["other_address"] = 1.0
    if first.place and second.place:
        found["same_place" if first.place == second.place else "other_place"] = 1.0
