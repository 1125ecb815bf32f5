"""The small control beside a field of a record that a member keeps: who reads it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.hiding import classes_for
from unisono.areas.network.kinds import VISIBILITY, Kind
from unisono.areas.network.models import Network
from unisono.platform.tenancy import Visibility
from unisono.web.network.cells import cell_of, url_of
from unisono.web.pages import Request


def reader_choice(network: Network, kind: Kind, record: Any, name: str, here: str) -> dict[str, Any]:
    """The small control beside a field: who reads it, with the classes that it may have."""
    labels = {**{value: str(label) for value, label in VISIBILITY.choices}, Visibility.PARTIES: _("us and the team")}
    now = record.readers.get(name, record.visibility)
    field = kind.field(name)
    return {
        "name": name,
        "label": str(field.label) if field else name,
        "level": now,
        "url": reverse("web:own_choose", args=[network.slug, kind.plural, record.pk]),
        "back": here,
        "options": [
            {"value": level, "label": labels[level], "selected": level == now}
            for level in classes_for(record.visibility)
            if level in labels
        ],
    }


def choices_of(request: Request, network: Network, kind: Kind, record: Any) -> list[dict[str, Any]]:
    """The controls for the filled fields of a record, for those who keep it."""
    if not kind.choosable or not policies.can_edit_record(request.actor, network, kind, record):
        return []
    here = url_of(network, record, kind)
    return [
        {"cell": cell, "readers": reader_choice(network, kind, record, field.name, here)}
        for field in kind.choosable
        if (cell := cell_of(network, kind, record, field))
    ]
