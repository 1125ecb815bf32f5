"""What tests share: a workspace with its owner, a network, members, accounts of every role, an API client, a shell."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from unisono.areas.network import actions
from unisono.areas.network.models import Membership, Network
from unisono.platform.accounts import create_token, create_workspace, ensure_user, give_role
from unisono.platform.actor import Actor, actor_of
from unisono.platform.models import User, Workspace
from unisono.platform.tenancy import workspace_scope

_DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}


def _why_no_postgresql() -> str:
    """Why the tests that were asked to run on PostgreSQL cannot; empty when it answers."""
    database = settings.DATABASES["default"]
    try:
        psycopg.connect(
            host=database["HOST"] or None,
            port=database["PORT"] or None,
            user=database["USER"] or None,
            password=database["PASSWORD"] or None,
            dbname="postgres",
            connect_timeout=3,
        ).close()
    except psycopg.OperationalError as error:
        return f"PostgreSQL does not answer: {str(error).splitlines()[0]}"
    return ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the PostgreSQL that was asked for, skip what needs it; in CI nothing may be skipped for that."""
    if os.environ.get("UNISONO_TEST_DATABASE") != "postgresql" or not (reason := _why_no_postgresql()):
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{reason}. CI runs these tests, so the server must be there.")
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or names & _DATABASE_FIXTURES:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def owner(db: None) -> User:
    """The first owner of the workspace."""
    return ensure_user(email="ingrid@example.org", name="Ingrid Solheim")


@pytest.fixture
def workspace(owner: User) -> Workspace:
    """A workspace with one owner."""
    return create_workspace(name="Fjord cluster", owner_email=owner.email)[0]


@pytest.fixture
def actor(owner: User, workspace: Workspace) -> Iterator[Actor]:
    """The owner acting, inside the workspace's scope."""
    acting = actor_of(owner, workspace)
    assert acting is not None
    with workspace_scope(workspace.pk):
        yield acting


@pytest.fixture
def network(actor: Actor) -> Network:
    """An empty network of the workspace."""
    return actions.create_network(actor=actor, values={"name": "Fjord and valley"})


@pytest.fixture
def add_member(actor: Actor, network: Network) -> Callable[..., Membership]:
    """`add_member("Hotel Utsikten", place="Aurland")` adds a member to the network."""

    def add(name: str, *, state: str = "active", **values: Any) -> Membership:
        return actions.add_member(actor=actor, network=network, values={"name": name, **values}, state=state)

    return add


@pytest.fixture
def make_actor(workspace: Workspace) -> Callable[..., Actor]:
    """`make_actor("observer")` is somebody with this role in the whole workspace, or in one network of it.

    `make_actor("representative", network=network, of=member)` acts for a member.
    """

    def make(role: str, *, network: Network | None = None, email: str = "", of: Membership | None = None) -> Actor:
        user = ensure_user(email=email or f"{role}@example.org", name=role.replace("_", " ").capitalize())
        give_role(
            user=user, workspace=workspace, role=role, network_id=network.pk if network else None,
            organization_id=of.organization_id if of else None,
        )  # fmt: skip
        acting = actor_of(user, workspace)
        assert acting is not None
        return acting

    return make


@pytest.fixture
def page_client(owner: User, workspace: Workspace) -> Client:
    """A browser in which the owner is signed in."""
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def make_api(actor: Actor) -> Callable[..., Client]:
    """`make_api("read", "write")` is an HTTP client that sends the owner's token with these scopes."""

    def make(*scopes: str, acting: Actor = actor) -> Client:
        _token, secret = create_token(actor=acting, name="test", scopes=scopes or ("read",))
        return Client(headers={"authorization": f"Bearer {secret}"})

    return make
