"""Records as plain data, as the API and the command give them."""

from collections.abc import Sequence
from typing import Any

from unisono.areas.network.derived import columns_reckoned, reckoned
from unisono.areas.network.kinds import MEMBER, Kind
from unisono.areas.network.models import Attachment, Network
from unisono.areas.network.network_fields import NETWORK_FIELDS
from unisono.areas.network.queries.records import fields_of, name_of, value_of
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, Type

# What a member has beside its fields.
MEMBER_EXTRAS = ("organization_id", "exited_on", "exit_reason")


def _reference(record: Any) -> dict[str, Any]:
    return {"id": record.pk, "name": name_of(record)}


def plain_records(actor: Actor, network: Network, kind: Kind, records: Sequence[Any]) -> list[dict[str, Any]]:
    """Every field by its name, references as {id, name}, and what all records have, for the rows of a page.

    Custom fields are those of the network it is looked at in: an organisation's profile is one in all networks, but
    fields that another network added are not shown here. "derived" has what is reckoned about each, such as the last
    contact with a member.
    """
    fields = fields_of(network, kind)
    names = list(columns_reckoned(kind.name))
    found = reckoned(kind.name, names, actor, network, records)
    return [
        _plain_record(kind, record, fields)
        | ({"derived": {name: found[name][record.pk] for name in names}} if names else {})
        for record in records
    ]


def plain_record(actor: Actor, network: Network, kind: Kind, record: Any) -> dict[str, Any]:
    """One record as `plain_records` gives it."""
    return plain_records(actor, network, kind, [record])[0]


def _plain_record(kind: Kind, record: Any, fields: Sequence[Field]) -> dict[str, Any]:
    data: dict[str, Any] = {"id": record.pk}
    for field in kind.fields:
        value = value_of(kind, record, field)
        if field.type is Type.REF:
            value = _reference(value) if value is not None else None
        elif field.type is Type.REFS:
            value = [_reference(part) for part in value]
        data[field.name] = value
    if kind is MEMBER:
        data |= {name: getattr(record, name) for name in MEMBER_EXTRAS}
    if kind.has_states:
        data |= {"state": record.state, "next_states": record.next_states()}
    return data | {
        "custom": {
            f.name.removeprefix("custom."): record.custom[f.custom_key]
            for f in fields
            if f.custom and f.custom_key in (record.custom or {})
        },
        "source_ref": record.source_ref,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "archived_at": record.archived_at,
    }


def plain_network(network: Network) -> dict[str, Any]:
    """A network's fields by their name, and its state."""
    return {
        "id": network.pk,
        "slug": network.slug,
        **{field.name: getattr(network, field.name) for field in NETWORK_FIELDS},
        "is_synthetic": network.is_synthetic,
        "state": network.state,
        "next_states": network.next_states(),
        "created_at": network.created_at,
        "updated_at": network.updated_at,
    }


def plain_attachment(attachment: Attachment) -> dict[str, Any]:
    """A file kept with a member, without its content."""
    return {
        "id": attachment.pk,
        "membership": attachment.membership_id,
        "name": attachment.file.name,
        "title": attachment.title,
        "content_type": attachment.file.content_type,
        "size_bytes": attachment.file.size_bytes,
        "visibility": attachment.visibility,
        "created_at": attachment.created_at,
    }
