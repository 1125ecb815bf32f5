"""A representative in a browser: finds its own firm's side, edits the profile and keeps the phone number to itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from unisono.areas.network.models import Membership, Network
from unisono.platform.actor import Actor
from unisono.platform.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]
SignIn = Callable[[Page, User], None]


def test_a_firm_keeps_its_phone_number_to_itself(
    open_page: Open, sign_in: SignIn, network: Network, add_member: Callable[..., Membership],
    make_actor: Callable[..., Actor],
) -> None:  # fmt: skip
    farm = add_member("Lærdal Smoked Trout", place="Lærdal")
    marit = make_actor("representative", network=network, of=farm, email="marit@example.org")
    eirik = make_actor("observer", network=network)

    page = open_page()
    sign_in(page, User.objects.get(pk=marit.user_id))
    page.goto("/")
    expect(page.get_by_role("heading", name="Lærdal Smoked Trout", level=1)).to_be_visible()
    page.get_by_role("link", name="Our profile").first.click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Phone").fill("57 66 00 00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("57 66 00 00")).to_be_visible()

    other = open_page()
    sign_in(other, User.objects.get(pk=eirik.user_id))
    other.goto(f"/n/{network.slug}/members/{farm.pk}/")
    expect(other.get_by_text("57 66 00 00")).to_be_visible()

    # Kept when the server has answered; "saved" also stands in what was said before.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("Who reads: Phone").select_option("parties")
    other.reload()
    expect(other.get_by_role("heading", name="Lærdal Smoked Trout")).to_be_visible()
    expect(other.get_by_text("57 66 00 00")).to_have_count(0)

    page.get_by_role("link", name="Who sees what", exact=True).click()
    row = page.get_by_role("row", name="Phone")
    expect(row.get_by_text("hidden")).to_have_count(2)
