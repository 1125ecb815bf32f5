"""Add, edit, archive, restore and move the state of any kind of record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.actions.values import assign, assign_lists, current_values, parse_values
from unisono.areas.network.indexing import index_record
from unisono.areas.network.kinds import MEMBER, Kind
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries.records import fields_of, get_record
from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.fields import Field
from unisono.platform.messages import message as _
from unisono.platform.states import check_transition


def log_entry(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    verb: str,
    record: Any,
    changes: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Append what happened to a record to the log."""
    log.record(
        log.event(
            actor=actor,
            kind=f"{kind.name}.{verb}",
            subject=record,
            network_id=network.pk,
            about_id=kind.about(record),
            changes=changes,
            at=at,
        )
    )


@transaction.atomic
def add_record(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    values: Mapping[str, Any],
    state: str | None = None,
    source_ref: str = "",
    at: datetime | None = None,
) -> Any:
    """Add a record of any kind but a member, which `add_member` adds.

    `state` enters the record in the state it is found in; the log keeps it. Raises Invalid, NotAllowed.
    """
    if kind is MEMBER:
        policies.check_can_edit_records(actor, network)
        raise Invalid.at("kind", _("A member is added with its organisation."), _("Use add_member."))
    policies.check_can_add(actor, network, kind)
    clean = parse_values(actor, network, kind, _to_set(actor, network, kind), values, partial=False)
    clean = _attested(actor, network, kind) | clean
    kind.check(clean)
    record: Any = kind.model()
    if hasattr(record, "network_id"):
        record.network = network
    if hasattr(record, "recorded_in_id"):
        record.recorded_in = network
    stored = store_new(
        actor=actor,
        network=network,
        kind=kind,
        record=record,
        clean=clean,
        state=state,
        source_ref=source_ref,
        at=at,
    )
    policies.check_stays_own(actor, network, kind, stored)
    if state:
        policies.check_can_lead_record(actor, network, kind, stored, state=state)
    return stored


def _to_set(actor: Actor, network: Network, kind: Kind) -> list[Field]:
    return policies.fields_to_set(actor, network, kind, fields_of(network, kind))


def _attested(actor: Actor, network: Network, kind: Kind) -> dict[str, Any]:
    """Who says so, where the one who adds a record cannot choose it: the organisation itself."""
    if policies.can_edit_records(actor, network):
        return {}
    return {field.name: "self" for field in kind.fields if field.attested}


def _taken_back(actor: Actor, network: Network, kind: Kind, record: Any) -> dict[str, Any]:
    """What the team said of a record and says no more once somebody else changes it: it is a claim again."""
    said = {name: value for name, value in _attested(actor, network, kind).items() if getattr(record, name) != value}
    is_said = bool(kind.attested_states) and record.state in kind.attested_states
    if is_said and not policies.can_edit_records(actor, network):
        said["state"] = type(record)().state
    return said


def store_new(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    record: Any,
    clean: Mapping[str, Any],
    state: str | None,
    source_ref: str,
    at: datetime | None,
) -> Any:
    """Save a new record with its parts and lists, log it and make it findable; inside a transaction."""
    fields = fields_of(network, kind)
    if state:
        if state not in kind.states:
            raise Invalid.at(
                "state",
                _("“%(state)s” is no state of this record.") % {"state": state},
                _("Use one of: %(states)s.") % {"states": ", ".join(kind.states)},
            )
        record.state = state
    now = at or timezone.now()
    record.source_ref = source_ref
    for instance in assign(record, fields, clean):
        if instance._state.adding:
            instance.created_at, instance.created_by_id = now, actor.user_id
        instance.updated_at, instance.updated_by_id = now, actor.user_id
        _save(kind, instance)
    assign_lists(record, network, fields, clean)
    changes = log.changes_between({}, _filled(clean), personal=log.personal_in(record, clean))
    log_entry(actor=actor, network=network, kind=kind, verb="added", record=record, changes=changes, at=at)
    index_record(network, kind, record)
    return record


def _save(kind: Kind, instance: Any) -> None:
    """Store a row; a constraint of the database that somebody faster has met becomes a Conflict in words."""
    try:
        with transaction.atomic():
            instance.save()
    except IntegrityError as error:
        # PostgreSQL names the constraint, SQLite its columns.
        if not any(part in str(error) for part in ("network_org_key_once", "network_organization.key")):
            raise Conflict.at(
                str(kind.label),
                _("It exists already, or somebody added it a moment ago."),
                _("Look at the list again."),
            ) from None
        raise Conflict.at(
            "key",
            _("Another organisation already has this key."),
            _("Open that one, choose another key, or merge the two."),
        ) from None


def _filled(clean: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in clean.items() if value not in (None, "", [])}


