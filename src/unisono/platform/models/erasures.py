"""Who was erased: keys alone, so that restoring an older backup can erase them again."""

from django.db import models

from unisono.platform.tenancy import WorkspaceOwned


class Erasure(WorkspaceOwned):
    """One person of whom nothing is kept any more, and the account that was theirs."""

    person_id = models.UUIDField()
    user_id = models.UUIDField(null=True, blank=True)
    erased_by_id = models.UUIDField(null=True, blank=True)
    erased_at = models.DateTimeField()
    # Place to how many rows were wiped there.
    counts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-erased_at"], name="platform_erasure_recent")]

    def __str__(self) -> str:
        return str(self.person_id)
