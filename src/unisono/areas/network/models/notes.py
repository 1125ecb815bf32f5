"""What people write down about a member, and files they keep with it."""

from typing import ClassVar

from django.db import models

from unisono.areas.network.models.base import Network, Record
from unisono.areas.network.models.members import Membership
from unisono.platform.models import StoredFile


class Note(Record):
    """A note on a member. Its visibility class decides who reads it; care notes are never indexed or exported."""

    # A note is logged as written or changed, never by what it says.
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"text"})

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="notes")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.text[:60]


class Attachment(Record):
    """A stored file kept with a member."""

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="attachments")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.title or self.file.name
