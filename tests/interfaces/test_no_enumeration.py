"""No page tells whether an address has an account: text, status, statements and work are the same."""

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django_tasks import task_backends

from unisono.areas.network.models import Network
from unisono.platform import account_mail
from unisono.platform.actor import Actor
from unisono.platform.invitations import invite
from unisono.platform.models import Outgoing, User

PASSWORD = "correct horse battery staple"
_PASSING = ("X-Request-Id", "Content-Length", "Expires")
# Of equal length, so that nothing but being known tells them apart.
KNOWN, LINK_ONLY, CLOSED, UNKNOWN = "known@example.org", "links@example.org", "close@example.org", "nobod@example.org"
# Tasks are kept for a worker, as in real life; done at once they would be part of the page's work.
QUEUED = override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})


class _CountedHasher(PBKDF2PasswordHasher):
    """Real work, little of it, counted."""

    iterations = 2_000
    counted = 0

    def encode(self, *arguments: Any, **named: Any) -> str:
        type(self).counted += 1
        return super().encode(*arguments, **named)


@dataclass
class Seen:
    """What can be told from outside, and what work was done for it."""

    status: int
    text: str
    headers: dict[str, str]
    statements: list[str]
    hashes: int


@pytest.fixture(autouse=True)
def people(db: None, settings: Any) -> None:
    """One of each kind: with a password, without, closed."""
    settings.PASSWORD_HASHERS = [f"{__name__}._CountedHasher"]
    # Limits are counted by address; every request here comes from the same one.
    settings.ACCOUNT_RATE_LIMITS = {"login": "9999/m/ip", "login_failed": "9999/m/ip,5/5m/key", "link": "9999/m/ip"}
    for email, password, active in ((KNOWN, PASSWORD, True), (LINK_ONLY, None, True), (CLOSED, PASSWORD, False)):
        user = User.objects.create_user(email, "Somebody", is_active=active)
        if password:
            user.set_password(password)
            user.save()


def plain(text: str, email: str) -> str:
    """The page without the address that was typed, and without what is new in every answer."""
    text = re.sub(r'(name="csrfmiddlewaretoken" value|name="csrf-token" content)="[^"]*"', "", text)
    return text.replace(email, "…")


def shape(sql: str) -> str:
    """A statement without its values, and without the numbers of savepoints and cursors."""
    return re.sub(r"'[^']*'|\b\d[\d.]*\b|(?<=SAVEPOINT )\"\w+\"|\"_django_curs_\w+\"", "?", sql)


def ask(path: str, email: str, password: str = "") -> Seen:
    """One request from a fresh browser."""
    _CountedHasher.counted = 0
    client = Client()
    with QUEUED, CaptureQueriesContext(connection) as queries:
        answer = client.post(path, {"login": email, "password": password})
    headers = {name: value for name, value in answer.headers.items() if name not in _PASSING}
    statements = [shape(query["sql"]) for query in queries]
    return Seen(answer.status_code, plain(answer.content.decode(), email), headers, statements, _CountedHasher.counted)


@pytest.mark.parametrize("email", [KNOWN, LINK_ONLY, CLOSED])
def test_a_wrong_password_and_an_unknown_address_look_alike(email: str) -> None:
    """The same words, status and headers; the same statements; one password is hashed either way."""
    ask("/sign-in/", "first@example.org", "warming up, so that nothing is done for the first time")
    there, nowhere = ask("/sign-in/", email, "wrong"), ask("/sign-in/", UNKNOWN, "wrong")
    assert there.status == 422 and "The address or the password is not right." in there.text
    assert (there.status, there.text, there.headers) == (nowhere.status, nowhere.text, nowhere.headers)
    assert (there.hashes, nowhere.hashes) == (1, 1)
    assert there.statements == nowhere.statements


@pytest.mark.parametrize("email", [KNOWN, LINK_ONLY, CLOSED])
def test_asking_for_a_link_looks_alike(email: str) -> None:
    ask("/sign-in/link/", "first@example.org")
    there, nowhere = ask("/sign-in/link/", email), ask("/sign-in/link/", UNKNOWN)
    assert there.status == 200 and "Look at your mail" in there.text
    assert there == nowhere
    assert not Outgoing._base_manager.exists(), "the page itself writes no mail"


