"""Timelines: what happened to a member, from the event log alone."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unisono.areas.network import policies
from unisono.areas.network.hiding import is_kept, own_rows
from unisono.areas.network.kinds import KINDS, MEMBER
from unisono.areas.network.models import Attachment, Membership, Network, Organization, Relationship
from unisono.areas.network.parties import about_any
from unisono.areas.network.policies import check_can_see_network, is_team, represented
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, Type
from unisono.platform.models import Event, User
from unisono.platform.tenancy import Visibility

_VERBS = {
    "added": gettext_lazy("%(kind)s added"),
    "imported": gettext_lazy("%(kind)s imported"),
    "edited": gettext_lazy("%(kind)s changed"),
    "state_changed": gettext_lazy("%(kind)s: new state"),
    "archived": gettext_lazy("%(kind)s archived"),
    "restored": gettext_lazy("%(kind)s brought back"),
    "told_apart": gettext_lazy("%(kind)s: not the same as another"),
    "in_doubt": gettext_lazy("%(kind)s: perhaps the same as another"),
    "unmerged": gettext_lazy("%(kind)s: merge taken back"),
    "merged": gettext_lazy("%(kind)s merged"),
    "import_undone": gettext_lazy("%(kind)s: import undone"),
    "removed": gettext_lazy("%(kind)s removed"),
    "renamed": gettext_lazy("%(kind)s renamed"),
    "revoked": gettext_lazy("%(kind)s revoked"),
    "started": gettext_lazy("%(kind)s started"),
    "applied": gettext_lazy("%(kind)s carried out"),
    "undone": gettext_lazy("%(kind)s undone"),
    "drawn": gettext_lazy("%(kind)s drawn anew"),
    "dropped": gettext_lazy("%(kind)s given up"),
    "retried": gettext_lazy("%(kind)s tried again"),
    "written": gettext_lazy("%(kind)s written"),
    "saved": gettext_lazy("%(kind)s saved"),
    "shared": gettext_lazy("%(kind)s shared"),
    "erased": gettext_lazy("%(kind)s erased"),
    "exported": gettext_lazy("%(kind)s exported"),
    "handed_over": gettext_lazy("%(kind)s: mandate handed over"),
    "sent_again": gettext_lazy("%(kind)s sent again"),
    "accepted": gettext_lazy("%(kind)s accepted"),
    "given": gettext_lazy("%(kind)s: role given"),
    "changed": gettext_lazy("%(kind)s: role changed"),
    "taken": gettext_lazy("%(kind)s: role taken"),
    "password_changed": gettext_lazy("%(kind)s: password changed"),
    "security_changed": gettext_lazy("%(kind)s: second factor changed"),
}

_OTHERS = {"attachment": gettext_lazy("File")}


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as people read it. `changes` holds (field label, before, after); before and after are None for
    personal fields."""

    at: datetime
    kind: str
    sentence: str
    actor: str
    record_kind: str
    record_id: UUID
    title: str = ""
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)


# What changes without being a field of a form.
_OTHERS = {
    "readers": gettext_lazy("Who reads which field"),
    "mandate": gettext_lazy("Mandate"),
    "successor": gettext_lazy("Successor"),
    "merged": gettext_lazy("Merged"),
    "organization": gettext_lazy("Organisation"),
    "archived_at": gettext_lazy("Archived"),
    "exit_reason": gettext_lazy("Reason"),
    "reason": gettext_lazy("Reason"),
}


def labelled_changes(
    record_kind: str, changes: dict[str, list[Any]], *, team: bool = True, kept: Collection[str] = ()
) -> list[tuple[str, Any, Any]]:
    """(label, before, after) of each changed field, in the order in which forms show them.

    The team's own fields are there for the team; of those that are `kept` from the reader no value is told.
    """
    kind = KINDS.get(record_kind)
    order = [f.name for f in kind.fields] if kind else []
    rows: list[tuple[str, Any, Any]] = []
    for name, (before, after) in sorted(
        changes.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)
    ):
        known = kind.field(name) if kind else None
        if known and known.internal and not team:
            continue
        if name in kept:
            before = after = None
        if known and known.type in (Type.REF, Type.REFS):
            # Ids say nothing to people; that the reference changed does.
            before = after = None
        other = _OTHERS.get(name) or name.removeprefix("custom.").replace("_", " ").capitalize()
        label = str(known.label if known else other)
        rows.append((label, _readable(known, before), _readable(known, after)))
    return rows


def has_label(record_kind: str, name: str) -> bool:
    """Whether a changed field has a name for people; else it is shown as the program calls it."""
    kind = KINDS.get(record_kind)
    return name in _OTHERS or bool(kind and kind.field(name))


