"""The errors a use case may raise; pages, API and command each map them once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from unisono.platform.messages import kept_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it stands, the rule it breaks, how to mend it. All three are for people."""

    place: str
    rule: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        return {"place": self.place, "rule": self.rule, "remedy": self.remedy}

    def __str__(self) -> str:
        return f"{self.place}: {self.rule} {self.remedy}".strip()


class UseCaseError(Exception):
    """Something stops a use case; nothing was saved."""

    def __init__(self, *problems: Problem) -> None:
        self.problems: tuple[Problem, ...] = problems
        super().__init__("; ".join(map(str, problems)))

    @classmethod
    def at(cls, place: str, rule: str, remedy: str) -> Self:
        return cls(Problem(kept_text(place), kept_text(rule), kept_text(remedy)))

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> Self:
        return cls(*problems)


class Invalid(UseCaseError):
    """The input breaks a rule: status 422, exit code 2."""


class Infeasible(UseCaseError):
    """The input is well-formed, yet no answer can satisfy it: status 422, exit code 3."""


class Conflict(UseCaseError):
    """The state of things does not allow it now: status 409, exit code 4."""


class NotAllowed(UseCaseError):
    """The actor may not do this: status 403, exit code 5."""


class NotFound(UseCaseError):
    """No such thing for this actor; also said of things it may not know of: status 404, exit code 2."""
