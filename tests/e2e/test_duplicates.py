"""Duplicates in a browser: pairs are asked, told apart, merged and taken back; an import asks about a likely one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from unisono.areas.network.models import Membership, Organization
from unisono.platform.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
SignIn = Callable[[Page, User], None]


def test_pairs_are_decided_merged_and_taken_back(
    open_page: Open, sign_in: SignIn, owner: User, add_member: Callable[..., Membership]
) -> None:
    add_member("Alpha Boats", website="https://alpha.example", place="Voss")
    add_member("Alpha Boats AS", place="Voss", sector="Boats")
    add_member("Dal Bakery", place="Dal")
    add_member("Dal Bakery AS", place="Dal")
    page = open_page()
    sign_in(page, owner)
    page.goto("/n/fjord-and-valley/duplicates/")
    page.get_by_role("button", name="Look for duplicates").click()
    boats = page.get_by_role("article").filter(has_text="Alpha Boats AS")
    bakeries = page.get_by_role("article").filter(has_text="Dal Bakery AS")
    expect(boats).to_be_visible(timeout=60_000)
    expect(boats).to_contain_text("likely")

    bakeries.get_by_role("button", name="Different").click()
    expect(page.get_by_text("will not be asked about again")).to_be_visible()
    expect(bakeries).to_have_count(0)
    page.get_by_role("link", name="Told apart").click()
    expect(bakeries).to_be_visible()
    bakeries.get_by_role("button", name="Decide again").click()
    expect(page.get_by_text("are to be decided again")).to_be_visible()
    expect(bakeries).to_be_visible()

    boats.get_by_role("button", name="Same: keep “Alpha Boats”").click()
    told = page.get_by_role("status").filter(has_text="“Alpha Boats AS” is now part of “Alpha Boats”.")
    expect(told).to_be_visible()
    expect(boats).to_have_count(0)
    kept = Organization.objects.get(name="Alpha Boats")
    assert (kept.sector, kept.aliases) == ("Boats", ["Alpha Boats AS"])
    told.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("“Alpha Boats AS” and “Alpha Boats” are two again.")).to_be_visible()
    kept.refresh_from_db()
    assert (kept.sector, kept.aliases) == ("", [])
    expect(page.get_by_role("article").get_by_text("taken back")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_an_import_asks_about_a_likely_one(
    open_page: Open,
    sign_in: SignIn,
    owner: User,
    add_member: Callable[..., Membership],
    axe_violations: Callable[[Page], list[str]],
    tmp_path: Path,
    width: int,
) -> None:
    add_member("Alpha Boats", website="https://alpha.example", place="Voss")
    path = tmp_path / "members.csv"
    path.write_text("Name,Place,Sector\nAlpha Boats AS,Voss,Boats\nHotel Utsikten,Aurland,Hotels\n", encoding="utf-8")
    page = open_page(width=width)
    sign_in(page, owner)
    page.goto("/n/fjord-and-valley/import/")
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Check the rows").click()
    tiles = page.get_by_role("navigation", name="Rows by what they will do")
    page.goto(tiles.get_by_role("link", name="to decide").get_attribute("href") or "")
    doubt = page.get_by_role("article").filter(has_text="Alpha Boats AS")
    expect(doubt).to_contain_text("% alike")
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "scrolls sideways"
    doubt.get_by_role("button", name="Same").click()
    expect(doubt).to_have_count(0)
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_role("button", name="Undo this import")).to_be_visible(timeout=60_000)
    assert sorted(Organization.objects.values_list("name", "sector")) == [
        ("Alpha Boats", "Boats"),
        ("Hotel Utsikten", "Hotels"),
    ]
