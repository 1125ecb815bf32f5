"""The picture of a network: where each member stands among the others, as it was last worked out."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from unisono.areas.network.models.base import Network
from unisono.platform.tenancy import WorkspaceOwned


class NetworkPicture(WorkspaceOwned):
    """What was worked out about one network as a whole, when, and from what.

    It rests on records alone that everyone in the network may read, so one picture serves every reader.
    """

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="pictures")
    job_id = models.UUIDField(null=True, blank=True)
    # When its inputs were read; what changed later is not in it.
    read_at = models.DateTimeField(null=True, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True)
    inputs_hash = models.CharField(max_length=64, blank=True)
    algorithm = models.CharField(max_length=40, blank=True)
    # Rows that were there when it was read, so that removed ones show as changes.
    member_rows = models.PositiveIntegerField(default=0)
    relation_rows = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "network"], name="network_picture_once")]

    def __str__(self) -> str:
        return f"picture of {self.network_id}"

    @property
    def is_there(self) -> bool:
        """Whether it was worked out at least once."""
        return self.computed_at is not None


class MemberPosition(WorkspaceOwned):
    """Where one member stands in a picture. The member is named by id alone: the row outlives it until the next one."""

    class Place(models.TextChoices):
        """What can be said of a member's place, on the map and as a filter of the list."""

        CORE = "core", _("in the core")
        EDGE = "edge", _("at the edge")
        ISOLATED = "isolated", _("without relations")
        APART = "apart", _("in a group apart")
        LARGEST = "largest", _("in the largest group")
        BRIDGING = "bridging", _("bridging others")
        BREAKING = "breaking", _("others hang on it")
        BEST_CONNECTED = "best_connected", _("of those with most relations")
        ONLY_HOLDER = "only_holder", _("alone with a capability")
        SILENT = "silent", _("silent")
        SILENT_EDGE = "silent_edge", _("silent at the edge")
        HEARD = "heard", _("heard from in a year")

    # A plain number: rows are many and are replaced as a whole.
    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    picture = models.ForeignKey(NetworkPicture, on_delete=models.CASCADE, related_name="positions")
    membership_id = models.UUIDField()
    x = models.FloatField()
    y = models.FloatField()
    relations = models.PositiveIntegerField()
    # 0 is the largest group of members that reach each other.
    component = models.PositiveIntegerField()
    # 0 is the largest community; null for members of none.
    community = models.PositiveIntegerField(null=True, blank=True)
    core_number = models.PositiveIntegerField()
    betweenness = models.FloatField()
    # 0 in pictures made before it was worked out.
    pagerank = models.FloatField(default=0.0)
    # How many others lose their way to the rest when this member leaves.
    cut_off = models.PositiveIntegerField()
    is_core = models.BooleanField()
    is_bridge = models.BooleanField()
    # Capabilities that nobody else in the network has.
    only_here = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "picture", "membership_id"], name="network_position_once")
        ]

    def __str__(self) -> str:
        return str(self.membership_id)
