"""The map in a browser that draws with WebGL: the demo network from the first opening to the silent edge as a list."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from unisono import demo
from unisono.platform.models import User, Workspace

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
SignIn = Callable[[Page, User], None]


@pytest.fixture
def valley(owner: User, workspace: Workspace) -> User:
    """The owner of a workspace with the demo network *Fjord and valley*."""
    demo.load("fjord-and-valley", workspace=workspace)
    return owner


def open_map(page: Page) -> None:
    """The first opening draws the picture by itself, then the map."""
    page.goto("/n/fjord-and-valley/map/")
    expect(page.locator("[data-map][data-ready]")).to_be_attached(timeout=90_000)


def test_the_silent_edge_is_found_on_the_map(
    open_page: Open, sign_in: SignIn, valley: User, axe_violations: Callable[[Page], list[str]]
) -> None:
    page = open_page()
    sign_in(page, valley)
    open_map(page)
    canvas = page.locator("[data-map-canvas]")
    assert canvas.locator("canvas").count() >= 5, "WebGL draws on several layers"
    expect(page.locator("[data-map-status]")).to_contain_text(re.compile(r"^\d+ members · \d+ relations$"))

    # Find somebody: the card says who it is and with whom it works, and leads on to them.
    page.get_by_role("combobox", name="Find a member on the map").fill("hotel uts")
    page.keyboard.press("Enter")
    card = page.get_by_role("region", name="Member", exact=True)
    expect(card.get_by_role("heading", name="Hotel Utsikten")).to_be_focused()
    expect(card).to_contain_text("Last contact")
    card.get_by_role("button", name="Only neighbours").click()
    expect(page.locator("[data-map-status]")).to_contain_text("Around Hotel Utsikten")
    card.get_by_role("button", name="Fjord Kayak").click()
    expect(card.get_by_role("heading", name="Fjord Kayak")).to_be_visible()
    card.get_by_role("button", name="Close").click()

    # By keyboard alone.
    before = page.evaluate("document.querySelector('[data-map]').drawing.sigma.getCamera().ratio")
    canvas.press("+")
    page.wait_for_function(
        "before => document.querySelector('[data-map]').drawing.sigma.getCamera().ratio < before", arg=before
    )
    page.get_by_role("button", name="Show everything").click()

    # A derived tie is labelled and counted apart.
    page.get_by_role("checkbox", name="Shared capability derived").check()
    expect(page.locator("[data-map-status]")).to_contain_text("derived ties")
    expect(page.locator("[data-map-line=derived]")).to_be_visible()
    looks = page.evaluate(
        "() => { const { graph, sigma } = document.querySelector('[data-map]').drawing;"
        " return graph.filterEdges((_, data) => data.derived).map((edge) => sigma.getEdgeDisplayData(edge).type); }"
    )
    assert set(looks) == {"dashed"}

    # What is drawn can be taken along as a picture.
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Picture (PNG)").click()
    assert taken.value.suggested_filename == "fjord-and-valley-map.png"
    assert taken.value.path().read_bytes().startswith(b"\x89PNG")
    assert taken.value.path().stat().st_size > 20_000

    # What the drawing points out, the table says in words and the list has as records.
    page.get_by_role("checkbox", name="Silent at the edge").check()
    expect(page.locator("[data-map-status]")).to_contain_text(re.compile(r"^\d+ of"))
    shown = re.match(r"(\d+) of", page.locator("[data-map-status]").inner_text())
    assert shown is not None
    page.get_by_text("What the map shows, as a table").click()
    expect(page.locator("[data-map-rows] tr")).to_have_count(int(shown[1]))
    assert axe_violations(page) == []
    page.get_by_role("link", name="As a list").click()
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    expect(page.locator("table.data-table tbody tr")).to_have_count(int(shown[1]))


def test_two_members_find_their_way_on_a_phone_in_the_dark(open_page: Open, sign_in: SignIn, valley: User) -> None:
    page = open_page(width=390, height=844, dark=True)
    sign_in(page, valley)
    open_map(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out"
    for label, name in (("From", "Fjord Kayak"), ("To", "Lærdal Smoked Trout")):
        page.locator("#figures").get_by_label(label).fill(name)
        page.get_by_role("option", name=name).first.click()
    page.locator("#figures").get_by_role("button", name="Find the way").click()
    expect(page.locator("[data-map-way] li").first).to_contain_text("Fjord Kayak")
    expect(page.locator("[data-map-way] li").last).to_contain_text("Lærdal Smoked Trout")


def test_a_large_map_is_carried_while_it_moves(open_page: Open, sign_in: SignIn, valley: User) -> None:
    """Without a graphics card the picture as last drawn follows the hand; where it stops, it is drawn anew."""

    def many(route: Route) -> None:
        response = route.fetch()
        data = response.json()
        before = len(data["members"]["id"])
        for name, values in data["members"].items():
            data["members"][name] = [
                f"{value}-{time}" if name == "id" else value for time in range(50) for value in values
            ]
        for field in data["fields"]:
            field["codes"] *= 50
        assert len(data["members"]["id"]) == 50 * before > 2000
        route.fulfill(response=response, json=data)

    page = open_page()
    sign_in(page, valley)
    page.route("**/map/data", many)
    open_map(page)
    canvas = page.locator("[data-map-canvas]")
    place = "document.querySelector('[data-map]').drawing.sigma.graphToViewport({ x: 0, y: 0 }).x"
    before = page.evaluate(place)
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y)
    page.mouse.move(x - 120, y)
    expect(canvas).to_have_class(re.compile("is-carried"))
    page.mouse.up()
    expect(canvas).not_to_have_class(re.compile("is-moving|is-carried"))
    assert page.evaluate(place) < before - 100
