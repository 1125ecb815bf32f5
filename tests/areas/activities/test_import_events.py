"""Events lists: a row for each attendance or a row for each event, checked, brought in, brought in again, undone."""

from collections.abc import Callable

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.activities.kinds import GATHERING, PARTICIPATION
from unisono.areas.activities.models import Gathering, Participation
from unisono.areas.network import importing
from unisono.areas.network.actions import add_record, archive_record, change_state
from unisono.areas.network.kinds import ORGANIZATION, PERSON
from unisono.areas.network.models import Membership, Network, Person
from unisono.platform.actor import Actor
from unisono.platform.models import Event

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]

EACH = (
    "Event,Date,Member,Person,Attended,Venue\n"
    "Autumn meeting,2025-10-02,Fjord AS,Marit,yes,Lærdal\n"
    "Autumn meeting,2025-10-02,Valley AB,,no,Lærdal\n"
    "Winter pilot start,2026-01-15,Fjord AS,,,Aurland\n"
)
ALL = "Event,Date,Participants\nAutumn meeting,2025-10-02,Fjord AS; Valley AB\nSpring meeting,2026-03-01,Fjord AS\n"


@pytest.fixture
def importer(actor: Actor, network: Network, add_member: Add) -> Importer:
    add_member("Fjord AS", key="n1")
    add_member("Valley AB")
    return Importer(actor, network)


def suggested(importer: Importer, text: str) -> dict:
    batch = importer.start(text, name="events.csv")
    return importing.suggested_mapping(batch).mapping


def parts() -> list[tuple[str, str, str]]:
    found = Participation.objects.order_by("gathering__on", "membership__organization__name")
    return list(found.values_list("gathering__name", "membership__organization__name", "state"))


def test_columns_of_events_lists_are_suggested(importer: Importer) -> None:
    assert suggested(importer, EACH)["columns"] == {
        "participation": {
            "Event": "event", "Date": "on", "Member": "member", "Person": "person", "Attended": "attended",
            "Venue": "place",
        }
    }  # fmt: skip
    assert suggested(importer, ALL)["columns"]["participation"]["Participants"] == "attendees"


def test_a_row_for_each_attendance(importer: Importer, actor: Actor, network: Network) -> None:
    fjord = Membership.objects.get(organization__name="Fjord AS")
    marit = add_record(
        actor=actor, network=network, kind=PERSON, values={"name": "Marit", "organizations": [fjord.organization_id]}
    )
    batch = importer.bring_in(EACH, suggested(importer, EACH))
    assert batch.counts["created"] == {"gathering": 2, "participation": 3}  # Marit is known.
    assert parts() == [
        ("Autumn meeting", "Fjord AS", "attended"),
        ("Autumn meeting", "Valley AB", "no_show"),
        ("Winter pilot start", "Fjord AS", "attended"),
    ]
    assert Participation.objects.get(person=marit).membership == fjord
    autumn = Gathering.objects.get(name="Autumn meeting")
    assert (autumn.place, autumn.state, autumn.name_key) == ("Lærdal", "held", "autumn meeting")
    assert Event.objects.filter(kind="participation.imported", about_id=fjord.organization_id).count() == 2


def test_a_row_for_each_event(importer: Importer) -> None:
    importer.bring_in(ALL, suggested(importer, ALL))
    assert parts() == [
        ("Autumn meeting", "Fjord AS", "attended"),
        ("Autumn meeting", "Valley AB", "attended"),
        ("Spring meeting", "Fjord AS", "attended"),
    ]


def test_the_same_list_again_changes_nothing(importer: Importer) -> None:
    mapping = suggested(importer, EACH)
    importer.bring_in(EACH, mapping)
    again = importer.check(EACH.replace("Valley AB,,no", "Valley AB,,yes"), mapping)
    assert importer.counts(again) == {"same": 3}
    assert "did not come" in importer.row(again, 3).note
    # One that came as well is noted with the gathering that is there.
    more = EACH + "Autumn meeting,2025-10-02,n1,Somebody else,yes,\nWinter pilot start,2026-01-15,Valley AB,,yes,\n"
    batch = importer.check(more, mapping)
    assert importer.counts(batch) == {"same": 3, "new": 2}
    importer.apply(batch)
    assert Gathering.objects.count() == 2
    assert Person.objects.filter(organizations__name="Fjord AS").count() == 2
    assert parts()[-1] == ("Winter pilot start", "Valley AB", "attended")


