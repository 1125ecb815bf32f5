"""Who signs in, to which workspace, and what they may do there."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from unisono.platform.tenancy import WorkspaceOwned


class Workspace(models.Model):
    """One tenant of the product: its networks, people and records are seen by nobody else."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Counted up by whatever takes a role away, so that two such changes come one after the other.
    team_changes = models.PositiveIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates users by address; addresses are kept in lower case."""

    def create_user(self, email: str, name: str = "", **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), name=name.strip(), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Somebody who signs in. A User is not a Person: persons belong to organisations and may never sign in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Columns chosen last, by network and kind of record: on the row that every request reads anyway.
    list_columns = models.JSONField(default=dict, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """Permission roles. They say what an account may do, never what somebody is in the network."""

    OWNER = "owner", _("owner")
    ORCHESTRATOR = "orchestrator", _("orchestrator")
    CONTACT_PERSON = "contact_person", _("contact person")
    SPECIALIST = "specialist", _("specialist")
    CURATOR = "curator", _("curator")
    REPRESENTATIVE = "representative", _("representative")
    OBSERVER = "observer", _("observer")


class WorkspaceRole(models.Model):
    """A role of a user in a workspace, or in one network of it where `network_id` is set.

    A representative's role with an `organization_id` is a mandate: the user acts for that member in that network.
    Both are plain keys, since the platform knows no table of an area.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="roles")
    network_id = models.UUIDField(null=True, blank=True)
    organization_id = models.UUIDField(null=True, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [
            # Three constraints, because SQLite takes every null for another one.
            models.UniqueConstraint(
                fields=["user", "workspace", "network_id", "role"],
                name="platform_role_once",
                condition=models.Q(network_id__isnull=False, organization_id__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["user", "workspace", "network_id", "organization_id"],
                name="platform_mandate_once",
                condition=models.Q(organization_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["user", "workspace", "role"],
                name="platform_workspace_role_once",
                condition=models.Q(network_id__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(organization_id__isnull=True)
                | models.Q(role="representative", network_id__isnull=False),
                name="platform_mandate_of_representative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class SignInLink(models.Model):
    """A link that signs its user in once, before it expires. Only the hash of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    # Made at the server's console, it lets somebody in who lost the second factor; mailed, it proves an address only.
    skips_second_factor = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.id)


class CacheRow(models.Model):
    """What Django's cache keeps in the database: counts of attempts, codes that were used. Declared for its table."""

    cache_key = models.CharField(primary_key=True, max_length=255)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "platform_cache"

    def __str__(self) -> str:
        return self.cache_key


class Token(WorkspaceOwned):
    """An API token of a user for one workspace. Only the hash of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    secret_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
