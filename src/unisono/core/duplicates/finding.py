"""All likely pairs of a directory, in seconds for a hundred thousand entries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unisono.core.duplicates.blocking import Index
from unisono.core.duplicates.entries import Entry, learnt_expansions, prepared
from unisono.core.duplicates.likeness import ASK, Likeness, likeness, score_of

_STEP = 5_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries by their numbers, the lower first, that are probably one organisation."""

    first: int
    second: int
    likeness: Likeness


def index_of(entries: Sequence[Entry], progress: Callable[[int], None] | None = None) -> Index:
    """The directory of these entries, numbered as they come; short forms that some explain count for all."""
    plain = []
    for number, entry in enumerate(entries):
        plain.append(prepared(entry))
        if progress and number % _STEP == 0:
            progress(number)
    expansions = learnt_expansions(plain)
    index = Index()
    for number, entry in enumerate(entries):
        again = expansions and any(word in expansions for name in plain[number].names for word in name.words)
        index.add(prepared(entry, expansions) if again else plain[number])
    return index


def likely_pairs(
    entries: Sequence[Entry], *, at_least: float = ASK, progress: Callable[[int], None] | None = None
) -> list[Pair]:
    """Pairs of entries that are probably the same organisation, most likely first.

    Parameters
    ----------
    entries : sequence of Entry
        The directory.
    at_least : float
        Lowest score of a pair, from 0 to 1.
    progress : callable, optional
        Called now and then with the number of entries done; an exception from it ends the work.

    Returns
    -------
    list of Pair
        Each pair once; ties in the order of the entries. The same entries give the same pairs.

    Notes
    -----
    Only entries that share something rare are compared (`Index`), so that time grows with the entries and not with
    their square: each has at most a few dozen neighbours.

    Examples
    --------
    >>> [pair] = likely_pairs([Entry("Fjord Kayak AS"), Entry("Hotel Utsikten"), Entry("Fjord Kayak")])
    >>> pair.first, pair.second
    (0, 2)
    """
    index = index_of(entries, progress)
    found: list[Pair] = []
    for number, entry in enumerate(index.entries):
        if progress and number % _STEP == 0:
            progress(number)
        for other in index.near(entry):
            if other < number and score_of(index.entries[other], entry, index) >= at_least:
                found.append(Pair(other, number, likeness(index.entries[other], entry, index)))
    found.sort(key=lambda pair: (-pair.likeness.score, pair.first, pair.second))
    return found
