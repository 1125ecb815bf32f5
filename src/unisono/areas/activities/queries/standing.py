"""How each member stands: last contact, gatherings then and now, open needs; and who is at the edge of the network."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, F, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unisono.areas.activities.models import Initiative, Participation
from unisono.areas.activities.queries.contact import (
    IN_USE,
    OPEN_NEEDS,
    YEAR,
    gatherings_between,
    months_before,
    today_in,
)
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import Membership, Network, Note
from unisono.areas.network.models import Need as NeedRecord
from unisono.areas.network.policies import check_can_see_network, readable
from unisono.areas.network.queries import select
from unisono.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class Contact:
    """The last contact with a member: the day, and the record that tells of it ("gathering", "initiative", "note",
    "need")."""

    on: date
    kind: str
    record_id: UUID | None = None
    title: str = ""

    @property
    def words(self) -> str:
        """What it was, in a few words."""
        said = {
            "gathering": _("at %(what)s"),
            "initiative": _("in %(what)s"),
            "note": _("a note"),
            "need": _("a need was voiced"),
        }
        return said[self.kind] % {"what": self.title}


@dataclass(frozen=True, slots=True)
class Need:
    """A need that is still open."""

    id: UUID
    statement: str


@dataclass(slots=True)
class Standing:
    """One member as of `today`: gatherings it was at in the last twelve months (`attended`) and the twelve before."""

    membership: Membership
    today: date
    silent_after_months: int
    contact: Contact | None = None
    attended: int = 0
    attended_before: int = 0
    needs: tuple[Need, ...] = ()

    @property
    def months(self) -> int | None:
        """Whole months since the last contact; None where there was none."""
        if self.contact is None:
            return None
        return next(n for n in range(10_000) if months_before(self.today, n + 1) < self.contact.on)

    @property
    def is_silent(self) -> bool:
        """TREN-R4, as `contact.silent` has it for many at once."""
        since, joined = months_before(self.today, self.silent_after_months), self.membership.joined_on
        if self.membership.state not in IN_USE or (joined is not None and joined >= since):
            return False
        return self.contact is None or self.contact.on < since

    @property
    def reason(self) -> str:
        """Why to look at this member, in one sentence; empty where there is nothing to say."""
        if not self.is_silent:
            return ""
        if self.months is None:
            first = _("No contact on record")
        else:
            first = ngettext("No contact for %(n)s month", "No contact for %(n)s months", self.months) % {
                "n": self.months
            }
        if self.attended_before:
            been = ngettext("was at %(n)s gathering", "was at %(n)s gatherings", self.attended_before)
            second = been % {"n": self.attended_before}
            now = (
                _("none since")
                if not self.attended
                else ngettext("at %(n)s since", "at %(n)s since", self.attended) % {"n": self.attended}
            )
            return _("%(first)s; %(second)s the year before, %(now)s.") % {"first": first, "second": second, "now": now}
        if self.attended:
            second = ngettext("was at %(n)s gathering this year", "was at %(n)s gatherings this year", self.attended)
            return f"{first}; {second % {'n': self.attended}}."
        return _("%(first)s; at no gathering in two years.") % {"first": first}


def standings_of(
    actor: Actor, network: Network, memberships: Iterable[Membership], *, today: date | None = None
) -> dict[UUID, Standing]:
    """How these members stand, by their key, in one query; meant for the rows of a page."""
    check_can_see_network(actor, network)
    today = today or today_in(network)
    found = {m.pk: Standing(m, today, network.silent_after_months) for m in memberships}
    rows = _traces(actor, network, list(found), today) if found else []
    _tell(network, found, rows)
    return found


def standing_of(actor: Actor, network: Network, membership: Membership, *, today: date | None = None) -> Standing:
    """How one member stands."""
    return standings_of(actor, network, [membership], today=today)[membership.pk]


# What one trace of a member says, the same columns whatever it is of.
_COLUMNS = ("kind", "member", "record", "title", "day", "moment", "stands", "source")


def _trace(rows: QuerySet[Any, Any], kind: str, member: str, record: str, **columns: Any) -> QuerySet[Any, Any]:
    nothing = Value("", TextField())
    return rows.order_by().values_list(
        *(
            {
                "kind": Value(kind, CharField()), "member": F(member), "record": F(record),
                **{name: Cast(columns[name], TextField()) if name in columns else nothing for name in _COLUMNS[3:]},
            }[name]
            for name in _COLUMNS
        )
    )  # fmt: skip


def _traces(actor: Actor, network: Network, ids: list[UUID], today: date) -> list[tuple[Any, ...]]:
    """All that tells of contact with these members, and their needs, in one query."""
    parts = Participation._base_manager.filter(membership__in=ids, state="attended", archived_at=None)
    at = parts.filter(gathering__in=gatherings_between(actor, network, None, today).values("pk"))
    initiatives = Initiative._base_manager.filter(
        readable(actor, network, Initiative), network=network, archived_at=None
    )
    into = parts.filter(initiative__in=initiatives.values("pk"))
    needs = NeedRecord._base_manager.filter(readable(actor, network, NeedRecord))
    notes = Note._base_manager.filter(readable(actor, network, Note))
    about = {"membership__in": ids, "archived_at": None}
    found = (
        _trace(at, "gathering", "membership_id", "gathering_id", title="gathering__name", day="gathering__on"),
        _trace(
            into, "initiative", "membership_id", "initiative_id",
            title="initiative__name", day="initiative__starts_on",
        ),
        _trace(
            into.filter(initiative__state="done"), "initiative", "membership_id", "initiative_id",
            title="initiative__name", day="initiative__ends_on",
        ),
        _trace(
            needs.filter(**about), "need", "membership_id", "id",
            title="statement", moment="created_at", stands="state", source="source_ref",
        ),
        _trace(notes.filter(**about), "note", "membership_id", "id", moment="created_at"),
    )  # fmt: skip
    return list(found[0].union(*found[1:], all=True))


def _day(zone: ZoneInfo, text: str) -> date:
    """The day at the network of a moment as the database writes it; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).date()


def _tell(network: Network, found: dict[UUID, Standing], rows: Iterable[tuple[Any, ...]]) -> None:
    zone = ZoneInfo(network.time_zone)
    seen: set[tuple[UUID, UUID]] = set()
    for kind, member, record, title, day, moment, state, source in sorted(rows, key=lambda row: (row[5], str(row[2]))):
        standing = found[member]
        if kind == "need" and state in OPEN_NEEDS:
            standing.needs = (*standing.needs, Need(record, title))
        if kind == "need" and source:
            # What came in a file was heard at a time nobody knows.
            continue
        on = _day(zone, moment) if moment else date.fromisoformat(day) if day else None
        if on is None or on > standing.today:
            continue
        if standing.contact is None or on > standing.contact.on:
            standing.contact = Contact(on, kind, record, title if kind in ("gathering", "initiative") else "")
        # Several people of one member make one presence.
        if kind == "gathering" and (member, record) not in seen:
            seen.add((member, record))
            year, two = months_before(standing.today, YEAR), months_before(standing.today, 2 * YEAR)
            standing.attended += on >= year
            standing.attended_before += two <= on < year


def edge_of(
    actor: Actor, network: Network, which: str = "silent", *, filters: dict[str, Sequence[str]] | None = None
) -> QuerySet[Any, Any]:
    """TREN-R3, TREN-R4, TREN-R6: members that are silent, or that only attend ("attend_only"), longest silent first."""
    return select(actor, network, MEMBER, filters={**(filters or {}), which: ["yes"]}, sort="last_contact", fields=())
