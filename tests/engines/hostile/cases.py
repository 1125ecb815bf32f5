"""What a hostile file is, and how the corpus is put together."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SEED = 20_261
REFUSED, READ, EITHER = "refused", "read", "either"


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its name, its content, and whether it must be refused, must be read, or may be either."""

    name: str
    outcome: str
    content: Callable[[], bytes]
    # Made when it is needed, since it is large.
    is_large: bool = False

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        path.write_bytes(self.content())
        return path


def case(name: str, outcome: str, content: bytes | str | Callable[[], bytes | str]) -> Case:
    def made() -> bytes:
        found = content() if callable(content) else content
        return found if isinstance(found, bytes) else found.encode()

    return Case(name, outcome, made, callable(content))


def broken(stem: str, ending: str, good: bytes, *, cuts: int = 6, flips: int = 6) -> Iterator[Case]:
    """A good file cut off somewhere, and one with some bytes changed; each may or may not be readable."""
    chance = random.Random(f"{SEED} {stem}{ending}")
    for number in range(cuts):
        end = chance.randrange(1, len(good))
        yield case(f"{stem}-cut-{number}{ending}", EITHER, good[:end])
    for number in range(flips):
        data = bytearray(good)
        for _change in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        yield case(f"{stem}-flipped-{number}{ending}", EITHER, bytes(data))
