"""Makes up further members of a demo network, by the thousand.

Thousands of single actions would take minutes. Here rows are stored in bulk, and each still gets the event and the
search entries that the action would have written, so that lists, timelines and search behave as with real members.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from unisono.areas.activities.kinds import PARTICIPATION
from unisono.areas.activities.models import Gathering
from unisono.areas.network.actions.values import tags_named
from unisono.areas.network.indexing import index_records
from unisono.areas.network.kinds import (
    CAPABILITY,
    MEMBER,
    NEED,
    OFFERING,
    ORGANIZATION,
    PERSON,
    RELATIONSHIP,
    ROLE,
    Kind,
)
from unisono.areas.network.models import Membership, Network, Offering, Organization, Person, Tag
from unisono.core.text import name_key, slug
from unisono.demo.stories import Story, word_lists
from unisono.demo.telling import size_class
from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.models import Event

_CHUNK = 500
_STATES = ("active", "active", "active", "active", "active", "active", "paused", "onboarding", "invited", "prospect")
_SORTS_OF_NEED = ("pain", "pain", "expectation", "aspiration", "constraint")
# Parts before those that refer to them.
_ORDER = (ORGANIZATION, MEMBER, PERSON, NEED, OFFERING, CAPABILITY, ROLE, RELATIONSHIP, PARTICIPATION)


@dataclass(frozen=True, slots=True)
class _Row:
    """A record, its values as the log tells them, and the organisation on whose timeline it belongs."""

    record: Any
    values: dict[str, Any]
    about: UUID


@dataclass
class _Chunk:
    """Rows of some members, not yet stored."""

    rows: dict[str, list[_Row]] = field(default_factory=lambda: {kind.name: [] for kind in _ORDER})
    links: dict[type[Any], list[Any]] = field(default_factory=dict)

    def link(self, through: Any, **ends: UUID | int) -> None:
        self.links.setdefault(through, []).append(through(**ends))


@dataclass
class _Maker:
    """Makes up members of one network; the same ones every time."""

    actor: Actor
    network: Network
    story: Story
    at: datetime
    words: dict[str, Any]
    rng: Random
    tags: dict[str, Tag]
    contacts: list[UUID]
    known: list[tuple[UUID, UUID]]
    taken: set[str]
    # Key and day of the gatherings held so far.
    held: list[tuple[UUID, date]]

    def day(self) -> date:
        """Some day on which a member may have joined."""
        span = (self.at.date() - self.story.network["opened"]).days
        return self.at.date() - timedelta(days=self.rng.randrange(span))

    def farm(self) -> str:
        """The name of a farm, as places and families have it."""
        return str(self.rng.choice(self.words["heads"]) + self.rng.choice(self.words["tails"]))

    def name(self, patterns: list[str]) -> str:
        """A name that nobody has yet; a third of the houses carry their place as well."""
        while True:
            name = self.rng.choice(patterns).format(farm=self.farm())
            if name_key(name) in self.taken:
                name = f"{name} {self.rng.choice(self.words[self.story.name]['places'])}"
            if name_key(name) not in self.taken:
                self.taken.add(name_key(name))
                return name

    def fill(self, patterns: list[str], place: str) -> str:
        """One of the sentences, with its gaps filled."""
        months = self.words["months"]
        return self.rng.choice(patterns).format(
            place=place, month=self.rng.choice(months), number=self.rng.randrange(3, 60)
        )


def scale_up(*, actor: Actor, network: Network, story: Story, total: int, at: datetime) -> int:
    """Make up members until the network has `total`; gives the number that were added."""
    known = list(
        Membership.objects.filter(network=network).order_by("created_at", "pk").values_list("pk", "organization_id")
    )
    missing = total - len(known)
    if missing <= 0:
        return 0
    words = word_lists()
    names = sorted({tag for trade in words[story.name]["trade"] for tag in trade["tags"]})
    maker = _Maker(
        actor=actor,
        network=network,
        story=story,
        at=at,
        words=words,
        rng=Random(f"{story.name}/{len(known)}"),  # noqa: S311 - the same members every time, nothing secret
        tags=dict(zip(names, tags_named(network, names), strict=True)),
        contacts=_contacts(story),
        known=known,
        taken=set(Organization.objects.values_list("name_key", flat=True)),
        held=list(Gathering.objects.filter(network=network, state="held").order_by("on").values_list("pk", "on")),
    )
    for start in range(0, missing, _CHUNK):
        chunk = _Chunk()
        for _number in range(min(_CHUNK, missing - start)):
            _make(maker, chunk)
        _store(maker, chunk)
    return missing


def _contacts(story: Story) -> list[UUID]:
    names = set(story.network["contacts"].values())
    return list(Person.objects.filter(name__in=names).order_by("name").values_list("pk", flat=True))


def _make(maker: _Maker, chunk: _Chunk) -> None:
    """One member with a person, a contact, and some of the rest."""
    rng, base = maker.rng, maker.story.network["defaults"]
    words = maker.words[maker.story.name]
    trade = rng.choice(words["trade"])
    place, since, state = rng.choice(words["places"]), maker.day(), rng.choice(_STATES)
    name = maker.name(trade["names"])
    staff = min(int(rng.paretovariate(1.1)) + 1, 400)
    profile = {
        "name": name, "sector": trade["sector"], "place": place, "staff_count": staff, "kind": "firm",
        "size_class": size_class(staff), "website": f"https://{slug(name)}.example",
        "email": f"post@{slug(name)}.example", "description": maker.fill(trade["about"], place),
        "region": base.get("region", ""), "country": base["country"],
    }  # fmt: skip
    organization = _row(maker, chunk, ORGANIZATION, since, None, **profile)
    organization.recorded_in = maker.network
    about = organization.pk
    member = _row(maker, chunk, MEMBER, since, about, sides=trade.get("sides", base.get("sides", [])),
        actor_type=trade.get("type", ""), tier=rng.choice(words["tiers"]), wave=rng.randrange(1, 6),
        origin=rng.choice(("legacy", "new")), joined_on=since if state in ("active", "paused") else None)  # fmt: skip
    member.organization, member.state = organization, state
    chunk.rows["member"][-1].values.update(profile)
    for tag in rng.sample(trade["tags"], rng.randrange(1, 3)):
        chunk.link(Membership.tags.through, membership_id=member.pk, tag_id=maker.tags[tag].pk)
    person = f"{rng.choice(maker.words['given'])} {maker.farm()}"
    somebody = _row(maker, chunk, PERSON, since, about, name=person, job_title=rng.choice(trade["titles"]),
        email=f"{slug(person).replace('-', '.')}@{slug(name)}.example", consent=True,
        languages=maker.story.network["languages"])  # fmt: skip
    chunk.link(Person.organizations.through, person_id=somebody.pk, organization_id=about)
    if rng.random() < 0.6:
        _row(maker, chunk, NEED, since, about, membership=member, statement=maker.fill(trade["needs"], place),
            kind=rng.choice(_SORTS_OF_NEED), level=rng.randrange(2, 8),
            priority=rng.choice(("high", "medium", "low")))  # fmt: skip
    if rng.random() < 0.5:
        title, category = rng.choice(trade["offers"])
        offer = _row(maker, chunk, OFFERING, since, about, name=f"{title} at {name}", category=category)
        chunk.link(Offering.owners.through, offering_id=offer.pk, organization_id=about)
    _row(maker, chunk, CAPABILITY, since, about, organization=organization, term=rng.choice(trade["can"]),
        level=Decimal(rng.randrange(2, 11)) / 10, stated_by="self")  # fmt: skip
    if state != "prospect":
        role = _row(maker, chunk, ROLE, since, about, role_type="contact_person", membership=member,
            person_id=rng.choice(maker.contacts))  # fmt: skip
        role.state = "active"
    for other, others_organization in dict.fromkeys(rng.choice(maker.known) for _tie in range(rng.randrange(3))):
        _row(maker, chunk, RELATIONSHIP, since, others_organization, first_id=other, second=member,
            kinds=[rng.choice(words["ties"])], first_trust=rng.randrange(2, 8),
            second_trust=rng.randrange(2, 8))  # fmt: skip
    _come(maker, chunk, member, since)
    maker.known.append((member.pk, about))


def _come(maker: _Maker, chunk: _Chunk, member: Membership, since: date) -> None:
    """Gatherings that a member came to since it joined: some often, some never."""
    often = maker.rng.choice((0, 0, 0.1, 0.3, 0.6))
    for gathering, on in maker.held:
        luck = maker.rng.random()
        if luck < often and on > since and member.state in ("active", "paused", "onboarding"):
            part = _row(
                maker, chunk, PARTICIPATION, on, member.organization_id, membership=member, gathering_id=gathering
            )
            part.state = "attended"


def _row(maker: _Maker, chunk: _Chunk, kind: Kind, since: date, about: UUID | None, /, **values: Any) -> Any:
    """A record that was added on that day, kept for storing; an organisation is on its own timeline."""
    record: Any = kind.model(**values)
    record.created_at = record.updated_at = maker.at - (maker.at.date() - since)
    record.created_by_id = record.updated_by_id = maker.actor.user_id
    if hasattr(record, "name_key"):
        record.name_key = name_key(record.name)[:250]
    if hasattr(record, "network_id"):
        record.network = maker.network
    told = {name.removesuffix("_id"): value for name, value in values.items()}
    chunk.rows[kind.name].append(_Row(record, told, about or record.pk))
    return record


def _store(maker: _Maker, chunk: _Chunk) -> None:
    """Rows, then what joins them, then their events and search entries."""
    for kind in _ORDER:
        records = [row.record for row in chunk.rows[kind.name]]
        kind.model._default_manager.bulk_create(records, batch_size=_CHUNK)
    for through, links in chunk.links.items():
        through._base_manager.bulk_create(links, batch_size=_CHUNK)
    log.record(_events(maker, chunk))
    for kind in _ORDER:
        stored = kind.model._default_manager.filter(pk__in=[row.record.pk for row in chunk.rows[kind.name]])
        readable = stored.select_related(*kind.related).prefetch_related(*kind.prefetched)
        index_records(maker.network, kind, readable, new=True)


def _events(maker: _Maker, chunk: _Chunk) -> Iterator[Event]:
    """One "added" per record; an organisation's values are told with its member's."""
    for kind in _ORDER:
        for row in chunk.rows[kind.name] if kind is not ORGANIZATION else ():
            values = {name: value for name, value in row.values.items() if value not in (None, "", [])}
            yield log.event(
                actor=maker.actor, kind=f"{kind.name}.added", subject=row.record, network_id=maker.network.pk,
                about_id=row.about,
                changes=log.changes_between({}, values, personal=log.personal_in(row.record, values)),
                at=row.record.created_at,
            )  # fmt: skip
