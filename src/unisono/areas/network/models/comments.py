"""Comments: what people say to each other about a record."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from unisono.areas.network.models.base import Network
from unisono.platform.tenancy import USER_MODEL, Visibility, WorkspaceOwned


class Comment(WorkspaceOwned):
    """What somebody says about a record of any kind, or answers to what somebody said.

    The record is named by kind and id, since any area may own it. Its words lie in one column, which can be erased;
    people who are mentioned stand in them as keys, so their names are not copied. It is never indexed for search.
    """

    PERSONAL: ClassVar[frozenset[str]] = frozenset({"text"})

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="comments")
    record_kind = models.CharField(max_length=20)
    record_id = models.UUIDField()
    reply_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies")
    text = models.TextField(blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.NETWORK)
    mentions = models.JSONField(default=list)
    created_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "record_id", "created_at"], name="network_comment_record")]
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return str(self.pk)
