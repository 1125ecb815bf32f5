"""The network itself, what all its records have in common, and fields that a network adds."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from unisono.platform.fields import Type
from unisono.platform.states import Transitions
from unisono.platform.tenancy import USER_MODEL, Visibility, WorkspaceOwned


def states(**following: str) -> Transitions:
    """A state machine written as state="states that may follow, separated by spaces"."""
    return {state: frozenset(after.split()) for state, after in following.items()}


class MaskedRecordError(RuntimeError):
    """A record as somebody sees it who does not see all of it was about to be saved."""


class Record(WorkspaceOwned):
    """What every record of the area carries: who touched it when, who may see it, where it came from."""

    TRANSITIONS: ClassVar[Transitions] = {}
    PERSONAL: ClassVar[frozenset[str]] = frozenset()

    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    updated_by = models.ForeignKey(USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.NETWORK)
    source_ref = models.CharField(max_length=300, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the record, never one from which values were taken for a reader: that would wipe them."""
        if "masked" in self.__dict__:
            raise MaskedRecordError(f"This {type(self).__name__} lacks what its reader may not read.")
        super().save(*args, **kwargs)

    @property
    def is_archived(self) -> bool:
        """Whether it was put away; archived records are kept and can be brought back."""
        return self.archived_at is not None

    def next_states(self) -> list[str]:
        """States that may follow the present one, guards aside."""
        return sorted(self.TRANSITIONS.get(getattr(self, "state", ""), frozenset()))


class KeptByMember(Record):
    """A record that a member keeps about itself, and of which it chooses, field by field, who reads it.

    `readers` maps a field's name to a visibility class, only where that is narrower than the record's own.
    """

    readers = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))

    class Meta:
        abstract = True


class Network(Record):
    """Organisations that belong together for a purpose, and the room they are orchestrated in."""

    class ValueSystem(models.TextChoices):
        STABLE = "stable", _("stable")
        RENEWAL = "renewal", _("renewal")
        EMERGING = "emerging", _("emerging")

    class Governance(models.TextChoices):
        SHARED = "shared", _("shared by the members")
        LEAD = "lead", _("lead organisation")
        NAO = "nao", _("network administrative organisation")

    TRANSITIONS: ClassVar[Transitions] = states(
        forming="active dissolved", active="paused dissolved", paused="active dissolved"
    )

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80)
    purpose = models.TextField(blank=True)
    value_system_type = models.CharField(max_length=10, choices=ValueSystem.choices, blank=True)
    governance_form = models.CharField(max_length=10, choices=Governance.choices, blank=True)
    context_tags = models.JSONField(default=list, blank=True)
    organising_principles = models.JSONField(default=list, blank=True)
    time_zone = models.CharField(max_length=60, default="Europe/Oslo")
    # After so many months without any contact a member counts as silent.
    silent_after_months = models.PositiveSmallIntegerField(default=6)
    is_case = models.BooleanField(default=False)
    is_synthetic = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="forming")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "slug"], name="network_slug_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CustomField(WorkspaceOwned):
    """A field that one network adds to one kind of record; values lie in the record's `custom` column."""

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="custom_fields")
    record_kind = models.CharField(max_length=40)
    name = models.SlugField(max_length=60)
    label = models.CharField(max_length=100)
    type = models.CharField(max_length=12, choices=[(t.value, t.value) for t in Type])
    choices = models.JSONField(default=list, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "network", "record_kind", "name"], name="network_custom_field_once"
            )
        ]
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label
