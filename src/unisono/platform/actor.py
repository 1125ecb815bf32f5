"""Who acts: every use case is told, and every policy asks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery

from unisono.platform.models import Notification, User, Workspace, WorkspaceRole


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody acting in one workspace.

    `person_id` is set when the user is somebody in an organisation, `acting_for_id` when that person acts for a
    membership. `roles` maps a network id to roles there; the key None holds the roles in the whole workspace.
    `mandates` maps a network id to the organisations that the actor represents there.
    `scopes` narrows what an API token may do; None means no narrowing.
    """

    workspace_id: UUID
    user_id: UUID | None = None
    person_id: UUID | None = None
    acting_for_id: UUID | None = None
    roles: dict[UUID | None, frozenset[str]] = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    mandates: dict[UUID, frozenset[UUID]] = field(default_factory=dict)

    @property
    def represents(self) -> frozenset[UUID]:
        """Organisations that the actor represents, in whichever network."""
        return frozenset().union(*self.mandates.values())

    def represents_in(self, network_id: UUID | None) -> frozenset[UUID]:
        """Organisations that the actor represents in this network."""
        return self.mandates.get(network_id, frozenset()) if network_id else frozenset()

    def roles_in(self, network_id: UUID | None) -> frozenset[str]:
        """Roles that count in this network: those held there and those held in the whole workspace."""
        return self.roles.get(None, frozenset()) | self.roles.get(network_id, frozenset())

    @property
    def network_ids(self) -> frozenset[UUID] | None:
        """Networks the actor has a role in, or None when a workspace-wide role opens all."""
        if self.roles.get(None):
            return None
        return frozenset(network_id for network_id in self.roles if network_id)


class _Held:
    """The roles and mandates of one user in one workspace, as their rows come."""

    def __init__(self) -> None:
        self.roles: dict[UUID | None, set[str]] = {}
        self.mandates: dict[UUID, set[UUID]] = {}

    def take(self, network_id: UUID | None, organization_id: UUID | None, role: str) -> None:
        self.roles.setdefault(network_id, set()).add(role)
        if network_id and organization_id:
            self.mandates.setdefault(network_id, set()).add(organization_id)

    def actor(self, user: User, workspace_id: UUID, scopes: frozenset[str] | None = None) -> Actor:
        return Actor(
            workspace_id=workspace_id,
            user_id=user.id,
            roles={network_id: frozenset(names) for network_id, names in self.roles.items()},
            scopes=scopes,
            mandates={network_id: frozenset(ids) for network_id, ids in self.mandates.items()},
        )


def actor_of(user: User, workspace: Workspace, *, scopes: frozenset[str] | None = None) -> Actor | None:
    """The actor that `user` is in `workspace`; None without a role there or when the account is closed."""
    if not user.is_active:
        return None
    held = _Held()
    rows = WorkspaceRole.objects.filter(user=user, workspace=workspace)
    for network_id, organization_id, role in rows.values_list("network_id", "organization_id", "role"):
        held.take(network_id, organization_id, role)
    return held.actor(user, workspace.id, scopes) if held.roles else None


def actors_holding(rows: Iterable[WorkspaceRole], workspace_id: UUID) -> list[tuple[User, Actor]]:
    """The users whose roles in one workspace these are, each with the actor that they make; read `user` with them."""
    held: dict[UUID, tuple[User, _Held]] = {}
    for row in rows:
        held.setdefault(row.user_id, (row.user, _Held()))[1].take(row.network_id, row.organization_id, row.role)
    return [(user, mine.actor(user, workspace_id)) for user, mine in held.values()]


class Seat(NamedTuple):
    """A workspace, who the user is there, and how many things they were told there and have not read."""

    workspace: Workspace
    actor: Actor
    unread: int


def seats_of(user: User) -> list[Seat]:
    """Every workspace in which the user has a role, by name. Every page asks this, so the count rides along."""
    if not user.is_active:
        return []
    workspaces: dict[UUID, Workspace] = {}
    held: dict[UUID, _Held] = {}
    unread: dict[UUID, int] = {}
    told = Notification._base_manager.filter(user=user, workspace=OuterRef("workspace"), read_at=None)
    count = told.order_by().values("workspace").annotate(n=Count("pk")).values("n")
    found = WorkspaceRole.objects.filter(user=user).select_related("workspace").annotate(unread=Subquery(count))
    for row in found.order_by("workspace__name"):
        unread[row.workspace_id] = row.unread or 0
        workspaces[row.workspace_id] = row.workspace
        held.setdefault(row.workspace_id, _Held()).take(row.network_id, row.organization_id, row.role)
    return [
        Seat(workspace, held[workspace.id].actor(user, workspace.id), unread[workspace.id])
        for workspace in workspaces.values()
    ]
