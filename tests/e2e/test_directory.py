"""The main job in a browser: a real member file becomes a directory one can find, edit and take away."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from unisono.platform.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

CNCF = Path(__file__).resolve().parents[3] / "shared" / "data" / "directory-cncf" / "items.csv"
SMALL = """Navn;Sted;Medlem siden;Stikkord
Lærdal Smoked Trout;Lærdal;12.03.2019;food; fish
Hotel Utsikten;Aurland;31.02.2021;host
Ålesund Båtservice;Ålesund;01.05.2020;boats
"""

Open = Callable[..., Page]
SignIn = Callable[[Page, User], None]


def read_file(page: Page, path: Path) -> None:
    """Step 1 and 2: hand a file in and take the suggested meaning of its columns."""
    page.get_by_role("link", name="Import", exact=True).first.click()
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("button", name="Check the rows")).to_be_visible()


def show_rows(page: Page, status: str) -> None:
    """Open the rows of one kind as a page of its own, so that nothing typed is swapped away by an answer under way."""
    tiles = page.get_by_role("navigation", name="Rows by what they will do")
    page.goto(tiles.get_by_role("link", name=status).get_attribute("href") or "")


def test_a_real_directory_from_file_to_export(
    open_page: Open, sign_in: SignIn, owner: User, network: object, tmp_path: Path
) -> None:
    if not CNCF.exists():
        pytest.skip("The CNCF directory lies in ../shared/data, which is not here.")
    # The file as published is clean; one broken date shows how a row is mended in place.
    text = CNCF.read_text(encoding="utf-8")
    broken = tmp_path / "items.csv"
    assert ",2026-05-01\n" in text.replace("\r\n", "\n")
    broken.write_text(text.replace("2026-05-01", "2026-05-32", 1), encoding="utf-8")

    page = open_page()
    sign_in(page, owner)
    read_file(page, broken)
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", name="What each row will do")).to_be_visible(timeout=60_000)

    show_rows(page, "wrong")
    expect(page.get_by_text("“2026-05-32” is no date.").first).to_be_visible()
    page.get_by_role("textbox", name="joined").fill("2026-05-01")
    page.get_by_role("button", name="Save and check again").click()
    expect(page.get_by_text("“2026-05-32” is no date.")).to_have_count(0)

    show_rows(page, "to decide")
    doubt = page.get_by_role("article").filter(has_text="SAP Labs")
    doubt.get_by_role("button", name="Different").click()
    expect(page.get_by_role("article").filter(has_text="SAP Labs")).to_have_count(0)
    page.get_by_role("button", name="All different").click()

    page.get_by_role("button", name="Import 2,413 rows").click()
    expect(page.get_by_role("button", name="Undo this import")).to_be_visible(timeout=120_000)

    page.get_by_role("link", name="Members", exact=True).click()
    expect(page.get_by_text("722 members")).to_be_visible()
    page.get_by_role("searchbox").fill("red hat")
    expect(page.get_by_role("table").get_by_role("link", name="Red Hat")).to_be_visible()
    page.get_by_role("table").get_by_role("link", name="Red Hat").click()
    expect(page.get_by_role("heading", name="Red Hat", level=1)).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Place").fill("Raleigh")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main").get_by_text("Raleigh").first).to_be_visible()

    page.get_by_role("link", name="Members", exact=True).first.click()
    page.get_by_role("searchbox").fill("raleigh")
    expect(page.get_by_text("1 member", exact=True)).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["Name"], row["Place"]) for row in rows] == [("Red Hat", "Raleigh")]


def test_a_norwegian_file_on_a_phone(
    open_page: Open, sign_in: SignIn, owner: User, network: object, tmp_path: Path
) -> None:
    """Semicolons and cp1252, one impossible date, mended with the thumb; then undone without a trace."""
    path = tmp_path / "medlemmer.csv"
    path.write_bytes(SMALL.replace("food; fish", '"food; fish"').encode("cp1252"))
    page = open_page(width=390, height=800)
    sign_in(page, owner)
    page.goto("/n/fjord-and-valley/import/")
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Check the rows").click()
    show_rows(page, "wrong")
    page.get_by_role("textbox", name="Medlem siden").fill("28.02.2021")
    page.get_by_role("button", name="Save and check again").click()
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_role("button", name="Undo this import")).to_be_visible()
    batch = page.url

    page.goto("/n/fjord-and-valley/members/?q=Laerdal")
    expect(page.get_by_role("link", name="Lærdal Smoked Trout")).to_be_visible()
    expect(page.get_by_role("link", name="Hotel Utsikten")).to_have_count(0)

    page.goto(batch)
    page.get_by_role("button", name="Undo this import").click()
    page.goto("/n/fjord-and-valley/members/")
    expect(page.get_by_role("link", name="Lærdal Smoked Trout")).to_have_count(0)


def test_the_keyboard_alone(open_page: Open, sign_in: SignIn, owner: User, add_member: Callable[..., object]) -> None:
    """Palette, arrow keys, Enter: a member is found and opened without a mouse."""
    add_member("Lærdal Smoked Trout", place="Lærdal")
    add_member("Hotel Utsikten", place="Aurland")
    page = open_page()
    sign_in(page, owner)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("laerdal")
    expect(page.get_by_role("dialog").get_by_text("Lærdal Smoked Trout")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lærdal Smoked Trout", level=1)).to_be_visible()
