"""Who came, as rows of events lists say it: members, people of members, and people whom nobody knows yet."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Q

from unisono.areas.network.importing.reach import Reach
from unisono.core.text import name_key

End = TypeVar("End", bound=Hashable)
# "Marit Åsen (Fjord AS)": a person and the organisation.
_PERSON_OF = re.compile(r"(?P<person>[^()]+?)\s*\((?P<member>[^()]+)\)")
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Named:
    """One that a row names, in its words: a member, a person of a member, or a person without more.

    `loose`: the row names several members, and does not say to which of them the person belongs.
    """

    field: str
    member: str = ""
    person: str = ""
    email: str = ""
    loose: bool = False

    @property
    def text(self) -> str:
        """What to call it where it is not found."""
        return self.member or self.person or self.email


@dataclass(frozen=True, slots=True)
class Coming(Generic[End]):
    """A member that is known, and the person by whom it comes, if the row says one."""

    member: End
    person: str = ""
    email: str = ""
    loose: bool = False

    @property
    def name(self) -> str:
        """The person's name; somebody of whom only the address is known is called by it."""
        return self.person or self.email


@dataclass(frozen=True, slots=True)
class Unknown:
    """One that nobody knows; `several`: more people are called so, in different organisations."""

    named: Named
    several: bool = False


def named_in(values: Mapping[str, Any]) -> list[Named]:
    """Whom a row names; the person of the row belongs to its one member."""
    one, all_of_them = values.get("member", ""), values.get("attendees", ())
    person, email = values.get("person", ""), values.get("email", "")
    if one:
        rest = [Named("attendees", name) for name in all_of_them if name != one]
        return [Named("member", one, person, email), *dict.fromkeys(rest)]
    if not all_of_them:
        return [Named("person" if person else "email", "", person, email)] if person or email else []
    several = len(set(all_of_them)) > 1
    return [Named("attendees", name, person, email, several and bool(person or email)) for name in
            dict.fromkeys(all_of_them)]  # fmt: skip


def texts_of(one: Named) -> list[str]:
    """Texts that may name a member."""
    parts = _PERSON_OF.fullmatch(one.member)
    return [one.member, *([parts["member"].strip()] if parts else [])] if one.member else []


@dataclass(slots=True)
class People:
    """People in reach that rows name: by organisation and name, and by address."""

    here: dict[tuple[UUID, str], list[tuple[UUID, str]]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    by_email: dict[str, UUID] = field(default_factory=dict)
    organizations: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def find(self, organization: UUID | None, name: str, email: str) -> tuple[UUID | None, bool]:
        """The person with this address, else of this name in the organisation; and whether it belongs to it already."""
        if email and (known := self.by_email.get(email.casefold())):
            return known, organization in self.organizations[known]
        if organization is not None:
            for person, address in self.here.get((organization, name_key(name)[:250]), ()):
                if not (email and address):
                    return person, True
        return None, False


def people_named(reach: Reach, named: Iterable[Named]) -> People:
    """Load those whom rows may mean, by their names and addresses."""
    names: set[str] = set()
    emails: set[str] = set()
    for one in named:
        emails.update(filter(None, [one.email.casefold()]))
        parts = _PERSON_OF.fullmatch(one.member)
        names.update(
            name_key(text)[:250] for text in (one.person, one.member, parts["person"] if parts else "") if text
        )
    found = People()
    by_address = {reach.by_address[email]: email for email in emails if email in reach.by_address} if emails else {}
    wanted = [("name_key", text) for text in names] + [("pk", pk) for pk in by_address]
    remaining = iter(wanted)
    while part := list(islice(remaining, _AT_ONCE)):
        chosen = Q(name_key__in=[v for key, v in part if key == "name_key"])
        chosen |= Q(pk__in=[v for key, v in part if key == "pk"])
        people = reach.people().filter(chosen, archived_at=None).order_by("pk")
        for pk, key, email, organization in people.values_list("pk", "name_key", "email", "organizations"):
            if organization is None or organization in found.organizations[pk]:
                continue
            found.organizations[pk].add(organization)
            found.here[organization, key].append((pk, email))
            found.by_name[key].add(organization)
            if pk in by_address:
                found.by_email[by_address[pk]] = pk
    return found


def meant(
    named: Iterable[Named],
    people: People,
    end_of: Callable[[str], End | None],
    member_with_id: Callable[[UUID], End | None],
) -> list[Coming[End] | Unknown]:
    """Whom the texts mean. A member's own name goes first; then "person (member)"; then a person known by name."""
    found: dict[Coming[End] | Unknown, None] = {}
    for one in named:
        found[_meant(one, people, end_of, member_with_id)] = None
    return [*found]


def _meant(
    one: Named,
    people: People,
    end_of: Callable[[str], End | None],
    member_with_id: Callable[[UUID], End | None],
) -> Coming[End] | Unknown:
    if one.member and (member := end_of(one.member)) is not None:
        return Coming(member, one.person, one.email, one.loose)
    if one.member and one.field == "attendees" and (parts := _PERSON_OF.fullmatch(one.member)):
        member = end_of(parts["member"].strip())
        if member is not None:
            return Coming(member, parts["person"])
    if one.field == "member":
        return Unknown(one)
    person, email = (one.member, "") if one.member else (one.person, one.email)
    known = people.by_email.get(email.casefold()) if email else None
    ids = people.organizations[known] if known else people.by_name.get(name_key(person)[:250], set())
    members = [(pk, member) for pk in ids if (member := member_with_id(pk)) is not None]
    if len(members) == 1:
        return Coming(members[0][1], person, email)
    return Unknown(one, several=len(members) > 1)


def addresses_of(coming: Iterable[Coming[End]]) -> dict[tuple[End, str], str]:
    """The first address that any row gives for a person of this name in a member."""
    found: dict[tuple[End, str], str] = {}
    for one in coming:
        if one.person and one.email:
            found.setdefault((one.member, name_key(one.person)[:250]), one.email)
    return found
