"""Rows of an events list: which gathering a row means, which members it names, and what it would note."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy, pgettext_lazy

from unisono.areas.activities.importing.attendees import (
    Coming,
    Named,
    People,
    Unknown,
    addresses_of,
    meant,
    named_in,
    people_named,
    texts_of,
)
from unisono.areas.activities.kinds import GATHERING, PARTICIPATION
from unisono.areas.activities.models import Gathering, Participation
from unisono.areas.activities.queries.contact import today_in
from unisono.areas.network.importing import row_kinds
from unisono.areas.network.importing.applying import Preparation
from unisono.areas.network.importing.checking import Checker, Verdict
from unisono.areas.network.importing.effects import Change
from unisono.areas.network.importing.matching import Known
from unisono.areas.network.importing.others import token_of
from unisono.areas.network.importing.parsing import place_of
from unisono.areas.network.importing.row_kinds import NEW_PEOPLE
from unisono.areas.network.importing.writing import named
from unisono.areas.network.kinds import PERSON
from unisono.areas.network.models import Membership, Network, Person
from unisono.core.text import name_key
from unisono.platform import log
from unisono.platform.bulk import blank
from unisono.platform.errors import Problem
from unisono.platform.fields import Field, Type
from unisono.platform.messages import message as _
from unisono.platform.states import label_of

_KIND = GATHERING.field("kind")
assert _KIND is not None
# A person and the organisation, as lists of new people show them.
PERSON_OF = "%s (%s)"
# A gathering is the same when it has the same name on the same day.
Place = tuple[str, date]


def fields(network: Network) -> list[Field]:
    """The event, and who came: one member in a row, or all of them in one column."""
    assert _KIND is not None
    return [
        Field("event", gettext_lazy("Event"), required=True,
              synonyms=("event name", "gathering", "meeting", "arrangement", "veranstaltung", "møte", "title")),
        Field("on", gettext_lazy("Day"), Type.DATE, required=True,
              synonyms=("date", "event date", "dato", "datum", "held on", "when")),
        Field("member", gettext_lazy("Member"), max_length=300,
              synonyms=("company", "organisation", "organization", "firm", "firma", "bedrift", "attendee")),
        Field("attendees", gettext_lazy("Who came (with ; between)"), Type.WORDS, max_length=300,
              synonyms=("attendees", "participants", "members", "who came", "present", "deltakere", "teilnehmer")),
        Field("person", gettext_lazy("Person"), personal=True,
              synonyms=("contact", "contact person", "participant", "who", "kontaktperson")),
        Field("email", gettext_lazy("E-mail of the person"), Type.EMAIL, personal=True,
              synonyms=("email", "e-mail", "mail", "e-post", "epost", "email address", "contact email")),
        Field("attended", gettext_lazy("Attended"), Type.BOOLEAN,
              synonyms=("attended?", "was there", "came", "showed up", "oppmøte", "møtt")),
        Field("place", gettext_lazy("Place of the event"), synonyms=("place", "venue", "location", "sted", "ort")),
        Field("kind", gettext_lazy("Kind of event"), Type.CHOICE, choices=_KIND.choices,
              synonyms=("kind", "event type", "type of event", "event kind")),
    ]  # fmt: skip


def _title(values: dict[str, Any]) -> str:
    who = values.get("member") or ", ".join(values.get("attendees", ())) or values.get("person") or values.get("email")
    return " – ".join(part for part in (str(values.get("event", "")), who or "") if part)[:200]


def _place(values: Mapping[str, Any]) -> Place:
    return name_key(values["event"])[:250], values["on"]


def _state(values: Mapping[str, Any], today: date) -> str:
    """What the row says of its members: nothing said of a day that is past means that they came."""
    if values["on"] > today:
        return "invited" if values.get("attended") is False else "signed_up"
    return "no_show" if values.get("attended") is False else "attended"


@dataclass(slots=True)
class _Present:
    """What is noted so far: gatherings, and the parts in them by organisation and person."""

    gatherings: dict[Place, UUID] = field(default_factory=dict)
    parts: dict[tuple[UUID, UUID, UUID | None], str] = field(default_factory=dict)
    put_away: dict[tuple[UUID, UUID, UUID | None], Participation] = field(default_factory=dict)


def _present(network: Network, rows: Iterable[Mapping[str, Any]]) -> _Present:
    """Load it for some rows, in two queries."""
    now = _Present()
    held = Gathering.objects.filter(network=network, archived_at=None, on__in={values["on"] for values in rows})
    for key, name, on in held.order_by("-pk").values_list("pk", "name_key", "on"):
        now.gatherings[name, on] = key
    parts = Participation.objects.filter(network=network, gathering__in=set(now.gatherings.values())).order_by()
    for part in parts.select_related("membership"):
        place = (part.gathering_id, part.membership.organization_id, part.person_id)
        if part.is_archived:
            now.put_away[place] = part
        else:
            now.parts[place] = part.state
    return now


@dataclass(frozen=True, eq=False, slots=True)
class _Member:
    """A member while rows are checked: the same one is the same object."""

    known: Known


def judge(checker: Checker, rows: list[Verdict]) -> None:
    """Say of each row whether it notes something new; a member that nobody knows is a problem, never made up."""
    named = {row.parsed.number: named_in(row.parsed.values) for row in rows}
    people = people_named(checker.reach, [one for several in named.values() for one in several])
    meaning: list[tuple[Verdict, list[Coming[_Member]]]] = []
    for row in rows:
        coming = _coming(checker, row, named[row.parsed.number], people)
        if row.parsed.problems:
            row.status = "wrong"
        else:
            meaning.append((row, coming))
    now = _present(checker.network, [row.parsed.values for row, _coming in meaning])
    today = today_in(checker.network)
    addresses = addresses_of(one for _row, coming in meaning for one in coming)
    seen: dict[Any, int] = checker.kept.setdefault("parts", {})
    events: set[Place] = checker.kept.setdefault("gatherings", set())
    for row, coming in meaning:
        values, place = row.parsed.values, _place(row.parsed.values)
        gathering = now.gatherings.get(place)
        said = _Said()
        for one in coming:
            known = one.member.known
            person, added = _person_told(one, people, checker, addresses)
            part = (gathering, known.id, person if isinstance(person, UUID) else None)
            token = (place, token_of(known), person or "")
            if token in seen:
                said.repeats = seen[token]
            elif not added and known.id is not None and part in now.parts:
                said.noted.add(now.parts[part])
            else:
                said.new += 1
                if added:
                    said.people.append(PERSON_OF % (one.name, known.name))
                elif one.loose and person is None:
                    said.loose += 1
                if not added and known.id is not None and part in now.put_away:
                    said.back = now.put_away[part].state
            seen.setdefault(token, row.parsed.number)
        if said.new:
            _tell(row, said, brings_gathering=gathering is None and place not in events, members=len(coming))
            events.add(place)
        elif said.noted:
            row.status, before = "same", said.noted - {_state(values, today)}
            if before:
                words = ", ".join(sorted(label_of(state) for state in before))
                row.note = _("Noted before as: %(state)s. It stays so; the gathering's page changes it.") % {
                    "state": words
                }
        else:
            row.status, row.note = "left_out", _("Repeats row %(row)s.") % {"row": said.repeats}


@dataclass(slots=True)
class _Said:
    """What one row says that is new, noted before, or said by another row."""

    new: int = 0
    loose: int = 0
    repeats: int = 0
    back: str = ""
    noted: set[str] = field(default_factory=set)
    people: list[str] = field(default_factory=list)


def _tell(row: Verdict, said: _Said, *, brings_gathering: bool, members: int) -> None:
    """Say in a note what a new row brings in beside the part itself."""
    if said.back:
        row.note = _("Brings back a part that was put away, as: %(state)s.") % {"state": label_of(said.back)}
        return
    notes: list[str] = []
    if brings_gathering:
        notes.append(_("Brings in the gathering."))
    if said.people:
        row.changes = {NEW_PEOPLE: [None, said.people]}
        shown = ", ".join(said.people[:3])
        notes.append(
            _("New among the people: %(names)s.") % {"names": shown}
            if len(said.people) <= 3
            else _("New among the people: %(names)s and %(n)s more.") % {"names": shown, "n": len(said.people) - 3}
        )
    if said.loose and said.loose == members:
        notes.append(
            _("It is not said whose person “%(name)s” is, so only the members are noted.")
            % {"name": str(row.parsed.values.get("person") or row.parsed.values.get("email"))[:60]}
        )
    while len(notes) > 1:
        notes[:2] = [_("%(first)s %(second)s") % {"first": notes[0], "second": notes[1]}]
    row.note = notes[0] if notes else ""


def _person_told(
    one: Coming[_Member], people: People, checker: Checker, addresses: Mapping[tuple[_Member, str], str]
) -> tuple[UUID | str | None, bool]:
    """What stands for the person of a part, and whether the row is the first that brings the person in."""
    if not one.name:
        return None, False
    known, folded = one.member.known, name_key(one.name)[:250]
    email = one.email or addresses.get((one.member, folded), "")
    person, here = people.find(known.id, one.name, email)
    if one.loose:
        return (person if here else None), False
    if person is not None and here:
        return person, False
    # Rows of people in the same file bring theirs in before.
    if (token_of(known), folded) in checker.others.people:
        return f"new {folded}", False
    token = str(person) if person else f"new {email.casefold() or folded}"
    coming: set[Any] = checker.kept.setdefault("people", set())
    first = (token_of(known), token) not in coming
    coming.add((token_of(known), token))
    return token, first and person is None


def _coming(checker: Checker, row: Verdict, named: list[Named], people: People) -> list[Coming[_Member]]:
    """Who comes by a row; each that is unknown is a problem of the row."""
    parsed = row.parsed
    members: dict[int, _Member] = checker.kept.setdefault("members", {})

    def member(known: Known | None) -> _Member | None:
        if known is None or not known.is_member:
            return None
        return members.setdefault(id(known), _Member(known))

    if not named and not parsed.problems:
        column = checker.mapping.column_of(parsed.kind, "member") or checker.mapping.column_of(parsed.kind, "attendees")
        rule = _("The row names no member.")
        parsed.problems.append(
            Problem(place_of(parsed.number, column), rule, _("Write who came, or leave the row out."))
        )
    found: list[Coming[_Member]] = []
    of_id = checker.directory.by_id.get
    for one in meant(named, people, lambda text: member(checker.end_meant(text)), lambda pk: member(of_id(pk))):
        if isinstance(one, Coming):
            found.append(one)
            continue
        place = place_of(parsed.number, checker.mapping.column_of(parsed.kind, one.named.field))
        outside = checker.end_meant(one.named.member) if one.named.member else None
        parsed.problems.append(Problem(place, *_unknown(one, outside)))
    return found


def _unknown(one: Unknown, outside: Known | None) -> tuple[str, str]:
    """The rule and the remedy for one that a row names and nobody knows as a member."""
    name = {"name": one.named.text[:60]}
    if outside is not None:
        return (
            _("“%(name)s” is known, but is no member of this network.") % name,
            _("Make it a member first, or leave the row out."),
        )
    if one.several:
        return (
            _("People of several members are called “%(name)s”.") % name,
            _("Write the organisation too, for example: Name (Organisation)."),
        )
    if not one.named.member:
        return (
            _("Nobody here is called “%(name)s”, and the row names no organisation.") % name,
            _("Write the organisation; the person then comes in with the row."),
        )
    return (
        _("There is no member “%(name)s” in this network or file.") % name,
        _("Write its name or key as the members' list has it; add it first if it is new."),
    )


def write(preparation: Preparation, rows: row_kinds.Rows) -> None:
    """Prepare gatherings, parts and new people; a member that was left out is left out of them too."""
    writer, network = preparation.writer, preparation.network
    told_of = [named_in(parsed.values) for _row, parsed, _pk in rows]
    people = people_named(preparation.reach, [one for several in told_of for one in several])
    members = _Members(preparation, told_of, people)
    now = _present(network, [parsed.values for _row, parsed, _pk in rows])
    made: _Present = preparation.kept.setdefault("activities", _Present())
    meaning = [
        [one for one in meant(several, people, members.named, members.with_id) if isinstance(one, Coming)]
        for several in told_of
    ]
    bringing = _Bringing(preparation, people, addresses_of(one for coming in meaning for one in coming))
    today = today_in(network)
    known = {f.name: f for f in GATHERING.fields}
    for (row, parsed, _pk), coming in zip(rows, meaning, strict=True):
        values, place = parsed.values, _place(parsed.values)
        gathering = now.gatherings.get(place) or made.gatherings.get(place)
        if gathering is None and coming:
            record = blank(Gathering, network_id=network.pk, state="planned" if values["on"] > today else "held")
            clean = {"name": values["event"], "on": values["on"]}
            clean |= {name: values[name] for name in ("place", "kind") if name in values}
            gathering = writer.new(GATHERING, record, known, clean, row=row.number, about_id=None).pk
            made.gatherings[place] = gathering
        for one in coming:
            assert gathering is not None
            organization, person = one.member, bringing.person_of(one, row.number)
            part = (gathering, organization, person)
            if part in now.parts or part in made.parts:
                continue
            made.parts[part] = state = _state(values, today)
            if (there := now.put_away.get(part)) is not None:
                made.parts[part] = there.state
                # Whoever lists a part that was put away wants it back.
                writer.changed(PARTICIPATION, _brought_back(there), {}, row=row.number, about_id=organization)
                continue
            record = blank(
                Participation, network_id=network.pk, membership_id=members.ids[organization], person_id=person,
                gathering_id=gathering, state=state,
            )  # fmt: skip
            told = {"membership": members.ids[organization], "gathering": gathering, "state": state}
            writer.new(PARTICIPATION, record, {}, {}, row=row.number, about_id=organization, extra=told)


class _Members:
    """Memberships of the organisations that some rows may mean."""

    def __init__(self, preparation: Preparation, named: Iterable[list[Named]], people: People) -> None:
        self._end_meant, self._known = preparation.end_meant, preparation.directory.by_id
        texts = {text for several in named for one in several for text in texts_of(one)}
        wanted = {end for text in texts if (end := preparation.end_meant(text)) is not None}
        wanted.update(pk for ids in people.organizations.values() for pk in ids)
        stored = Membership.objects.filter(network=preparation.network, organization_id__in=wanted)
        self.ids: dict[UUID, UUID] = {**dict(stored.values_list("organization_id", "pk")), **preparation.members}

    def named(self, text: str) -> UUID | None:
        """The organisation that a text means, if it is a member."""
        end = self._end_meant(text)
        return end if end in self.ids else None

    def with_id(self, organization: UUID) -> UUID | None:
        """The organisation, if it is a member in use, as the check looked at it."""
        known = self._known.get(organization)
        return organization if known is not None and known.is_member and organization in self.ids else None


class _Bringing:
    """Finds the person of a part, and brings in whom nobody knows, once for all rows of the file."""

    def __init__(self, preparation: Preparation, people: People, addresses: Mapping[tuple[UUID, str], str]) -> None:
        self._preparation, self._people, self._addresses = preparation, people, addresses
        self._joined: set[tuple[UUID, UUID]] = preparation.kept.setdefault("joined", set())

    def person_of(self, one: Coming[UUID], row: int) -> UUID | None:
        """The person by whom a member comes; None when only the member is said."""
        if not one.name:
            return None
        place = (one.member, name_key(one.name)[:250])
        email = one.email or self._addresses.get(place, "")
        person, here = self._people.find(one.member, one.name, email)
        if one.loose:
            return person if here else None
        if person is not None:
            if not here:
                self._join(person, one.member, row)
            return person
        return self._new(one, email, place, row)

    def _named(self, organization: UUID) -> Any:
        return named(organization, self._preparation.directory.by_id[organization].name)

    def _join(self, person: UUID, organization: UUID, row: int) -> None:
        """Somebody known by the address turns out to belong to this organisation too."""
        if (person, organization) in self._joined:
            return
        self._joined.add((person, organization))
        record = Person.objects.prefetch_related("organizations").get(pk=person)
        self._preparation.writer.linked(record, self._named(organization), row)

    def _new(self, one: Coming[UUID], email: str, place: tuple[UUID, str], row: int) -> UUID:
        writer, by_email = self._preparation.writer, self._preparation.new_people
        if email and (known := by_email.get(email.casefold())) is not None:
            writer.shared(known, one.member)
            return UUID(str(known))
        if not email and (same := writer.people.get(place)) is not None:
            return same
        clean = {"name": one.name[:200], **({"email": email} if email else {})}
        fields = {f.name: f for f in PERSON.fields if f.name in clean}
        person = writer.person_in([self._named(one.member)], clean, fields, row)
        if email:
            by_email[email.casefold()] = person.pk
        return person.pk


def _brought_back(part: Participation) -> Change:
    changes = log.changes_between({"archived_at": part.archived_at}, {"archived_at": None})
    return Change(PARTICIPATION, part, {"archived_at": None}, changes)


def register() -> None:
    """Make rows of events lists importable; called once when the app starts."""
    row_kinds.register(
        row_kinds.RowKind(
            name=PARTICIPATION.name,
            label=pgettext_lazy("rows of a file", "Events and who came"),
            fields=fields,
            title=_title,
            judge=judge,
            write=write,
            creates=(PARTICIPATION, GATHERING),
            stands_on=(
                (PARTICIPATION.name, "member", "membership_id"),
                (PARTICIPATION.name, GATHERING.name, "gathering_id"),
                (PARTICIPATION.name, PERSON.name, "person_id"),
            ),
            compared_with=lambda network: Participation.objects.filter(network=network),
            named_by=("member",),
            words=("event", "events", "attendance", "participation", "gathering", "meeting"),
        )
    )