@transaction.atomic
def edit_record(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    record_id: UUID | str,
    values: Mapping[str, Any],
    seen_at: datetime | None = None,
    at: datetime | None = None,
) -> Any:
    """Change the named fields of a record.

    `seen_at` is the `Kind.touched_at` that the editor started from; a change made since raises Conflict instead of
    being overwritten. Raises Invalid, NotAllowed, NotFound.
    """
    record = get_record(actor, network, kind, record_id, to_change=True)
    policies.check_can_edit_record(actor, network, kind, record)
    fields = _to_set(actor, network, kind)
    before = current_values(kind, record, fields)
    clean = parse_values(actor, network, kind, fields, values, partial=True)
    kind.check({**before, **clean})
    changes = log.changes_between(
        {name: before[name] for name in clean},
        clean,
        personal=log.personal_in(record, clean, visibility=clean.get("visibility")),
    )
    if not changes:
        return record
    taken_back = _taken_back(actor, network, kind, record)
    changes |= log.changes_between({name: getattr(record, name) for name in taken_back}, taken_back)
    now = at or timezone.now()
    overtaken = seen_at is not None and kind.touched_at(record) > seen_at
    # The condition on the time that was read makes two who save at once take turns, whatever the database locks.
    if overtaken or not all(
        type(holder)
        ._default_manager.filter(pk=holder.pk, updated_at=holder.updated_at)
        .update(updated_at=now, updated_by_id=actor.user_id)
        for holder in kind.holders(record)
    ):
        raise Conflict.at(
            str(kind.label),
            _("Somebody changed this record while you were editing."),
            _("Look at the new values, then make your change again."),
        )
    for name, value in taken_back.items():
        setattr(record, name, value)
    for instance in assign(record, fields, clean):
        instance.updated_at, instance.updated_by_id = now, actor.user_id
        _save(kind, instance)
    assign_lists(record, network, fields, clean)
    record = get_record(actor, network, kind, record.pk, to_change=True)
    policies.check_stays_own(actor, network, kind, record)
    log_entry(actor=actor, network=network, kind=kind, verb="edited", record=record, changes=changes, at=at)
    index_record(network, kind, record)
    return get_record(actor, network, kind, record.pk)


@transaction.atomic
def change_state(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    record_id: UUID | str,
    state: str,
    reason: str = "",
    at: datetime | None = None,
) -> Any:
    """Move a record to a state that may follow its present one; guards of all areas are asked.

    Raises Conflict when the transition is not allowed or a guard stops it.
    """
    record = get_record(actor, network, kind, record_id, to_change=True)
    policies.check_can_lead_record(actor, network, kind, record, state=state)
    if not kind.has_states:
        raise Conflict.at("state", _("Records of this kind have no states."), _("Edit or archive it instead."))
    before = record.state
    check_transition(
        entity=kind.name,
        record=record,
        before=before,
        after=state,
        transitions=record.TRANSITIONS,
        context={"reason": reason, "actor": actor, "network": network},
    )
    now = at or timezone.now()
    changed: dict[str, Any] = {"state": state, "updated_at": now, "updated_by_id": actor.user_id}
    if isinstance(record, Membership):
        changed |= {
            # The day it was where the network is, which may be another one than in UTC.
            "exited_on": now.astimezone(ZoneInfo(network.time_zone)).date() if state == "exited" else None,
            "exit_reason": reason if state == "exited" else "",
        }
    # The condition on the old state makes two people who press at once take turns.
    if not kind.model._default_manager.filter(pk=record.pk, state=before).update(**changed):
        raise Conflict.at("state", _("Somebody else just changed the state."), _("Look again, then decide."))
    for name, value in changed.items():
        setattr(record, name, value)
    changes: dict[str, Any] = {"state": [before, state]}
    if reason:
        changes["reason"] = [None, None if log.personal_in(record, ["reason"]) else reason]
    log_entry(actor=actor, network=network, kind=kind, verb="state_changed", record=record, changes=changes, at=at)
    return record


def _put_away(
    *, actor: Actor, network: Network, kind: Kind, record_id: UUID | str, away: bool, at: datetime | None
) -> Any:
    record = get_record(actor, network, kind, record_id, to_change=True)
    policies.check_can_lead_record(actor, network, kind, record)
    if record.is_archived == away:
        return record
    now = at or timezone.now()
    record.archived_at = now if away else None
    record.updated_at, record.updated_by_id = now, actor.user_id
    record.save(update_fields=["archived_at", "updated_at", "updated_by"])
    log_entry(actor=actor, network=network, kind=kind, verb="archived" if away else "restored", record=record, at=at)
    index_record(network, kind, record)
    return record


@transaction.atomic
def archive_record(
    *, actor: Actor, network: Network, kind: Kind, record_id: UUID | str, at: datetime | None = None
) -> Any:
    """Put a record away: it leaves lists and search, and stays where it is for `restore_record`."""
    return _put_away(actor=actor, network=network, kind=kind, record_id=record_id, away=True, at=at)


@transaction.atomic
def restore_record(
    *, actor: Actor, network: Network, kind: Kind, record_id: UUID | str, at: datetime | None = None
) -> Any:
    """Bring an archived record back."""
    return _put_away(actor=actor, network=network, kind=kind, record_id=record_id, away=False, at=at)
