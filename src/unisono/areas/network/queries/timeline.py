"""Timelines: what happened to a member, from the event log alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Attachment, Membership, Network, Organization, Relationship
from unisono.areas.network.policies import check_can_see_network
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, Type
from unisono.platform.models import Event, User

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
    "merged": gettext_lazy("Merged"),
    "organization": gettext_lazy("Organisation"),
    "archived_at": gettext_lazy("Archived"),
    "exit_reason": gettext_lazy("Reason"),
    "reason": gettext_lazy("Reason"),
}


def labelled_changes(record_kind: str, changes: dict[str, list[Any]]) -> list[tuple[str, Any, Any]]:
    """(label, before, after) of each changed field, in the order in which forms show them."""
    kind = KINDS.get(record_kind)
    order = [f.name for f in kind.fields] if kind else []
    rows: list[tuple[str, Any, Any]] = []
    for name, (before, after) in sorted(
        changes.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)
    ):
        known = kind.field(name) if kind else None
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
    hidden = _hidden_notes(actor, network, membership)
    events = events.exclude(subject_id__in=hidden)
    return _happenings(list(events.order_by("-at", "-id")[offset : offset + limit]))


def history_of(actor: Actor, network: Network, record: Any, *, limit: int = 50) -> list[Happening]:
    """What happened to one record that the actor may read, newest first."""
    check_can_see_network(actor, network)
    events = Event.objects.filter(Q(network_id=network.pk) | Q(network_id=None), subject_id=record.pk)
    return _happenings(list(events.order_by("-at", "-id")[:limit]))


def changes_since(actor: Actor, network: Network, record: Any, moment: datetime) -> list[Happening]:
    """What others did to a record after `moment`, newest first."""
    return [happening for happening in history_of(actor, network, record) if happening.at > moment]


def _happenings(events: list[Event]) -> list[Happening]:
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
                changes=labelled_changes(record_kind, event.changes),
            )
        )
    return happenings


def _hidden_notes(actor: Actor, network: Network, membership: Membership) -> list[UUID]:
    """Ids of notes, needs and files on this member that the actor may not read."""
    hidden: list[QuerySet[Any, Any]] = []
    for model in (KINDS["note"].model, KINDS["need"].model, Attachment):
        on_member = model._default_manager.filter(membership=membership).exclude(
            policies.readable(actor, network, model)
        )
        hidden.append(on_member.order_by().values_list("pk", flat=True))
    return list(hidden[0].union(*hidden[1:]))
