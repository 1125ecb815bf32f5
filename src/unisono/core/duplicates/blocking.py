"""Blocks: entries that share something rare, so that only those are compared and not everybody with everybody."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import log
from typing import NamedTuple

from unisono.core.duplicates.entries import Prepared
from unisono.core.duplicates.forms import GENERIC
from unisono.core.duplicates.names import Name, acronyms_of

# A larger block says nothing: the word is common, the site belongs to everybody.
MOST_IN_BLOCK = 30
MOST_ON_SITE = 8
# Weight of a generic word beside one that is as rare.
_GENERIC_WEIGHT = 0.35
# A small directory says little about how common a word is; it counts as one of at least this many entries.
_PRIOR = 50


class Index:
    """A directory by what its entries share. Entries are numbered from 0 in the order in which they are added.

    Built in one pass, O(names) time and memory; also grows while it is asked, as an import needs.
    """

    def __init__(self) -> None:
        self.entries: list[Prepared] = []
        self._common: Counter[str] = Counter()
        self._sites: Counter[str] = Counter()
        self._expected = 0
        # What `weight` found since the last entry was added.
        self._weights: dict[str, float] = {}
        # A key has one entry, a list of some, or None once there are too many.
        self._blocks: dict[int, int | list[int] | None] = {}

    def expect(self, entry: Prepared) -> None:
        """Count what an entry has before it is added: what is common shows before the first is compared."""
        self._weights.clear()
        self._expected += 1
        names = entry.names
        for word in names[0].words if len(names) == 1 else {word for name in names for word in name.words}:
            self._common[word] += 1
        if entry.site:
            self._sites[entry.site] += 1

    def add(self, entry: Prepared, keys: "Keys | None" = None, *, expected: bool = False) -> int:
        """Enter an entry; gives its number. `keys` saves working them out again, `expected` counting it again."""
        if not expected:
            self.expect(entry)
        number = len(self.entries)
        self.entries.append(entry)
        keys = keys or keys_of(entry)
        blocks = self._blocks
        for most, chosen in ((MOST_IN_BLOCK, keys.shared), (MOST_IN_BLOCK, keys.offers), (MOST_ON_SITE, keys.few)):
            for key in chosen:
                found = blocks.setdefault(key, number)
                if found is None or found == number:
                    continue
                if isinstance(found, int):
                    blocks[key] = [found, number]
                elif found[-1] != number:
                    if len(found) >= most:
                        blocks[key] = None
                    else:
                        found.append(number)
        return number

    def near(self, entry: Prepared, keys: "Keys | None" = None) -> set[int]:
        """Numbers of entries that share something rare with this one, which need not be entered itself."""
        keys = keys or keys_of(entry)
        found: set[int] = set()
        for chosen in (keys.shared, keys.looks, keys.few):
            for key in chosen:
                block = self._blocks.get(key)
                if isinstance(block, int):
                    found.add(block)
                elif block is not None:
                    found.update(block)
        return found

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Pairs (lower number, higher number) of entries worth comparing, each once, in the order of numbers."""
        for number, entry in enumerate(self.entries):
            for other in sorted(self.near(entry)):
                if other < number:
                    yield other, number

    def weight(self, word: str) -> float:
        """How telling a word is, from 0 to about 1: the rarer in this directory, the more; generic words little."""
        telling = self._weights.get(word)
        if telling is None:
            size = self._expected + _PRIOR
            telling = log(size / (1 + self._common[word])) / log(size)
            if word in GENERIC:
                telling *= _GENERIC_WEIGHT
            telling = self._weights[word] = max(telling, 0.02)
        return telling

    def on_site(self, site: str) -> int:
        """How many entries have this site."""
        return self._sites[site]

    def called_short(self, short: str) -> int:
        """How many names `short` is made of by first letters, at least 1; `MOST_IN_BLOCK` means many."""
        found = self._blocks.get(hash(("short", short)), 0)
        if isinstance(found, list):
            return len({self.entries[number].names[0].words for number in found})
        return MOST_IN_BLOCK if found is None else 1


class Keys(NamedTuple):
    """What an entry may share with others: `few` lie in small blocks only.

    An acronym is looked up among names and a name among acronyms, since two firms with the same acronym have
    nothing in common: an entry is found under `offers` and looks under `looks`.
    """

    shared: set[int]
    few: list[int]
    offers: list[int]
    looks: list[int]


def keys_of(entry: Prepared) -> Keys:
    """All keys of an entry."""
    keys = Keys(set(), [], [], [])
    for name in entry.names:
        keys.shared.update([hash(key) for key in _name_keys(name)])
        for acronym in acronyms_of(name):
            keys.offers.append(hash(("short", acronym)))
            keys.looks.append(hash(("plain", acronym)))
        if len(name.compact) <= 8:
            keys.offers.append(hash(("plain", name.compact)))
            keys.looks.append(hash(("short", name.compact)))
    if entry.site:
        keys.few.append(hash(("site", entry.site)))
        if len(entry.label) > 2:
            keys.shared.add(hash(("whole", entry.label)))
    if entry.mail and entry.mail != entry.site:
        keys.few.append(hash(("site", entry.mail)))
    if entry.register:
        keys.few.append(hash(("register", entry.register)))
    if entry.address and any(letter.isdigit() for letter in entry.address):
        keys.few.append(hash(("address", entry.address)))
    return keys


def _name_keys(name: Name) -> list[tuple[str, ...]]:
    whole, words = name.compact, name.words
    keys: list[tuple[str, ...]] = [("whole", whole)]
    telling = [word for word in words if len(word) > 2 and not word.isdigit()]
    keys += [("word", word) for word in telling if word not in GENERIC]
    if len(words) > 1:
        keys += [("words", *pair) for pair in pairwise(words)]
    elif 4 < len(whole) < 8:
        keys.append(("less", whole))
        keys += [("less", whole[:at] + whole[at + 1 :]) for at in range(len(whole))]
        return keys
    if len(telling) <= 2 and len(whole) > 4:
        # One slip of the pen leaves one half as it was. Halves of a length that is off by one are tried too.
        half = len(whole) // 2
        for size in (half,) if len(whole) % 2 else (half, half - 1):
            if size > 2:
                keys += [("begins", whole[:size]), ("ends", whole[-size:])]
    return keys
