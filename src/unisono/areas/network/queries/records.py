"""One record: which fields it has, who sees it, what its values are, how it is named by others."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet
from django.utils import formats
from django.utils.translation import pgettext

from unisono.areas.network import policies
from unisono.areas.network.hiding import kind_of_model, masked, shown_to
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import (
    CustomField,
    FormerMembership,
    Membership,
    Network,
    Note,
    Offering,
    Organization,
)
from unisono.core.text import name_key
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotFound
from unisono.platform.fields import Field, FieldError, Type, joined_words
from unisono.platform.messages import message as _

_read_once: ContextVar[dict[UUID, list[CustomField]] | None] = ContextVar("custom_fields_read", default=None)


@contextmanager
def reading_fields_once() -> Iterator[None]:
    """Inside, the custom fields of a network are read once, for whoever asks for the fields of many kinds."""
    token = _read_once.set({})
    try:
        yield
    finally:
        _read_once.reset(token)


def _custom_fields(network: Network, kind: Kind) -> Iterable[CustomField]:
    read, added = _read_once.get(), CustomField.objects.filter(network=network, archived_at=None)
    if read is None:
        return added.filter(record_kind=kind.name)
    if network.pk not in read:
        read[network.pk] = list(added)
    return [custom for custom in read[network.pk] if custom.record_kind == kind.name]


def fields_of(network: Network, kind: Kind) -> list[Field]:
    """Built-in fields of the kind, then those that the network added."""
    return [
        *kind.fields,
        *(
            Field(
                name=f"custom.{custom.name}",
                label=custom.label,
                type=Type(custom.type),
                choices=tuple((choice, choice) for choice in custom.choices),
                listed=True,
                filtered=custom.type in (Type.CHOICE, Type.BOOLEAN),
                custom=True,
                stored_as=kind.custom_key(network, custom.name),
            )
            for custom in _custom_fields(network, kind)
        ),
    ]


def fields_for(actor: Actor, network: Network, kind: Kind) -> list[Field]:
    """The kind's fields as far as there are any for the actor: the team's own ones are for the team alone."""
    return shown_to(actor, network, fields_of(network, kind))


def visible(actor: Actor, network: Network, kind: Kind, *, archived: bool | None = False) -> QuerySet[Any, Any]:
    """Records of one kind that the actor may read in this network; `archived` None means both.

    Each comes without the values that the actor does not see; such a record cannot be saved.
    """
    return masked(whole(actor, network, kind, archived=archived), actor, network, kind)


def whole(actor: Actor, network: Network, kind: Kind, *, archived: bool | None = None) -> QuerySet[Any, Any]:
    """The same records with all their values: for actions, which change what they were allowed to."""
    policies.check_can_see_network(actor, network)
    records: QuerySet[Any, Any] = (
        kind.model._default_manager.filter(kind.in_network(network))
        .filter(policies.readable(actor, network, kind.model))
        .prefetch_related(*(_prefetch(actor, network, kind, path) for path in kind.prefetched))
    )
    if kind.related:
        # Without names it would follow every foreign key there is.
        records = records.select_related(*kind.related)
    if archived is not None:
        records = records.filter(archived_at__isnull=not archived)
    return records


def _prefetch(actor: Actor, network: Network, kind: Kind, path: str) -> Prefetch[Any]:
    """How a list on each record is read: by the keys of records already permitted.

    The workspace is left out of the conditions: with it, and no statistics, SQLite reads the whole workspace.
    """
    related: Any = kind.model._meta.get_field(path).related_model
    listed = related._base_manager.order_by(*related._meta.ordering)
    if related is Membership:
        # Parties are called by their organisations' names, and stand in that order on every database.
        listed = listed.select_related("organization").order_by("organization__name_key", "pk")
    if related is Organization and actor.network_ids is not None:
        # Somebody may be in organisations of networks that the reader has no role in.
        listed = listed.filter(_is_in(network))
    if (of := kind_of_model(related)) is not None:
        listed = masked(listed, actor, network, of)
    return Prefetch(path, listed)


def _is_in(network: Network) -> Q:
    """The rule of `ORGANIZATION.in_network`, looked up one organisation at a time: for the few that a page shows."""
    member = Membership._base_manager.filter(
        workspace=network.workspace_id, network=network, organization=OuterRef("pk")
    )
    owner = Offering.owners.through._base_manager.filter(offering__network=network, organization=OuterRef("pk"))
    return (Q(recorded_in=network) | Exists(member) | Exists(owner)) & Q(merged_into=None)


def organizations_within_reach(actor: Actor) -> QuerySet[Any, Any]:
    """Organisations that the actor may read in any network: what is not among them does not exist for the actor."""
    if actor.network_ids is None:
        condition = Q(merged_into=None) & policies.readable_everywhere(actor, Organization)
    else:
        condition = Q(pk__in=[])
        for network in Network.objects.filter(pk__in=actor.network_ids):
            if policies.can_see_network(actor, network):
                condition |= ORGANIZATION.in_network(network) & policies.readable(actor, network, Organization)
    return Organization.objects.filter(condition)


def organization_within_reach(actor: Actor, organization_id: UUID | str) -> Organization:
    """One of them; NotFound when it does not exist for the actor."""
    try:
        key = organization_id if isinstance(organization_id, UUID) else UUID(str(organization_id))
        found: Organization = organizations_within_reach(actor).get(pk=key)
    except (ValueError, Organization.DoesNotExist):
        raise NotFound.at(
            str(ORGANIZATION.label),
            _("There is no such organisation in your networks."),
            _("It may have been removed or merged; look it up in the list."),
        ) from None
    return found


def kept_instead(actor: Actor, network: Network, kind: Kind, record_id: UUID) -> Any | None:
    """The organisation or member that a merged one has become part of, if the actor may read it in this network."""
    if kind is MEMBER:
        formers = FormerMembership.objects.filter(pk=record_id).values("membership_id")
        return visible(actor, network, MEMBER, archived=None).filter(pk__in=formers).first()
    if kind is not ORGANIZATION:
        return None
    seen: set[UUID] = set()
    following: UUID | None = record_id
    while following is not None and following not in seen:
        seen.add(following)
        last, following = (
            following,
            Organization.objects.filter(pk=following).values_list("merged_into_id", flat=True).first(),
        )
    if not seen - {record_id}:
        return None
    return visible(actor, network, ORGANIZATION, archived=None).filter(pk=last).first()


def get_record(actor: Actor, network: Network, kind: Kind, record_id: UUID | str, *, to_change: bool = False) -> Any:
    """The record, archived or not; NotFound when it does not exist for the actor.

    `to_change` gives it with all its values, for an action that has asked a policy.
    """
    records = (whole if to_change else visible)(actor, network, kind, archived=None)
    try:
        key = record_id if isinstance(record_id, UUID) else UUID(str(record_id))
        return records.get(pk=key)
    except (ValueError, ObjectDoesNotExist):
        raise NotFound.at(
            str(kind.label),
            _("There is no such record in this network."),
            _("It may have been removed or merged; look it up in the list."),
        ) from None


def record_named(actor: Actor, network: Network, kind: Kind, name_or_id: str) -> Any:
    """The record with this id, or the only one with exactly this name, those in use before archived ones."""
    has_name = kind is MEMBER or hasattr(kind.model, "name_key")
    try:
        UUID(name_or_id)
    except ValueError:
        if not has_name:
            raise Invalid.at(
                str(kind.label),
                _("“%(name)s” is no id.") % {"name": name_or_id[:60]},
                _("Give the id; the list shows it."),
            ) from None
    else:
        return get_record(actor, network, kind, name_or_id)
    path = "organization__name_key" if kind is MEMBER else "name_key"
    for archived in (False, True):
        found = list(visible(actor, network, kind, archived=archived).filter(**{path: name_key(name_or_id)})[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise Invalid.at(
                str(kind.label),
                _("Several records are called “%(name)s”.") % {"name": name_or_id[:60]},
                _("Give the id of the one you mean."),
            )
    raise NotFound.at(
        str(kind.label),
        _("There is no “%(name)s” in this network.") % {"name": name_or_id[:60]},
        _("Look it up in the list."),
    )


def exact_reference(actor: Actor, network: Network, kind: Kind, raw: UUID | str) -> UUID:
    """Id of the record that an id or an exact name stands for; raises FieldError when none or several do.

    What the actor may not read is not there.
    """
    records = kind.model._default_manager.filter(kind.in_network(network), archived_at=None)
    records = records.filter(policies.readable(actor, network, kind.model))
    if isinstance(raw, UUID):
        found = list(records.filter(pk=raw).values_list("pk", flat=True)[:1])
    else:
        path = "organization__name_key" if kind is MEMBER else "name_key"
        found = list(records.filter(**{path: name_key(raw)}).values_list("pk", flat=True).distinct()[:2])
    if len(found) == 1:
        return UUID(str(found[0]))
    if found:
        raise FieldError(
            _("Several records are called “%(name)s”.") % {"name": str(raw)[:60]},
            _("Give the id of the one you mean."),
        )
    raise FieldError(
        _("There is no “%(name)s” in this network.") % {"name": str(raw)[:60]},
        _("Choose an existing one, or add it first."),
    )


def value_of(kind: Kind, record: Any, field: Field) -> Any:
    """Plain value of a field: text, number, date, list; references as model instances."""
    if field.custom:
        return (record.custom or {}).get(field.custom_key, field.empty)
    holder = getattr(record, field.on) if field.on else record
    if field.name == "tags":
        return sorted(tag.name for tag in record.tags.all())
    value = getattr(holder, field.name)
    if field.type is Type.REFS:
        # By name, so that every database and every way of reading gives the same order.
        return sorted(value.all(), key=lambda record: (name_key(name_of(record)), record.pk))
    return value


def name_of(record: Any) -> str:
    """How a referenced record is called."""
    for kind in KINDS.values():
        if isinstance(record, kind.model):
            return kind.title(record)
    return str(record)


def text_of(field: Field, value: Any, *, localize: bool = True) -> str:
    """A value as people read it; `localize` False gives the same text in every language, for files."""
    if value is None or value == "" or value == []:
        return ""
    if field.type is Type.CHOICE:
        return field.label_of(value) if localize else str(value)
    if field.type is Type.CHOICES:
        return (", " if localize else ";").join(field.label_of(v) if localize else v for v in value)
    if field.type is Type.BOOLEAN:
        if not localize:
            return "yes" if value else "no"
        return pgettext("a field's value", "yes") if value else pgettext("a field's value", "no")
    if isinstance(value, Model):
        return name_of(value)
    if isinstance(value, (list, tuple)):
        said = [name_of(v) if isinstance(v, Model) else str(v) for v in value]
        return ", ".join(said) if localize else joined_words(said)
    if field.type is Type.DATE and not isinstance(value, str):
        return formats.date_format(value, "DATE_FORMAT") if localize else str(value.isoformat())
    if localize and field.type in (Type.INTEGER, Type.DECIMAL):
        return str(formats.number_format(value, use_l10n=True))
    return str(value)


def notes_of(actor: Actor, network: Network, membership_id: UUID) -> Iterable[Note]:
    """Notes on a member that the actor may read, newest first."""
    return visible(actor, network, KINDS["note"]).filter(Q(membership_id=membership_id)).order_by("-created_at")
