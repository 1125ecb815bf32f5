"""The API called in ways that its OpenAPI document allows and in many that it does not, with two workspaces there."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import schemathesis
from django.apps import apps
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from requests import Request
from tests.architecture.world import WRITING, World, build

from unisono.areas.network import actions
from unisono.areas.network.models import Network
from unisono.cli.reference import openapi
from unisono.platform.accounts import create_token, create_workspace
from unisono.platform.actor import Actor, actor_of
from unisono.platform.tenancy import WorkspaceOwned, workspace_scope

FOREIGN = "zqforeignqz"
_EXAMPLES = 12


def _operations() -> Iterator[tuple[str, str]]:
    for path, methods in sorted(openapi()["paths"].items()):
        yield from ((method.upper(), path) for method in sorted(methods))


OPERATIONS = list(_operations())


@pytest.fixture
def worlds(
    actor: Actor, network: Network, make_actor: Callable[..., Actor], django_capture_on_commit_callbacks: Any
) -> tuple[World, World]:
    """One of everything in our workspace and next door; there every text carries a word."""
    workspace, user = create_workspace(name="Next door", owner_email="stranger@example.com")
    stranger = actor_of(user, workspace)
    assert stranger is not None
    with django_capture_on_commit_callbacks(execute=True):
        ours = build(actor, network, make_actor("observer"), stranger)
        with workspace_scope(workspace.pk):
            theirs = actions.create_network(actor=stranger, values={"name": f"Somewhere {FOREIGN}"})
            return ours, build(stranger, theirs, stranger, actor, canary=FOREIGN, mark=f" {FOREIGN}")


def _rows_of(workspace_id: Any) -> dict[str, list[str]]:
    """All rows of one workspace, as text."""
    owned = [model for model in apps.get_models() if issubclass(model, WorkspaceOwned)]
    return {
        model._meta.db_table: sorted(map(str, model._base_manager.filter(workspace_id=workspace_id).values_list()))
        for model in owned
    }


def _answer(client: Client, case: Any) -> Any:
    """The answer to a generated call, inside the transaction of the test."""
    call = Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    kind = call.headers.pop("Content-Type", "application/octet-stream")
    for name in ("Content-Length", "Authorization"):
        # The client sends its own.
        call.headers.pop(name, None)
    body = call.body.encode() if isinstance(call.body, str) else call.body or b""
    return client.generic(call.method or "", call.path_url, body, content_type=kind, headers=dict(call.headers))


def _each_example(operation: Any, worlds: st.SearchStrategy[World], do: Callable[[Any, World], None]) -> int:
    """Do something with every example of a call that is generated; how many there were."""
    done = 0

    @settings(max_examples=_EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(), keys=worlds)
    def example(case: Any, keys: World) -> None:
        nonlocal done
        done += 1
        do(case, keys)

    example()
    return done


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(4))
def test_no_call_breaks_the_api_or_reaches_another_workspace(worlds: tuple[World, World], part: int) -> None:
    """Keys in the path are ours or theirs; each call is taken back, so that the next one finds the same world."""
    ours, theirs = worlds
    with workspace_scope(ours.owner.workspace_id):
        _token, secret = create_token(actor=ours.owner, name="fuzz", scopes=(*WRITING, "care"))
    client = Client(headers={"authorization": f"Bearer {secret}"})
    schema = schemathesis.openapi.from_dict(openapi())
    before = _rows_of(theirs.owner.workspace_id)
    calls, faults, answers = 0, list[str](), Counter[int]()

    def tried(method: str, path: str, case: Any, keys: World) -> None:
        for name in case.path_parameters or {}:
            own = ours.network.slug if name == "network" else keys.value_for(path, name)
            case.path_parameters[name] = str(own)
        with transaction.atomic():
            answer = _answer(client, case)
            transaction.set_rollback(True)
        answers[answer.status_code // 100] += 1
        if answer.status_code >= 500:
            faults.append(f"{method} {path}: {answer.status_code}: {case.as_curl_command()[:300]}")
        if FOREIGN.encode() in (b"".join(answer) if answer.streaming else answer.content):
            faults.append(f"{method} {path}: tells of another workspace")

    for method, path in OPERATIONS[part::4]:
        calls += _each_example(
            schema[path][method], st.sampled_from([ours, theirs, ours]), partial(tried, method, path)
        )
    assert not faults, f"{len(faults)} of {calls} calls:\n" + "\n".join(faults[:30])
    assert calls > 300
    assert answers[2] > calls / 10 and answers[4] > calls / 10, f"nothing much was tried: {answers}"
    assert _rows_of(theirs.owner.workspace_id) == before
