"""The log: one append-only table that feeds audit, history and timelines."""

from django.db import models

from unisono.platform.tenancy import WorkspaceOwned


class Event(WorkspaceOwned):
    """Something a use case did. Never changed, never deleted one by one.

    `subject` is the row acted on; `about_id` is the record on whose timeline it belongs (for a need, the member
    that voiced it). `changes` maps a field to [before, after]; a personal field is named with null values, because
    personal values live only in columns that can be erased.
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

    # Whether it is about something that only the care team or one person may read; known while it is written alone.
    is_confidential = False

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "about_id", "-at"], name="platform_event_about"),
            models.Index(fields=["workspace", "subject_id", "-at"], name="platform_event_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type} {self.subject_id}"
