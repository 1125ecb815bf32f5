"""Rows of an events list: which gathering a row means, which members it names, and what it would note."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy, pgettext_lazy

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
        Field("attended", gettext_lazy("Attended"), Type.BOOLEAN,
              synonyms=("attended?", "was there", "came", "showed up", "oppmøte", "møtt")),
        Field("place", gettext_lazy("Place of the event"), synonyms=("place", "venue", "location", "sted", "ort")),
        Field("kind", gettext_lazy("Kind of event"), Type.CHOICE, choices=_KIND.choices,
              synonyms=("kind", "event type", "type of event", "event kind")),
    ]  # fmt: skip


def _title(values: dict[str, Any]) -> str:
    who = values.get("member") or ", ".join(values.get("attendees", ()))
    return " – ".join(part for part in (str(values.get("event", "")), who) if part)[:200]


def _place(values: Mapping[str, Any]) -> Place:
    return name_key(values["event"])[:250], values["on"]


def _named(values: Mapping[str, Any]) -> list[str]:
    """The members that a row names."""
    one = [values["member"]] if values.get("member") else []
    return list(dict.fromkeys([*one, *values.get("attendees", ())]))


def _state(values: Mapping[str, Any], today: date) -> str:
    """What the row says of its members: nothing said of a day that is past means that they came."""
    if values["on"] > today:
        return "invited" if values.get("attended") is False else "signed_up"
    return "no_show" if values.get("attended") is False else "attended"


@dataclass(slots=True)
class _Present:
    """What is noted so far: gatherings, the parts in them by organisation and person, and people by their names."""

    gatherings: dict[Place, UUID] = field(default_factory=dict)
    parts: dict[tuple[UUID, UUID, UUID | None], str] = field(default_factory=dict)
    put_away: dict[tuple[UUID, UUID, UUID | None], Participation] = field(default_factory=dict)
    people: dict[tuple[UUID, str], UUID] = field(default_factory=dict)


def _present(network: Network, rows: Iterable[Mapping[str, Any]], organization_ids: Iterable[UUID]) -> _Present:
    """Load it for some rows, in three queries."""
    rows, ids = list(rows), set(organization_ids)
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
    names = {name_key(values["person"]) for values in rows if values.get("person")}
    between = Person.organizations.through.objects.filter(
        organization_id__in=ids, person__archived_at=None, person__name_key__in=names
    )
    for organization, key, person in between.values_list("organization_id", "person__name_key", "person_id"):
        now.people[organization, key] = person
    return now


def _person(now: _Present, values: Mapping[str, Any], organization: UUID | None) -> UUID | None:
    if organization is None or not values.get("person"):
        return None
    return now.people.get((organization, name_key(values["person"])))


def judge(checker: Checker, rows: list[Verdict]) -> None:
    """Say of each row whether it notes something new; a member that nobody knows is a problem, never made up."""
    meant: list[tuple[Verdict, list[Known]]] = []
    for row in rows:
        members = _members_meant(checker, row)
        if row.parsed.problems:
            row.status = "wrong"
        else:
            meant.append((row, members))
    ids = [known.id for _row, members in meant for known in members if known.id is not None]
    now = _present(checker.network, [row.parsed.values for row, _members in meant], ids)
    today = today_in(checker.network)
    seen: dict[Any, int] = checker.kept.setdefault("parts", {})
    events: set[Place] = checker.kept.setdefault("gatherings", set())
    for row, members in meant:
        values, place = row.parsed.values, _place(row.parsed.values)
        gathering = now.gatherings.get(place)
        new, noted, repeats, back = 0, set(), 0, ""
        for known in members:
            person = _person(now, values, known.id)
            said = (place, token_of(known), person or "")
            if said in seen:
                repeats = seen[said]
            elif known.id is not None and (gathering, known.id, person) in now.parts:
                noted.add(now.parts[gathering, known.id, person])  # type: ignore[index]
            else:
                new += 1
                if known.id is not None and (gathering, known.id, person) in now.put_away:
                    back = now.put_away[gathering, known.id, person].state  # type: ignore[index]
            seen.setdefault(said, row.parsed.number)
        if new:
            row.note = _note(values, place, gathering, events, now, members)
            if back:
                row.note = _("Brings back a part that was put away, as: %(state)s.") % {"state": label_of(back)}
            events.add(place)
        elif noted:
            row.status, before = "same", noted - {_state(values, today)}
            if before:
                words = ", ".join(sorted(label_of(state) for state in before))
                row.note = _("Noted before as: %(state)s. It stays so; the gathering's page changes it.") % {
                    "state": words
                }
        else:
            row.status, row.note = "left_out", _("Repeats row %(row)s.") % {"row": repeats}


def _note(
    values: Mapping[str, Any],
    place: Place,
    gathering: UUID | None,
    events: set[Place],
    now: _Present,
    members: list[Known],
) -> str:
    notes: list[str] = []
    if gathering is None and place not in events:
        notes.append(_("Brings in the gathering."))
    if values.get("person") and not any(_person(now, values, known.id) for known in members):
        notes.append(
            _("“%(name)s” is not among the member's people, so only the member is noted.")
            % {"name": values["person"][:60]}
        )
    if len(notes) < 2:
        return notes[0] if notes else ""
    return _("%(first)s %(second)s") % {"first": notes[0], "second": notes[1]}


def _members_meant(checker: Checker, row: Verdict) -> list[Known]:
    """The members that a row names; each that is unknown is a problem of the row."""
    parsed, found = row.parsed, []
    names = _named(parsed.values)
    target = "attendees" if parsed.values.get("attendees") else "member"
    place = place_of(parsed.number, checker.mapping.column_of(parsed.kind, target))
    if not names and not parsed.problems:
        parsed.problems.append(
            Problem(place, _("The row names no member."), _("Write who came, or leave the row out."))
        )
    for name in names:
        known = checker.end_meant(name)
        if known is not None and known.is_member:
            found.append(known)
            continue
        parsed.problems.append(
            Problem(
                place,
                _("There is no member “%(name)s” in this network or file.") % {"name": name[:60]},
                _("Write its name or key as the members' list has it; add it first if it is new."),
            )
        )
    return found


def write(preparation: Preparation, rows: row_kinds.Rows) -> None:
    """Prepare gatherings and parts; a member that was left out is left out of them too."""
    writer, network = preparation.writer, preparation.network
    ends = [[preparation.end_meant(name) for name in _named(parsed.values)] for _row, parsed, _pk in rows]
    wanted = {end for named in ends for end in named if end is not None}
    stored = Membership.objects.filter(network=network, organization_id__in=wanted)
    members = {**dict(stored.values_list("organization_id", "pk")), **preparation.members}
    now = _present(network, [parsed.values for _row, parsed, _pk in rows], wanted)
    made: _Present = preparation.kept.setdefault("activities", _Present())
    today = today_in(network)
    known = {f.name: f for f in GATHERING.fields}
    for (row, parsed, _pk), named in zip(rows, ends, strict=True):
        values, place = parsed.values, _place(parsed.values)
        coming = [end for end in named if end is not None and end in members]
        gathering = now.gatherings.get(place) or made.gatherings.get(place)
        if gathering is None and coming:
            record = blank(Gathering, network_id=network.pk, state="planned" if values["on"] > today else "held")
            clean = {"name": values["event"], "on": values["on"]}
            clean |= {name: values[name] for name in ("place", "kind") if name in values}
            gathering = writer.new(GATHERING, record, known, clean, row=row.number, about_id=None).pk
            made.gatherings[place] = gathering
        for organization in coming:
            assert gathering is not None
            person = _person(now, values, organization)
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
                Participation, network_id=network.pk, membership_id=members[organization], person_id=person,
                gathering_id=gathering, state=state,
            )  # fmt: skip
            told = {"membership": members[organization], "gathering": gathering, "state": state}
            writer.new(PARTICIPATION, record, {}, {}, row=row.number, about_id=organization, extra=told)


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
            ),
            compared_with=lambda network: Participation.objects.filter(network=network),
            named_by=("member",),
            words=("event", "events", "attendance", "participation", "gathering", "meeting"),
        )
    )
