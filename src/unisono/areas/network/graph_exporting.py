"""Members and their ties as one network, and people and organisations as contact cards, to be written to a file."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from unisono.areas.network.kinds import MEMBER, ORGANIZATION, PERSON, RELATIONSHIP, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries.records import fields_for, fields_of, name_of, value_of, visible
from unisono.engines.contacts import Card
from unisono.engines.graph_files import Edge, Graph, Node
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, Type
from unisono.platform.tenancy import Visibility

ENDS = ("first", "second")
_CHUNK = 500
_TYPES = {Type.INTEGER: "int", Type.DECIMAL: "double"}


def heading_of(field: Field) -> str:
    """The name that an attribute has in a file: a field's own name, or how the network called the one it added."""
    return str(field.label) if field.custom else field.name


def graph_of(
    actor: Actor, network: Network, members: QuerySet[Any, Any], fields: Sequence[Field], allowed: Sequence[Visibility]
) -> Graph:
    """The members with these fields, and the ties between any two of them, as far as their visibility is allowed."""
    ties = visible(actor, network, RELATIONSHIP).filter(visibility__in=allowed).order_by("pk")
    inner = frozenset(f.name for f in fields_of(network, RELATIONSHIP)) - frozenset(
        f.name for f in fields_for(actor, network, RELATIONSHIP)
    )
    return graph_from(network, members, ties, fields, without=inner)


def graph_from(
    network: Network,
    members: QuerySet[Any, Any],
    ties: QuerySet[Any, Any],
    fields: Sequence[Field],
    *,
    without: frozenset[str] = frozenset(),
) -> Graph:
    """A graph of these members and of those ties whose two ends are among them; both have been permitted.

    `without` names fields of ties that are left out.
    """
    attributes = [f for f in fields if f.name not in ("name", "visibility")]
    of_ties = [f for f in fields_of(network, RELATIONSHIP) if f.name not in {*ENDS, "visibility", *without}]
    chosen: set[Any] = set()

    def nodes() -> Iterator[Node]:
        for member in members.iterator(chunk_size=_CHUNK):
            chosen.add(member.pk)
            values = {heading_of(f): _plain(value_of(MEMBER, member, f)) for f in attributes}
            yield Node(str(member.pk), member.organization.name, {**values, "state": member.state})

    def edges() -> Iterator[Edge]:
        for tie in ties.iterator(chunk_size=_CHUNK):
            if tie.first_id in chosen and tie.second_id in chosen:
                values = {heading_of(f): _plain(value_of(RELATIONSHIP, tie, f)) for f in of_ties}
                yield Edge(str(tie.pk), str(tie.first_id), str(tie.second_id), {**values, "state": tie.state})

    def typed(known: Sequence[Field]) -> dict[str, str]:
        return {**{heading_of(f): _TYPES.get(f.type, "string") for f in known}, "state": "string"}

    return Graph(typed(attributes), typed(of_ties), nodes(), edges())


def _plain(value: Any) -> Any:
    """A value as files hold it; another record by its name."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return name_of(value) if hasattr(value, "_meta") else str(value)


def cards_of(kind: Kind, records: QuerySet[Any, Any]) -> Iterator[Card]:
    """A card for each person, or for each organisation, with what the record says."""
    for record in records.iterator(chunk_size=_CHUNK):
        if kind is PERSON:
            first = min((o.name for o in record.organizations.all()), default="")
            yield Card(
                str(record.pk), record.name, organization=first, job_title=record.job_title, email=record.email,
                phone=record.phone, languages=tuple(record.languages),
            )  # fmt: skip
            continue
        firm = record if kind is ORGANIZATION else record.organization
        tags = tuple(tag.name for tag in record.tags.all()) if kind is MEMBER else ()
        yield Card(
            str(firm.pk), firm.name, email=firm.email, phone=firm.phone, website=firm.website, street=firm.address,
            place=firm.place, region=firm.region, country=firm.country, categories=tags, is_organization=True,
        )  # fmt: skip
