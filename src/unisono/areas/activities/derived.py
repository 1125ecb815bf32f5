"""What lists of members show and filter by: last contact, gatherings, silence."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from unisono.areas.activities.queries import contact
from unisono.areas.activities.queries.standing import Standing, standings_of
from unisono.areas.network.derived import Derived, register_derived
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Network
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, Type

_YES_NO = (("yes", pgettext_lazy("a field's value", "yes")), ("no", pgettext_lazy("a field's value", "no")))
_LAST = (
    ("3", _("none for 3 months")),
    ("6", _("none for 6 months")),
    ("12", _("none for a year")),
    ("never", _("none on record")),
)


def _yes_or_no(condition: Any) -> Any:
    """A filter of two values; both together leave everything in."""

    def where(actor: Actor, network: Network, values: Sequence[str]) -> Q:
        if not {"yes", "no"} - set(values):
            return Q()
        found: Q = condition(actor, network, contact.today_in(network))
        return found if "yes" in values else ~found if "no" in values else Q(pk__in=[])

    return where


def _was_there(actor: Actor, network: Network, today: Any) -> Q:
    return contact.was_at_gathering(actor, network, contact.months_before(today, contact.YEAR), today)


def _longer_ago(actor: Actor, network: Network, values: Sequence[str]) -> Q:
    today = contact.today_in(network)
    asked = Q(pk__in=[])
    for value in set(values) & {key for key, _label in _LAST}:
        since = None if value == "never" else contact.months_before(today, int(value))
        asked |= ~contact.had_contact(actor, network, since, today)
    return asked


def _day(standing: Standing) -> Any:
    return standing.contact.on if standing.contact else None


def register() -> None:
    """Put them in place; called once when the app starts."""
    for derived in (
        Derived(
            Field(
                "last_contact", _("Last contact"), Type.CHOICE, choices=_LAST, listed=True, shown=True, filtered=True
            ),
            type=Type.DATE,
            source=standings_of,
            value=_day,
            where=_longer_ago,
            order=lambda actor, network: contact.last_contact_on(actor, network, contact.today_in(network)),
        ),
        Derived(
            Field("attended", _("Gatherings in 12 months"), Type.CHOICE, choices=_YES_NO, listed=True, filtered=True),
            type=Type.INTEGER,
            source=standings_of,
            value=lambda standing: standing.attended,
            where=_yes_or_no(_was_there),
            order=lambda actor, network: contact.attended_in_a_year(actor, network, contact.today_in(network)),
        ),
        Derived(
            Field("open_needs", _("Open needs"), Type.INTEGER, listed=True),
            type=Type.INTEGER,
            source=standings_of,
            value=lambda standing: len(standing.needs),
        ),
        Derived(
            Field("silent", _("Silent"), Type.CHOICE, choices=_YES_NO, listed=True, filtered=True),
            type=Type.BOOLEAN,
            source=standings_of,
            value=lambda standing: standing.is_silent,
            where=_yes_or_no(contact.silent),
        ),
        Derived(
            Field("attend_only", _("Only attends"), Type.CHOICE, choices=_YES_NO, filtered=True),
            where=_yes_or_no(contact.only_attending),
        ),
    ):
        register_derived(MEMBER.name, derived)