def test_limits_stop_at_the_same_try_and_in_the_same_words() -> None:
    answers = {}
    for email in (KNOWN, UNKNOWN):
        answers[email] = [(seen.status, seen.text) for seen in (ask("/sign-in/", email, "wrong") for _n in range(7))]
    assert answers[KNOWN] == answers[UNKNOWN]
    assert "too many attempts" in answers[KNOWN][-1][1]


def test_only_an_open_account_gets_mail() -> None:
    """The worker, of which nobody sees how long it takes, makes the difference; the queue holds no address."""
    for email in (KNOWN, LINK_ONLY, CLOSED, UNKNOWN):
        account_mail.queue_sign_in_link(email)
    assert sorted(Outgoing._base_manager.values_list("recipient", flat=True)) == [KNOWN, LINK_ONLY]
    with QUEUED:
        account_mail.queue_sign_in_link(KNOWN)
        account_mail.queue_sign_in_link(UNKNOWN)
        queued = [result.args for result in task_backends["default"].results]
    assert len(queued) == 2 and "example.org" not in str(queued)


def test_inviting_looks_alike(actor: Actor, network: Network) -> None:
    """Whoever invites does not learn who has an account: same statements, same result, no name."""
    seen = []
    for email in ("first@example.org", KNOWN, UNKNOWN):
        with QUEUED, CaptureQueriesContext(connection) as queries:
            made = invite(actor=actor, email=email, role="observer")
        seen.append(([shape(query["sql"]) for query in queries], made.role, made.network_name))
    assert seen[1] == seen[2]


def _halves(act: Callable[[str], Seen]) -> float:
    """How much longer, as a share, a known address takes than an unknown one: medians of requests taken in turn."""
    times: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    for turn in range(44):
        # In turn, and each first as often as the other, so that a busy machine slows both.
        for email in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
            begun = time.process_time()
            act(email)
            if turn >= 4:
                times[email].append(time.process_time() - begun)
    known, unknown = statistics.median(times[KNOWN]), statistics.median(times[UNKNOWN])
    return known / unknown - 1


@pytest.fixture
def slow_hashes(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """A hash takes several times what all the rest does, as it really is."""
    monkeypatch.setattr(_CountedHasher, "iterations", 150_000)
    settings.ACCOUNT_RATE_LIMITS = False
    user = User.objects.get(email=KNOWN)
    user.set_password(PASSWORD)
    user.save()


def test_known_and_unknown_take_the_same_time(slow_hashes: None) -> None:
    """Processor time of whole requests; the hash, were it left out for one of them, would be most of it."""
    assert abs(_halves(lambda email: ask("/sign-in/", email, "wrong"))) < 0.25


def test_control_without_the_hash_for_unknown_addresses_time_tells(
    slow_hashes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above can fail: when nothing is hashed for an unknown address, count and time both show it."""
    from allauth.account.auth_backends import AuthenticationBackend

    monkeypatch.setattr(AuthenticationBackend, "_mitigate_timing_attack", lambda self, password: None)
    assert ask("/sign-in/", UNKNOWN, "wrong").hashes == 0
    assert _halves(lambda email: ask("/sign-in/", email, "wrong")) > 1.0


def test_control_a_mail_written_by_the_page_shows_in_the_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above can fail: were the mail made by the page itself, only a known address would cost statements."""

    def at_once(address: str, *, wanted: str = "") -> None:
        user = User.objects.filter(email=address).first()
        if user:
            account_mail.mail_sign_in_link.call(str(user.pk), wanted)

    monkeypatch.setattr("unisono.web.sign_in.doors.queue_sign_in_link", at_once)
    ask("/sign-in/link/", "first@example.org")
    assert len(ask("/sign-in/link/", KNOWN).statements) > len(ask("/sign-in/link/", UNKNOWN).statements)
