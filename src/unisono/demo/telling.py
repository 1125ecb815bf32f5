"""Turns a story into a network, action by action, each at the time at which it happened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from unisono.areas.network.actions import add_custom_field, add_member, add_record, change_state, create_network
from unisono.areas.network.actions import edit_record as edit
from unisono.areas.network.kinds import (
    AGREEMENT,
    CAPABILITY,
    KINDS,
    MEMBER,
    NEED,
    NOTE,
    OFFERING,
    PERSON,
    RELATIONSHIP,
    RESOURCE,
    ROLE,
    Kind,
)
from unisono.areas.network.models import Membership, Network
from unisono.core.text import slug
from unisono.demo.accounts import sign_in_accounts
from unisono.demo.stories import Story, columns
from unisono.platform.actor import Actor

_COPIED = {
    "name": "name", "place": "place", "sector": "sector", "staff": "staff_count", "tier": "tier", "tags": "tags",
    "about": "description", "sides": "sides", "type": "actor_type", "origin": "origin", "wave": "wave",
    "decision": "partner_decision", "gain": "expected_gain", "also": "aliases", "kind": "kind", "region": "region",
    "country": "country", "capacity": "capacity_baseline", "format": "format", "part_of": "corporate_group",
}  # fmt: skip
_NEED = re.compile(
    r"(?P<kind>\w+) (?P<level>[1-7]) (?P<priority>\w+)(?: (?P<state>\w+))?: (?P<statement>.+)", re.DOTALL
)
_STEP = re.compile(r"(?P<state>\w+) (?P<day>\d{4}-\d\d-\d\d)(?:: (?P<reason>.+))?")


@dataclass
class Telling:
    """One telling of a story: who tells it, how far its days are moved, and who is in it so far."""

    actor: Actor
    story: Story
    shift: timedelta = timedelta()
    members: dict[str, Membership] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)

    def day(self, day: date) -> date:
        """A day of the story, moved."""
        return day + self.shift

    def moment(self, day: date, rng: Random) -> datetime:
        """An hour of that day at which people work; on the last day an early one."""
        at = time(rng.randrange(8, 15), rng.randrange(60)) if day < self.story.now else time(6, rng.randrange(60))
        return datetime.combine(self.day(day), at, tzinfo=UTC)

    def some_day(self, after: date, rng: Random) -> date:
        """A day of the story between `after` and its end."""
        return after + timedelta(days=rng.randrange(max((self.story.now - after).days, 0) + 1))


def tell(telling: Telling) -> Network:
    """Make the network with all that is in it, inside the scope of its workspace."""
    about = telling.story.network
    rng = Random(telling.story.name)  # noqa: S311 - the same network every time, nothing secret
    network = create_network(
        actor=telling.actor,
        values={key: about[key] for key in _NETWORK_FIELDS if key in about},
        is_synthetic=True,
        at=telling.moment(about["opened"], rng),
    )
    for custom in about.get("custom", []):
        add_custom_field(
            actor=telling.actor,
            network=network,
            record_kind="member",
            at=telling.moment(about["opened"], rng),
            **custom,
        )
    for member in telling.story.members:
        _join(telling, network, member)
    for agreement in telling.story.agreements:
        _agree(telling, network, agreement, rng)
    for member in telling.story.members:
        _assign_roles(telling, network, member)
        _live(telling, network, member)
    for tie in telling.story.ties:
        _tie(telling, network, tie, rng)
    return network


_NETWORK_FIELDS = (
    "name", "purpose", "value_system_type", "governance_form", "context_tags", "organising_principles", "time_zone",
)  # fmt: skip


def _add(
    telling: Telling, network: Network, kind: Kind, at: datetime, state: str | None = None, /, **values: Any
) -> Any:
    return add_record(actor=telling.actor, network=network, kind=kind, values=values, state=state, at=at)


def size_class(staff: int) -> str:
    """The usual class of a number of staff."""
    return "micro" if staff < 10 else "small" if staff < 50 else "medium" if staff < 250 else "large"


def first_day(telling: Telling, member: Mapping[str, Any]) -> date:
    """The day on which a member first shows up in the network's records."""
    steps = [date.fromisoformat(match["day"]) for match in map(_STEP.fullmatch, member.get("life", [])) if match]
    first = steps[0] - timedelta(days=21) if steps else member.get("since", telling.story.network["opened"])
    return max(first, telling.story.network["opened"])


