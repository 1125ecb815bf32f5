"""What the walks through all doors share: who goes where with which keys, and what must not come of it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.architecture.circles import CIRCLES, EDITING, RUNNING, Circles, Visitor, writes
from tests.architecture.world import World, fingerprint

from unisono.areas.network.kinds import BY_PLURAL

# How a door says no: it is not there, or not for this role.
REFUSED = {401, 403, 404, 405}
KEY = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)\}")
SLUGS = ("slug", "network", "network_slug")
NO_KEYS = "nobody's"
_ROTA = 5

GROUPS = ("nobody", "stranger here", "owner of home", "orchestrator of home", "contact_person of home",
          "specialist of home", "curator of home", "representative of home", "observer of home", "orchestrator of all",
          "specialist of all", "observer of all", "orchestrator of next")  # fmt: skip


def names_in(address: str) -> set[str]:
    """Names of the parts of an address that stand for something."""
    return {one or other for one, other in KEY.findall(address)}


def targets(circles: Circles, address: str) -> Iterator[tuple[str, str, World]]:
    """(where the network's name points, where the keys belong, the world to take them from), for one address."""
    names = names_in(address)
    keyed = names - {*SLUGS, "plural", "secret"}
    places = circles.places
    yield "home", "home" if keyed else NO_KEYS, places["home"].world
    if names & set(SLUGS):
        yield "next", "next" if keyed else NO_KEYS, places["next"].world
    if keyed:
        for beside in ("next", "foreign"):
            yield "home", beside, mixed(places["home"].world, places[beside].world.ids)
        for circle in CIRCLES:
            hidden = places["home"].hidden[circle]
            if _reaches_hidden(address, keyed, hidden):
                yield "home", f"home for {circle}", mixed(places["home"].world, places["home"].world.ids | hidden)


def _reaches_hidden(address: str, keyed: set[str], hidden: dict[str, Any]) -> bool:
    kinds = {kind.name for plural, kind in BY_PLURAL.items() if f"/{plural}/" in address}
    return bool(keyed & set(hidden)) or bool("record_id" in keyed and kinds & set(hidden))


def mixed(home: World, ids: dict[str, Any]) -> World:
    """The home network's name with keys from elsewhere."""
    return World(home.owner, home.observer, home.stranger, home.network, ids=ids, values=home.values)


def on_rota(number: int | None, visitor: Visitor, circles: Circles) -> bool:
    """Whether it is this visitor's turn to try the kind of this number.

    Each kind has the same doors, so every kind is tried by some of the visitors, and members by all.
    """
    return not number or (number + circles.visitors.index(visitor)) % _ROTA == 0


def kind_number(address: str) -> int | None:
    """The number of the kind whose records an address is about."""
    return next((number for number, plural in enumerate(BY_PLURAL) if f"/{plural}/" in address), None)


def is_elsewhere(visitor: Visitor, slug_of: str, keys_of: str) -> bool:
    """Whether the request names something that does not exist for the visitor."""
    if "foreign" in visitor.places and slug_of == "home":
        # Their own network has the same short name, so the name alone leads there.
        return keys_of not in (NO_KEYS, "foreign")
    if keys_of.startswith("home for "):
        return not visitor.reads("home", keys_of.removeprefix("home for "))
    return slug_of not in visitor.places or keys_of not in (NO_KEYS, slug_of)


# What takes more than the right to change records, by words of the address.
_RUNNING_ONLY = re.compile(r"/(imports?|webhooks?|outbox|audit|team|invitations?|live-links?|fields?|users?)\b")


def may_write(visitor: Visitor, address: str) -> bool:
    """Whether this visitor could be let in here with a change; what becomes of it is for other tests."""
    return visitor.role in RUNNING or (visitor.role in EDITING and not _RUNNING_ONLY.search(address))


def visitor_of(circles: Circles, name: str) -> Visitor:
    """The visitor of this name."""
    return next(visitor for visitor in circles.visitors if visitor.name == name)


class Walk:
    """What one visitor tried, and what came of it that must not."""

    def __init__(self, circles: Circles, visitor: Visitor) -> None:
        self.circles, self.visitor = circles, visitor
        self.requests = 0
        self.faults: list[str] = []
        self._before = fingerprint()

    def visit(self, what: str, ask: Callable[[], tuple[bytes, str]], *, refused: bool) -> None:
        """Ask; look for words that are not for the visitor, for the right kind of no, and for a change after it.

        `ask` gives what the visitor got to see, and what speaks against a refusal: empty when it was one.
        """
        self.requests += 1
        with writes() as statements:
            content, came_through = ask()
        if leaks := self.circles.leaks(self.visitor, content):
            self.fault(what, f"reads what is for {', '.join(leaks[:3])}")
        if refused and came_through:
            self.fault(what, f"is not refused: {came_through}")
        if statements and refused:
            after = fingerprint()
            if after != self._before:
                self.fault(what, f"changes rows though refused: {statements[0][:120]}")
                self._before = after

    def fault(self, what: str, why: str) -> None:
        self.faults.append(f"{self.visitor.name}: {what}: {why}")

    def report(self) -> str:
        """What is wrong, for the one who reads the failure."""
        return f"{len(self.faults)} of {self.requests} requests:\n" + "\n".join(self.faults[:40])
