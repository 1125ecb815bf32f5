"""Lists by keyboard alone: move, mark, change many, open; nothing happens while one types, and keys can be off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Network
from unisono.areas.network.queries import select
from unisono.platform.actor import Actor
from unisono.platform.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
SignIn = Callable[[Page, User], None]


@pytest.fixture
def page(open_page: Open, sign_in: SignIn, owner: User, add_member: Callable[..., object]) -> Page:
    """The list of three members."""
    for name in ("Aurland Cider", "Hotel Utsikten", "Lærdal Smoked Trout"):
        add_member(name, tier="Basic")
    page = open_page()
    sign_in(page, owner)
    page.goto("/n/fjord-and-valley/members/")
    return page


def test_a_list_by_keyboard(page: Page, actor: Actor, network: Network) -> None:
    rows = page.locator(".row-link")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("2 marked")).to_be_visible()

    page.keyboard.press("m")
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("What to change").select_option("tier")
    drawer.get_by_label("Tier").fill("Gold")
    page.keyboard.press("Control+Enter")
    expect(drawer.get_by_role("button", name="Change 2 members")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 records were changed.")).to_be_visible()
    assert sorted(member.tier for member in select(actor, network, MEMBER)) == ["Basic", "Gold", "Gold"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The change was taken back.")).to_be_visible()
    assert {member.tier for member in select(actor, network, MEMBER)} == {"Basic"}

    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Aurland Cider", level=1)).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", name="Members", level=1)).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("e")
    page.wait_for_url("**/edit")


def test_what_comes_into_a_drawer_has_the_focus_when_it_shows(page: Page) -> None:
    """A key pressed in the very moment a preview shows reaches its button: swap and focus are one step."""
    page.locator("[data-pick]").first.check()
    page.keyboard.press("m")
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("What to change").select_option("tier")
    drawer.get_by_label("Tier").fill("Gold")
    page.evaluate(
        """() => {
          const seen = new MutationObserver(() => {
            const button = document.querySelector("button[value=apply]");
            if (!button || window.focusedWhenSeen !== undefined) return;
            window.focusedWhenSeen = document.activeElement === button;
          });
          seen.observe(document.getElementById("drawer-body"), {childList: true, subtree: true});
        }"""
    )
    page.keyboard.press("Control+Enter")
    expect(drawer.get_by_role("button", name="Change 1 member")).to_be_focused()
    assert page.evaluate("window.focusedWhenSeen") is True


def test_keys_rest_while_one_types_and_when_they_are_off(page: Page) -> None:
    page.keyboard.press("f")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("jx?")
    expect(search).to_have_value("jx?")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.goto("/n/fjord-and-valley/members/")
    page.keyboard.press("?")
    overlay = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(overlay.get_by_text("Next or previous row")).to_be_visible()
    expect(overlay.get_by_text("Notifications")).to_be_visible()
    overlay.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(".row-link").first).not_to_be_focused()
    page.goto("/me/")
    switch = page.get_by_label("Single keys, such as j and k")
    expect(switch).not_to_be_checked()
    switch.check()
    page.goto("/n/fjord-and-valley/members/")
    page.keyboard.press("j")
    expect(page.locator(".row-link").first).to_be_focused()


def test_a_view_and_a_comment(page: Page, make_actor: Callable[..., Actor]) -> None:
    make_actor("observer")
    page.goto("/n/fjord-and-valley/members/?q=hotel")
    page.get_by_role("button", name="Views").click()
    page.get_by_placeholder("Name of the view").fill("Hotels")
    page.get_by_text("Pin it to my sidebar").click()
    page.get_by_role("button", name="Keep view").click()
    expect(page.get_by_role("complementary").get_by_role("link", name="Hotels")).to_be_visible()
    page.get_by_role("link", name="Hotel Utsikten").click()
    expect(page.get_by_role("heading", name="Hotel Utsikten", level=1)).to_be_visible()
    page.get_by_role("link", name="Comments").click()
    page.wait_for_url("**/comments/")
    field = page.get_by_role("textbox", name="Say something")
    field.press_sequentially("Could @obs")
    expect(page.get_by_role("option", name="Observer")).to_be_visible()
    page.keyboard.press("Enter")
    expect(field).to_have_value("Could @Observer ")
    field.press_sequentially("call?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".mention")).to_have_text("@Observer")
