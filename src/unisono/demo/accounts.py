"""The workspace of the demo networks, and one account for each role one may want to look through."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from unisono.platform.accounts import create_workspace, ensure_user, give_role
from unisono.platform.models import User, Workspace
from unisono.platform.models.accounts import Role

WORKSPACE_NAME = "Demo networks"
# Nobody's own workspace gets this short name by accident: it does not follow from a likely name.
WORKSPACE_SLUG = "synthetic-demo-networks"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody invented who can sign in to the demo. Addresses at example.org reach nobody.

    `acts_for` names the member that a representative acts for, where it is in the network.
    """

    email: str
    name: str
    role: str
    acts_for: str = ""


_ACCOUNTS = (
    DemoAccount("ingrid@example.org", "Ingrid Haugstveit", Role.OWNER.value),
    DemoAccount("ola@example.org", "Ola Brekkestø", Role.CONTACT_PERSON.value),
    DemoAccount("marit@example.org", "Marit Åsgjerde", Role.REPRESENTATIVE.value, "Lærdal Smoked Trout"),
    DemoAccount("eirik@example.org", "Eirik Solbakkmo", Role.OBSERVER.value),
)


def sign_in_accounts() -> list[DemoAccount]:
    """The demo's accounts, the one that may do everything first."""
    return list(_ACCOUNTS)


def demo_workspace() -> Workspace | None:
    """The workspace that holds the demo networks, if any was loaded."""
    return Workspace.objects.filter(slug=WORKSPACE_SLUG).first()


def open_demo_workspace() -> tuple[Workspace, User]:
    """The demo's workspace and its owner, made if they are missing."""
    owner = _ACCOUNTS[0]
    workspace = demo_workspace()
    if workspace is None:
        workspace, user = create_workspace(name=WORKSPACE_NAME, owner_email=owner.email, owner_name=owner.name)
        workspace.slug = WORKSPACE_SLUG
        workspace.save(update_fields=["slug"])
        return workspace, user
    return workspace, ensure_user(email=owner.email, name=owner.name)


def give_demo_roles(workspace: Workspace, network_id: UUID, organizations: Mapping[str, UUID]) -> None:
    """Let every demo account into a network in its role; the owner's role is workspace-wide already."""
    for account in _ACCOUNTS[1:]:
        user = ensure_user(email=account.email, name=account.name)
        give_role(
            user=user, workspace=workspace, role=account.role, network_id=network_id,
            organization_id=organizations.get(account.acts_for),
        )  # fmt: skip