def _readable(known: Field | None, value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(known.label_of(part) if known else str(part) for part in value)
    return known.label_of(value) if known and known.choices and isinstance(value, str) else value


def sentence_of(verb: str, label: Any) -> str:
    """What happened to a record, in words; only the kind of record for a verb that has none."""
    return str(_VERBS.get(verb, "%(kind)s")) % {"kind": label}


def timeline_of(
    actor: Actor,
    network: Network,
    membership: Membership,
    *,
    kinds: Sequence[str] = (),
    limit: int = 50,
    offset: int = 0,
) -> list[Happening]:
    """What happened to a member, newest first; `kinds` narrows to kinds of record.

    Events of records that the actor may not read (a care note, say) are left out, also their existence.
    """
    check_can_see_network(actor, network)
    ties = Relationship.objects.filter(Q(first=membership) | Q(second=membership)).values("pk")
    # A merged organisation's past is part of the past of the one that took it over.
    organizations = [membership.organization_id]
    further = organizations
    while further:
        absorbed = Organization.objects.filter(merged_into__in=further).exclude(pk__in=organizations)
        further = list(absorbed.values_list("pk", flat=True))
        organizations = [*organizations, *further]
    events = Event.objects.filter(
        Q(about_id__in=organizations) | Q(subject_id__in=ties) | Q(subject_id=membership.pk),
        Q(network_id=network.pk) | Q(network_id=None),
    )
    if kinds:
        condition = Q()
        for name in kinds:
            condition |= Q(kind__startswith=f"{name}.")
        events = events.filter(condition)
    for hidden in _hidden(actor, network, organizations):
        events = events.exclude(subject_id__in=hidden)
    return _happenings(actor, network, list(events.order_by("-at", "-id")[offset : offset + limit]))


def history_of(actor: Actor, network: Network, record: Any, *, limit: int = 50) -> list[Happening]:
    """What happened to one record that the actor may read, newest first."""
    check_can_see_network(actor, network)
    events = Event.objects.filter(Q(network_id=network.pk) | Q(network_id=None), subject_id=record.pk)
    return _happenings(actor, network, list(events.order_by("-at", "-id")[:limit]))


def changes_since(actor: Actor, network: Network, record: Any, moment: datetime) -> list[Happening]:
    """What others did to a record after `moment`, newest first."""
    return [happening for happening in history_of(actor, network, record) if happening.at > moment]


def _kept(actor: Actor, network: Network, events: Iterable[Event]) -> dict[UUID, set[str]]:
    """By record, the fields of which the actor is shown no value: now, and so of earlier values neither."""
    subjects: dict[str, set[UUID]] = {}
    for event in events:
        if event.changes:
            subjects.setdefault(event.kind.partition(".")[0], set()).add(event.subject_id)
    asked: list[QuerySet[Any, Any]] = []
    for name, ids in subjects.items():
        kind = KINDS.get(name)
        holder = "organization__" if kind is MEMBER else ""
        if kind is None or not (holder or kind.choosable):
            continue
        records = kind.model._default_manager.filter(pk__in=ids).exclude(**{f"{holder}readers": {}})
        if represented(actor, network):
            records = records.exclude(own_rows(actor, network, kind))
        asked.append(records.order_by().values_list("pk", f"{holder}readers"))
    rows = asked[0].union(*asked[1:], all=True) if asked else ()
    return {pk: {field for field in readers if is_kept(readers, field)} | {"readers"} for pk, readers in rows}


def _happenings(actor: Actor, network: Network, events: list[Event]) -> list[Happening]:
    team = is_team(actor, network)
    kept = {} if team else _kept(actor, network, events)
    users = {user.pk: str(user) for user in User.objects.filter(pk__in={e.actor_user_id for e in events})}
    happenings = []
    for event in events:
        record_kind, _dot, verb = event.kind.partition(".")
        label = KINDS[record_kind].label if record_kind in KINDS else record_kind
        happenings.append(
            Happening(
                at=event.at,
                kind=event.kind,
                sentence=sentence_of(verb, label),
                actor=users.get(event.actor_user_id, _("the system")) if event.actor_user_id else _("the system"),
                record_kind=record_kind,
                record_id=event.subject_id,
                changes=labelled_changes(record_kind, event.changes, team=team, kept=kept.get(event.subject_id, ())),
            )
        )
    return happenings


def _hidden(actor: Actor, network: Network, organizations: Sequence[UUID]) -> Iterator[QuerySet[Any, Any]]:
    """Ids of records about these organisations that the actor may not read as they now are, whatever they once were."""
    narrow = Q(visibility__in=[Visibility.PARTIES, Visibility.CARE_TEAM, Visibility.PRIVATE])
    tables: list[type[Model]] = [Attachment, *(kind.model for kind in KINDS.values())]
    for model in tables:
        confidential = model._default_manager.filter(about_any(model, organizations), narrow)
        yield confidential.exclude(policies.readable(actor, network, model)).order_by().values("pk")