def _join(telling: Telling, network: Network, member: Mapping[str, Any]) -> None:
    """The member with its people, needs, offers, capabilities, resources and notes."""
    rng = Random(f"{telling.story.name}/{member['name']}")  # noqa: S311
    start = first_day(telling, member)
    values = {target: member[source] for source, target in _COPIED.items() if source in member}
    address = f"{slug(member['name'])}.example"
    values = telling.story.network["defaults"] | values
    values |= {"website": f"https://{address}", "email": f"post@{address}"}
    if "staff" in member:
        values["size_class"] = size_class(member["staff"])
    if "since" in member:
        values["joined_on"] = telling.day(member["since"])
    values |= {f"custom.{name}": value for name, value in member.get("extra", {}).items()}
    state = member.get("state") or ("prospect" if _begins_as_prospect(member) else "active")
    membership = add_member(
        actor=telling.actor, network=network, values=values, state=state, at=telling.moment(start, rng)
    )
    telling.members[member["name"]] = membership
    organization = membership.organization_id
    # Who can sign in has the same address as a person.
    signing_in = {account.name: account.email for account in sign_in_accounts()}
    for line in member.get("people", []):
        name, title, *decides = columns(line)
        at = telling.moment(telling.some_day(start, rng) if telling.people.get(name) else start, rng)
        telling.people[name] = _add(
            telling, network, PERSON, at, name=name, job_title=title, organizations=[organization],
            email=signing_in.get(name) or f"{slug(name).replace('-', '.')}@{address}",
            decision_authority=decides[0] if decides else "",
            languages=member.get("languages", telling.story.network["languages"]), consent=True,
        ).pk  # fmt: skip
    for line in member.get("needs", []):
        match = _NEED.fullmatch(line)
        assert match is not None, line
        given = match.groupdict()
        at = telling.moment(telling.some_day(start, rng), rng)
        _add(
            telling, network, NEED, at, given["state"], membership=membership.pk, statement=given["statement"],
            kind=given["kind"], level=given["level"], priority=given["priority"],
        )  # fmt: skip
    for line in member.get("offers", []):
        name, category, proposition = columns(line)
        at = telling.moment(telling.some_day(start, rng), rng)
        _add(telling, network, OFFERING, at, name=name, category=category, proposition=proposition,
             owners=[organization])  # fmt: skip
    for line in member.get("can", []):
        term, level = line.rsplit(" ", 1)
        stated_by = rng.choices(("self", "lead", "peer"), (6, 2, 2))[0]
        at = telling.moment(telling.some_day(start, rng), rng)
        _add(
            telling, network, CAPABILITY, at, "claimed" if stated_by == "self" else "confirmed", level=level,
            organization=organization, term=term, stated_by=stated_by,
            is_digital=True if term in telling.story.network["digital"] else None,
        )  # fmt: skip
    for line in member.get("has", []):
        name, kind, openness, terms = columns(line)
        at = telling.moment(telling.some_day(start, rng), rng)
        _add(telling, network, RESOURCE, at, owner=organization, name=name, kind=kind, openness=openness, terms=terms)
    for line in member.get("notes", []):
        day, visibility, text = columns(line)
        at = telling.moment(date.fromisoformat(day), rng)
        _add(telling, network, NOTE, at, membership=membership.pk, text=text, visibility=visibility)


def _begins_as_prospect(member: Mapping[str, Any]) -> bool:
    return bool(member.get("life")) and member["life"][0].startswith("invited")


