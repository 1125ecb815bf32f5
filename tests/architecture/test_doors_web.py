"""Doors of the pages: every address, taken from the URL resolver, is tried by those who may not pass."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.architecture.world import World, fingerprint

from unisono.areas.network.kinds import BY_PLURAL

# Pages that need no account; each with the reason.
OPEN = {
    "/sign-in/": "how one gets in",
    "/sign-in/link/": "has a link mailed",
    "/sign-in/code/": "the second step of getting in; leads to the first without it",
    "/sign-in/passkey/": "another way of getting in",
    "/sign-in/anew/": "gives up the second step",
    "/sign-in/<str:secret>/": "a one-time link",
    "/invitation/<str:secret>/": "an invitation, for who has no account yet",
    "/sign-up/<str:secret>/": "opens an account, where anybody may have one",
    "/sign-out/": "leaves; without an account there is nothing to leave",
    "/healthz": "tells a supervisor that the process answers",
    "/readyz": "tells a supervisor that the database answers",
    "/unsubscribe/<str:token>/": "where a mail leads whoever wants no more of its kind; the token is signed",
    "/live/<str:secret>.json": "what the holder of a live link reads",
    "/styleguide/": "shown to developers only, when DEBUG is on",
}
# Pages on which everybody may write, because they touch only what is their own.
OWN = {"/me/": "name and language", "/me/tokens/": "own tokens", "/me/workspace": "the session's workspace"}
_SAFE = "what keeps one's own account safe; asks again who one is"
OWN |= {
    f"/me/security/{path}": _SAFE
    for path in (
        "", "again/", "again/code/", "again/passkey/", "again/link/", "password/", "app/", "app/remove/", "codes/",
        "codes/new/", "codes/download", "passkeys/add/", "passkeys/<int:pk>/", "passkeys/<int:pk>/remove/",
    )
}  # fmt: skip
OWN |= {f"/me/sessions/{path}": "own sessions" for path in ("", "end-others", "<int:session_id>/end")}
OWN |= {"/welcome/": "own name and first password"}
OWN |= {"/me/notifications/": "what one is told", "/notifications/read": "what one has read"}
OWN |= {f"/n/<slug:slug>/{plural}/<uuid:record_id>/comments": "what one says" for plural in BY_PLURAL}
OWN |= {f"/n/<slug:slug>/{plural}/views": "views of one's own; sharing one needs a right" for plural in BY_PLURAL}


def addresses(patterns: list[Any] | None = None, prefix: str = "/") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        whole = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not whole.startswith("/api/"):
                yield from addresses(pattern.url_patterns, whole)
        elif isinstance(pattern, URLPattern):
            if "<slug:plural>" in whole:
                yield from (whole.replace("<slug:plural>", plural) for plural in BY_PLURAL)
            else:
                yield whole


PAGES = sorted(addresses())


def path_of(address: str, world: World) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(world.value_for(address, match[1])), address)


@pytest.mark.django_db
def test_pages_keep_strangers_out(world: World, subtests: pytest.Subtests) -> None:
    before = fingerprint()
    for address in PAGES:
        with subtests.test(address):
            path = path_of(address, world)
            for method in ("get", "post"):
                answer = getattr(Client(), method)(path)
                if address in OPEN:
                    assert answer.status_code in (200, 302, 404, 405, 422)
                    continue
                assert answer.status_code in (302, 405), f"{method} without an account"
                if answer.status_code == 302:
                    assert answer["Location"].startswith("/sign-in/")
                if address.startswith("/n/"):
                    answer = getattr(world.page_client(world.stranger), method)(path)
                    assert answer.status_code in (404, 405), f"{method} from another workspace"
                    assert world.canary.encode() not in answer.content
            assert fingerprint() == before, "a refusal changed the database"


@pytest.mark.django_db
def test_an_observer_reads_and_never_writes(world: World, subtests: pytest.Subtests) -> None:
    client = world.page_client(world.observer)
    before = fingerprint()
    for address in PAGES:
        with subtests.test(address):
            path = path_of(address, world)
            answer = client.get(path, {"q": "trout"})
            assert answer.status_code in (200, 302, 403, 404, 405, 422)
            content = b"".join(answer) if answer.streaming else answer.content
            assert world.canary.encode() not in content
            assert fingerprint() == before, "reading changed the database"
            if address in OWN or address in OPEN:
                continue
            new = SimpleUploadedFile("new.csv", b"Name\nNew\n")
            answer = client.post(path, {"name": "Changed", "state": "ended", "label": "Changed", "file": new})
            assert answer.status_code in (403, 404, 405), "an observer writes"
            assert fingerprint() == before, "a refusal changed the database"
