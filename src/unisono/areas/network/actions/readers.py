"""Who reads which field: a member's people choose it for their own records, the team for any."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.actions.records import log_entry
from unisono.areas.network.hiding import classes_for
from unisono.areas.network.indexing import index_record
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries.records import get_record
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, Problem


@transaction.atomic
def choose_readers(
    *,
    actor: Actor,
    network: Network,
    kind: Kind,
    record_id: UUID | str,
    readers: Mapping[str, str],
    at: datetime | None = None,
) -> Any:
    """Say for each named field who reads it: the class of the record, or one that is narrower.

    A member's fields are those of its profile, which all its networks share. Raises Conflict, Invalid, NotAllowed,
    NotFound.
    """
    found = get_record(actor, network, kind, record_id, to_change=True)
    policies.check_can_edit_record(actor, network, kind, found)
    if kind is MEMBER:
        kind, found = ORGANIZATION, found.organization
    chosen = _checked(kind, found, readers)
    after = {name: level for name, level in {**found.readers, **chosen}.items() if level != found.visibility}
    if after == found.readers:
        return found
    now = at or timezone.now()
    rows = kind.model._default_manager.filter(pk=found.pk, updated_at=found.updated_at)
    if not rows.update(readers=after, updated_at=now, updated_by_id=actor.user_id):
        raise Conflict.at(
            str(kind.label), _("Somebody changed this record a moment ago."), _("Look again, then choose.")
        )
    changes = {"readers": [_said(found.readers), _said(after)]}
    found.readers, found.updated_at, found.updated_by_id = after, now, actor.user_id
    log_entry(actor=actor, network=network, kind=kind, verb="edited", record=found, changes=changes, at=at)
    index_record(network, kind, found)
    return found


def _said(readers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {level}" for name, level in sorted(readers.items())]


def _checked(kind: Kind, record: Any, readers: Mapping[str, str]) -> dict[str, str]:
    names, classes = [field.name for field in kind.choosable], classes_for(record.visibility)
    problems = [
        Problem(
            name,
            _("Who reads this cannot be chosen field by field."),
            _("Choose it for some of: %(names)s.") % {"names": ", ".join(names)},
        )
        for name in readers
        if name not in names
    ] + [
        Problem(name, _("Nobody else than who reads the record can read its fields."),
                _("Use one of: %(classes)s.") % {"classes": ", ".join(classes)})
        for name, level in readers.items()
        if name in names and level not in classes
    ]  # fmt: skip
    if problems:
        raise Invalid.of(problems)
    return dict(readers)
