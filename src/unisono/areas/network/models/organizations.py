"""Organisations and their people. Both belong to the workspace: one profile, whatever networks they are in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from unisono.areas.network.models.base import KeptByMember, Network, states
from unisono.platform.states import Transitions


class Organization(KeptByMember):
    """A firm, public body, research institute, association or city."""

    class Kind(models.TextChoices):
        FIRM = "firm", _("firm")
        STARTUP = "startup", _("startup")
        PUBLIC = "public", _("public body")
        RESEARCH = "research", _("research and education")
        NGO = "ngo", _("non-profit")
        CITY = "city", _("city or region")
        OTHER = "other", _("other")

    class SizeClass(models.TextChoices):
        MICRO = "micro", _("micro (under 10)")
        SMALL = "small", _("small (10-49)")
        MEDIUM = "medium", _("medium (50-249)")
        LARGE = "large", _("large (250 or more)")

    TRANSITIONS: ClassVar[Transitions] = states(registered="verified closed", verified="closed", closed="registered")

    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=250, editable=False)
    aliases = models.JSONField(default=list, blank=True)
    # The key by which the source system names it (register number, profile address): what an import matches first.
    key = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True)
    size_class = models.CharField(max_length=10, choices=SizeClass.choices, blank=True)
    staff_count = models.PositiveIntegerField(null=True, blank=True)
    sector = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=200, blank=True)
    region = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=300, blank=True)
    website = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    register_number = models.CharField(max_length=60, blank=True)
    corporate_group = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    capacity_baseline = models.CharField(max_length=300, blank=True)
    recorded_in = models.ForeignKey(Network, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="absorbed")
    state = models.CharField(max_length=12, default="registered")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], condition=~Q(key=""), name="network_org_key_once")
        ]
        indexes = [models.Index(fields=["workspace", "name_key"], name="network_org_name_key")]
        ordering = ["name_key", "id"]

    def __str__(self) -> str:
        return self.name


class Person(KeptByMember):
    """Somebody in one or more organisations. Personal values are logged by name only."""

    TRANSITIONS: ClassVar[Transitions] = states(active="left", left="active")
    PERSONAL: ClassVar[frozenset[str]] = frozenset(
        {"name", "email", "phone", "job_title", "languages", "decision_authority", "consent", "custom"}
    )

    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=250, editable=False)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    job_title = models.CharField(max_length=200, blank=True)
    languages = models.JSONField(default=list, blank=True)
    decision_authority = models.CharField(max_length=200, blank=True)
    consent = models.BooleanField(null=True, blank=True)
    organizations = models.ManyToManyField(Organization, related_name="people")
    state = models.CharField(max_length=12, default="active")

    class Meta:
        indexes = [models.Index(fields=["workspace", "name_key"], name="network_person_name_key")]
        ordering = ["name_key", "id"]

    def __str__(self) -> str:
        return self.name
