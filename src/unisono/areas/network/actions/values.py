"""From what was typed, sent or read from a file to values that can be stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from unisono.areas.network.kinds import KINDS, Kind
from unisono.areas.network.models import Membership, Network, Organization, Tag
from unisono.areas.network.queries.records import exact_reference, organizations_within_reach, value_of
from unisono.core.text import name_key
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, Problem
from unisono.platform.fields import Field, FieldError, Type, as_json
from unisono.platform.messages import message as _


def parse_values(
    actor: Actor, network: Network, kind: Kind, fields: Sequence[Field], raw: Mapping[str, Any], *, partial: bool
) -> dict[str, Any]:
    """Clean values of the fields named in `raw`; raises Invalid naming every field that is wrong.

    `partial` leaves fields that are not named as they are; otherwise required ones must be there.
    """
    known = {f.name: f for f in fields}
    problems = [
        Problem(name, _("There is no such field."), _("Use one of: %(names)s.") % {"names": ", ".join(known)})
        for name in raw
        if name not in known
    ]
    clean: dict[str, Any] = {}
    for name, field in known.items():
        if name not in raw:
            if not partial and field.required:
                problems.append(
                    Problem(name, _("A value is needed."), _("Fill in “%(label)s”.") % {"label": field.label})
                )
            elif not partial and field.default is not None:
                clean[name] = field.default
            continue
        try:
            value = field.parse(raw[name])
            if field.type is Type.REF and value is not None:
                value = exact_reference(actor, network, KINDS[field.refers_to], value)
            elif field.type is Type.REFS:
                value = [exact_reference(actor, network, KINDS[field.refers_to], part) for part in value]
            clean[name] = field.default if value is None and field.default is not None else value
        except FieldError as error:
            problems.append(Problem(name, error.rule, error.remedy))
    if problems:
        raise Invalid.of(problems)
    return clean


def current_values(kind: Kind, record: Any, fields: Sequence[Field]) -> dict[str, Any]:
    """Present values of the fields, references as ids."""
    values: dict[str, Any] = {}
    for field in fields:
        value = value_of(kind, record, field)
        if isinstance(value, Model):
            value = value.pk
        elif field.type is Type.REFS:
            value = [part.pk for part in value]
        values[field.name] = value
    return values


def assign(record: Any, fields: Sequence[Field], clean: Mapping[str, Any]) -> list[Any]:
    """Set clean values on the record and its parts, without saving; gives the instances to save, parts first.

    Lists of references and tags wait for `assign_lists`, which needs stored rows.
    """
    touched: list[Any] = []
    holders: dict[str, Any] = {"": record}
    for field in fields:
        if field.name not in clean or field.type is Type.REFS or field.name == "tags":
            continue
        value = clean[field.name]
        holder = holders.get(field.on)
        if holder is None:
            holder = holders[field.on] = getattr(record, field.on)
        if field.custom:
            record.custom = {**(record.custom or {}), field.custom_key: as_json(value)}
        elif field.type is Type.REF:
            setattr(holder, f"{field.name}_id", value)
        else:
            setattr(holder, field.name, value)
        if field.name == "name" and hasattr(holder, "name_key"):
            holder.name_key = name_key(value)[:250]
        # By identity: records compare by their keys, which takes longer than all the rest.
        if holder is not record and not any(holder is part for part in touched):
            touched.append(holder)
    return [*touched, record]


def assign_lists(record: Any, network: Network, fields: Sequence[Field], clean: Mapping[str, Any]) -> None:
    """Set the lists of references and the tags of a stored record."""
    for field in fields:
        if field.name not in clean:
            continue
        if field.name == "tags" and isinstance(record, Membership):
            record.tags.set(tags_named(network, clean["tags"]))
        elif field.type is Type.REFS:
            getattr(record, field.name).set(clean[field.name])


def tags_named(network: Network, names: Sequence[str]) -> list[Tag]:
    """Tags of the network by name; missing ones are made."""
    known = {tag.name.casefold(): tag for tag in Tag.objects.filter(network=network)}
    missing = [Tag(network=network, name=name) for name in names if name.casefold() not in known]
    if missing:
        Tag.objects.bulk_create(missing, ignore_conflicts=True)
        known = {tag.name.casefold(): tag for tag in Tag.objects.filter(network=network)}
    return [known[name.casefold()] for name in names]


def name_is_taken(actor: Actor, name: str, *, but: Organization | None = None) -> Organization | None:
    """An organisation within the actor's reach with the same name, merged ones aside."""
    same = organizations_within_reach(actor).filter(name_key=name_key(name)[:250], archived_at=None)
    if but is not None:
        same = same.exclude(pk=but.pk)
    found: Organization | None = same.first()
    return found
