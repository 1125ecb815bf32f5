"""Tenancy: a query without a workspace scope raises, a query inside one sees that workspace alone."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from unisono.platform.scope import (
    NoWorkspaceScope,
    current_workspace_id,
    scoped_workspace_id,
    workspace_scope,
)


class ScopedManager(models.Manager[Any]):
    """The default manager of every table that carries a workspace."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(workspace_id=current_workspace_id())


class WorkspaceOwned(models.Model):
    """A row of one workspace. Keys are UUIDv7, so that they sort by time of creation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(
        "platform.Workspace",
        on_delete=models.CASCADE,
        related_name="+",
        default=current_workspace_id,
        editable=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Any]] = ScopedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row; a row of another workspace than the one in scope is refused."""
        if self.workspace_id != current_workspace_id():
            raise NoWorkspaceScope("This row belongs to another workspace than the one in scope.")
        super().save(*args, **kwargs)


class Visibility(models.TextChoices):
    """Who may read a text. Shown wherever text is entered."""

    PUBLIC = "public", _("public")
    NETWORK = "network", _("network")
    PARTIES = "parties", _("parties")
    CARE_TEAM = "care_team", _("care team")
    PRIVATE = "private", _("private")


USER_MODEL = settings.AUTH_USER_MODEL

__all__ = [
    "USER_MODEL",
    "NoWorkspaceScope",
    "ScopedManager",
    "Visibility",
    "WorkspaceOwned",
    "current_workspace_id",
    "scoped_workspace_id",
    "workspace_scope",
]
