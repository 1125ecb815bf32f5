"""Last contact, silence and only attending: TREN-E1, TREN-R3, TREN-R4, TREN-R6, M-32, M-33."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from unisono.areas.activities.kinds import GATHERING, INITIATIVE, PARTICIPATION
from unisono.areas.activities.queries import contact, edge_of, months_before, standing_of, standings_of
from unisono.areas.network.actions import add_record, archive_record, change_state, edit_network
from unisono.areas.network.kinds import MEMBER, NEED, NOTE, OFFERING
from unisono.areas.network.queries import select

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 9)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "today_in", lambda network: TODAY)
    monkeypatch.setattr("unisono.areas.activities.queries.standing.today_in", lambda network: TODAY)


@pytest.fixture
def met(actor, network):
    """`met(trout, "2026-01-20")` lets a member come to a gathering on that day."""

    def meeting(member: Any, day: str, *, state: str = "attended") -> Any:
        gathering = add_record(
            actor=actor, network=network, kind=GATHERING, values={"name": f"Meeting {day}", "on": day}, state="held"
        )
        add_record(
            actor=actor, network=network, kind=PARTICIPATION, state=state,
            values={"membership": member.pk, "gathering": gathering.pk},
        )  # fmt: skip
        return gathering

    return meeting


@pytest.fixture
def write(actor, network):
    """`write(trout, NOTE, "2026-01-20", text="Called")` adds a record about a member on that day."""

    def writing(member: Any, kind: Any, day: str, **values: Any) -> Any:
        at = datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC)
        return add_record(actor=actor, network=network, kind=kind, values={"membership": member.pk, **values}, at=at)

    return writing


def names(members: Any) -> list[str]:
    return [str(member) for member in members]


def test_months_end_where_a_month_is_shorter() -> None:
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2026, 3, 9), 12) == date(2025, 3, 9)
    assert months_before(date(2026, 1, 9), 2) == date(2025, 11, 9)


def test_the_latest_of_gatherings_notes_and_needs_is_the_last_contact(actor, network, add_member, met, write) -> None:
    trout = add_member("Lærdal Smoked Trout")
    assert standing_of(actor, network, trout).contact is None
    met(trout, "2025-08-01")
    write(trout, NEED, "2025-09-10", statement="Orders in winter")
    assert standing_of(actor, network, trout).contact.kind == "need"
    write(trout, NOTE, "2025-11-02", text="Called")
    standing = standing_of(actor, network, trout)
    assert (standing.contact.kind, standing.contact.on, standing.months) == ("note", date(2025, 11, 2), 4)
    gathering = met(trout, "2026-01-20")
    met(trout, "2026-04-01")
    met(trout, "2026-02-20", state="no_show")
    standing = standing_of(actor, network, trout)
    assert (standing.contact.title, standing.contact.on) == ("Meeting 2026-01-20", date(2026, 1, 20))
    assert [need.statement for need in standing.needs] == ["Orders in winter"]
    change_state(actor=actor, network=network, kind=GATHERING, record_id=gathering.pk, state="planned")
    change_state(actor=actor, network=network, kind=GATHERING, record_id=gathering.pk, state="cancelled")
    assert standing_of(actor, network, trout).contact.kind == "note"


def test_silent_is_who_had_no_contact_for_as_long_as_the_network_says(actor, network, add_member, met, write) -> None:
    """TREN-R4; prospects, newcomers and those who left are not waited for."""
    met(add_member("Here"), "2025-09-10")
    met(add_member("Gone quiet"), "2025-09-08")
    write(add_member("Written about"), NOTE, "2026-02-01", text="Called")
    add_member("Never seen")
    add_member("Came in January", joined_on="2026-01-05")
    add_member("Asked next year", state="prospect")
    assert names(edge_of(actor, network)) == ["Gone quiet", "Never seen"]
    assert names(select(actor, network, MEMBER, filters={"silent": ["no"]})) == [
        "Asked next year", "Came in January", "Here", "Written about",
    ]  # fmt: skip
    edit_network(actor=actor, network=network, values={"silent_after_months": 7})
    network.refresh_from_db()
    assert names(edge_of(actor, network)) == ["Never seen"]


def test_one_member_and_many_are_told_the_same(actor, network, add_member, met, write) -> None:
    """`Standing` reckons from rows what `select` asks of the database; both must agree on every member."""
    for number, day in enumerate(("2024-02-01", "2025-03-09", "2025-09-08", "2025-09-09", "2025-09-10", "2026-03-09")):
        met(add_member(f"Met {day}"), day)
        write(add_member(f"Wrote {day}"), NOTE, day, text="Called")
        member = add_member(f"In it {day}", joined_on="2025-09-09" if number % 2 else "2020-01-01")
        pilot = add_record(
            actor=actor, network=network, kind=INITIATIVE, state="done",
            values={"name": f"Pilot {day}", "starts_on": "2024-01-01", "ends_on": day},
        )  # fmt: skip
        add_record(actor=actor, network=network, kind=PARTICIPATION, state="attended",
                   values={"membership": member.pk, "initiative": pilot.pk})  # fmt: skip
    everybody = list(select(actor, network, MEMBER))
    standings = standings_of(actor, network, everybody)
    assert {s.membership.pk for s in standings.values() if s.is_silent} == {m.pk for m in edge_of(actor, network)}
    came = {s.membership.pk for s in standings.values() if s.attended}
    assert came == {m.pk for m in select(actor, network, MEMBER, filters={"attended": ["yes"]})}
    by_contact = [standings[m.pk].contact.on for m in select(actor, network, MEMBER, sort="last_contact")]
    assert by_contact == sorted(by_contact)


def test_the_reason_is_a_sentence(actor, network, add_member, met) -> None:
    trout, cider = add_member("Lærdal Smoked Trout"), add_member("Aurland Cider")
    for day in ("2024-05-02", "2024-06-10", "2024-10-01", "2025-01-30"):
        met(trout, day)
    assert standing_of(actor, network, trout).reason == (
        "No contact for 13 months; was at 4 gatherings the year before, none since."
    )
    assert standing_of(actor, network, cider).reason == "No contact on record; at no gathering in two years."
    met(cider, "2026-03-01")
    assert standing_of(actor, network, cider).reason == ""


def test_two_people_of_a_member_are_one_presence(actor, network, add_member, met) -> None:
    trout = add_member("Lærdal Smoked Trout")
    gathering = met(trout, "2026-01-20")
    marit = add_record(
        actor=actor, network=network, kind=_person(), values={"name": "Marit", "organizations": [trout.organization_id]}
    )
    add_record(actor=actor, network=network, kind=PARTICIPATION, state="attended",
               values={"membership": trout.pk, "gathering": gathering.pk, "person": marit.pk})  # fmt: skip
    assert standing_of(actor, network, trout).attended == 1


def _person() -> Any:
    from unisono.areas.network.kinds import PERSON

    return PERSON


def test_only_attending_is_to_come_and_neither_ask_nor_give(actor, network, add_member, met, write) -> None:
    """TREN-R6: being a member or only attending is not enough."""
    for name in ("Only there", "Asks", "Gives", "Takes part", "Away"):
        member = add_member(name)
        if name != "Away":
            met(member, "2026-01-20")
        if name == "Asks":
            write(member, NEED, "2024-01-20", statement="Guests")
        if name == "Gives":
            add_record(actor=actor, network=network, kind=OFFERING,
                       values={"name": "Trout", "owners": [member.organization_id]})  # fmt: skip
        if name == "Takes part":
            pilot = add_record(actor=actor, network=network, kind=INITIATIVE, values={"name": "Pilot"})
            add_record(actor=actor, network=network, kind=PARTICIPATION,
                       values={"membership": member.pk, "initiative": pilot.pk})  # fmt: skip
    assert names(edge_of(actor, network, "attend_only")) == ["Only there"]


def test_a_care_note_is_no_contact_to_those_who_may_not_read_it(actor, network, add_member, write, make_actor) -> None:
    trout = add_member("Lærdal Smoked Trout")
    note = write(trout, NOTE, "2026-03-01", text="Worn out", visibility="care_team")
    observer = make_actor("observer")
    assert standing_of(actor, network, trout).contact.kind == "note"
    assert standing_of(observer, network, trout).contact is None
    assert names(edge_of(actor, network)) == []
    assert names(edge_of(observer, network)) == ["Lærdal Smoked Trout"]
    archive_record(actor=actor, network=network, kind=NOTE, record_id=note.pk)
    assert standing_of(actor, network, trout).contact is None


def test_another_network_tells_nothing(actor, network, add_member, met, workspace) -> None:
    """Meetings of one network are no contact in another one of the same workspace."""
    from unisono.areas.network.actions import add_member as join
    from unisono.areas.network.actions import create_network

    trout = add_member("Lærdal Smoked Trout")
    met(trout, "2026-03-01")
    other = create_network(actor=actor, values={"name": "Other"})
    there = join(actor=actor, network=other, values={}, organization_id=trout.organization_id)
    assert standing_of(actor, other, there).contact is None
    assert names(edge_of(actor, other)) == ["Lærdal Smoked Trout"]


def test_what_somebody_may_not_read_is_no_contact_for_them_and_its_name_stays_hidden(
    actor, network, add_member, met
) -> None:
    trout, cod = add_member("Lærdal Smoked Trout"), add_member("Cod & Co")
    met(cod, "2026-01-10")
    for kind, values in ((GATHERING, {"on": "2026-01-20"}), (INITIATIVE, {"starts_on": "2026-01-25"})):
        secret = add_record(actor=actor, network=network, kind=kind, values={"name": "Rescue talks", **values})
        kind.model.objects.filter(pk=secret.pk).update(visibility="private")
        add_record(
            actor=actor, network=network, kind=PARTICIPATION, state="attended",
            values={"membership": trout.pk, kind.name: secret.pk},
        )  # fmt: skip
    colleague = replace(actor, user_id=uuid4())
    assert standing_of(actor, network, trout).contact.title == "Rescue talks"
    assert standing_of(colleague, network, trout).contact is None
    assert names(select(actor, network, MEMBER, sort="last_contact")) == ["Cod & Co", "Lærdal Smoked Trout"]
    assert names(select(colleague, network, MEMBER, sort="-last_contact")) == ["Cod & Co", "Lærdal Smoked Trout"]
    assert names(select(colleague, network, MEMBER, filters={"silent": ["yes"]})) == ["Lærdal Smoked Trout"]
