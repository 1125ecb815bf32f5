"""What members can do, need, offer and have."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from unisono.areas.network.models.base import KeptByMember, Network, states
from unisono.areas.network.models.members import Membership
from unisono.areas.network.models.organizations import Organization
from unisono.platform.states import Transitions


class Capability(KeptByMember):
    """Something an organisation is able to do, with a level and who says so."""

    class StatedBy(models.TextChoices):
        SELF = "self", _("the organisation itself")
        LEAD = "lead", _("the lead organisation")
        PEER = "peer", _("another member")

    TRANSITIONS: ClassVar[Transitions] = states(
        claimed="confirmed outdated", confirmed="outdated", outdated="claimed confirmed"
    )

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="capabilities")
    term = models.CharField(max_length=100)
    level = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    evidence = models.TextField(blank=True)
    stated_by = models.CharField(max_length=10, choices=StatedBy.choices, blank=True)
    is_digital = models.BooleanField(null=True, blank=True)
    state = models.CharField(max_length=12, default="claimed")

    class Meta:
        ordering = ["term", "id"]

    def __str__(self) -> str:
        return self.term


class Need(KeptByMember):
    """Something a member is missing, hopes for or is held back by, in its own words."""

    class Kind(models.TextChoices):
        PAIN = "pain", _("pain")
        EXPECTATION = "expectation", _("expectation")
        ASPIRATION = "aspiration", _("aspiration")
        CONSTRAINT = "constraint", _("constraint")

    class Priority(models.TextChoices):
        HIGH = "high", _("high")
        MEDIUM = "medium", _("medium")
        LOW = "low", _("low")

    TRANSITIONS: ClassVar[Transitions] = states(
        voiced="understood lapsed",
        understood="planned met lapsed",
        planned="met lapsed understood",
        met="voiced",
        lapsed="voiced",
    )

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="needs")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="needs")
    statement = models.TextField()
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    priority = models.CharField(max_length=10, choices=Priority.choices, blank=True)
    state = models.CharField(max_length=12, default="voiced")

    def __str__(self) -> str:
        return self.statement


class Offering(KeptByMember):
    """What one or more organisations offer; one without an owner is kept until somebody claims it."""

    TRANSITIONS: ClassVar[Transitions] = states(
        idea="co_creating commercial retired",
        co_creating="pilot retired",
        pilot="integrated co_creating retired",
        integrated="commercial retired",
        commercial="scaled retired",
        scaled="retired",
        retired="idea",
    )

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="offerings")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=250, editable=False)
    proposition = models.TextField(blank=True)
    category = models.CharField(max_length=200, blank=True)
    parts = models.JSONField(default=list, blank=True)
    website = models.CharField(max_length=300, blank=True)
    is_new_to_network = models.BooleanField(null=True, blank=True)
    owners = models.ManyToManyField(Organization, related_name="offerings", blank=True)
    state = models.CharField(max_length=12, default="commercial")

    class Meta:
        indexes = [models.Index(fields=["workspace", "network", "name_key"], name="network_offering_name_key")]
        ordering = ["name_key", "id"]

    def __str__(self) -> str:
        return self.name


class Resource(KeptByMember):
    """Something an organisation owns and may tie to the network for a time."""

    class Kind(models.TextChoices):
        TECHNICAL = "technical", _("technical")
        DATA = "data", _("data")
        FACILITY = "facility", _("facility")
        KNOWLEDGE = "knowledge", _("knowledge")
        MONEY = "money", _("money")
        STAFF = "staff", _("staff")
        BRAND = "brand", _("brand")

    class Openness(models.TextChoices):
        OPEN = "open", _("open to all members")
        GRANTED = "granted", _("granted to some")
        CLOSED = "closed", _("closed")

    TRANSITIONS: ClassVar[Transitions] = states(
        own="tied", tied="changed untied", changed="tied untied", untied="tied own"
    )

    owner = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="resources")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    is_tangible = models.BooleanField(null=True, blank=True)
    openness = models.CharField(max_length=10, choices=Openness.choices, blank=True)
    terms = models.TextField(blank=True)
    tied_from = models.DateField(null=True, blank=True)
    tied_until = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12, default="own")

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
