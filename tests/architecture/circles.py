"""Three places with one of everything for every circle of readers, and everybody who might come to their doors.

The places are a network (home), another network of the same workspace (next) and a network of the same short name in
another workspace (foreign). In each, records of every kind carry a word that says for whom they are; whoever reads a
word that is not for them has found a leak.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client
from tests.architecture.world import WRITING, World, build

from unisono.areas.network import actions
from unisono.areas.network.indexing import index_record
from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import Network
from unisono.platform.accounts import create_token, ensure_user, give_role
from unisono.platform.actor import Actor, actor_of
from unisono.platform.fields import Type
from unisono.platform.models import Event, User, Workspace
from unisono.platform.tenancy import Visibility, workspace_scope

PLACES = ("home", "next", "foreign")
# Whom each circle is for, said here once more, away from the code that enforces it. What is private is for the one
# who wrote it: the owner, in every place.
STAFF = {"owner", "orchestrator", "contact_person"}
CIRCLES: dict[str, set[str]] = {
    Visibility.NETWORK: STAFF | {"specialist", "curator", "representative", "observer"},
    Visibility.PARTIES: STAFF,
    Visibility.CARE_TEAM: STAFF | {"specialist"},
    Visibility.PRIVATE: set(),
}
# Who may change records, and who may also import and configure.
EDITING, RUNNING = STAFF, {"owner", "orchestrator"}

# A word in letters alone survives folding, short names and every format.
_WORD = re.compile(rb"zq[a-z]+qz")


def word(place: str, circle: str, kind: str) -> str:
    """The word that a record of this kind carries in this place for this circle."""
    return f"zq{place}x{circle}x{kind}qz".replace("_", "")


@dataclass
class Place:
    """A network, one of everything in it, and the keys of what is for each circle of readers."""

    name: str
    world: World
    hidden: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Visitor:
    """Somebody at the door: nobody, or an account with one role somewhere."""

    name: str
    user: User | None = None
    role: str = ""
    # Places in which the role counts.
    places: tuple[str, ...] = ()
    page: Client = field(default_factory=Client)
    api: Client = field(default_factory=Client)
    reading_api: Client = field(default_factory=Client)

    def reads(self, place: str, circle: str) -> bool:
        """Whether what lies in a place for a circle is for this visitor."""
        return place in self.places and self.role in CIRCLES[circle]


@dataclass
class Circles:
    """The places by name, the visitors, and what each word means."""

    places: dict[str, Place]
    visitors: list[Visitor]
    words: dict[bytes, tuple[str, str, str]]

    def leaks(self, visitor: Visitor, content: bytes) -> list[str]:
        """Words in an answer that are not for the visitor."""
        found = {self.words[each] for each in _WORD.findall(content.lower()) if each in self.words}
        return sorted(" ".join(what) for what in found if not visitor.reads(what[0], what[1]))


def text_field(kind: Kind) -> str:
    """The field that can carry a word; empty for a kind without any text of its own."""
    texts = (f for f in kind.fields if f.type in (Type.TEXT, Type.LONG_TEXT) and not f.on and f.name != "key")
    ordered = sorted(texts, key=lambda f: not f.required)
    return ordered[0].name if ordered else ""


def _for_circle(place: Place, owner: Actor, network: Network, circle: str) -> dict[str, Any]:
    """Records for one circle, of every kind that can carry a word; their keys by kind."""
    keys: dict[str, Any] = {}
    for kind in KINDS.values():
        name = text_field(kind)
        if not name or kind.name in ("member", "organization", "person"):
            # Their names stand on records of others, for readers of those.
            continue
        values = {**place.world.values[kind.name], name: word(place.name, circle, kind.name)}
        values |= {"visibility": circle} if kind.field("visibility") else {}
        record = actions.add_record(actor=owner, network=network, kind=kind, values=values)
        if record.visibility != circle:
            # No form asks it of this kind; the rule holds all the same. The log knows it as if it had been so before.
            record.visibility = circle
            record.save(update_fields=["visibility"])
            index_record(network, kind, record)
            Event.objects.filter(subject_id=record.pk).update(changes={})
        keys[kind.name] = record.pk
    member = place.world.ids["member"]
    comment = actions.write_comment(
        actor=owner, network=network, kind=KINDS["member"], record_id=member,
        text=word(place.name, circle, "comment"), visibility=circle,
    )  # fmt: skip
    file = actions.attach_file(
        actor=owner, network=network, membership_id=member, name=f"{word(place.name, circle, 'file')}.txt",
        chunks=[word(place.name, circle, "file").encode()], visibility=circle,
    )  # fmt: skip
    return keys | {"comment_id": comment.pk, "file_id": file.pk, "attachment_id": file.pk}


def _visitor(name: str, role: str, owner: Actor, network: Network | None, places: tuple[str, ...]) -> Visitor:
    user = ensure_user(email=f"{name.replace(' ', '-')}@example.org", name=name)
    give_role(user=user, workspace=_workspace(owner), role=role, network_id=network.pk if network else None)
    acting = actor_of(user, _workspace(owner))
    assert acting is not None
    visitor = Visitor(name, user, role, places)
    visitor.page.force_login(user)
    with workspace_scope(acting.workspace_id):
        for attribute, scopes in (("api", (*WRITING, "care")), ("reading_api", ("read", "care"))):
            _token, secret = create_token(actor=acting, name="walk", scopes=scopes)
            setattr(visitor, attribute, Client(headers={"authorization": f"Bearer {secret}"}))
    return visitor


def _workspace(actor: Actor) -> Any:
    return Workspace.objects.get(pk=actor.workspace_id)


def build_circles(owner: Actor, network: Network, stranger: Actor, make_actor: Callable[..., Actor]) -> Circles:
    """All places filled by their owners, and a visitor for each role in the home network and beyond."""
    words: dict[bytes, tuple[str, str, str]] = {}
    kinds = [*KINDS, "comment", "file"]
    for place in PLACES:
        for circle in CIRCLES:
            words |= {word(place, circle, kind).encode(): (place, circle, kind) for kind in kinds}
    places: dict[str, Place] = {}
    observer = make_actor("observer")
    with workspace_scope(owner.workspace_id):
        beside = actions.create_network(actor=owner, values={"name": "Harvester"})
    with workspace_scope(stranger.workspace_id):
        foreign = actions.create_network(actor=stranger, values={"name": network.name})
    for name, (host, room) in {
        "home": (owner, network), "next": (owner, beside), "foreign": (stranger, foreign),
    }.items():  # fmt: skip
        with workspace_scope(host.workspace_id):
            watching = observer if host is owner else host
            world = build(
                host, room, watching, stranger, canary=word(name, Visibility.CARE_TEAM, "note"), mark=f" {name}"
            )
            places[name] = Place(name, world)
            for circle in CIRCLES:
                places[name].hidden[circle] = _for_circle(places[name], host, room, circle)
    visitors = [Visitor("nobody"), _visitor("stranger here", "owner", stranger, None, ("foreign",))]
    for role in sorted(CIRCLES[Visibility.NETWORK]):
        visitors.append(_visitor(f"{role} of home", role, owner, network, ("home",)))
    for role in ("orchestrator", "specialist", "observer"):
        visitors.append(_visitor(f"{role} of all", role, owner, None, ("home", "next")))
    visitors.append(_visitor("orchestrator of next", "orchestrator", owner, beside, ("next",)))
    return Circles(places, visitors, words)


@contextmanager
def writes() -> Iterator[list[str]]:
    """Statements inside that write to a table, those aside that every visit writes (sessions, the use of a token)."""
    found: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        verb = sql.lstrip().split(None, 1)[0].upper()
        if verb in ("INSERT", "UPDATE", "DELETE", "REPLACE") and not _PASSING.search(sql):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


_PASSING = re.compile(r'"django_session"|"last_used_at" =|"last_login" =|"dbtaskresult"|"platform_cache"')
