"""Logs: one JSON object a line, and in none of them a secret, an address or what somebody typed."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client

from unisono.platform.logging import JsonFormatter

SECRET = "S3CRET-of-a-link"
ADDRESS = f"/sign-in/{SECRET}/"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What is logged, at the levels of a running server."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(settings.LOGGING["root"]["level"])
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


def entries(lines: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_refused_form_does_not_log_the_secret(db: None, lines: StringIO) -> None:
    answer = Client(enforce_csrf_checks=True).post(ADDRESS)
    assert answer.status_code == 403
    assert SECRET not in lines.getvalue()
    [told] = [entry for entry in entries(lines) if entry["logger"] == "django.security.csrf"]
    assert str(told["message"]).startswith("Forbidden (CSRF cookie not set.): ")
    assert "sign-in" in str(told["route"])


def test_nor_the_address_it_came_from(db: None, lines: StringIO) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "x" * 32
    client.post("/sign-in/other/", secure=True, headers={"referer": f"https://elsewhere.example{ADDRESS}"})
    told = [entry for entry in entries(lines) if entry["logger"] == "django.security.csrf"]
    assert "Referer checking failed" in str(told[0]["message"])
    assert SECRET not in lines.getvalue()


def test_a_fault_does_not_log_the_secret(db: None, lines: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(secret: str) -> None:
        raise RuntimeError(f"fault with {secret}")

    monkeypatch.setattr("unisono.web.sign_in.doors.find_sign_in_link", fault)
    client = Client(raise_request_exception=False)
    assert client.get(ADDRESS).status_code == 500
    assert SECRET not in lines.getvalue()
    [told] = [entry for entry in entries(lines) if entry["logger"] == "django.request"]
    assert (told["exception"], told["status_code"]) == ("RuntimeError", 500)
    assert told["traceback"]


def test_an_address_with_blanks_goes_as_a_whole(lines: StringIO) -> None:
    request = HttpRequest()
    request.path = request.path_info = "/search/Ingrid Solheim"
    extra = {"request": request, "status_code": 500}
    logging.getLogger("django.request").error("%s: %s", "Internal Server Error", request.path, extra=extra)
    assert [entry["message"] for entry in entries(lines)] == ["Internal Server Error: …"]


def test_our_own_messages_stay_as_they_are(lines: StringIO) -> None:
    logging.getLogger("unisono.platform").warning("either/or")
    assert [entry["message"] for entry in entries(lines)] == ["either/or"]


def test_a_request_is_logged_by_its_route(db: None, lines: StringIO) -> None:
    answer: HttpResponse = Client().get(f"{ADDRESS}?next=/x")
    [told] = [entry for entry in entries(lines) if entry["logger"] == "unisono.request"]
    assert (told["status"], told["request"]) == (answer.status_code, answer["X-Request-Id"])
    assert SECRET not in lines.getvalue()
