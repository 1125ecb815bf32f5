"""What hangs on one organisation: its people, needs, offers, roles and more, in one look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Count, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from unisono.areas.network import policies
from unisono.areas.network.hiding import kept_rows
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import Attachment, Membership, Network, Organization, Person, Tag
from unisono.areas.network.queries.records import organizations_within_reach, visible
from unisono.core.text import name_key
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Problem
from unisono.platform.models import Event, User
from unisono.platform.states import check_transition


@dataclass(frozen=True, slots=True)
class Belonging:
    """A record that hangs on an organisation: enough of it to name it and to lead to its page."""

    kind: str
    id: UUID
    title: str
    detail: str
    state: str
    visibility: str
    created_at: datetime


# Per kind: how the record hangs on the organisation ("o") or the membership ("m"), what names it, what says more.
_PARTS: Mapping[str, tuple[str, str, str, str | None]] = {
    "person": ("o", "organizations", "name", "job_title"),
    "offering": ("o", "owners", "name", "category"),
    "capability": ("o", "organization", "term", "level"),
    "resource": ("o", "owner", "name", "kind"),
    "need": ("m", "membership", "statement", "priority"),
    "role": ("m", "membership", "role_type", "person__name"),
    "agreement": ("m", "parties", "title", "kind"),
    "note": ("m", "membership", "text", None),
    "attachment": ("m", "membership", "title", None),
}


def _part(
    condition: Q, name: str, model: Any, title: str, detail: str | None, kept: Q | None = None
) -> QuerySet[Any, Any]:
    has_state = any(field.name == "state" for field in model._meta.fields)
    said: Any = Coalesce(Cast(detail, TextField()), Value(""), output_field=TextField()) if detail else Value("")
    if kept is not None:
        said = Case(When(kept, then=Value("")), default=said, output_field=TextField())
    return (
        model._default_manager.filter(condition, archived_at=None)
        .order_by()
        .annotate(
            part=Value(name, output_field=CharField()),
            named=Cast(title, TextField()),
            said=said if detail else Value("", output_field=TextField()),
            stands=Cast("state", TextField()) if has_state else Value("", output_field=TextField()),
        )
        .values_list("part", "pk", "named", "said", "stands", "visibility", "created_at")
    )


def belongings_of(
    actor: Actor, network: Network, organization_id: UUID, membership: Membership | None = None
) -> dict[str, list[Belonging]]:
    """Records on an organisation that the actor may read, by kind, in one query; newest last within a kind.

    Without a membership: only what hangs on the organisation itself.
    """
    policies.check_can_see_network(actor, network)
    found: dict[str, list[Belonging]] = {name: [] for name in (*_PARTS, "relationship")}
    parts: list[QuerySet[Any, Any]] = []
    for name, (side, path, title, detail) in _PARTS.items():
        if side == "m" and membership is None:
            continue
        model = Attachment if name == "attachment" else KINDS[name].model
        condition = policies.readable(actor, network, model) & Q(
            **{path: organization_id if side == "o" else membership}
        )
        if name == "offering":
            condition &= Q(network=network)
        field = KINDS[name].field(detail) if name in KINDS and detail else None
        kept = kept_rows(actor, network, KINDS[name], field) if field else None
        parts.append(_part(condition, name, model, title, detail, kept))
    if membership is not None:
        model = KINDS["relationship"].model
        for own, other in (("first", "second"), ("second", "first")):
            named = f"{other}__organization__name"
            condition = policies.readable(actor, network, model) & Q(**{own: membership})
            parts.append(_part(condition, "relationship", model, named, "kinds"))
    for row in parts[0].union(*parts[1:], all=True):
        found[row[0]].append(Belonging(*row))
    for rows in found.values():
        rows.sort(key=lambda row: (row.created_at, row.id))
    return found


def membership_of(actor: Actor, network: Network, organization_id: UUID) -> Membership | None:
    """The organisation's membership in the network, if it is a member that the actor may see."""
    found: Membership | None = (
        visible(actor, network, MEMBER, archived=None).filter(organization_id=organization_id).first()
    )
    return found


