"""Any text is hostile, in a real browser: no script of a text runs, no dialog opens, nobody else is asked.

One visit to each kind of page, with every text of tests/interfaces/hostile.py in the records that it shows.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, expect
from pytest_django.live_server_helper import LiveServer
from tests.interfaces.hostile import fill, start_import

from unisono.areas.network.graph.actions import renew_picture
from unisono.areas.network.models import Network
from unisono.platform.actor import Actor
from unisono.platform.models import User, Workspace
from unisono.platform.tenancy import workspace_scope

# Seen by every page before its own scripts: whatever the policy stopped is a text that got further than it should.
_TRAP = """
window.__stopped = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__stopped.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


def _trapped(page: Page, own: str) -> list[str]:
    """Notes dialogs, windows that open and requests to others from now on."""
    found: list[str] = []

    def dialog(opened: Dialog) -> None:
        found.append(f"dialog: {opened.message}")
        opened.dismiss()

    def asked(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != own:
            found.append(f"asks {request.url}")

    page.add_init_script(_TRAP)
    page.on("dialog", dialog)
    page.on("popup", lambda other: found.append(f"window: {other.url}"))
    page.context.on("request", asked)
    return found


def _came_to_nothing(page: Page, found: list[str], where: str) -> None:
    assert found == [], where
    assert page.evaluate("window.__ran === undefined"), f"a text ran on {where}"
    assert page.evaluate("window.__stopped") == [], f"the policy had to stop something on {where}"


@pytest.mark.django_db(transaction=True)
def test_no_script_runs_and_nobody_else_is_asked(
    open_page: Callable[..., Page],
    live_server: LiveServer,
    sign_in: Callable[[Page, User], None],
    owner: User,
    workspace: Workspace,
    actor: Actor,
    network: Network,
) -> None:
    """Lists with all columns, a member's tabs, records, comments, map, palette, log, bell, settings, import."""
    ids = fill(actor, workspace, network)
    batch = start_import(actor, network)
    with workspace_scope(workspace.pk):
        renew_picture(actor=actor, network=network)
    page = open_page()
    found = _trapped(page, urlsplit(live_server.url).netloc)
    sign_in(page, owner)
    home, first = f"/n/{network.slug}", ids["member"][0]
    member = f"{home}/members/{first}"
    visits = [
        f"{home}/members/", f"{home}/needs/", f"{home}/offerings/", f"{home}/people/", f"{home}/gatherings/",
        f"{member}/", f"{member}/people/", f"{member}/exchange/", f"{member}/relations/", f"{member}/timeline/",
        f"{member}/notes/", f"{member}/comments/", f"{home}/agreements/{ids['agreement'][0]}/",
        f"{home}/gatherings/{ids['gathering'][0]}/", f"{home}/relationships/{ids['relationship'][1]}/",
        f"{home}/silent/", f"{home}/settings/fields/", f"{home}/settings/tags/", f"{home}/settings/links/",
        f"{home}/import/{batch.pk}/columns/", "/audit/", "/notifications/", "/webhooks/", "/me/tokens/", "/outbox/",
        f"{home}/members/?q=%3Cscript%3Ewindow.__ran%3D1%3C%2Fscript%3E",
    ]  # fmt: skip
    for path in visits:
        answer = page.goto(path, wait_until="load")
        assert answer is not None and answer.status < 500, path
        _came_to_nothing(page, found, path)
    # Every link that a text could have made is looked at where most of them are.
    page.goto(f"{member}/")
    links = page.eval_on_selector_all("a[href], form[action]", "all => all.map(a => a.href || a.action)")
    assert not [link for link in links if not link.startswith(("http://", "https://", "mailto:", "tel:"))]
    # The map: words come as data, names into the drawing, a card to the side.
    page.goto(f"{home}/map/")
    expect(page.locator("[data-map][data-ready]")).to_be_attached(timeout=60_000)
    page.get_by_role("combobox", name="Find a member on the map").fill("onerror")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Member", exact=True)).to_contain_text("onerror")
    _came_to_nothing(page, found, "the map and its card")
    # The palette: answers are put into the page that is open.
    page.goto(f"{home}/members/")
    page.keyboard.press("Control+k")
    page.keyboard.type("script")
    expect(page.locator("dialog[open]")).to_contain_text("<script>window.__ran=1</script>")
    _came_to_nothing(page, found, "the palette")
    assert found == []


def test_the_trap_notices_what_runs(browser: Browser) -> None:
    """Control: without the policy a text runs and asks others, with it that is noted."""
    page = browser.new_page()
    found = _trapped(page, "127.0.0.1")
    text = '<img src="https://evil.example/x.png" onerror="window.__ran=1;alert(1)">'
    page.context.route("**/*", lambda route: route.abort())
    policy = {"Content-Security-Policy": "default-src 'none'"}
    page.context.route("http://127.0.0.1/open", lambda route: route.fulfill(body=text, content_type="text/html"))
    page.context.route(
        "http://127.0.0.1/held", lambda route: route.fulfill(body=text, headers={"Content-Type": "text/html", **policy})
    )
    page.goto("http://127.0.0.1/open")
    page.wait_for_function("window.__ran === 1")
    assert {each.split(":")[0] for each in found} == {"asks https", "dialog"}
    page.goto("http://127.0.0.1/held")
    page.wait_for_timeout(500)
    assert page.evaluate("window.__ran === undefined && window.__stopped.length > 0")
    page.close()
