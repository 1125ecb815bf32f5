"""Bulk edits: one change to many records, and what it found in each, which undoing needs."""

from django.db import models

from unisono.areas.network.models.base import Network
from unisono.platform.messages import MessagesField
from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class BulkEdit(WorkspaceOwned):
    """One change to many records of one kind, from its start to, perhaps, undo."""

    class State(models.TextChoices):
        APPLYING = "applying"
        APPLIED = "applied"
        UNDOING = "undoing"
        UNDONE = "undone"
        FAILED = "failed"

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="bulk_edits")
    record_kind = models.CharField(max_length=20)
    # Which records: {"ids": […]}, or the words and filters of a list.
    selection = models.JSONField(default=dict)
    # What is done to them: set, add_tags, remove_tags, state, reason, archive. Personal values may be among them.
    change = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.APPLYING)
    # How many were to change when the one who started it looked; null when nobody did.
    expected = models.PositiveIntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    # What was refused: {"problem": {place, rule, remedy}, "count", "ids" (the first ones)}.
    refused = MessagesField(default=list)
    # What undoing left, since somebody edited it meanwhile: {"record_id", "field"}.
    kept = models.JSONField(default=list)
    job_id = models.UUIDField(null=True, blank=True)
    started_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "network", "-created_at"], name="network_bulk_recent")]
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.record_kind} {self.state}"

    @property
    def is_busy(self) -> bool:
        """Whether a job works on it."""
        return self.state in (self.State.APPLYING, self.State.UNDOING)


class BulkChange(WorkspaceOwned):
    """What a bulk edit changed in one record."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    edit = models.ForeignKey(BulkEdit, on_delete=models.CASCADE, related_name="changes")
    record_id = models.UUIDField()
    # Column to [before, after]. Personal values may be among them: they go when the edit or the person is erased.
    values = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["workspace", "record_id"], name="network_bulk_change_record")]

    def __str__(self) -> str:
        return str(self.record_id)