def people_counts(organization_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many people are recorded in each organisation."""
    # From the joining table, whose index on the organisation finds the few rows; from persons, SQLite reads them all.
    held = Person.organizations.through.objects.filter(
        organization_id__in=list(organization_ids), person__archived_at=None
    )
    return dict(held.order_by().values_list("organization_id").annotate(n=Count("pk")))


def choices_named(
    actor: Actor, network: Network, kind: Kind, ids: Iterable[UUID], *, archived: bool | None = None
) -> list[Any]:
    """The records with these ids that the actor may read, in one query."""
    return list(visible(actor, network, kind, archived=archived).filter(pk__in=list(ids)))


def named(actor: Actor, network: Network, name: str) -> list[Organization]:
    """Organisations within reach with just this name, each with its `membership` in the network or None.

    `is_here` tells those that have a page in the network.
    """
    policies.check_can_see_network(actor, network)
    found = list(organizations_within_reach(actor).filter(name_key=name_key(name)[:250], archived_at=None))
    here = set(
        visible(actor, network, ORGANIZATION, archived=None)
        .filter(pk__in=[o.pk for o in found])
        .values_list("pk", flat=True)
    )
    members = {
        member.organization_id: member
        for member in visible(actor, network, MEMBER, archived=None).filter(organization__in=found)
    }
    for organization in found:
        organization.membership = members.get(organization.pk)
        organization.is_here = organization.pk in here
    return found


def tags_of(actor: Actor, network: Network) -> list[tuple[UUID, str, int]]:
    """(id, name, number of members) of each tag of the network, by name."""
    policies.check_can_see_network(actor, network)
    tags = Tag.objects.filter(network=network).annotate(
        uses=Count("memberships", filter=Q(memberships__archived_at=None))
    )
    return list(tags.order_by("name").values_list("pk", "name", "uses"))


def same_named(actor: Actor, network: Network, organization: Organization) -> list[Organization]:
    """Other organisations of the network that share the first word of the name: candidates for a merge."""
    word = organization.name_key.split(" ")[0]
    if not word:
        return []
    near = visible(actor, network, ORGANIZATION).filter(Q(name_key=word) | Q(name_key__startswith=f"{word} "))
    return list(near.exclude(pk=organization.pk).order_by("name_key")[:6])


@dataclass(frozen=True, slots=True)
class Step:
    """A state that may follow, and what stands in its way."""

    state: str
    problems: tuple[Problem, ...]


def next_steps(actor: Actor, network: Network, kind: Kind, record: Any) -> list[Step]:
    """States that may follow a record's present one, each with the problems that the guards of all areas see."""
    policies.check_can_see_network(actor, network)
    order = kind.states
    steps = []
    for state in sorted(record.next_states(), key=order.index):
        try:
            check_transition(
                entity=kind.name, record=record, before=record.state, after=state, transitions=record.TRANSITIONS,
                # The reason is asked for when the step is taken.
                context={"reason": "?", "actor": actor, "network": network},
            )  # fmt: skip
            steps.append(Step(state, ()))
        except Conflict as conflict:
            steps.append(Step(state, conflict.problems))
    return steps


@dataclass(frozen=True, slots=True)
class StateChange:
    """One step in a record's life."""

    at: datetime
    before: str
    after: str
    reason: str
    actor: str


def states_of(actor: Actor, network: Network, record: Any) -> list[StateChange]:
    """Steps of a record's life, newest first, from the log."""
    policies.check_can_see_network(actor, network)
    events = list(
        Event.objects.filter(subject_id=record.pk, kind__endswith=".state_changed").order_by("-at", "-id")[:20]
    )
    users = {user.pk: str(user) for user in User.objects.filter(pk__in={e.actor_user_id for e in events})}
    return [
        StateChange(
            at=event.at,
            before=str(event.changes["state"][0]),
            after=str(event.changes["state"][1]),
            reason=str((event.changes.get("reason") or ["", ""])[1] or ""),
            actor=users.get(event.actor_user_id, "") if event.actor_user_id else "",
        )
        for event in events
        if event.changes.get("state")
    ]
