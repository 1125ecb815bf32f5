"""In which workspace and as whom a command at the server's console acts."""

from uuid import UUID

from django.utils.translation import gettext as _

from unisono.platform.actor import Actor, actor_of
from unisono.platform.errors import Invalid, NotFound
from unisono.platform.models import User, Workspace, WorkspaceRole
from unisono.platform.models.accounts import Role


def all_workspaces() -> list[Workspace]:
    """Every workspace of this installation, by name."""
    return list(Workspace.objects.order_by("name", "pk"))


def chosen_workspace(slug: str = "") -> Workspace:
    """The workspace of this short name; without one, the only workspace there is."""
    workspaces = all_workspaces()
    if not workspaces:
        raise NotFound.at("workspace", _("There is no workspace yet."), _("Run “unisono up” to open one."))
    names = ", ".join(workspace.slug for workspace in workspaces)
    if slug:
        for workspace in workspaces:
            if workspace.slug == slug:
                return workspace
        raise NotFound.at(
            "--workspace", _("There is no workspace “%(s)s”.") % {"s": slug}, _("Use one of: %(n)s.") % {"n": names}
        )
    if len(workspaces) > 1:
        raise Invalid.at("--workspace", _("There are several workspaces."), _("Name one of: %(n)s.") % {"n": names})
    return workspaces[0]


def chosen_user(workspace: Workspace, email: str = "") -> User:
    """The user with this address; without one, the first owner of the workspace."""
    if email:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise NotFound.at(
                "--as", _("Nobody has the address “%(e)s”.") % {"e": email}, _("“unisono user list” shows all.")
            )
        return user
    owner = (
        WorkspaceRole.objects.filter(workspace=workspace, role=Role.OWNER, network_id=None, user__is_active=True)
        .select_related("user")
        .order_by("pk")
        .first()
    )
    if owner is None:
        raise NotFound.at("--as", _("The workspace has no owner."), _("Name a user: --as name@example.org."))
    return owner.user


def acting(workspace: Workspace, user: User) -> Actor:
    """The actor that the user is in the workspace."""
    actor = actor_of(user, workspace)
    if actor is None:
        raise NotFound.at(
            "--as",
            _("“%(e)s” has no role in this workspace.") % {"e": user.email},
            _("Give one: unisono user add %(e)s --role observer.") % {"e": user.email},
        )
    return actor


def people_of(workspace: Workspace) -> list[tuple[User, list[tuple[str, UUID | None]]]]:
    """Users with a role in the workspace, by address, each with (role, network or None for all)."""
    found: dict[UUID, tuple[User, list[tuple[str, UUID | None]]]] = {}
    held = WorkspaceRole.objects.filter(workspace=workspace).select_related("user").order_by("user__email", "pk")
    for entry in held:
        found.setdefault(entry.user_id, (entry.user, []))[1].append((entry.role, entry.network_id))
    return list(found.values())
