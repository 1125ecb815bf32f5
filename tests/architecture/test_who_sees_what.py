"""Every door x every role x every place: who may not read a word never gets it, and who is refused changes nothing.

Addresses come from the URL resolver, endpoints from the OpenAPI document, commands from the command tree. Every
request is made with the keys of the visitor's own network, of the network beside it, of another workspace, and of
records there that are for a smaller circle of readers. Together they are more than ten thousand requests.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q
from tests.architecture.circles import Circles, build_circles
from tests.architecture.test_doors_api import OWN as OWN_ENDPOINTS
from tests.architecture.test_doors_api import call, endpoints
from tests.architecture.test_doors_web import OPEN, OWN, PAGES
from tests.architecture.walking import (
    GROUPS,
    KEY,
    NO_KEYS,
    REFUSED,
    SLUGS,
    Walk,
    is_elsewhere,
    kind_number,
    may_write,
    names_in,
    on_rota,
    targets,
    visitor_of,
)
from tests.architecture.world import World

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Network
from unisono.cli.commands import unisono
from unisono.cli.records import option_of
from unisono.cli.reference import commands
from unisono.platform.accounts import create_workspace
from unisono.platform.actor import Actor, actor_of

# A token that may only read still ends itself and marks what it was told as read.
_READERS_OWN = {key for key in OWN_ENDPOINTS if "/networks/" not in key[1]}


@pytest.fixture
def circles(
    actor: Actor, network: Network, make_actor: Callable[..., Actor], django_capture_on_commit_callbacks: Any
) -> Circles:
    workspace, user = create_workspace(name="Next door", owner_email="stranger@example.com")
    stranger = actor_of(user, workspace)
    assert stranger is not None
    # What begins at a commit, such as the check of an import, begins at once.
    with django_capture_on_commit_callbacks(execute=True):
        return build_circles(actor, network, stranger, make_actor)


def _seen(answer: Any) -> tuple[bytes, str]:
    content = b"".join(answer) if answer.streaming else bytes(answer.content)
    shut = answer.status_code in REFUSED or (answer.status_code == 302 and answer["Location"].startswith("/sign-in/"))
    return content + str(answer.headers).encode(), "" if shut else str(answer.status_code)


def _form() -> dict[str, Any]:
    return {"name": "Changed", "state": "ended", "label": "Changed", "text": "Changed", "to": "ended",
            "file": SimpleUploadedFile("new.csv", b"Name\nNew\n")}  # fmt: skip


def _pages(walk: Walk, addresses: Sequence[str] = PAGES) -> None:
    visitor, circles = walk.visitor, walk.circles
    for address in (each for each in addresses if on_rota(kind_number(each), visitor, circles)):
        keyed = names_in(address) - {*SLUGS, "plural"}
        for slug_of, keys_of, world in targets(circles, address):
            network = circles.places[slug_of].world.network

            def part(
                match: re.Match[str], address: str = address, world: World = world, slug: str = network.slug
            ) -> str:
                name = match[1] or match[2]
                return str(slug if name in SLUGS else world.value_for(address, name))

            path = KEY.sub(part, address)
            elsewhere = address.startswith("/n/") and is_elsewhere(visitor, slug_of, keys_of)
            what = f"{address} [{slug_of}: keys of {keys_of}]"
            shut = visitor.user is None and address not in OPEN
            # The words in the records begin with what is looked for.
            for query in ({},) if keyed else ({}, {"q": "zq"}):
                walk.visit(
                    f"GET {what} {query or ''}",
                    lambda path=path, query=query: _seen(visitor.page.get(path, query)),  # type: ignore[misc]
                    refused=shut or elsewhere,
                )
            if address in OPEN or (may_write(visitor, address) and not elsewhere):
                continue
            if address in OWN and not elsewhere and not shut:
                continue
            for form in (_form(), {}) if visitor.role == "observer" else (_form(),):
                walk.visit(
                    f"POST {what}",
                    lambda path=path, form=form: _seen(visitor.page.post(path, form)),  # type: ignore[misc]
                    refused=True,
                )


def _endpoints(walk: Walk) -> None:
    visitor, circles = walk.visitor, walk.circles
    for method, path in (each for each in endpoints() if on_rota(kind_number(each[1]), visitor, circles)):
        for slug_of, keys_of, world in targets(circles, path):
            network = circles.places[slug_of].world.network
            asked = World(world.owner, world.observer, world.stranger, network, ids=world.ids, values=world.values)
            elsewhere = "{network}" in path and is_elsewhere(visitor, slug_of, keys_of)
            what = f"{method} {path} [{slug_of}: keys of {keys_of}]"
            shut = visitor.user is None

            def ask(client: Any, method: str = method, path: str = path, asked: World = asked) -> tuple[bytes, str]:
                return _seen(call(client, method, path, asked))

            if method == "GET":
                walk.visit(what, lambda ask=ask: ask(visitor.api), refused=shut or elsewhere)  # type: ignore[misc]
                continue
            if keys_of in (NO_KEYS, slug_of) and (method, path) not in _READERS_OWN:
                # A token that may only read changes nothing, whoever holds it.
                walk.visit(f"{what} with a reading token", lambda ask=ask: ask(visitor.reading_api), refused=True)  # type: ignore[misc]
            if may_write(visitor, path) and not elsewhere:
                continue
            if (method, path) in OWN_ENDPOINTS and not elsewhere and not shut:
                continue
            walk.visit(what, lambda ask=ask: ask(visitor.api), refused=True)  # type: ignore[misc]


@pytest.mark.django_db
def test_the_walk_finds_what_a_missing_rule_lets_through(circles: Circles, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with one rule off, the same walk names the leak, and with another one off the change."""
    page = "/n/<slug:slug>/members/<uuid:record_id>/"
    monkeypatch.setattr(policies, "readable", lambda *_arguments: Q())
    walk = Walk(circles, visitor_of(circles, "observer of home"))
    _pages(walk, [page])
    assert any("care_team need" in fault for fault in walk.faults), walk.report()

    monkeypatch.setattr(policies, "can_edit_records", lambda *_arguments: True)
    walk = Walk(circles, visitor_of(circles, "observer of home"))
    _pages(walk, [f"{page}archive"])
    assert any("changes rows though refused" in fault for fault in walk.faults), walk.report()


