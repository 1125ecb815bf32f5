"""What every answer carries, whoever gives it, and how long a session lasts."""

import logging
import time
from collections.abc import Callable

import pytest
from django.conf import settings as installed
from django.test import Client
from django.test.utils import override_settings

from unisono.areas.network.models import Membership, Network
from unisono.platform.actor import Actor
from unisono.platform.models import User, Workspace
from unisono.platform.passwords import set_password
from unisono.web.sign_in.sessions import SINCE

PASSWORD = "four words that differ"
pytestmark = pytest.mark.django_db


@pytest.fixture
def user(owner: User, workspace: Workspace) -> User:
    return owner


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 302),
        ("/sign-in/", 200),
        ("/healthz", 200),
        ("/no/such/page/", 404),
        ("/api/v1/me", 401),
        ("/api/v1/openapi.json", 200),
        ("/static/favicon.svg", 200),
    ],
)
def test_every_answer_carries_the_headers(client: Client, path: str, status: int) -> None:
    """Pages, refusals, redirects, files of the bundle and the API: a policy, no sniffing, no frame, no referrer."""
    answer = client.get(path)
    assert answer.status_code == status
    policy = answer["Content-Security-Policy"]
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy or path == "/api/v1/docs"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer or path.startswith("/static/")
    assert "charset" in answer["Content-Type"] or answer["Content-Type"] in (
        "application/problem+json", "application/json", "image/svg+xml",
    )  # fmt: skip


def test_a_request_that_is_too_large_carries_them_too(client: Client) -> None:
    answer = client.post("/sign-in/", CONTENT_LENGTH=str(10**12))
    assert answer.status_code == 413
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_over_tls_browsers_are_told_to_stay_there() -> None:
    with override_settings(SECURE_HSTS_SECONDS=31_536_000):
        answer = Client().get("/sign-in/", secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=31536000"


def test_no_cache_keeps_what_is_personal(client: Client, user: User, network: Network) -> None:
    """Pages, parts of pages, the API and refusals are kept by no cache; files of the bundle may be."""
    client.force_login(user)
    for path in (f"/n/{network.slug}/members/", "/palette/?q=a", "/me/", "/nothing/", "/api/v1/me", "/notifications/"):
        assert "no-store" in client.get(path)["Cache-Control"], path
    assert "no-store" not in client.get("/static/favicon.svg")["Cache-Control"]


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-out/", "/me/", "/me/tokens/", "/networks/new", "/sign-in/link/"])
def test_a_form_of_another_site_does_nothing(user: User, path: str) -> None:
    """What writes needs the token that only our pages hold; a cookie alone is not enough."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(path, {"name": "Changed"}).status_code == 403


@pytest.mark.parametrize("path", ["/static/", "/static/../", "/static/%2e%2e/settings.py", "/.git/config", "/media/"])
def test_no_folder_can_be_looked_into(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_trace_is_not_answered(client: Client) -> None:
    answer = client.trace("/sign-in/", HTTP_X_PROBE="echo")
    assert answer.status_code == 405
    assert b"echo" not in answer.content


def test_a_session_is_over_after_thirty_days(client: Client, user: User) -> None:
    """However often it was used; one that is younger goes on."""
    set_password(user=user, password=PASSWORD, repeated=PASSWORD)
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    session = client.session
    session[SINCE] = time.time() - installed.SESSION_LONGEST_SECONDS + 60
    session.save()
    assert client.get("/me/").status_code == 200
    session = client.session
    session[SINCE] = time.time() - installed.SESSION_LONGEST_SECONDS - 1
    session.save()
    key = session.session_key
    assert client.get("/me/").status_code == 302
    assert not session.exists(key), "it is gone from the server as well"


def test_a_closed_account_is_out_at_once(client: Client, user: User) -> None:
    """Its open sessions open nothing from the next request on."""
    client.force_login(user)
    assert client.get("/me/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/me/").status_code == 302


def test_signing_in_makes_a_new_session_and_signing_out_ends_it(client: Client, user: User) -> None:
    """A key that somebody planted before is worth nothing after, and one that was read before is worth nothing then."""
    set_password(user=user, password=PASSWORD, repeated=PASSWORD)
    client.get("/sign-in/?next=/me/")
    before = client.session.session_key
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    inside = client.session.session_key
    assert before and inside != before and not client.session.exists(before)
    client.post("/sign-out/")
    assert not client.session.exists(inside)


def test_signing_in_is_logged_without_names(client: Client, user: User, caplog: pytest.LogCaptureFixture) -> None:
    """Success with the key of the account and the way in; failure as such; no address and no password."""
    set_password(user=user, password=PASSWORD, repeated=PASSWORD)
    with caplog.at_level(logging.INFO, logger="unisono"):
        client.post("/sign-in/", {"login": user.email, "password": "wrong and wrong again"})
        client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    said = [record for record in caplog.records if record.name == "unisono.accounts"]
    assert [record.getMessage() for record in said] == ["sign-in failed", "signed in"]
    assert said[1].account == str(user.pk)  # type: ignore[attr-defined]
    assert said[1].state == "password"  # type: ignore[attr-defined]
    for word in (user.email, PASSWORD, "wrong and wrong again"):
        assert word not in caplog.text


def test_a_refusal_is_logged_with_who_was_refused(
    client: Client, make_actor: Callable[..., Actor], network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    """By the key of the account; what goes well is logged without."""
    observer = make_actor("observer")
    client.force_login(User.objects.get(pk=observer.user_id))
    with caplog.at_level(logging.INFO, logger="unisono.request"):
        client.get(f"/n/{network.slug}/members/new")
        client.get(f"/n/{network.slug}/members/")
    refused, fine = (record for record in caplog.records if record.name == "unisono.request")
    assert refused.status == 403 and refused.account == str(observer.user_id)  # type: ignore[attr-defined]
    assert fine.account is None  # type: ignore[attr-defined]


def test_a_password_is_taken_as_it_is(client: Client, user: User) -> None:
    """Blanks at its ends, any letters, a hundred of them: kept and asked for exactly as typed."""
    odd = "  Ærlig talt: 日本 🙂 " + "x" * 100 + "  "
    set_password(user=user, password=odd, repeated=odd)
    client.post("/sign-in/", {"login": user.email, "password": odd.strip()})
    assert client.get("/me/").status_code == 302
    client.post("/sign-in/", {"login": user.email, "password": odd})
    assert client.get("/me/").status_code == 200


def test_what_is_not_a_field_is_not_written(
    page_client: Client, make_api: Callable[..., Client], network: Network, workspace: Workspace
) -> None:
    """Keys, workspace, state and moments cannot be sent along: the API refuses them, a form does not look at them."""
    extra = {"id": str(network.pk), "workspace_id": str(network.pk), "created_at": "2001-01-01T00:00:00Z"}
    where = f"/api/v1/networks/{network.slug}/members"
    for name, value in extra.items():
        answer = make_api("read", "write").post(where, {"name": "One", name: value}, content_type="application/json")
        assert answer.status_code == 422, name
    page_client.post(f"/n/{network.slug}/members/new", {"name": "Two", **extra})
    (made,) = Membership.objects.all()
    assert made.pk != network.pk and made.workspace_id == workspace.pk and made.created_at.year > 2001
