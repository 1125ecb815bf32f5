"""What a row would change of a record that exists: filled cells replace, empty ones say nothing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from unisono.areas.network.actions.values import current_values
from unisono.areas.network.importing.mapping import Mapped
from unisono.areas.network.importing.matching import Directory
from unisono.areas.network.importing.parsing import Parsed
from unisono.areas.network.importing.reach import Reach
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, ORGANIZATION_FIELDS, PERSON, Kind
from unisono.areas.network.models import Capability, Membership, Need, Network, Offering, Organization, Person
from unisono.core.text import name_key
from unisono.platform import log
from unisono.platform.fields import Field

_EMPTY: tuple[Any, ...] = (None, "", [])
_ON_ORGANIZATION = frozenset(f.name for f in ORGANIZATION_FIELDS)
# Lists that grow: what is there may have been added by hand.
_GROWING = ("tags", "aliases", "kinds")


@dataclass(slots=True)
class Change:
    """New values of some fields of one record. `changes` holds [before, after] as JSON."""

    kind: Kind
    record: Any
    clean: dict[str, Any]
    changes: dict[str, list[Any]]

    def __bool__(self) -> bool:
        return bool(self.changes)


@dataclass(slots=True)
class Effect:
    """All that a row would do to an organisation that exists and to what hangs on it."""

    changes: list[Change] = field(default_factory=list)
    joins: bool = False
    new_contact: dict[str, Any] = field(default_factory=dict)
    linked_contact: Any = None
    lists: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.joins or any(self.changes) or bool(self.new_contact or self.linked_contact or self.lists)

    @property
    def brings_back(self) -> bool:
        """Whether something that was put away is in use again after it."""
        return any("archived_at" in change.changes for change in self.changes)

    def compared(self) -> list[list[str]]:
        """[kind, key] of the records whose present values the summary shows."""
        found = []
        for change in filter(None, self.changes):
            found.append([change.kind.name, str(change.record.pk)])
            if change.kind is MEMBER:
                found.append([ORGANIZATION.name, str(change.record.organization_id)])
        return found

    def summary(self) -> dict[str, list[Any]]:
        """Field to [before, after], for people who look at the row."""
        shown: dict[str, list[Any]] = {}
        for change in self.changes:
            prefix = "person." if change.kind is PERSON else ""
            shown.update({f"{prefix}{name}": pair for name, pair in change.changes.items()})
        if self.new_contact:
            shown["person.name"] = [None, self.new_contact["name"]]
        shown.update({name: [None, words] for name, words in self.lists.items()})
        return shown


@dataclass(slots=True)
class Present:
    """Records of some organisations as they are now."""

    organizations: dict[UUID, Organization] = field(default_factory=dict)
    members: dict[UUID, Membership] = field(default_factory=dict)
    # Organisations whose membership the actor may not read: rows change nothing of them.
    closed: set[UUID] = field(default_factory=set)
    people: dict[UUID, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_email: dict[str, Person] = field(default_factory=dict)
    lists: dict[str, dict[UUID, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))


def present(network: Network, reach: Reach, ids: Iterable[UUID], rows: Iterable[Parsed]) -> Present:
    """Load the organisations `ids`, which must be in reach, and what hangs on them as far as the rows speak of it."""
    now = Present()
    rows = list(rows)
    people = [row.values if row.kind == "person" else row.contact for row in rows]
    emails = {str(values["email"]).casefold() for values in people if values.get("email")}
    known = [reach.by_address[email] for email in emails if email in reach.by_address] if emails else []
    for person in _people(known) if known else ():
        now.by_email.setdefault(person.email.casefold(), person)
    wanted = list(set(ids))
    if not wanted:
        return now
    now.organizations = Organization._base_manager.in_bulk(wanted)
    members = Membership.objects.filter(network=network, organization_id__in=wanted)
    open_members = members.filter(reach.readable(Membership))
    if any("tags" in row.values for row in rows):
        open_members = open_members.prefetch_related("tags")
    for member in open_members:
        member.organization = now.organizations[member.organization_id]
        now.members[member.organization_id] = member
    now.closed.update(members.exclude(reach.readable(Membership)).values_list("organization_id", flat=True))
    if any(row.contact or row.kind == "person" for row in rows):
        between = Person.organizations.through.objects.filter(organization_id__in=wanted)
        for person in _people(set(between.values_list("person_id", flat=True))).filter(reach.readable(Person)):
            for organization in person.organizations.all():
                now.people[organization.pk].append(person)
    names = {name for row in rows for name in row.lists}
    if "needs" in names:
        needs = Need.objects.filter(reach.readable(Need), network=network, membership__organization_id__in=wanted)
        for owner, text in needs.values_list("membership__organization_id", "statement"):
            now.lists["needs"][owner].add(name_key(text))
    if "offers" in names:
        offerings = Offering.objects.filter(reach.readable(Offering), network=network)
        through = Offering.owners.through.objects.filter(organization_id__in=wanted, offering__in=offerings)
        for owner, text in through.values_list("organization_id", "offering__name"):
            now.lists["offers"][owner].add(name_key(text))
    if "capabilities" in names:
        for owner, text in Capability.objects.filter(
            reach.readable(Capability), organization_id__in=wanted
        ).values_list("organization_id", "term"):
            now.lists["capabilities"][owner].add(name_key(text))
    return now


def _people(ids: Iterable[UUID]) -> QuerySet[Person]:
    """People with their organisations, by keys of records already permitted.

    The workspace is left out of the conditions: with it, and no statistics, SQLite reads the whole workspace.
    """
    organizations = Prefetch("organizations", Organization._base_manager.order_by())
    people: QuerySet[Person] = Person._base_manager.filter(pk__in=list(ids)).prefetch_related(organizations)
    return people


def _wanted(known: Field, before: Any, value: Any, *, fill_only: bool) -> Any:
    """The value the field should have."""
    if known.name in _GROWING:
        folded = {str(word).casefold() for word in before}
        return [*before, *(word for word in value if word.casefold() not in folded)]
    if before not in _EMPTY and (fill_only or known.name == "key"):
        return before
    return value


def change_of(
    kind: Kind, record: Any, fields: dict[str, Field], values: dict[str, Any], *, fill_only: bool = False
) -> Change:
    """What filled values would change of one record."""
    chosen = [fields[name] for name in values if name in fields]
    before = current_values(kind, record, chosen)
    clean: dict[str, Any] = {}
    for known in chosen:
        value = _wanted(known, before[known.name], values[known.name], fill_only=fill_only)
        if value != before[known.name] and log.changes_between({"v": before[known.name]}, {"v": value}):
            clean[known.name] = value
    if record.is_archived:
        # Whoever lists a record that was put away wants it back.
        before["archived_at"], clean["archived_at"] = record.archived_at, None
    return Change(kind, record, clean, log.changes_between(before, clean))


def effect_on_organization(
    parsed: Parsed,
    mapping: Mapped,
    now: Present,
    organization_id: UUID,
    directory: Directory,
    network: Network,
    *,
    fill_only: bool = False,
    decided: bool = False,
) -> Effect:
    """What a row of a member or an organisation would do to the organisation it means.

    `decided`: people said that it is the same in spite of its name, so the organisation keeps the one it has.
    """
    if organization_id in now.closed:
        return Effect()
    organization = now.organizations[organization_id]
    values = dict(parsed.values)
    fields = mapping.fields[parsed.kind]
    if parsed.key and directory.is_taken(parsed.key, organization_id):
        # A key belongs to one organisation: the first keeps it.
        values.pop("key", None)
    if "name" in values and values["name"] != organization.name:
        if not decided and parsed.name_key in {name_key(alias)[:250] for alias in organization.aliases}:
            # A row under a name that is known to be another one of the organisation only adds to it.
            fill_only = True
        keeps = fill_only or decided
        aliases = list(values.get("aliases", []))
        aliases.append(values.pop("name") if keeps else organization.name)
        if name_key(aliases[-1]) != name_key(organization.name if keeps else values["name"]):
            values["aliases"] = aliases
            fields = {"aliases": _ALIASES, **fields}
    effect = Effect()
    if parsed.kind == "member":
        member = now.members.get(organization_id)
        if member is None:
            effect.joins = True
            own = {name: known for name, known in _unplaced(fields).items() if name in _ON_ORGANIZATION}
            effect.changes.append(change_of(ORGANIZATION, organization, own, values, fill_only=fill_only))
        else:
            effect.changes.append(change_of(MEMBER, member, _placed(fields), values, fill_only=fill_only))
            if organization.is_archived:
                effect.changes.append(change_of(ORGANIZATION, organization, {}, {}))
    else:
        effect.changes.append(change_of(ORGANIZATION, organization, fields, values, fill_only=fill_only))
    _contact_effect(effect, parsed, now, organization_id, fill_only=fill_only)
    for name, words in parsed.lists.items():
        there = now.lists[name][organization_id]
        if missing := [word for word in words if name_key(word) not in there]:
            effect.lists[name] = missing
    return effect


_ALIASES = next(f for f in ORGANIZATION_FIELDS if f.name == "aliases")
_BY_NAME = {f.name: f for f in ORGANIZATION_FIELDS}


def _unplaced(fields: dict[str, Field]) -> dict[str, Field]:
    """Fields of a member's organisation as fields of an organisation."""
    return {name: _BY_NAME.get(name, known) for name, known in fields.items()}