# Commands of whoever runs the server, and so holds the database itself; they act for nobody.
OPERATING = {
    ("up",), ("serve",), ("worker",), ("migrate",), ("doctor",), ("demo", "load"), ("demo", "clear"), ("version",),
    ("openapi",), ("docs", "write"), ("audit", "verify"), ("audit", "seal"),
    ("backup",), ("restore",),
}  # fmt: skip
# What everybody in a network may write: what they keep or say themselves.
OWN_COMMANDS = {("views", "save"), ("comment", "write"), ("told",), ("token", "create"), ("token", "revoke")}
# Commands that only look, by their last word.
LOOKING = {"list", "show", "export", "figures", "ties", "path", "timeline", "merges", "records", "search", "silent",
           "deliveries", "verify"}  # fmt: skip


def _leaves() -> list[tuple[tuple[str, ...], click.Command]]:
    return [(path, command) for path, command in commands(unisono) if not isinstance(command, click.Group)]


def _address_of(path: tuple[str, ...], command: click.Command) -> str:
    """The command written as an address, with the keys that it takes and the network where it asks for one."""
    keys = [p.name or "" for p in command.params if isinstance(p, click.Argument) and p.name not in _NO_KEYS]
    network = "{network}/" if any(p.name == "network" for p in command.params) else ""
    kind = f"{KINDS[path[0]].plural}/" if path[0] in KINDS else ""
    keys = ["record_id" if key == "record" and kind else key for key in keys]
    return f"/{network}{kind}" + "/".join(f"{{{key}}}" for key in keys)


# Arguments that are no key of anything.
_NO_KEYS = {"file", "path", "kind", "name", "label", "text", "words", "state", "email", "address", "url", "decision",
            "source", "choices", "role"}  # fmt: skip


