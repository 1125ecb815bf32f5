"""Imports: the batch, its rows as they were checked, what it changed, and how columns were mapped."""

from django.db import models

from unisono.areas.network.models.base import Network
from unisono.platform.messages import MessageField, MessagesField
from unisono.platform.models import StoredFile
from unisono.platform.tenancy import USER_MODEL, WorkspaceOwned


class ImportBatch(WorkspaceOwned):
    """One file on its way into a network, from upload to, perhaps, undo."""

    class State(models.TextChoices):
        COLUMNS = "columns"
        CHECKING = "checking"
        CHECKED = "checked"
        APPLYING = "applying"
        APPLIED = "applied"
        UNDOING = "undoing"
        UNDONE = "undone"
        FAILED = "failed"

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="import_batches")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.COLUMNS)
    # How the file is read: format, encoding, delimiter, sheet, sheets, header_row; and what was asked for.
    layout = models.JSONField(default=dict)
    options = MessagesField(default=dict)
    headers = models.JSONField(default=list)
    header_signature = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    problems = MessagesField(default=list)
    undecided = models.CharField(max_length=10, blank=True)
    # State of the directory that the check compared with; a changed one is compared with anew before applying.
    compared_with = models.CharField(max_length=64, blank=True)
    job_id = models.UUIDField(null=True, blank=True)
    started_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "network", "-created_at"], name="network_import_recent")]
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.file.name

    @property
    def is_busy(self) -> bool:
        """Whether a job works on it."""
        return self.state in (self.State.CHECKING, self.State.APPLYING, self.State.UNDOING)


class ImportRow(WorkspaceOwned):
    """One row of the file, as checked: what it would do, what is wrong with it, what was decided about it."""

    class Status(models.TextChoices):
        NEW = "new"
        UPDATE = "update"
        SAME = "same"
        DECIDE = "decide"
        WRONG = "wrong"
        LEFT_OUT = "left_out"

    class Decision(models.TextChoices):
        SAME = "same"
        DIFFERENT = "different"
        LEAVE_OUT = "leave_out"

    # A plain number: rows are many, are never referred to from outside, and are read in order.
    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=Status.choices)
    # Column heading to text, filled cells only.
    cells = models.JSONField(default=dict)
    # Clean values of a row that is not wrong, so that the apply need not read the cells again.
    values = models.JSONField(default=dict)
    name = models.CharField(max_length=200, blank=True)
    # The record it matches, when there is one: for a member its organisation.
    record_id = models.UUIDField(null=True, blank=True)
    # What it may be the same as: {"record_id", "row", "name", "score", "reasons"}; one of the first two is null.
    candidate = MessagesField(default=dict)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    problems = MessagesField(default=list)
    # Field to [before, after] of an update, for the preview.
    changes = models.JSONField(default=dict)
    # [kind, key] of the records whose values are among them; only who may read those is shown the changes.
    compared = models.JSONField(default=list)
    note = MessageField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "batch", "number"], name="network_import_row_once")]
        indexes = [models.Index(fields=["batch", "status", "number"], name="network_import_row_status")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def text_in(self, column: str) -> str:
        """Text of the cell under this heading."""
        return str(self.cells.get(column, ""))


class ImportChange(WorkspaceOwned):
    """One record that a batch created or changed: what undoing needs."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    row_number = models.PositiveIntegerField(null=True, blank=True)
    record_kind = models.CharField(max_length=20)
    record_id = models.UUIDField()
    is_new = models.BooleanField()
    # Column to [before, after]. Personal values may be among them: they go when the batch or the person is erased.
    values = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["batch", "record_kind"], name="network_import_change_kind"),
            models.Index(fields=["workspace", "record_id"], name="network_import_change_record"),
        ]

    def __str__(self) -> str:
        return f"{self.record_kind} {self.record_id}"


class ImportMapping(WorkspaceOwned):
    """How the columns of files with the same headings were last mapped in a network."""

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="import_mappings")
    header_signature = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "network", "header_signature"], name="network_mapping_once")
        ]

    def __str__(self) -> str:
        return self.header_signature
