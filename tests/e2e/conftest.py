"""A real browser against a real server: what e2e tests share."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from unisono.platform.accounts import make_sign_in_link
from unisono.platform.models import User

# Playwright's synchronous interface runs an event loop in this thread; Django would refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# A machine that does much else at the time answers late; what is wrong stays wrong for longer than this.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system; in CI it must be there."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI drives a browser, so Chromium must be installed.")
        pytest.skip("There is no Chromium on this machine.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                # Without a graphics card, WebGL is drawn by the processor.
                "--use-angle=swiftshader",
                "--enable-unsafe-swiftshader",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """`open_page(width=390, dark=True)` is a fresh window; whatever its console complains of fails the test."""
    pages: list[Page] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The browser reports an answer of 4xx on its own; whether it was right, the test itself asserts.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def make(*, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.context.close()
    assert complaints == []


@pytest.fixture
def sign_in() -> Callable[[Page, User], None]:
    """Sign in as people do: open the one-time link, press the button."""

    def act(page: Page, user: User) -> None:
        page.goto(f"/sign-in/{make_sign_in_link(user)}/")
        page.get_by_role("button", name="Sign in as").click()
        # The next address waits for the answer: going on at once would throw the session away.
        page.wait_for_url(lambda url: "/sign-in/" not in url)

    return act


@pytest.fixture
def axe_violations() -> Callable[[Page], list[str]]:
    """Accessibility rules that a page breaks, each with the first element that does."""
    if not AXE.exists():
        pytest.skip("axe-core is installed with the sources of the bundle; run make bundle.")
    source = AXE.read_text(encoding="utf-8")

    def run(page: Page) -> list[str]:
        page.evaluate(source)
        found = page.evaluate(
            "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))"
            ".violations.map(v => `${v.id}: ${v.nodes[0].html}`)"
        )
        return list(found)

    return run