def _arguments(path: tuple[str, ...], command: click.Command, world: World, folder: Any) -> list[str]:
    """What a person of the home network would write behind the command; keys come from the world."""
    kind = KINDS.get(path[0])
    file = folder / "members.csv"
    file.write_text("Name\nNew\n")
    ids = world.ids
    said: dict[str, Any] = {
        "record": ids[kind.name] if kind else ids["member"], "slug": world.network.slug, "state": "ended",
        "member": ids["member"], "members": ids["member"], "one": ids["member"], "other": ids["member"],
        "keep": ids["organization" if path[0] == "organization" else "member"], "absorb": ids["member"],
        "kind": "member", "name": "Changed", "label": "Changed", "text": "Changed", "words": "zq",
        "pair": ids["pair_id"], "merge": ids["merge_id"], "view": ids["view_id"], "decision": "different",
        "path": file, "file": "-", "email": "changed@example.org", "address": "changed@example.org",
        "source": "relations", "url": "https://example.org/hook", "role": "observer",
        "choices": "description=parties", "person": ids["person"],
    }  # fmt: skip
    written: list[str] = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument) and (parameter.name != "file" or parameter.required):
            value = ids.get(parameter.name) or said.get(parameter.name or "")
            assert value is not None, f"Say in {__file__} what {parameter.name} of “{' '.join(path)}” stands for."
            value = folder / "all.zip" if path[-1] == "everything" and parameter.name == "file" else value
            value = folder / "saved.txt" if path == ("file", "save") and parameter.name == "path" else value
            written.append(str(value))
    if kind and path[-1] == "add":
        for field in kind.fields:
            for value in _each(world.values[kind.name].get(field.name)):
                written += [option_of(field), str(value)]
    elif kind and path[-1] == "edit":
        written += ["--set", f"{next(f.name for f in kind.fields if f.name != 'membership')}=Changed"]
    elif path == ("network", "create") or path == ("network", "edit"):
        written += ["--name", "Changed"]
    elif path == ("bulk", "edit"):
        written += ["--id", str(ids["member"]), "--set", "tier=Changed"]
    return written


def option_names(command: click.Command) -> set[str]:
    """Names of what a command takes."""
    return {parameter.name or "" for parameter in command.params}


def _each(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _call(path: tuple[str, ...], command: click.Command, written: list[str], *, email: str, slug: str) -> Any:
    names = {name for parameter in command.params for name in parameter.opts}
    words = [*path, *written, "--as", email, "--workspace", "fjord-cluster"]
    words += ["--network", slug] if "--network" in names else []
    with transaction.atomic():
        return CliRunner().invoke(unisono, words, input="")


def _commands(walk: Walk, folder: Path) -> None:
    """Commands, each as the visitor: they go through the same policies as pages and endpoints."""
    visitor, circles = walk.visitor, walk.circles
    if visitor.user is None:
        # A command acts as somebody.
        return
    email = visitor.user.email
    for path, command in _leaves():
        if path in OPERATING:
            assert not any(parameter.name == "as_email" for parameter in command.params)
            continue
        number = list(KINDS).index(path[0]) if path[0] in KINDS else None
        if not on_rota(number, visitor, circles):
            continue
        for slug_of, keys_of, world in targets(circles, _address_of(path, command)):
            elsewhere = "network" in option_names(command) and is_elsewhere(visitor, slug_of, keys_of)
            looks = path[-1] in LOOKING or path == ("file", "save")
            if not looks and may_write(visitor, f"/{path[0]}s/") and not elsewhere:
                continue
            if path in OWN_COMMANDS and not elsewhere:
                continue
            written = _arguments(path, command, world, folder)
            slug = circles.places[slug_of].world.network.slug

            def ask(path=path, command=command, written=written, slug=slug) -> tuple[bytes, str]:  # type: ignore[no-untyped-def]
                ran = _call(path, command, written, email=email, slug=slug)
                return ran.stdout_bytes + ran.stderr_bytes, "" if ran.exit_code in (2, 5) else str(ran.exit_code)

            told = f"unisono {' '.join((*path, *written))} [{slug_of}: keys of {keys_of}]"
            walk.visit(told[:300], ask, refused=not looks or elsewhere)


@pytest.mark.django_db
@pytest.mark.parametrize("name", GROUPS)
def test_doors(circles: Circles, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One visitor at every page, endpoint and command: more than ten thousand requests by all of them."""
    walk = Walk(circles, visitor_of(circles, name))
    for through in (_pages, _endpoints, partial(_commands, folder=tmp_path)):
        before = walk.requests
        through(walk)
        assert walk.requests - before > 60 or (through is not _pages and walk.visitor.user is None), "too few"
    assert walk.requests > 10_000 / len(GROUPS)
    assert not walk.faults, walk.report()
    assert "zqhome" not in caplog.text, "a log tells what a record says"