def test_a_part_that_was_put_away_is_brought_back_and_put_away_again(
    importer: Importer, actor: Actor, network: Network
) -> None:
    mapping = suggested(importer, EACH)
    importer.bring_in(EACH, mapping)
    part = Participation.objects.get(state="no_show")
    archive_record(actor=actor, network=network, kind=PARTICIPATION, record_id=part.pk)
    batch = importer.check(EACH, mapping)
    assert importer.counts(batch) == {"same": 2, "new": 1}
    assert "Brings back" in importer.row(batch, 3).note
    batch = importer.apply(batch)
    part.refresh_from_db()
    assert (part.is_archived, part.state, Participation.objects.count()) == (False, "no_show", 3)
    assert importer.counts(importer.check(EACH, mapping)) == {"same": 3}
    importer.undo(batch)
    part.refresh_from_db()
    assert part.is_archived and Participation.objects.count() == 3


def test_who_is_no_member_is_named_and_never_made_up(importer: Importer) -> None:
    text = ALL + "Spring meeting,2026-03-01,Fjord AS; Peak Oy; Glacier AS\n" + "Empty,2026-03-01,\n"
    batch = importer.check(text, suggested(importer, ALL))
    assert importer.counts(batch) == {"new": 2, "wrong": 2}
    problems = importer.row(batch, 4).problems
    assert [p["place"] for p in problems] == ["row 4, column Participants"] * 2
    assert "Peak Oy" in problems[0]["rule"] and "Glacier AS" in problems[1]["rule"]
    assert all(p["remedy"] for p in problems)
    importer.apply(batch)
    assert Membership.objects.count() == 2
    assert Participation.objects.count() == 3


def test_a_row_that_repeats_another_is_left_out(importer: Importer) -> None:
    batch = importer.check(EACH + "Autumn meeting,2025-10-02,Valley AB,,yes,\n", suggested(importer, EACH))
    assert importer.counts(batch) == {"new": 3, "left_out": 1}
    assert importer.row(batch, 5).note == "Repeats row 3."


def test_wrong_days_and_missing_names_are_told_by_row(importer: Importer) -> None:
    text = "Event,Date,Member\nAutumn meeting,31.02.2025,Fjord AS\n,2025-10-02,Fjord AS\n"
    batch = importer.check(text, {"columns": {"participation": {"Event": "event", "Date": "on", "Member": "member"}}})
    assert importer.counts(batch) == {"wrong": 2}


def test_members_and_their_attendance_in_one_file(importer: Importer) -> None:
    text = "Row,Company,Event,Date\nmember,Peak Oy,,\nevent,Peak Oy,Autumn meeting,2025-10-02\n"
    importer.bring_in(
        text,
        {
            "kind_column": "Row",
            "kinds": {"member": "member", "event": "participation"},
            "columns": {
                "member": {"Company": "name"},
                "participation": {"Company": "member", "Event": "event", "Date": "on"},
            },
        },
    )
    assert parts() == [("Autumn meeting", "Peak Oy", "attended")]


def test_an_import_of_events_is_undone_as_a_whole(importer: Importer, actor: Actor, network: Network) -> None:
    batch = importer.bring_in(EACH, suggested(importer, EACH))
    importer.undo(batch)
    assert not Participation.objects.exists() and not Gathering.objects.exists()
    assert Membership.objects.count() == 2


def test_what_was_used_since_stays(importer: Importer, actor: Actor, network: Network) -> None:
    from unisono.areas.activities.kinds import PARTICIPATION

    batch = importer.bring_in(EACH, suggested(importer, EACH))
    valley = Membership.objects.get(organization__name="Valley AB")
    pilot = Gathering.objects.get(name="Winter pilot start")
    add_record(actor=actor, network=network, kind=PARTICIPATION,
               values={"membership": valley.pk, "gathering": pilot.pk})  # fmt: skip
    importer.undo(batch)
    assert [gathering.name for gathering in Gathering.objects.all()] == ["Winter pilot start"]
    assert parts() == [("Winter pilot start", "Valley AB", "invited")]


LIST = (
    "Event,Date,Member,Person,Email\n"
    "Autumn meeting,2025-10-02,Fjord AS,Marit Åsen,\n"
    "Winter meeting,2026-01-15,Fjord AS,Marit Åsen,marit@fjord.example\n"
    "Winter meeting,2026-01-15,Valley AB,Ola Dal,\n"
)


def people() -> set[tuple[str, str, str]]:
    return set(Person.objects.values_list("name", "email", "organizations__name"))


def test_attendees_whom_nobody_knows_come_in_as_people_of_their_member(importer: Importer) -> None:
    """Once each, however many rows name them, and with the address that any of the rows has."""
    batch = importer.check(LIST, suggested(importer, LIST))
    assert importer.counts(batch) == {"new": 3}
    assert importing.new_people_in(batch) == 2
    assert importer.row(batch, 2).note == "Brings in the gathering. New among the people: Marit Åsen (Fjord AS)."
    batch = importer.apply(batch)
    assert batch.counts["created"] == {"gathering": 2, "participation": 3, "person": 2}
    assert people() == {("Marit Åsen", "marit@fjord.example", "Fjord AS"), ("Ola Dal", "", "Valley AB")}
    assert Participation.objects.filter(person__name="Marit Åsen").count() == 2
    # The same list once more says nothing new.
    assert importer.counts(importer.check(LIST, batch.mapping)) == {"same": 3}