def _placed(fields: dict[str, Field]) -> dict[str, Field]:
    """Fields as those of a member, which lie partly on its organisation."""
    return {name: (MEMBER.field(name) or known) for name, known in fields.items()}


def membership_values(values: dict[str, Any]) -> dict[str, Any]:
    """The part of a member's values that lies on the membership."""
    return {name: value for name, value in values.items() if name not in _ON_ORGANIZATION}


def _contact_effect(effect: Effect, parsed: Parsed, now: Present, organization_id: UUID, *, fill_only: bool) -> None:
    if not parsed.contact:
        return
    person, here = person_meant(parsed.contact, now, organization_id)
    if person is None:
        effect.new_contact = dict(parsed.contact)
        return
    values = dict(parsed.contact)
    if values["name"] == values.get("email"):
        values.pop("name")
    change = change_of(PERSON, person, {f.name: f for f in PERSON.fields}, values, fill_only=fill_only)
    if change:
        effect.changes.append(change)
    if not here:
        effect.linked_contact = person


def person_meant(values: dict[str, Any], now: Present, organization_id: UUID) -> tuple[Person | None, bool]:
    """The person with this address, else of this name in the organisation; and whether it belongs to it already."""
    email = str(values.get("email", "")).casefold()
    folded = name_key(str(values.get("name", "")))[:250]
    people = now.people.get(organization_id, [])
    for person in people:
        if email and person.email.casefold() == email:
            return person, True
    for person in people:
        if person.name_key == folded and not (email and person.email):
            return person, True
    return (now.by_email.get(email), False) if email else (None, False)
