"""The search index as a table; what makes it fast differs per database and is made in a migration."""

from django.db import models

from unisono.platform.tenancy import WorkspaceOwned


class SearchEntry(WorkspaceOwned):
    """Folded text of one record. Confidential text never enters it."""

    # An integer key: the full-text table of SQLite refers to rows by it.
    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    network_id = models.UUIDField(null=True, blank=True)
    record_kind = models.CharField(max_length=40)
    record_id = models.UUIDField()
    title = models.CharField(max_length=300)
    folded = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "record_id"], name="platform_search_once")]

    def __str__(self) -> str:
        return self.title
