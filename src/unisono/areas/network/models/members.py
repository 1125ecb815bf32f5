"""Membership of organisations in a network, roles, ties and agreements between members."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from unisono.areas.network.models.base import Network, Record, states
from unisono.areas.network.models.organizations import Organization, Person
from unisono.platform.states import Transitions
from unisono.platform.tenancy import WorkspaceOwned


class Tag(WorkspaceOwned):
    """A word that groups members of one network."""

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "network", "name"], name="network_tag_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(Record):
    """One organisation's belonging to one network."""

    class Side(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        PROVIDER = "provider", _("provider")
        COMPLEMENTOR = "complementor", _("complementor")
        SUPPORTER = "supporter", _("supporter")

    class ActorType(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        DISTRIBUTOR = "distributor", _("distributor")
        SERVICE_PARTNER = "service_partner", _("service partner")
        SUPPLIER = "supplier", _("supplier")
        OEM = "oem", _("original equipment manufacturer")
        COMPETITOR = "competitor", _("competitor")
        COMPLEMENTOR = "complementor", _("complementor")
        STARTUP = "startup", _("startup")
        SOFTWARE = "software", _("independent software vendor")
        ANALYTICS = "analytics", _("analytics and AI provider")
        CONNECTIVITY = "connectivity", _("connectivity provider")
        POSITIONING = "positioning", _("positioning provider")
        CLOUD = "cloud", _("cloud and IT provider")
        OTHER = "other", _("other")

    class Origin(models.TextChoices):
        LEGACY = "legacy", _("partner from before")
        NEW = "new", _("new partner")

    class Decision(models.TextChoices):
        PARTNER = "partner", _("partner with it")
        INVEST = "invest", _("invest in it")
        NONE = "none", _("neither")

    TRANSITIONS: ClassVar[Transitions] = states(
        prospect="invited exited",
        invited="onboarding prospect exited",
        onboarding="active exited",
        active="paused exited",
        paused="active exited",
        exited="prospect",
    )

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    sides = models.JSONField(default=list, blank=True)
    actor_type = models.CharField(max_length=20, choices=ActorType.choices, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, blank=True)
    tier = models.CharField(max_length=100, blank=True)
    format = models.CharField(max_length=100, blank=True)
    wave = models.PositiveSmallIntegerField(null=True, blank=True)
    partner_decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    expected_gain = models.TextField(blank=True)
    referrer = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="referred")
    joined_on = models.DateField(null=True, blank=True)
    exited_on = models.DateField(null=True, blank=True)
    exit_reason = models.TextField(blank=True)
    tags = models.ManyToManyField(Tag, related_name="memberships", blank=True)
    state = models.CharField(max_length=12, default="active")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "network", "organization"], name="network_membership_once")
        ]
        indexes = [
            models.Index(fields=["workspace", "network", "state"], name="network_member_state"),
            models.Index(fields=["workspace", "network", "tier"], name="network_member_tier"),
            models.Index(fields=["workspace", "network", "joined_on"], name="network_member_joined"),
        ]

    def __str__(self) -> str:
        return self.organization.name


