"""Signing in by password, by a mailed link, with a second step; and what keeps an account safe."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from unisono.areas.network.models import Network
from unisono.platform.accounts import make_sign_in_link
from unisono.platform.models import Event, Outgoing, User

PASSWORD = "correct horse battery staple"


@pytest.fixture
def known(owner: User, network: Network) -> User:
    """The owner, with a password."""
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def code_of(secret: str) -> str:
    """What the authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(client: Client, email: str, password: str = PASSWORD):
    return client.post("/sign-in/", {"login": email, "password": password})


def mails() -> list[Outgoing]:
    """What waits in the outbox, oldest first."""
    return list(Outgoing._base_manager.order_by("created_at", "pk"))


def mailed_link() -> str:
    """The path of the link in the mail that was sent last."""
    found = re.search(r"https?://[^/]+(/\S+)", mails()[-1].payload["text"])
    assert found
    return found[1]


def test_one_signs_in_by_password_and_gets_where_one_wanted(known: User, network: Network) -> None:
    client = Client()
    wanted = f"/n/{network.slug}/people/"
    assert "Sign in" in client.get(f"/sign-in/?next={wanted}").content.decode()
    answer = sign_in(client, "Ingrid@Example.org")
    assert (answer.status_code, answer["Location"]) == (302, wanted)
    assert client.get(wanted).status_code == 200


def test_a_wrong_password_lets_nobody_in(known: User) -> None:
    client = Client()
    answer = sign_in(client, known.email, "wrong")
    assert answer.status_code == 422 and "The address or the password is not right." in answer.content.decode()
    assert client.get("/me/").status_code == 302


def test_a_closed_account_is_told_as_little_as_an_unknown_one(known: User) -> None:
    User.objects.filter(pk=known.pk).update(is_active=False)
    answer = Client().post("/sign-in/", {"login": known.email, "password": PASSWORD}, follow=True)
    assert "The address or the password is not right." in answer.content.decode()


def test_guessing_a_password_is_stopped_for_everybody_who_tries(known: User) -> None:
    """Five wrong passwords in five minutes; then the right one is refused too, from any browser."""
    for _attempt in range(5):
        assert sign_in(Client(), known.email, "wrong").status_code == 422
    answer = sign_in(Client(), known.email)
    assert "too many attempts" in answer.content.decode()


def test_a_link_is_mailed_and_signs_in_once(known: User, network: Network) -> None:
    client = Client()
    client.get(f"/sign-in/?next=/n/{network.slug}/people/")
    answer = client.post("/sign-in/link/", {"login": known.email})
    assert answer.status_code == 200 and "Look at your mail" in answer.content.decode()
    assert [each.recipient for each in mails()] == [known.email]
    other = Client()
    link = mailed_link()
    assert "Sign in as Ingrid Solheim" in other.get(link).content.decode()
    assert other.post(link)["Location"] == f"/n/{network.slug}/people/"
    assert Client().post(link).status_code == 404


def test_asking_for_links_is_limited(known: User) -> None:
    for _time in range(3):
        assert Client().post("/sign-in/link/", {"login": known.email}).status_code == 200
    answer = Client().post("/sign-in/link/", {"login": known.email})
    assert answer.status_code == 429 and "Too many attempts" in answer.content.decode()
    assert len(mails()) == 3


def test_no_address_is_no_address(db: None) -> None:
    answer = Client().post("/sign-in/link/", {"login": "nobody"})
    assert answer.status_code == 422 and "This is no e-mail address." in answer.content.decode()


def test_a_password_is_set_after_a_link_and_ends_other_sessions(owner: User, network: Network) -> None:
    first, second = Client(), Client()
    for client in (first, second):
        client.post(f"/sign-in/{make_sign_in_link(owner)}/")
        assert client.get("/me/").status_code == 200
    bad = first.post("/me/security/password/", {"password": "short", "repeated": "other"})
    assert bad.status_code == 422
    bad = first.post("/me/security/password/", {"password": "password1234", "repeated": "password1234"})
    assert bad.status_code == 422
    answer = first.post("/me/security/password/", {"password": PASSWORD, "repeated": PASSWORD})
    assert answer["Location"] == "/me/security/"
    assert first.get("/me/").status_code == 200
    assert second.get("/me/").status_code == 302
    assert sign_in(Client(), owner.email).status_code == 302
    changed = Event._base_manager.get(kind="user.password_changed")
    assert changed.changes == {"password": [None, None]}


