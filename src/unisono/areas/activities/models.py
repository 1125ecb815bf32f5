"""Tables of the activities area."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from unisono.areas.network.models import Membership, Network, Person, Record
from unisono.areas.network.models.base import states
from unisono.platform.states import Transitions


class Initiative(Record):
    """Something that members run together for a time: a pilot, a programme, a group."""

    class Kind(models.TextChoices):
        PILOT = "pilot", _("pilot")
        SPRINT = "sprint", _("sprint")
        PROGRAMME = "programme", _("programme")
        ACADEMY = "academy", _("academy")
        ACCELERATOR = "accelerator", _("accelerator")
        MENTORING = "mentoring", _("mentoring")
        GROUP = "group", _("group")
        CO_CREATION = "co_creation", _("co-creation")

    class Innovation(models.TextChoices):
        PRODUCT = "product", _("product, service or experience")
        PROCESS = "process", _("process")
        VALUE_CHAIN = "value_chain", _("value chain")
        BUSINESS_MODEL = "business_model", _("business model")
        MARKET = "market", _("market")
        ORGANISATIONAL = "organisational", _("organisational")
        INSTITUTIONAL = "institutional", _("institutional")
        SOCIAL = "social", _("social")
        SUSTAINABILITY = "sustainability", _("sustainability")

    TRANSITIONS: ClassVar[Transitions] = states(
        proposed="staffed running stopped",
        staffed="running stopped",
        running="paused done stopped",
        paused="running stopped",
        done="running",
        stopped="proposed",
    )

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="initiatives")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=250, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    innovation = models.CharField(max_length=15, choices=Innovation.choices, blank=True)
    owner = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    place = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    series = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, default="proposed")

    class Meta:
        indexes = [models.Index(fields=["workspace", "network", "name_key"], name="activities_initiative_name")]

    def __str__(self) -> str:
        return self.name


class Gathering(Record):
    """A meeting of members on a day: workshop, focus group, visit, general meeting."""

    class Kind(models.TextChoices):
        MEETING = "meeting", _("meeting")
        WORKSHOP = "workshop", _("workshop")
        FOCUS_GROUP = "focus_group", _("focus group")
        COURSE = "course", _("course")
        VISIT = "visit", _("visit")
        SOCIAL = "social", _("open mixing")

    class Format(models.TextChoices):
        ON_SITE = "on_site", _("on site")
        ONLINE = "online", _("online")
        BOTH = "both", _("on site and online")

    TRANSITIONS: ClassVar[Transitions] = states(
        planned="held cancelled", held="reflected planned", reflected="held", cancelled="planned"
    )

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="gatherings")
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=250, editable=False)
    # The day it is where the network is. Several days: the first, and the last in `until`.
    on = models.DateField()
    until = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    format = models.CharField(max_length=10, choices=Format.choices, blank=True)
    place = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    series = models.CharField(max_length=200, blank=True)
    initiative = models.ForeignKey(
        Initiative, null=True, blank=True, on_delete=models.SET_NULL, related_name="gatherings"
    )
    state = models.CharField(max_length=12, default="planned")

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "network", "on"], name="activities_gathering_on"),
            models.Index(fields=["workspace", "network", "name_key"], name="activities_gathering_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Participation(Record):
    """A member's part, by a person or by whoever it sends, in one gathering or one initiative."""

    TRANSITIONS: ClassVar[Transitions] = states(
        invited="signed_up attended no_show",
        signed_up="attended no_show invited",
        attended="no_show signed_up",
        no_show="attended signed_up",
    )

    # A network's own fields about how somebody took part go when the person is erased, so they are logged by name.
    PERSONAL: ClassVar[frozenset[str]] = frozenset({"custom"})

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="participations")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="participations")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="participations")
    gathering = models.ForeignKey(
        Gathering, null=True, blank=True, on_delete=models.CASCADE, related_name="participations"
    )
    initiative = models.ForeignKey(
        Initiative, null=True, blank=True, on_delete=models.CASCADE, related_name="participations"
    )
    state = models.CharField(max_length=12, default="invited")

    class Meta:
        # A null is never equal to another one, so whoever comes without a name needs a constraint of its own.
        constraints = [
            models.CheckConstraint(
                condition=Q(gathering__isnull=True) ^ Q(initiative__isnull=True), name="activities_part_in_one"
            ),
            models.UniqueConstraint(
                fields=["workspace", "gathering", "membership", "person"], name="activities_gathering_once"
            ),
            models.UniqueConstraint(
                fields=["workspace", "gathering", "membership"],
                condition=Q(person__isnull=True),
                name="activities_gathering_member_once",
            ),
            models.UniqueConstraint(
                fields=["workspace", "initiative", "membership", "person"], name="activities_initiative_once"
            ),
            models.UniqueConstraint(
                fields=["workspace", "initiative", "membership"],
                condition=Q(person__isnull=True),
                name="activities_initiative_member_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} – {self.occasion}"

    @property
    def occasion(self) -> Gathering | Initiative:
        """What it is a part in."""
        found: Gathering | Initiative | None = self.gathering or self.initiative
        assert found is not None
        return found

    @property
    def day(self) -> date | None:
        """The day of the gathering, or on which the initiative began."""
        return self.gathering.on if self.gathering else self.initiative.starts_on if self.initiative else None
