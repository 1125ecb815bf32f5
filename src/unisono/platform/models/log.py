"""The log: one append-only table that feeds audit, history and timelines, and the head of its chain."""

from django.db import models
from django.db.models import Q

from unisono.platform.tenancy import WorkspaceOwned


class Event(WorkspaceOwned):
    """Something a use case did. Never changed, never deleted one by one.

    `subject` is the row acted on; `about_id` is the record on whose timeline it belongs (for a need, the member
    that voiced it). `changes` maps a field to [before, after]; a personal field is named with null values, because
    personal values live only in columns that can be erased. `sequence` and `seal` are empty until the sealer has come
    by; see platform/audit.
    """

    network_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=80)
    actor_user_id = models.UUIDField(null=True, blank=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    about_id = models.UUIDField(null=True, blank=True)
    batch_id = models.UUIDField(null=True, blank=True)
    changes = models.JSONField(default=dict)
    at = models.DateTimeField()
    sequence = models.PositiveBigIntegerField(null=True, blank=True)
    seal = models.CharField(max_length=64, null=True, blank=True)

    # Whether it is about something that only the care team or one person may read; known while it is written alone.
    is_confidential = False

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "sequence"], name="platform_event_sequence_once")]
        indexes = [
            models.Index(fields=["workspace", "-at", "id"], name="platform_event_at"),
            models.Index(fields=["workspace", "id"], name="platform_event_unsealed", condition=Q(sequence=None)),
            models.Index(fields=["workspace", "about_id", "-at"], name="platform_event_about"),
            models.Index(fields=["workspace", "subject_id", "-at"], name="platform_event_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type} {self.subject_id}"


class AuditHead(WorkspaceOwned):
    """How far the log of a workspace is sealed: the number and seal of its last sealed event."""

    sequence = models.PositiveBigIntegerField(default=0)
    seal = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="platform_audit_head_once")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.seal}"
