"""Where webhooks go."""

from django.db import models
from django.utils import timezone

from unisono.platform.messages import MessageField
from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class WebhookEndpoint(WorkspaceOwned):
    """An address of another program that is told what happens in the workspace.

    `kinds` names which kinds of events it is told of: "member.edited", "member.*" or "*". The former secret signs too
    until `former_until`, so that a receiver can change over without losing anything. `failing_since` is the moment of
    the first failed try after the last one that was taken.
    """

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000)
    kinds = models.JSONField(default=list)
    # Signing needs the secret itself, so unlike that of a token it is kept.
    secret = models.CharField(max_length=100)
    former_secret = models.CharField(max_length=100, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_why = MessageField(default="", blank=True)
    created_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["workspace"], name="platform_webhook_active", condition=models.Q(is_active=True))
        ]

    def __str__(self) -> str:
        return self.name
