"""What people are told about, and which kinds of it they do not want."""

from django.db import models
from django.db.models import Q

from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class Notification(WorkspaceOwned):
    """Something that one person is told once. It names what it is about and holds no words of anybody.

    What it says is put together when it is read, from what its reader may then still see.
    """

    user = models.ForeignKey(USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    network_id = models.UUIDField(null=True, blank=True)
    actor_user_id = models.UUIDField(null=True, blank=True)
    subject_id = models.UUIDField()
    # Keys and plain words of the program, such as the kind and id of a record; never what somebody wrote.
    details = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user", "kind", "subject_id"], name="platform_told_once")
        ]
        indexes = [
            models.Index(fields=["user", "workspace"], name="platform_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["workspace", "user", "-created_at"], name="platform_told_recent"),
        ]

    def __str__(self) -> str:
        return self.kind


class NotificationChoice(WorkspaceOwned):
    """Whether somebody wants to be told about one kind of thing, and by mail too; without a row only under the bell."""

    user = models.ForeignKey(USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    is_on = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user", "kind"], name="platform_notification_choice_once")
        ]

    def __str__(self) -> str:
        return self.kind