def _agree(telling: Telling, network: Network, agreement: Mapping[str, Any], rng: Random) -> None:
    """An agreement between its parties; `parties = "active"` means everyone who is a member by then."""
    parties = agreement["parties"]
    if parties == "active":
        parties = [name for name, member in telling.members.items() if member.state == "active"]
    _add(
        telling, network, AGREEMENT, telling.moment(agreement["from"], rng), agreement.get("state", "in_force"),
        title=agreement["title"], kind=agreement["kind"], text=agreement["text"],
        parties=[telling.members[name].pk for name in parties],
        valid_from=telling.day(agreement["from"]), review_on=telling.day(agreement["review"]),
        version=agreement.get("version", 1), visibility=agreement.get("visibility", "parties"),
    )  # fmt: skip


def _assign_roles(telling: Telling, network: Network, member: Mapping[str, Any]) -> None:
    """Roles that the member's own lines name, and its contact person in the organisation that hosts the network."""
    rng = Random(f"{telling.story.name}/{member['name']}/roles")  # noqa: S311
    about = telling.story.network
    membership = telling.members[member["name"]]
    start = first_day(telling, member)
    for line in member.get("roles", []):
        role_type, person, scope, tasks = columns(line)
        _add(
            telling, network, ROLE, telling.moment(start, rng), "active", role_type=role_type, scope=scope, tasks=tasks,
            membership=membership.pk, person=telling.people[person] if person else None,
        )  # fmt: skip
    if member["name"] != about["host"] and (membership.state != "prospect" or _becomes_active(member)):
        person = member.get("contact") or about["contacts"].get(member["place"], about["contacts"]["elsewhere"])
        _add(
            telling, network, ROLE, telling.moment(start, rng), "active", role_type="contact_person",
            membership=membership.pk, person=telling.people[person],
            scope=about["contact_scope"],
        )  # fmt: skip


def _becomes_active(member: Mapping[str, Any]) -> bool:
    return any(step.startswith("active") for step in member.get("life", []))


def _live(telling: Telling, network: Network, member: Mapping[str, Any]) -> None:
    """The steps of the member's life after it was recorded, each past the guards that stand in its way."""
    rng = Random(f"{telling.story.name}/{member['name']}/life")  # noqa: S311
    membership = telling.members[member["name"]]
    for line in member.get("life", []):
        match = _STEP.fullmatch(line)
        assert match is not None, line
        at = telling.moment(date.fromisoformat(match["day"]), rng)
        if match["state"] == "active" and _begins_as_prospect(member):
            _sign_the_rules(telling, network, membership, at)
        change_state(
            actor=telling.actor, network=network, kind=MEMBER, record_id=membership.pk, state=match["state"],
            reason=match["reason"] or "", at=at,
        )  # fmt: skip


def _sign_the_rules(telling: Telling, network: Network, membership: Membership, at: datetime) -> None:
    """The newcomer becomes a party to the network's participation rules."""
    rules = network.agreements.filter(kind="participation_rules", state="in_force").get()
    parties = [*rules.parties.values_list("pk", flat=True), membership.pk]
    edit(
        actor=telling.actor, network=network, kind=KINDS["agreement"], record_id=rules.pk, values={"parties": parties},
        at=at,
    )  # fmt: skip


def _tie(telling: Telling, network: Network, tie: Mapping[str, Any], rng: Random) -> None:
    first, second = tie["between"]
    interests = tie.get("interests", ("", ""))
    opened = telling.story.network["opened"]
    since = tie.get("since")
    recorded = max(since or opened, opened, *(first_day(telling, m) for m in _members_named(telling, (first, second))))
    _add(
        telling, network, RELATIONSHIP, telling.moment(telling.some_day(recorded, rng), rng),
        tie.get("state", "active"), first=telling.members[first].pk, second=telling.members[second].pk,
        kinds=tie["kinds"], first_trust=tie["trust"][0], second_trust=tie["trust"][1],
        first_interest=interests[0], second_interest=interests[1],
        since=telling.day(since) if since else None,
        character=tie.get("character") or ("relational" if min(tie["trust"]) >= 4 else "transactional"),
        origin=tie.get("origin") or ("pre_existing" if not since or since < opened else "network"),
        coopetition=tie.get("coopetition", False),
    )  # fmt: skip


def _members_named(telling: Telling, names: tuple[str, str]) -> list[dict[str, Any]]:
    return [member for member in telling.story.members if member["name"] in names]
