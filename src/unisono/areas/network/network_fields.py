"""The fields of a network itself."""

from django.utils.translation import gettext_lazy as _

from unisono.areas.network.models import Network
from unisono.platform.fields import Field, Type

NETWORK_FIELDS: tuple[Field, ...] = (
    Field("name", _("Name"), required=True),
    Field("purpose", _("Purpose"), Type.LONG_TEXT, help=_("What the members want to reach together.")),
    Field(
        "value_system_type",
        _("Value system"),
        Type.CHOICE,
        choices=tuple(Network.ValueSystem.choices),
        help=_("How settled the value is that the network makes: stable, in renewal, or emerging."),
    ),
    Field("governance_form", _("Governance"), Type.CHOICE, choices=tuple(Network.Governance.choices)),
    Field("context_tags", _("Context"), Type.WORDS, max_length=60, help=_("Words such as tourism; rural.")),
    Field(
        "organising_principles",
        _("Organised by"),
        Type.WORDS,
        max_length=60,
        help=_("For example member maturity; task area; geography."),
    ),
    Field("time_zone", _("Time zone"), max_length=60, default="Europe/Oslo", help=_("Deadlines are set in it.")),
    Field(
        "silent_after_months",
        _("Silent after months"),
        Type.INTEGER,
        minimum=1,
        maximum=60,
        default=6,
        help=_("A member without any contact for so long is listed as silent."),
    ),
    Field("is_case", _("A case from the literature"), Type.BOOLEAN, default=False),
)
