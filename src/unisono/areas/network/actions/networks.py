"""Open, describe and configure a network."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils import timezone

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import CustomField, Network
from unisono.areas.network.network_fields import NETWORK_FIELDS
from unisono.core.text import slug
from unisono.platform import log
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotFound, Problem
from unisono.platform.fields import FieldError, Type, one_line
from unisono.platform.messages import message as _
from unisono.platform.states import check_transition


def _parse(values: Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
    known = {f.name: f for f in NETWORK_FIELDS}
    problems = [
        Problem(name, _("There is no such field."), _("Use one of: %(names)s.") % {"names": ", ".join(known)})
        for name in values
        if name not in known
    ]
    clean: dict[str, Any] = {}
    for name, field in known.items():
        if partial and name not in values:
            continue
        try:
            value = field.parse(values.get(name))
            clean[name] = field.default if value in (None, "") and field.default is not None else value
        except FieldError as error:
            problems.append(Problem(name, error.rule, error.remedy))
    zone = clean.get("time_zone")
    if zone is not None and zone not in available_timezones():
        problems.append(
            Problem(
                "time_zone",
                _("“%(zone)s” is no time zone.") % {"zone": zone},
                _("Write it as Europe/Oslo."),
            )
        )
    if problems:
        raise Invalid.of(problems)
    return clean


@transaction.atomic
def create_network(
    *,
    actor: Actor,
    values: Mapping[str, Any],
    state: str = "active",
    is_synthetic: bool = False,
    at: datetime | None = None,
) -> Network:
    """Open a network. Its short name in addresses comes from its name and never changes."""
    policies.check_can_create_network(actor)
    clean = _parse(values, partial=False)
    base = slug(clean["name"]) or "network"
    taken = set(Network.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    short = next(name for name in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)
    now = at or timezone.now()
    network = Network(
        slug=short,
        state=state,
        is_synthetic=is_synthetic,
        created_at=now,
        updated_at=now,
        created_by_id=actor.user_id,
        updated_by_id=actor.user_id,
        **clean,
    )
    try:
        with transaction.atomic():
            network.save()
    except IntegrityError:
        raise Conflict.at(
            "name", _("Somebody opened a network of this name a moment ago."), _("Use that one, or try again.")
        ) from None
    changes = log.changes_between({}, {k: v for k, v in clean.items() if v})
    log.record(
        log.event(
            actor=actor, kind="network.added", subject=network, network_id=network.pk, about_id=network.pk,
            changes=changes, at=at,
        )
    )  # fmt: skip
    return network


@transaction.atomic
def edit_network(*, actor: Actor, network: Network, values: Mapping[str, Any], at: datetime | None = None) -> Network:
    """Change the named fields of the network."""
    policies.check_can_configure_network(actor, network)
    clean = _parse(values, partial=True)
    # What the caller read may be old: others may have changed other fields since.
    present = Network.objects.select_for_update().get(pk=network.pk)
    changes = log.changes_between({name: getattr(present, name) for name in clean}, clean)
    if not changes:
        return network
    touched = {**clean, "updated_at": at or timezone.now(), "updated_by_id": actor.user_id}
    Network.objects.filter(pk=network.pk).update(**touched)
    for name, value in touched.items():
        setattr(network, name, value)
    log.record(
        log.event(
            actor=actor, kind="network.edited", subject=network, network_id=network.pk, about_id=network.pk,
            changes=changes, at=at,
        )
    )  # fmt: skip
    return network


@transaction.atomic
def change_network_state(*, actor: Actor, network: Network, state: str, at: datetime | None = None) -> Network:
    """Move the network to a state that may follow its present one."""
    policies.check_can_configure_network(actor, network)
    before = network.state
    check_transition(
        entity="network",
        record=network,
        before=before,
        after=state,
        transitions=network.TRANSITIONS,
        context={},
    )
    touched = {"state": state, "updated_at": at or timezone.now(), "updated_by_id": actor.user_id}
    if not Network.objects.filter(pk=network.pk, state=before).update(**touched):
        raise Conflict.at("state", _("Somebody else just changed the state."), _("Look again, then decide."))
    for name, value in touched.items():
        setattr(network, name, value)
    log.record(
        log.event(
            actor=actor, kind="network.state_changed", subject=network, network_id=network.pk, about_id=network.pk,
            changes={"state": [before, state]}, at=at,
        )
    )  # fmt: skip
    return network


_CUSTOM_TYPES = (
    Type.TEXT, Type.LONG_TEXT, Type.CHOICE, Type.DATE, Type.INTEGER, Type.DECIMAL, Type.BOOLEAN, Type.URL, Type.EMAIL,
    Type.WORDS,
)  # fmt: skip


@transaction.atomic
def add_custom_field(
    *,
    actor: Actor,
    network: Network,
    record_kind: str,
    label: str,
    type: str = "text",
    choices: tuple[str, ...] | list[str] = (),
    at: datetime | None = None,
) -> CustomField:
    """Add a field to one kind of record of this network."""
    policies.check_can_configure_network(actor, network)
    label = one_line(label)[:100]
    name = slug(label).replace("-", "_")
    problems = []
    if not name:
        problems.append(Problem("label", _("A field needs a name."), _("Write a name with letters.")))
    if record_kind not in KINDS:
        problems.append(
            Problem(
                "record_kind",
                _("There is no such kind of record."),
                _("Use one of: %(k)s.") % {"k": ", ".join(KINDS)},
            )
        )
    if type not in _CUSTOM_TYPES:
        problems.append(
            Problem("type", _("There is no such type."), _("Use one of: %(t)s.") % {"t": ", ".join(_CUSTOM_TYPES)})
        )
    if type == Type.CHOICE and not choices:
        problems.append(Problem("choices", _("A choice needs choices."), _("Name at least one, separated by ;.")))
    if problems:
        raise Invalid.of(problems)
    present = CustomField.objects.filter(network=network, record_kind=record_kind, name=name).first()
    if present is not None and present.archived_at is not None and present.type == type:
        return _bring_back(actor, network, present, label=label, choices=choices, at=at)
    if present is not None:
        raise _field_is_there(label)
    try:
        with transaction.atomic():
            custom: CustomField = CustomField.objects.create(
                network=network, record_kind=record_kind, name=name, label=label, type=type, choices=list(choices)
            )
    except IntegrityError:
        raise _field_is_there(label) from None
    log.record(
        log.event(
            actor=actor, kind="custom_field.added", subject=custom, network_id=network.pk, about_id=network.pk,
            changes={"label": [None, label], "type": [None, str(type)]}, at=at,
        )
    )  # fmt: skip
    return custom


def _field_is_there(label: str) -> Conflict:
    return Conflict.at(
        "label",
        _("The network already has the field “%(label)s”.") % {"label": label},
        _("Use it, or choose another name."),
    )


def _bring_back(
    actor: Actor, network: Network, custom: CustomField, *, label: str, choices: Iterable[str], at: datetime | None
) -> CustomField:
    """Put an archived field back to use, with the values that stayed where they were."""
    custom.archived_at, custom.label, custom.choices = None, label, list(choices)
    custom.save(update_fields=["archived_at", "label", "choices"])
    log.record(
        log.event(
            actor=actor, kind="custom_field.restored", subject=custom, network_id=network.pk, about_id=network.pk, at=at
        )
    )
    return custom


@transaction.atomic
def archive_custom_field(*, actor: Actor, network: Network, field_id: UUID | str, at: datetime | None = None) -> None:
    """Take a custom field out of forms and lists; values stay where they are."""
    policies.check_can_configure_network(actor, network)
    now = at or timezone.now()
    custom = CustomField.objects.filter(network=network, pk=field_id, archived_at=None).first()
    if custom is None:
        raise NotFound.at("field", _("There is no such field."), _("Look at the list of custom fields."))
    custom.archived_at = now
    custom.save(update_fields=["archived_at"])
    log.record(
        log.event(
            actor=actor,
            kind="custom_field.archived",
            subject=custom,
            network_id=network.pk,
            about_id=network.pk,
            at=at,
        )
    )
