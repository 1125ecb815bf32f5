"""Pairs of organisations that may be one, what people decided about them, and merges that can be taken back."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from unisono.areas.network.models.base import Network
from unisono.areas.network.models.organizations import Organization
from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class DuplicatePair(WorkspaceOwned):
    """Two organisations that are probably one; once somebody said that they are different it is not asked again."""

    class State(models.TextChoices):
        OPEN = "open"
        SAME = "same"
        DIFFERENT = "different"

    # The one with the lower key comes first, so that a pair is there once.
    first = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(default=0)
    # [code, detail, points] of each piece of evidence, weightiest first.
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    # When it was last found; an open pair that is found no longer goes.
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "first", "second"], name="network_duplicate_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="network_duplicate_order"),
        ]
        indexes = [models.Index(fields=["workspace", "state", "-score"], name="network_duplicate_open")]
        ordering = ["-score", "id"]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"


class MergeRecord(WorkspaceOwned):
    """One merge: every row that it changed, as it was and as it became, so that it can be taken back."""

    keep = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    absorb = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    network = models.ForeignKey(Network, null=True, on_delete=models.SET_NULL, related_name="+")
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # [table, key, columns before or null, columns after or null]. Values of members may be among them: they go when
    # the record is erased.
    rows = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # What was changed since and stayed: {"kind", "id", "field"}; names are those that its reader may read.
    left = models.JSONField(default=list)

    PERSONAL: ClassVar[frozenset[str]] = frozenset({"rows"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "absorb"], condition=Q(undone_at=None), name="network_merged_once"
            )
        ]
        ordering = ["-merged_at", "-id"]

    def __str__(self) -> str:
        return f"{self.absorb} → {self.keep}"
