"""Saved views: a list as somebody likes to see it, and who pinned it or begins with it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from unisono.areas.network.models.base import Network
from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class SavedView(WorkspaceOwned):
    """What a list is narrowed by, how it is sorted and which columns it shows. It holds no records.

    Whoever opens a shared one sees the records that they may read, and no others.
    """

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(USER_MODEL, on_delete=models.CASCADE, related_name="+")
    record_kind = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=200, editable=False)
    is_shared = models.BooleanField(default=False)
    query = models.CharField(max_length=200, blank=True)
    # Name of a field, or "state", to the accepted values.
    filters = models.JSONField(default=dict)
    sort = models.CharField(max_length=80, blank=True)
    archived = models.BooleanField(default=False)
    # Keys of columns in the order of the list; empty means the kind's own choice.
    columns = models.JSONField(default=list)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "network", "record_kind", "owner", "name_key"],
                name="network_view_name_once",
                condition=Q(removed_at__isnull=True),
            )
        ]
        ordering = ["name_key", "id"]

    def __str__(self) -> str:
        return self.name


class ViewMark(WorkspaceOwned):
    """What one person made of a view, their own or a shared one: pinned, or what the list begins with."""

    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="marks")
    user = models.ForeignKey(USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The view's, repeated here so that a constraint can say that a list begins with one view.
    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="+")
    record_kind = models.CharField(max_length=20)
    is_pinned = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "view", "user"], name="network_view_mark_once"),
            models.UniqueConstraint(
                fields=["workspace", "network", "record_kind", "user"],
                name="network_view_default_once",
                condition=Q(is_default=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.view_id} {self.user_id}"
