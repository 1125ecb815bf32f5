"""Loads a demo network by calling actions, at the times its story gives."""

from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from unisono.areas.network.models import Network
from unisono.areas.network.queries import networks_of
from unisono.demo import stories
from unisono.demo.accounts import give_demo_roles, open_demo_workspace
from unisono.demo.gathering import gather
from unisono.demo.scaling import scale_up
from unisono.demo.telling import Telling, tell
from unisono.platform.actor import Actor, actor_of
from unisono.platform.errors import Invalid
from unisono.platform.models import Workspace
from unisono.platform.models.accounts import Role
from unisono.platform.tenancy import workspace_scope

_MOST_MEMBERS = 20_000


def names() -> list[str]:
    """Names of the demo networks that can be loaded."""
    return stories.names()


def load(
    name: str, *, workspace: Workspace | None = None, members: int | None = None, at: datetime | None = None
) -> Network:
    """Load a demo network and give it back; one that is loaded already stays as it is.

    It goes into the demo's own workspace, with the demo's accounts, or into `workspace`, without them. `members`
    makes up further members until there are so many. `at` moves the whole story so that it ends on that day;
    without it the story keeps its own dates, and two loads give the same network.
    """
    if name not in names():
        raise Invalid.at(
            "name",
            _("There is no demo network “%(name)s”.") % {"name": name},
            _("Use one of: %(names)s.") % {"names": ", ".join(names())},
        )
    if members is not None and members > _MOST_MEMBERS:
        raise Invalid.at(
            "members",
            _("A demo network has at most %(limit)s members.") % {"limit": _MOST_MEMBERS},
            _("Ask for fewer."),
        )
    story = stories.story_of(name)
    shift = (at.date() - story.now) if at is not None else timedelta()
    with transaction.atomic():
        is_own = workspace is None
        if workspace is None:
            workspace, owner = open_demo_workspace()
            actor = actor_of(owner, workspace)
            assert actor is not None
        else:
            actor = Actor(workspace_id=workspace.pk, roles={None: frozenset({Role.OWNER.value})})
        with workspace_scope(workspace.pk):
            network = _loaded(actor, story)
            if network is None:
                telling = Telling(actor=actor, story=story, shift=shift)
                network = tell(telling)
                gather(telling, network)
                if is_own:
                    known = telling.members
                    give_demo_roles(workspace, network.pk, {n: m.organization_id for n, m in known.items()})
            if members is not None:
                moment = datetime.combine(story.now + shift, time(8), tzinfo=UTC)
                scale_up(actor=actor, network=network, story=story, total=members, at=moment)
    return network


def _loaded(actor: Actor, story: stories.Story) -> Network | None:
    """The network of this story, if it is in the workspace already."""
    return next((n for n in networks_of(actor) if n.is_synthetic and n.name == story.network["name"]), None)
