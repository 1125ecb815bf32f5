"""Live links: addresses at which other tools read a network as it is now."""

from django.db import models

from unisono.areas.network.models.base import Network
from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class LiveLink(WorkspaceOwned):
    """An address that gives members and their ties as JSON to whoever holds it. Only its secret's hash is kept."""

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="live_links")
    name = models.CharField(max_length=100)
    # Which members, as in their list; all where nothing is said.
    query = models.CharField(max_length=200, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # How often it was read in the minute that began then.
    minute_began_at = models.DateTimeField(null=True, blank=True)
    uses_in_minute = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["workspace", "network", "-created_at"], name="network_live_link_recent")]
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name
