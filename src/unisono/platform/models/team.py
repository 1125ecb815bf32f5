"""Invitations: how somebody comes to have a role."""

from django.db import models

from unisono.platform.models.accounts import Role
from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class Invitation(WorkspaceOwned):
    """A role offered to whoever proves to hold an address; good once, until it expires or is revoked.

    Only the hash of its secret is kept; there is none until the worker makes the mail. Networks and organisations are
    plain keys with the name they had, since the platform knows no table of an area.
    """

    PERSONAL = frozenset({"email"})

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    network_id = models.UUIDField(null=True, blank=True)
    network_name = models.CharField(max_length=200, blank=True)
    organization_id = models.UUIDField(null=True, blank=True)
    organization_name = models.CharField(max_length=200, blank=True)
    invited_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Two constraints, because SQLite takes every null for another one.
            models.UniqueConstraint(
                fields=["workspace", "network_id", "email"],
                name="platform_invitation_once",
                condition=models.Q(network_id__isnull=False, used_at__isnull=True, revoked_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["workspace", "email"],
                name="platform_workspace_invitation_once",
                condition=models.Q(network_id__isnull=True, used_at__isnull=True, revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
