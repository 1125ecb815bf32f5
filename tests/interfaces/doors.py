"""The doors into the product: each does the same thing its own way and tells what came of it in the same words."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from tests.interfaces.page_forms import controls_of

from unisono.areas.network.kinds import Kind
from unisono.areas.network.models import Network
from unisono.cli.commands import unisono
from unisono.platform.accounts import create_token
from unisono.platform.actor import Actor
from unisono.platform.models import User
from unisono.platform.permissions import SCOPES


@dataclass(frozen=True)
class Outcome:
    """What came of it: "done", or the kind of error; and the places that were named as wrong."""

    result: str
    places: frozenset[str] = frozenset()


class Door(Protocol):
    """One interface, used by one person in one network."""

    def __init__(self, user: User, actor: Actor, network: Network) -> None: ...

    def add(self, kind: Kind, values: dict[str, Any]) -> Outcome: ...

    def edit(self, kind: Kind, record_id: object, values: dict[str, Any]) -> Outcome: ...

    def move(self, kind: Kind, record_id: object, state: str, reason: str = "") -> Outcome: ...

    def archive(self, kind: Kind, record_id: object) -> Outcome: ...


class ApiDoor:
    """HTTP API."""

    _RESULTS = {200: "done", 201: "done", 403: "not allowed", 404: "not found", 409: "conflict", 422: "invalid"}

    def __init__(self, user: User, actor: Actor, network: Network) -> None:
        _token, secret = create_token(actor=actor, name="test", scopes=SCOPES)
        self.client = Client(headers={"authorization": f"Bearer {secret}"})
        self.base = f"/api/v1/networks/{network.slug}"

    def _send(self, send: Callable[..., Any], path: str, body: dict[str, Any]) -> Outcome:
        answer = send(f"{self.base}/{path}", json.dumps(body), content_type="application/json")
        places = frozenset(problem["place"] for problem in answer.json().get("problems", []))
        return Outcome(self._RESULTS[answer.status_code], places)

    def add(self, kind: Kind, values: dict[str, Any]) -> Outcome:
        return self._send(self.client.post, kind.plural, values)

    def edit(self, kind: Kind, record_id: object, values: dict[str, Any]) -> Outcome:
        return self._send(self.client.patch, f"{kind.plural}/{record_id}", values)

    def move(self, kind: Kind, record_id: object, state: str, reason: str = "") -> Outcome:
        return self._send(self.client.post, f"{kind.plural}/{record_id}/state", {"state": state, "reason": reason})

    def archive(self, kind: Kind, record_id: object) -> Outcome:
        return self._send(self.client.post, f"{kind.plural}/{record_id}/archive", {})


class CommandDoor:
    """The `unisono` command."""

    _RESULTS = {0: "done", 2: "invalid", 4: "conflict", 5: "not allowed"}

    def __init__(self, user: User, actor: Actor, network: Network) -> None:
        self.email, self.network = user.email, network.slug

    def _run(self, *arguments: str) -> Outcome:
        result = CliRunner().invoke(
            unisono, [*arguments, "--json", "--as", self.email, "--network", self.network], catch_exceptions=False
        )
        if result.exit_code == 0:
            assert json.loads(result.stdout)
            return Outcome("done")
        assert not result.stdout, "an error leaves nothing on stdout"
        places = frozenset(problem["place"] for problem in json.loads(result.stderr)["problems"])
        return Outcome(self._RESULTS[result.exit_code], places)

    @staticmethod
    def _options(values: dict[str, Any]) -> list[str]:
        pairs = [(name, v) for name, value in values.items() for v in (value if isinstance(value, list) else [value])]
        return [text for name, value in pairs for text in ("--set", f"{name}={value}")]

    def add(self, kind: Kind, values: dict[str, Any]) -> Outcome:
        return self._run(kind.name, "add", *self._options(values))

    def edit(self, kind: Kind, record_id: object, values: dict[str, Any]) -> Outcome:
        return self._run(kind.name, "edit", str(record_id), *self._options(values))

    def move(self, kind: Kind, record_id: object, state: str, reason: str = "") -> Outcome:
        return self._run(kind.name, "state", str(record_id), state, "--reason", reason)

    def archive(self, kind: Kind, record_id: object) -> Outcome:
        return self._run(kind.name, "archive", str(record_id))


class PageDoor:
    """The pages: a form is fetched, filled in and sent, as a browser does."""

    _RESULTS = {302: "done", 403: "not allowed", 404: "not found", 409: "conflict", 422: "invalid"}

    def __init__(self, user: User, actor: Actor, network: Network) -> None:
        self.client = Client()
        self.client.force_login(user)
        self.slug = network.slug

    def _send(self, address: str, place: list[object], values: dict[str, Any], *, has_form: bool = True) -> Outcome:
        path = reverse(f"web:{address}", args=[self.slug, *place])
        form = self.client.get(path) if has_form else None
        sent = controls_of(form.content.decode()) if form is not None and form.status_code == 200 else {}
        answer = self.client.post(path, {**sent, **values})
        places: set[str] = set()
        if answer.status_code != 302:
            marked = answer.context.get("form")
            places |= set(marked.errors if marked is not None else ())
            places |= {problem.place for problem in answer.context.get("problems") or ()}
        return Outcome(self._RESULTS[answer.status_code], frozenset(places))

    def add(self, kind: Kind, values: dict[str, Any]) -> Outcome:
        return self._send("record_new", [kind.plural], values)

    def edit(self, kind: Kind, record_id: object, values: dict[str, Any]) -> Outcome:
        return self._send("record_edit", [kind.plural, record_id], values)

    def move(self, kind: Kind, record_id: object, state: str, reason: str = "") -> Outcome:
        return self._send("record_state", [kind.plural, record_id], {"state": state, "reason": reason})

    def archive(self, kind: Kind, record_id: object) -> Outcome:
        return self._send("record_archive", [kind.plural, record_id], {}, has_form=False)


# A further interface joins the tests of tests/interfaces/test_same_outcome.py by adding its door here.
DOORS: list[type[Door]] = [ApiDoor, CommandDoor, PageDoor]
