"""Work that takes time, files that were handed in, and answers kept for repeated requests."""

from django.db import models

from unisono.platform.messages import MessagesField
from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class Job(WorkspaceOwned):
    """A piece of work done by the worker: progress to look at, a flag to stop it, a result to read."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=60)
    subject_id = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    result = models.JSONField(default=dict)
    problems = MessagesField(default=list)
    started_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    # When its worker last gave a sign of life.
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "subject_id"], name="platform_job_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)

    @property
    def percent(self) -> int | None:
        """Whole percent done, or None while the total is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None


class StoredFile(WorkspaceOwned):
    """A file that somebody handed in, kept under the hash of its content."""

    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "sha256"], name="platform_file_hash")]

    def __str__(self) -> str:
        return self.name


class IdempotencyRecord(WorkspaceOwned):
    """The first answer to a request that carried an Idempotency-Key, given again to a repetition."""

    token_id = models.UUIDField()
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token_id", "key"], name="platform_idempotency_once")]

    def __str__(self) -> str:
        return self.key