def test_undoing_takes_the_new_people_back_unless_they_are_used(
    importer: Importer, actor: Actor, network: Network
) -> None:
    batch = importer.bring_in(LIST, suggested(importer, LIST))
    spring = add_record(
        actor=actor, network=network, kind=GATHERING, values={"name": "Spring meeting", "on": "2026-03-01"}
    )
    member = Membership.objects.get(organization__name="Valley AB")
    ola = Person.objects.get(name="Ola Dal")
    values = {"membership": member.pk, "gathering": spring.pk, "person": ola.pk}
    add_record(actor=actor, network=network, kind=PARTICIPATION, values=values)
    batch = importer.undo(batch)
    assert [person.name for person in Person.objects.all()] == ["Ola Dal"]
    assert parts() == [("Spring meeting", "Valley AB", "invited")]
    assert batch.counts["removed"] == {"gathering": 2, "participation": 3, "person": 1}


def test_a_part_that_stays_keeps_the_person_that_came_with_it(
    importer: Importer, actor: Actor, network: Network
) -> None:
    batch = importer.bring_in(LIST, suggested(importer, LIST))
    part = Participation.objects.get(person__name="Ola Dal")
    change_state(actor=actor, network=network, kind=PARTICIPATION, record_id=part.pk, state="no_show")
    importer.undo(batch)
    assert [str(person) for person in Person.objects.all()] == ["Ola Dal"]
    part.refresh_from_db()
    assert part.person is not None and part.gathering is not None


def test_people_are_found_by_name_address_and_organisation_in_brackets(
    importer: Importer, actor: Actor, network: Network
) -> None:
    """A list of names alone: whoever is known counts for the member, and whoever is not is named as unknown."""
    fjord, valley = Membership.objects.order_by("organization__name")
    for name, email, organization in (
        ("Marit Åsen", "marit@fjord.example", fjord.organization_id),
        ("Per Vik", "", fjord.organization_id),
        ("Per Vik", "", valley.organization_id),
    ):
        values = {"name": name, "email": email, "organizations": [organization]}
        add_record(actor=actor, network=network, kind=PERSON, values=values)
    text = (
        "Event,Date,Participants,Member,Person,Email\n"
        "Autumn meeting,2025-10-02,Marit Åsen; Ola Dal (Valley AB),,,\n"
        "Autumn meeting,2025-10-02,Per Vik; Nobody Known,,,\n"
        "Winter meeting,2026-01-15,,,,MARIT@fjord.example\n"
        "Winter meeting,2026-01-15,,,Kari Nes,\n"
        "Winter meeting,2026-01-15,,Peak Oy,Kari Nes,\n"
        "Winter meeting,2026-01-15,,Valley AB,Marit Åsen,marit@fjord.example\n"
        "Winter meeting,2026-01-15,Fjord AS; Valley AB,,Somebody,\n"
    )
    batch = importer.check(text, suggested(importer, text))
    assert importer.counts(batch) == {"new": 4, "wrong": 3}
    told = [(p["place"], p["rule"]) for number in (3, 5, 6) for p in importer.row(batch, number).problems]
    assert told == [
        ("row 3, column Participants", "People of several members are called “Per Vik”."),
        ("row 3, column Participants", "There is no member “Nobody Known” in this network or file."),
        ("row 5, column Person", "Nobody here is called “Kari Nes”, and the row names no organisation."),
        ("row 6, column Member", "There is no member “Peak Oy” in this network or file."),
    ]
    assert "not said whose person “Somebody” is" in importer.row(batch, 8).note
    batch = importer.apply(batch)
    assert batch.counts["created"]["person"] == 1
    assert ("Ola Dal", "", "Valley AB") in people()
    # Somebody known by the address belongs to the second member as well, and no more once it is undone.
    assert ("Marit Åsen", "marit@fjord.example", "Valley AB") in people()
    assert Participation.objects.filter(person__email="marit@fjord.example").count() == 3
    importer.undo(batch)
    assert len(people()) == 3


def test_an_organisation_that_is_no_member_is_told_apart_from_one_nobody_knows(
    importer: Importer, actor: Actor, network: Network
) -> None:
    add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Outside AS"})
    text = "Event,Date,Member,Person\nAutumn meeting,2025-10-02,Outside AS,Kari Nes\n"
    batch = importer.check(text, suggested(importer, text))
    [problem] = importer.row(batch, 2).problems
    assert "is known, but is no member" in problem["rule"] and "member first" in problem["remedy"]
    importer.apply(batch)
    assert not Person.objects.exists()
