"""Reads a demo network's data files: plain TOML, with short lines for what comes in numbers."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, slots=True)
class Story:
    """What a demo network is made of, as its files say it."""

    name: str
    network: dict[str, Any]
    members: list[dict[str, Any]]
    ties: list[dict[str, Any]] = field(default_factory=list)
    agreements: list[dict[str, Any]] = field(default_factory=list)
    gatherings: list[dict[str, Any]] = field(default_factory=list)
    initiatives: list[dict[str, Any]] = field(default_factory=list)
    # Who comes to gatherings: one in how many, who came until when, who never did.
    rhythm: dict[str, Any] = field(default_factory=dict)

    @property
    def now(self) -> date:
        """The day on which the story is told; nothing in it happens later."""
        day: date = self.network["now"]
        return day


def names() -> list[str]:
    """Names of the demo networks."""
    return sorted(folder.name for folder in _DATA.iterdir() if folder.is_dir())


@cache
def story_of(name: str) -> Story:
    """The story in the folder of this name; files are read in the order of their names."""
    parts = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((_DATA / name).glob("*.toml"))]
    network = next(part["network"] for part in parts if "network" in part)
    return Story(
        name=name,
        network=network,
        members=[member for part in parts for member in part.get("member", [])],
        ties=[tie for part in parts for tie in [*part.get("tie", []), *map(_short_tie, part.get("ties", []))]],
        agreements=[agreement for part in parts for agreement in part.get("agreement", [])],
        gatherings=[gathering for part in parts for gathering in part.get("gathering", [])],
        initiatives=[initiative for part in parts for initiative in part.get("initiative", [])],
        rhythm=next((part["rhythm"] for part in parts if "rhythm" in part), {}),
    )


def word_lists() -> dict[str, Any]:
    """Words from which further members are made up."""
    return tomllib.loads((_DATA / "words.toml").read_text(encoding="utf-8"))


def columns(line: str) -> Sequence[str]:
    """Parts of a line `one | two | three`."""
    return [part.strip() for part in line.split("|")]


def _short_tie(line: str) -> dict[str, Any]:
    """A tie written as `One + Other | kinds | trust trust`."""
    pair, kinds, trust = columns(line)
    return {
        "between": [side.strip() for side in pair.split(" + ")],
        "kinds": kinds.split(),
        "trust": [int(level) for level in trust.split()],
    }
