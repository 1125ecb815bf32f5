"""The area's kinds of record and their fields, declared for every interface."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from unisono.areas.activities.models import Gathering, Initiative, Participation
from unisono.areas.network.kinds import Kind, register_kind
from unisono.areas.network.models import Network
from unisono.platform.errors import Invalid
from unisono.platform.fields import Field, Type
from unisono.platform.messages import message as say


def _own_network(network: Network) -> Q:
    return Q(network=network)


def _in_order(first: str, last: str) -> Any:
    """A check that one day does not come before another."""

    def check(clean: Mapping[str, Any]) -> None:
        if clean.get(first) and clean.get(last) and clean[last] < clean[first]:
            raise Invalid.at(last, say("It cannot end before it begins."), say("Choose a later day."))

    return check


def _in_one(clean: Mapping[str, Any]) -> None:
    if bool(clean.get("gathering")) == bool(clean.get("initiative")):
        raise Invalid.at(
            "gathering",
            say("Somebody takes part in one gathering or in one initiative."),
            say("Choose the one or the other."),
        )


INITIATIVE = Kind(
    "initiative", "initiatives", _("Initiative"), _("Initiatives"), Initiative,
    fields=(
        Field("name", _("Name"), required=True, listed=True, shown=True,
              synonyms=("initiative", "project", "prosjekt", "projekt")),
        Field("kind", _("Kind"), Type.CHOICE, choices=tuple(Initiative.Kind.choices), listed=True, shown=True, filtered=True),
        Field("owner", _("Owned by"), Type.REF, refers_to="member", listed=True, shown=True,
              help=_("The member that drives it.")),
        Field("starts_on", _("From"), Type.DATE, listed=True, shown=True, synonyms=("start", "start date")),
        Field("ends_on", _("Until"), Type.DATE, listed=True, shown=True, synonyms=("end", "end date")),
        Field("innovation", _("What it renews"), Type.CHOICE, choices=tuple(Initiative.Innovation.choices), listed=True,
              filtered=True),
        Field("place", _("Place"), listed=True),
        Field("series", _("Series"), listed=True, filtered=True, help=_("What it is one of, for example a yearly academy.")),
        Field("description", _("What it is about"), Type.LONG_TEXT),
    ),
    parties=("owner__organization", "participations__membership__organization"),
    in_network=_own_network, about=lambda i: i.owner.organization_id if i.owner else None,
    search_text=lambda i: " ".join((i.place, i.series, i.description)), related=("owner__organization",),
    order="-starts_on", sort_paths={"name": "name_key", "owner": "owner__organization__name_key"},
    check=_in_order("starts_on", "ends_on"),
)  # fmt: skip
GATHERING = Kind(
    "gathering", "gatherings", _("Gathering"), _("Gatherings"), Gathering,
    fields=(
        Field("name", _("Name"), required=True, listed=True, shown=True,
              synonyms=("event", "gathering", "event name", "meeting", "arrangement", "veranstaltung")),
        Field("on", _("Day"), Type.DATE, required=True, listed=True, shown=True,
              synonyms=("date", "event date", "dato", "datum", "held on")),
        Field("until", _("Until"), Type.DATE, listed=True, help=_("The last day, where it takes several.")),
        Field("kind", _("Kind"), Type.CHOICE, choices=tuple(Gathering.Kind.choices), listed=True, shown=True, filtered=True),
        Field("format", _("Format"), Type.CHOICE, choices=tuple(Gathering.Format.choices), listed=True),
        Field("place", _("Place"), listed=True, shown=True, synonyms=("venue", "location", "sted", "ort")),
        Field("series", _("Series"), listed=True, filtered=True, help=_("What it is one of, for example the autumn meetings.")),
        Field("initiative", _("Part of"), Type.REF, refers_to="initiative", listed=True),
        Field("description", _("Purpose and agenda"), Type.LONG_TEXT),
    ),
    parties=("participations__membership__organization",),
    in_network=_own_network, about=lambda g: None,
    search_text=lambda g: " ".join((g.place, g.series, g.description)), related=("initiative",),
    order="-on", sort_paths={"name": "name_key", "initiative": "initiative__name_key"},
    check=_in_order("on", "until"),
)  # fmt: skip
PARTICIPATION = Kind(
    "participation", "participations", _("Participation"), _("Participations"), Participation,
    fields=(
        Field("membership", _("Member"), Type.REF, refers_to="member", required=True, listed=True, shown=True),
        Field("person", _("Person"), Type.REF, refers_to="person", listed=True, shown=True,
              help=_("Who comes; may be left open.")),
        Field("gathering", _("Gathering"), Type.REF, refers_to="gathering", listed=True, shown=True),
        Field("initiative", _("Initiative"), Type.REF, refers_to="initiative", listed=True, shown=True),
    ),
    parties=("membership__organization",),
    in_network=_own_network,
    about=lambda p: p.membership.organization_id,
    related=("membership__organization", "person", "gathering", "initiative"), searchable=False,
    sort_paths={
        "membership": "membership__organization__name_key", "person": "person__name_key",
        "gathering": "gathering__name_key", "initiative": "initiative__name_key",
    },
    check=_in_one,
)  # fmt: skip


def register() -> None:
    """Declare them; called once when the app starts."""
    for kind in (INITIATIVE, GATHERING, PARTICIPATION):
        register_kind(kind)
