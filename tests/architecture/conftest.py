"""The world that architecture tests walk through."""

import pytest
from tests.architecture.world import World, build

from unisono.areas.network import actions
from unisono.platform.accounts import create_workspace
from unisono.platform.actor import Actor, actor_of
from unisono.platform.tenancy import workspace_scope


@pytest.fixture
def world(actor: Actor, network, make_actor, django_capture_on_commit_callbacks) -> World:
    """A network with one of everything; the stranger next door has a network of the same short name."""
    workspace, user = create_workspace(name="Next door", owner_email="stranger@example.com")
    stranger = actor_of(user, workspace)
    assert stranger is not None
    with workspace_scope(workspace.pk):
        actions.create_network(actor=stranger, values={"name": "Somewhere else"})
    # The check of the import is a job, which begins at the commit that a test never reaches.
    with django_capture_on_commit_callbacks(execute=True):
        return build(actor, network, make_actor("observer"), stranger)
