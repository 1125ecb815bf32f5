"""What is on its way out: mail and webhooks, written with the change that causes them and sent by the worker."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from unisono.platform.messages import MessageField, MessagesField
from unisono.platform.tenancy import ScopedManager


class Outgoing(models.Model):
    """One message to one receiver. Its id stays the same through all tries, so that a receiver can drop repeats.

    Mail of accounts belongs to no workspace. `next_at` says when it is tried next; while somebody is sending it,
    `lease` names that try and `next_at` is when the try counts as lost.
    """

    class Kind(models.TextChoices):
        MAIL = "mail", _("mail")
        WEBHOOK = "webhook", _("webhook")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("refused")
        GIVEN_UP = "given_up", _("given up")
        DROPPED = "dropped", _("dropped")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(
        "platform.Workspace", null=True, blank=True, on_delete=models.CASCADE, related_name="+", editable=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # What it is, as a plain word of the program: the name of the mail's template, the kind of the event.
    purpose = models.CharField(max_length=80)
    recipient = models.CharField(max_length=320)
    endpoint = models.ForeignKey(
        "platform.WebhookEndpoint", null=True, blank=True, on_delete=models.CASCADE, related_name="+", editable=False
    )
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    lease = models.UUIDField(null=True, blank=True)
    last_error = MessageField(default="", blank=True)
    # The latest tries: when, how long they took in milliseconds, what came of them.
    tries = MessagesField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Any]] = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="platform_outgoing_due", condition=Q(state="waiting")),
            models.Index(fields=["workspace", "-created_at"], name="platform_outgoing_recent"),
            models.Index(
                fields=["endpoint", "-created_at"],
                name="platform_outgoing_endpoint",
                condition=Q(endpoint__isnull=False),
            ),
            models.Index(fields=["ended_at"], name="platform_outgoing_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.purpose}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state != self.State.WAITING
