"""When there was contact with members, as conditions on many at once: the rule of docs/algorithms/last-contact.md."""

from calendar import monthrange
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateField, F, Func, IntegerField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from unisono.areas.activities.models import Gathering, Initiative, Participation
from unisono.areas.network.models import Need, Network, Note, Offering, Resource
from unisono.areas.network.policies import readable
from unisono.platform.actor import Actor

# Who is in the network by now; prospects and those who left owe it no word.
IN_USE = ("onboarding", "active", "paused")
OPEN_NEEDS = ("voiced", "understood", "planned")
YEAR = 12


def today_in(network: Network) -> date:
    """The day it is where the network is."""
    return timezone.now().astimezone(ZoneInfo(network.time_zone)).date()


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _start_of(network: Network, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(network.time_zone))


# Each of these names all its members at once, a set that a database reads one time; asked anew for every member of a
# long list it takes seconds. The networks they are given are of the workspace in scope, so the network is enough.


def gatherings_between(actor: Actor, network: Network, since: date | None, until: date) -> QuerySet[Any, Any]:
    """Gatherings that took place in these days and that the actor may read; `since` None means ever."""
    found = Gathering._base_manager.filter(
        readable(actor, network, Gathering), network=network, archived_at=None, on__lte=until
    )
    return (found if since is None else found.filter(on__gte=since)).exclude(state="cancelled")


def _initiatives_between(actor: Actor, network: Network, since: date | None, until: date) -> QuerySet[Any, Any]:
    begun, ended = Q(starts_on__lte=until), Q(ends_on__lte=until, state="done")
    if since is not None:
        begun, ended = begun & Q(starts_on__gte=since), ended & Q(ends_on__gte=since)
    return Initiative._base_manager.filter(
        readable(actor, network, Initiative), begun | ended, network=network, archived_at=None
    )


def _parts(network: Network) -> QuerySet[Any, Any]:
    return Participation._base_manager.filter(network=network, state="attended", archived_at=None)


def _notes(actor: Actor, network: Network) -> QuerySet[Any, Any]:
    return Note._base_manager.filter(readable(actor, network, Note), network=network, archived_at=None)


def _needs(actor: Actor, network: Network) -> QuerySet[Any, Any]:
    return Need._base_manager.filter(readable(actor, network, Need), network=network, archived_at=None)


def _voiced(actor: Actor, network: Network) -> QuerySet[Any, Any]:
    """Needs that somebody heard and wrote down; what came in a file was heard at a time nobody knows."""
    return _needs(actor, network).filter(source_ref="")


def _among(rows: QuerySet[Any, Any]) -> Q:
    """Members that at least one of these rows is about."""
    return Q(pk__in=rows.order_by().values("membership"))


def was_at_gathering(actor: Actor, network: Network, since: date | None, until: date) -> Q:
    """Members that came to a gathering in these days."""
    return _among(_parts(network).filter(gathering__in=gatherings_between(actor, network, since, until).values("pk")))


def had_contact(actor: Actor, network: Network, since: date | None, until: date) -> Q:
    """TREN-E1: members that somebody met, heard or wrote about in these days."""
    notes, needs = _notes(actor, network), _voiced(actor, network)
    if since is not None:
        start = _start_of(network, since)
        notes, needs = notes.filter(created_at__gte=start), needs.filter(created_at__gte=start)
    in_initiative = _initiatives_between(actor, network, since, until).values("pk")
    return (
        was_at_gathering(actor, network, since, until)
        | _among(notes)
        | _among(needs)
        | _among(_parts(network).filter(initiative__in=in_initiative))
    )


def silent(actor: Actor, network: Network, today: date) -> Q:
    """TREN-R4: members of the network without contact for as many months as it allows, newcomers aside."""
    since = months_before(today, network.silent_after_months)
    known_long = Q(joined_on__isnull=True) | Q(joined_on__lt=since)
    return Q(state__in=IN_USE) & known_long & ~had_contact(actor, network, since, today)


def only_attending(actor: Actor, network: Network, today: date) -> Q:
    """TREN-R6: members that came in the last year and have neither voiced a need nor given anything."""
    offers = Offering.owners.through._base_manager.filter(offering__network=network, offering__archived_at=None)
    resources = Resource.objects.filter(readable(actor, network, Resource), archived_at=None)
    parts = Participation._base_manager.filter(network=network, initiative__isnull=False, archived_at=None).exclude(
        state="no_show"
    )
    came = was_at_gathering(actor, network, months_before(today, YEAR), today)
    given = (
        _among(_needs(actor, network))
        | _among(parts)
        | Q(organization__in=offers.values("organization"))
        | Q(organization__in=resources.order_by().values("owner"))
    )
    return Q(state__in=IN_USE) & came & ~given


class _Latest(Func):
    """The latest day that a query of the columns `member` and `day` has for one member; it is read once for all."""

    template = "(SELECT told.latest FROM (SELECT seen.member, MAX(seen.day) AS latest FROM %(expressions)s)"
    arg_joiner = " seen GROUP BY seen.member) told WHERE told.member = "
    output_field = DateField()


class _Times(Func):
    """How many different things of the columns `member` and `thing` a query has for one member; read once for all."""

    template = "(SELECT told.times FROM (SELECT seen.member, COUNT(DISTINCT seen.thing) AS times FROM %(expressions)s)"
    arg_joiner = " seen GROUP BY seen.member) told WHERE told.member = "
    output_field = IntegerField()


def attended_in_a_year(actor: Actor, network: Network, today: date) -> Any:
    """At how many gatherings of the last twelve months each member was, as an expression to sort by."""
    there = {"participations__state": "attended", "participations__archived_at": None}
    gatherings = gatherings_between(actor, network, months_before(today, YEAR), today).filter(**there)
    rows = gatherings.order_by().annotate(member=F("participations__membership_id"), thing=F("pk"))
    return Coalesce(_Times(Subquery(rows.values_list("member", "thing")), F("pk")), Value(0))


def last_contact_on(actor: Actor, network: Network, today: date) -> Any:
    """The day of each member's last contact, as an expression to sort by; null where there was none."""

    def days(rows: QuerySet[Any, Any], member: str, day: Any) -> QuerySet[Any, Any]:
        return rows.order_by().annotate(member=F(member), day=day).values_list("member", "day")

    # Read from the few gatherings and initiatives to the many that were there.
    there = {"participations__state": "attended", "participations__archived_at": None}
    member = "participations__membership_id"
    gatherings = gatherings_between(actor, network, None, today).filter(**there)
    initiatives = Initiative._base_manager.filter(
        readable(actor, network, Initiative), network=network, archived_at=None, **there
    )
    written = TruncDate("created_at", tzinfo=ZoneInfo(network.time_zone))
    rows = days(gatherings, member, F("on")).union(
        days(initiatives.filter(starts_on__lte=today), member, F("starts_on")),
        days(initiatives.filter(ends_on__lte=today, state="done"), member, F("ends_on")),
        days(_notes(actor, network), "membership_id", written),
        days(_voiced(actor, network), "membership_id", written),
        all=True,
    )
    return _Latest(Subquery(rows), F("pk"))
