"""Blocks: entries that share something rare, so that only those are compared and not everybody with everybody."""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import log

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
        # What `weight` found since the last entry was added.
        self._weights: dict[str, float] = {}
        # A key has one entry, a list of some, or None once there are too many.
        self._blocks: dict[int, int | list[int] | None] = {}

    def add(self, entry: Prepared) -> int:
        """Enter an entry; gives its number."""
        number = len(self.entries)
        self.entries.append(entry)
        self._weights.clear()
        for word in {word for name in entry.names for word in name.words}:
            self._common[word] += 1
        if entry.site:
            self._sites[entry.site] += 1
        for key, most in keys_of(entry, offers=True):
            found = self._blocks.setdefault(key, number)
            if found is None or found == number:
                continue
            if isinstance(found, int):
                self._blocks[key] = [found, number]
            elif found[-1] != number:
                if len(found) >= most:
                    self._blocks[key] = None
                else:
                    found.append(number)
        return number

    def near(self, entry: Prepared) -> set[int]:
        """Numbers of entries that share something rare with this one, which need not be entered itself."""
        found: set[int] = set()
        for key, _most in keys_of(entry, offers=False):
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
            size = len(self.entries) + _PRIOR
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


def keys_of(entry: Prepared, *, offers: bool) -> Iterable[tuple[int, int]]:
    """(key, largest block) for all that an entry may share with another.

    An acronym is looked up among names and a name among acronyms: two firms with the same acronym have nothing in
    common. With `offers` the keys under which an entry is found, without it those under which it looks.
    """
    keys: dict[int, int] = {}
    for name in entry.names:
        for part in _name_keys(name):
            keys[hash(part)] = MOST_IN_BLOCK
        shorts = ("short" if offers else "plain", "plain" if offers else "short")
        for acronym in acronyms_of(name):
            keys[hash((shorts[0], acronym))] = MOST_IN_BLOCK
        if len(name.compact) <= 8:
            keys[hash((shorts[1], name.compact))] = MOST_IN_BLOCK
    if entry.site:
        keys[hash(("site", entry.site))] = MOST_ON_SITE
        if len(entry.label) > 2:
            keys[hash(("whole", entry.label))] = MOST_IN_BLOCK
    if entry.mail:
        keys[hash(("site", entry.mail))] = MOST_ON_SITE
    if entry.register:
        keys[hash(("register", entry.register))] = MOST_ON_SITE
    if entry.address and any(letter.isdigit() for letter in entry.address):
        keys[hash(("address", entry.address))] = MOST_ON_SITE
    return keys.items()


def _name_keys(name: Name) -> Iterator[tuple[str, ...]]:
    whole = name.compact
    yield "whole", whole
    telling = [word for word in name.words if len(word) > 2 and not word.isdigit()]
    for word in telling:
        if word not in GENERIC:
            yield "word", word
    for first, second in zip(name.words, name.words[1:], strict=False):
        yield "words", first, second
    if len(name.words) == 1 and 4 < len(whole) < 8:
        yield "less", whole
        for at in range(len(whole)):
            yield "less", whole[:at] + whole[at + 1 :]
    elif len(telling) <= 2 and len(whole) > 4:
        # One slip of the pen leaves one half as it was. Halves of a length that is off by one are tried too.
        for half in {len(whole) // 2, (len(whole) - 1) // 2}:
            if half > 2:
                yield "begins", whole[:half]
                yield "ends", whole[-half:]