class FormerMembership(WorkspaceOwned):
    """A membership that was joined with another one of its network; its key leads to that one."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="former")

    def __str__(self) -> str:
        return str(self.pk)


class RoleAssignment(Record):
    """A role that a member or a person plays in the network: what they are, not what an account may do."""

    class RoleType(models.TextChoices):
        LEAD = "lead", _("lead organisation")
        ECOSYSTEM_MANAGER = "ecosystem_manager", _("ecosystem manager")
        ORCHESTRATOR = "orchestrator", _("orchestrator")
        CONTACT_PERSON = "contact_person", _("contact person")
        SPECIALIST = "specialist", _("specialist")
        ARCHITECT = "architect", _("network architect")
        MOBILISER = "mobiliser", _("mobiliser")
        VISIONARY = "visionary", _("visionary (the source's “idiot”)")
        ANALYST = "analyst", _("analyst")
        IMPLEMENTER = "implementer", _("implementer")
        ADVOCATE = "advocate", _("advocate")
        CURATOR = "curator", _("curator")
        PARTNER = "partner", _("partner with a task")

    TRANSITIONS: ClassVar[Transitions] = states(
        proposed="negotiated accepted ended",
        negotiated="accepted ended",
        accepted="active ended",
        active="revised ended",
        revised="accepted active ended",
    )
    # What one person is to do is logged as changed, never by what it says: it must go when the person is erased.
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"scope", "tasks", "expected_gain", "custom"})

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="role_assignments")
    role_type = models.CharField(max_length=20, choices=RoleType.choices)
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="role_assignments"
    )
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="role_assignments")
    scope = models.CharField(max_length=200, blank=True)
    tasks = models.TextField(blank=True)
    expected_gain = models.TextField(blank=True)
    delivery_probability = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    state = models.CharField(max_length=12, default="proposed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(membership__isnull=False) | Q(person__isnull=False), name="network_role_held"
            )
        ]

    def __str__(self) -> str:
        return self.get_role_type_display()


class Relationship(Record):
    """A tie between two members, with the interest and trust of each side."""

    class Kind(models.TextChoices):
        SUPPLY = "supply", _("supplies or buys")
        DISTRIBUTION = "distribution", _("distributes")
        JOINT_PROJECT = "joint_project", _("works on a project with")
        KNOWLEDGE = "knowledge", _("shares knowledge with")
        DATA = "data", _("shares data with")
        FINANCE = "finance", _("finances")
        OWNERSHIP = "ownership", _("owns a part of")
        SOCIAL = "social", _("knows personally")

    class Origin(models.TextChoices):
        PRE_EXISTING = "pre_existing", _("from before the network")
        NETWORK = "network", _("made in the network")

    class Character(models.TextChoices):
        TRANSACTIONAL = "transactional", _("transactional")
        RELATIONAL = "relational", _("relational")

    TRANSITIONS: ClassVar[Transitions] = states(
        potential="introduced exploring ended",
        introduced="exploring dormant ended",
        exploring="agreed dormant ended",
        agreed="active ended",
        active="dormant ended",
        dormant="active exploring ended",
    )

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="relationships")
    first = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="relationships_first")
    second = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="relationships_second")
    kinds = models.JSONField(default=list, blank=True)
    origin = models.CharField(max_length=12, choices=Origin.choices, blank=True)
    character = models.CharField(max_length=15, choices=Character.choices, blank=True)
    coopetition = models.BooleanField(default=False)
    first_interest = models.TextField(blank=True)
    second_interest = models.TextField(blank=True)
    first_trust = models.PositiveSmallIntegerField(null=True, blank=True)
    second_trust = models.PositiveSmallIntegerField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12, default="active")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="network_relationship_two_members"),
        ]

    def __str__(self) -> str:
        return f"{self.first} - {self.second}"


class Agreement(Record):
    """What members agreed: rules, scope, service levels, data terms, revenue, mandate, confidentiality."""

    class Kind(models.TextChoices):
        PARTICIPATION_RULES = "participation_rules", _("participation rules")
        SCOPE = "scope", _("scope")
        SLA = "sla", _("service levels")
        DATA_TERMS = "data_terms", _("data terms")
        REVENUE = "revenue", _("revenue scheme")
        MANDATE = "mandate", _("mandate")
        CONFIDENTIALITY = "confidentiality", _("confidentiality")

    TRANSITIONS: ClassVar[Transitions] = states(
        drafted="negotiated in_force ended",
        negotiated="drafted in_force ended",
        in_force="under_review ended",
        under_review="amended in_force ended",
        amended="in_force ended",
    )

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="agreements")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    parties = models.ManyToManyField(Membership, related_name="agreements", blank=True)
    valid_from = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, default="drafted")

    def __str__(self) -> str:
        return self.title
