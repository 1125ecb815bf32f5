"""Getting in, in a real browser: an invitation, a password, an authenticator app, and a passkey of a virtual device."""

import time
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import Page, expect

from unisono.areas.network.actions import create_network
from unisono.areas.network.models import Network
from unisono.platform.accounts import create_workspace
from unisono.platform.actor import actor_of
from unisono.platform.invitations import invite, make_secret
from unisono.platform.models import User
from unisono.platform.tenancy import workspace_scope

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery staple"


@pytest.fixture
def invited() -> str:
    """The path of an invitation of nina@example.org to a new network."""
    cache.clear()
    workspace, owner = create_workspace(name="Fjord", owner_email="ingrid@example.org", owner_name="Ingrid")
    acting = actor_of(owner, workspace)
    assert acting is not None
    with workspace_scope(workspace.pk):
        network: Network = create_network(actor=acting, values={"name": "Fjord and valley"})
        made = invite(
            actor=acting, email="nina@example.org", role="contact_person", network_id=network.pk,
            network_name=network.name, mailed=False,
        )  # fmt: skip
        return f"/invitation/{make_secret(made)}/"


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_out(page: Page) -> None:
    page.goto("/me/")
    page.locator("[popovertarget=me-menu]").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def accept(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", name="You are invited to Fjord and valley")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    page.get_by_label("Your name").fill("Nina Ny")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/n/**")


def type_password(page: Page) -> None:
    page.get_by_label("E-mail address").fill("nina@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_from_the_invitation_to_signing_in_with_a_second_step(
    open_page: Callable[..., Page], invited: str, axe_violations: Callable[[Page], list[str]]
) -> None:
    page = open_page()
    page.goto(invited)
    assert axe_violations(page) == []
    accept(page, invited)

    page.goto("/me/security/")
    assert axe_violations(page) == []
    page.get_by_role("link", name="Set up an app").click()
    assert axe_violations(page) == []
    assert page.get_by_alt_text("The key of the app as a picture").evaluate("image => image.naturalWidth") > 0
    secret = page.get_by_label("The key, if your app cannot read pictures").input_value()
    page.get_by_label("Code that the app shows").fill(code_of(secret))
    page.get_by_role("button", name="Set up").click()
    codes = page.locator(".recovery-codes code").all_inner_texts()
    assert len(codes) == 10

    sign_out(page)
    assert axe_violations(page) == []
    type_password(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_label("Code of the authenticator app, or a recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/n/**")
    page.goto("/me/sessions/")
    expect(page.get_by_text("this one")).to_be_visible()
    assert axe_violations(page) == []


def test_a_passkey_signs_in_without_a_password_and_is_a_second_step(
    open_page: Callable[..., Page], invited: str
) -> None:
    """The device is Chromium's virtual authenticator; keys, signatures and the server's checks are real."""
    page = open_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    added = device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    accept(page, invited)
    page.goto("/me/security/passkeys/add/")
    page.get_by_label("Its name").fill("Office laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.locator(".recovery-codes code")).to_have_count(10)
    kept = device.send("WebAuthn.getCredentials", {"authenticatorId": added["authenticatorId"]})["credentials"]
    assert [key["isResidentCredential"] for key in kept] == [True]
    page.goto("/me/security/")
    expect(page.get_by_text("Office laptop")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/n/**")

    sign_out(page)
    type_password(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/n/**")

    # A device that does not know whose finger it is lets nobody in.
    device.send("WebAuthn.setUserVerified", {"authenticatorId": added["authenticatorId"], "isUserVerified": False})
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("That did not work.")).to_be_visible()
    page.goto("/me/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert User.objects.filter(email="nina@example.org").count() == 1


def test_the_sign_in_pages_fit_a_phone_light_and_dark(
    open_page: Callable[..., Page], invited: str, axe_violations: Callable[[Page], list[str]]
) -> None:
    for dark in (False, True):
        page = open_page(width=390, height=800, dark=dark)
        for path in ("/sign-in/", invited, "/invitation/no-such/", "/sign-in/no-such/"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert axe_violations(page) == [], path
