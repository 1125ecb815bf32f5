"""A record's values as tables and fact lists show them: text, dates, tags, links to other records."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from unisono.areas.network.kinds import KINDS, ORGANIZATION, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries import text_of, value_of
from unisono.platform.fields import Field, Type
from unisono.web.network.states import state_look
from unisono.web.pages import address


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: `show` says how (text, links, tags, state, time, url, email)."""

    label: str
    show: str = "text"
    text: str = ""
    links: list[dict[str, str]] = field(default_factory=list)
    words: list[dict[str, str]] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)
    at: date | datetime | None = None
    number: bool = False

    def __bool__(self) -> bool:
        return bool(self.text or self.links or self.words or self.state or self.at)


def kind_of(record: Any) -> Kind:
    """The kind that a record is of."""
    return next(kind for kind in KINDS.values() if isinstance(record, kind.model))


def url_of(network: Network, record: Any, kind: Kind | None = None) -> str:
    """Address of a record's page."""
    kind = kind or kind_of(record)
    return reverse("web:record", args=[network.slug, kind.plural, record.pk])


def link_to(network: Network, record: Any) -> dict[str, str]:
    """Label and address of a record."""
    kind = kind_of(record)
    return {"label": kind.title(record), "url": url_of(network, record, kind)}


def cell_of(network: Network, kind: Kind, record: Any, field: Field) -> Cell:
    """The value of one field as it is shown."""
    value, label = value_of(kind, record, field), str(field.label)
    if field.type is Type.REF:
        return Cell(label, "links", links=[link_to(network, value)] if value else [])
    if field.type is Type.REFS:
        return Cell(label, "links", links=[link_to(network, each) for each in value])
    if field.name == "tags":
        words = [{"label": tag, "url": address("records", network.slug, kind.plural, tags=tag)} for tag in value]
        return Cell(label, "tags", words=words)
    if field.type in (Type.CHOICE, Type.CHOICES):
        text = text_of(field, value)
        return Cell(label, text=text[:1].upper() + text[1:])
    if field.type is Type.URL and value:
        return Cell(label, "url", text=value.split("://", 1)[-1].rstrip("/"), links=[{"url": value}])
    if field.type is Type.EMAIL and value:
        return Cell(label, "email", text=value)
    number = field.type in (Type.INTEGER, Type.DECIMAL)
    return Cell(label, "long" if field.type is Type.LONG_TEXT else "text", text=text_of(field, value), number=number)


def state_cell(record: Any) -> Cell:
    """Where the record stands in its life."""
    return Cell(_("State"), "state", state=state_look(record.state))


def changed_cell(record: Any) -> Cell:
    """When the record was last changed."""
    return Cell(_("Last change"), "time", at=record.updated_at)


def subtitle_of(kind: Kind, record: Any) -> str:
    """What stands small below an organisation's name: its sector or kind, and its place."""
    organization = record if kind is ORGANIZATION else record.organization
    return " · ".join(filter(None, (organization.sector or organization.get_kind_display(), organization.place)))
