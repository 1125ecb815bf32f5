"""Story 1: from a spreadsheet of members and a list of events to the silent edge, with last contacts and needs.

PERKS-D18, TREN-D7, TREN-E1, TREN-R3, TREN-R4, TREN-R5, TREN-R6, KIJIMA-R6.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from unisono.areas.activities.queries import months_before
from unisono.platform.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
SignIn = Callable[[Page, User], None]
TODAY = timezone.localdate()

# Invented firms. The cider maker is named twice, spelt differently: whether it is one firm, a person says.
MEMBERS = """Name,Place,Joined,Contact,Needs
Elvestrand Smokehouse,Lærdal,2019-03-12,Marit Elvestrand,Orders outside the summer
Bratteli Cider AS,Aurland,2017-05-20,Torbjørn Bratteli,
Hotel Havblikk,Aurland,2018-01-10,Elisabet Havblikk,
Fjordkanten Kayak,Fossvik,2020-06-01,Ola Kanten,
Nordlys Taxi,Fossvik,2021-09-01,,
Bratteli Sider AS,Aurland,2017-05-20,Torbjørn Bratteli,
"""


def events() -> str:
    """A row for each attendance, over two years."""
    long_ago, last_year, recent = (months_before(TODAY, months) for months in (20, 14, 2))
    rows = [
        ("Members' day", long_ago, "Elvestrand Smokehouse", "yes"),
        ("Members' day", long_ago, "Bratteli Cider AS", "yes"),
        ("Breakfast", last_year, "Elvestrand Smokehouse", "yes"),
        ("Breakfast", last_year, "Nordlys Taxi", "no"),
        ("Workshop", recent, "Hotel Havblikk", "yes"),
        ("Workshop", recent, "Fjordkanten Kayak", "yes"),
        ("Workshop", recent, "Bratteli Cider AS", "yes"),
        ("Workshop", recent, "Nobody We Know", "yes"),
    ]
    return "Event,Date,Member,Attended\n" + "".join(f"{e},{d},{m},{a}\n" for e, d, m, a in rows)


def bring_in(page: Page, path: Path) -> None:
    """Hand a file in, take the suggested columns, look at the check and import what is right."""
    page.get_by_role("link", name="Import", exact=True).first.click()
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", name="What each row will do")).to_be_visible(timeout=60_000)


def test_from_two_lists_to_the_silent_edge(
    open_page: Open, sign_in: SignIn, owner: User, network: object, tmp_path: Path
) -> None:
    members, attended = tmp_path / "members.csv", tmp_path / "events.csv"
    members.write_text(MEMBERS, encoding="utf-8")
    attended.write_text(events(), encoding="utf-8")
    page = open_page()
    sign_in(page, owner)

    bring_in(page, members)
    doubt = page.get_by_role("article", name=re.compile("Bratteli Sider AS looks like Bratteli Cider AS"))
    expect(doubt).to_be_visible()
    doubt.get_by_role("button", name="Same").click()
    expect(doubt).to_have_count(0)
    page.get_by_role("button", name=re.compile(r"Import \d rows")).click()
    expect(page.get_by_text("Undo").first).to_be_visible(timeout=60_000)

    bring_in(page, attended)
    # Who is no member is named, and nothing is made up.
    expect(page.get_by_text("Nobody We Know").first).to_be_visible()
    page.get_by_role("button", name="Import 7 rows").click()
    expect(page.get_by_text("Undo").first).to_be_visible(timeout=60_000)

    page.get_by_role("link", name="Silent members").click()
    silent = page.get_by_role("region", name="Results")
    expect(silent.get_by_text("Elvestrand Smokehouse")).to_be_visible()
    expect(
        silent.get_by_text("No contact for 14 months; was at 2 gatherings the year before, none since.")
    ).to_be_visible()
    expect(silent.get_by_text("Orders outside the summer")).to_be_visible()
    expect(silent.get_by_text("No contact on record")).to_be_visible()
    expect(silent.get_by_text("Hotel Havblikk")).to_have_count(0)

    page.get_by_role("link", name="Only attending").click()
    expect(page.get_by_role("region", name="Results").get_by_text("Hotel Havblikk")).to_be_visible()

    page.get_by_role("link", name="Silent", exact=True).click()
    page.get_by_role("link", name="Elvestrand Smokehouse").click()
    expect(page.get_by_text("No contact for 14 months")).to_be_visible()
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Gatherings").click()
    expect(page.get_by_role("link", name="Breakfast").first).to_be_visible()

    # On the map the silent edge is pointed out; the card says when one was last heard from, and what it needs.
    page.get_by_role("link", name="Map", exact=True).click()
    expect(page.locator("[data-map][data-ready]")).to_be_attached(timeout=90_000)
    page.get_by_role("checkbox", name="Silent at the edge").check()
    expect(page.locator("[data-map-status]")).to_contain_text("2 of 5 members shown")
    page.get_by_text("What the map shows, as a table").click()
    table = page.get_by_role("table", name="Members on the map")
    expect(table.get_by_role("button", name="Nordlys Taxi")).to_be_visible()
    table.get_by_role("button", name="Elvestrand Smokehouse").click()
    card = page.get_by_role("region", name="Member", exact=True)
    expect(card.get_by_role("heading", name="Elvestrand Smokehouse")).to_be_visible()
    expect(card).to_contain_text("It has no relation to any other member.")
    # Last heard from at the breakfast.
    expect(card.locator("time")).to_have_attribute("datetime", re.compile(months_before(TODAY, 14).isoformat()))
    expect(card).to_contain_text("Orders outside the summer")