def test_what_was_not_shown_lately_is_asked_again(known: User, page_client: Client) -> None:
    """A browser left open does not change the password: it asks for the present one first."""
    answer = page_client.get("/me/security/password/")
    assert answer["Location"].startswith("/me/security/again/?next=")
    assert page_client.post(answer["Location"], {"password": "wrong"}).status_code == 200
    assert page_client.get("/me/security/password/").status_code == 302
    assert page_client.post(answer["Location"], {"password": PASSWORD})["Location"] == "/me/security/password/"
    assert page_client.get("/me/security/password/").status_code == 200


def test_who_has_no_password_shows_by_a_link_who_one_is(owner: User, network: Network, page_client: Client) -> None:
    answer = page_client.get("/me/security/app/")
    assert answer["Location"].startswith("/me/security/again/link/?next=")
    page_client.post(answer["Location"])
    assert page_client.post(mailed_link())["Location"] == "/me/security/app/"
    assert page_client.get("/me/security/app/").status_code == 200


def set_up_app(client: Client) -> tuple[str, list[str]]:
    """Set up an authenticator app; its secret, and the recovery codes."""
    page = client.get("/me/security/app/")
    secret = page.context["form"].secret
    assert client.post("/me/security/app/", {"code": "000000"}).status_code == 200
    answer = client.post("/me/security/app/", {"code": code_of(secret)})
    assert answer["Location"] == "/me/security/codes/"
    return secret, client.get("/me/security/codes/").context["unused_codes"]


def test_with_an_app_a_password_and_a_mailed_link_are_not_enough(known: User, network: Network) -> None:
    client = Client()
    sign_in(client, known.email)
    _secret, codes = set_up_app(client)
    assert len(codes) == 10
    client.post("/sign-out/")

    for begin in (
        lambda: sign_in(client, known.email),
        lambda: client.post(f"/sign-in/{make_sign_in_link(known)}/"),
    ):
        assert begin()["Location"] == "/sign-in/code/"
        assert client.get("/me/").status_code == 302, "half signed in is not signed in"
        assert "Second step" in client.get("/sign-in/code/").content.decode()
        assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 200
        code = codes.pop()
        assert client.post("/sign-in/code/", {"code": code})["Location"] == "/"
        assert client.get("/me/").status_code == 200
        client.post("/sign-out/")
        sign_in(client, known.email)
        assert client.post("/sign-in/code/", {"code": code}).status_code == 200, "a recovery code works once"
        client.get("/sign-in/anew/")


def test_a_link_made_at_the_console_lets_in_who_lost_the_app(known: User, network: Network) -> None:
    client = Client()
    sign_in(client, known.email)
    set_up_app(client)
    other = Client()
    answer = other.post(f"/sign-in/{make_sign_in_link(known, skips_second_factor=True)}/")
    assert answer["Location"] == "/"
    assert other.get("/me/security/app/remove/").status_code == 200
    other.post("/me/security/app/remove/")
    assert sign_in(Client(), known.email)["Location"] == "/"


def test_recovery_codes_are_saved_and_made_anew(known: User, network: Network) -> None:
    client = Client()
    sign_in(client, known.email)
    assert client.get("/me/security/codes/").status_code == 404
    _secret, codes = set_up_app(client)
    assert codes[0] in client.get("/me/security/codes/download").content.decode()
    assert client.get("/me/security/codes/new/").status_code == 200
    client.post("/me/security/codes/new/")
    assert not set(codes) & set(client.get("/me/security/codes/").context["unused_codes"])
    page = client.get("/me/security/").content.decode()
    assert "10 codes are left." in page and "Remove the app" in page


def test_the_owner_of_an_account_is_told_of_changes(
    known: User, network: Network, django_capture_on_commit_callbacks
) -> None:
    client = Client()
    sign_in(client, known.email)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
        client.post("/me/security/password/", {"password": PASSWORD + "!", "repeated": PASSWORD + "!"})
    assert {each.payload["subject"] for each in mails()} == {
        "An authenticator app was set up for your account",
        "Your password was changed",
    }
    noted = Event._base_manager.filter(kind="user.security_changed").values_list("changes", flat=True)
    assert list(noted) == [{"factor": [None, "app_added"]}]


@pytest.mark.parametrize("path", ["signup/", "password/reset/", "email/", "accounts/login/", "confirm-email/"])
def test_pages_of_the_library_that_are_not_used_are_not_there(db: None, path: str) -> None:
    for prefix in ("/", "/sign-in/", "/me/security/"):
        assert Client().get(f"{prefix}{path}").status_code in (302, 404)
