"""Any list as a file: columns and rows of CSV, XLSX or JSON, members with their ties, people as contact cards."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet
from django.utils.text import get_valid_filename

from unisono.areas.network.derived import columns_reckoned, reckoned
from unisono.areas.network.graph_exporting import cards_of, graph_of
from unisono.areas.network.kinds import MEMBER, ORGANIZATION, PERSON, Kind
from unisono.areas.network.models import Network
from unisono.areas.network.queries.lists import select
from unisono.areas.network.queries.records import fields_for, name_of, text_of, value_of
from unisono.engines.contacts import write_vcards
from unisono.engines.graph_files import GRAPH_FORMATS
from unisono.engines.tabular import FORMATS
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid
from unisono.platform.fields import Field, Type
from unisono.platform.messages import message as _
from unisono.platform.tenancy import Visibility

# Confidential records leave through no file, whoever asks.
_EXPORTED = (Visibility.PUBLIC, Visibility.NETWORK, Visibility.PARTIES)
_CHUNK = 500


class Export(NamedTuple):
    """A file to hand out: its name, its type, and its content piece by piece."""

    name: str
    content_type: str
    content: Iterator[bytes]


def formats_of(kind: Kind) -> dict[str, str]:
    """The formats that a list of this kind can be written in, each with its content type."""
    found = {name: format.content_type for name, format in FORMATS.items()}
    if kind is MEMBER:
        found |= {name: drawn.content_type for name, drawn in GRAPH_FORMATS.items()}
    if kind in (MEMBER, ORGANIZATION, PERSON):
        found["vcf"] = "text/vcard; charset=utf-8"
    return found


def export(
    actor: Actor,
    network: Network,
    kind: Kind,
    *,
    format: str,
    query: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: str = "",
    archived: bool = False,
    columns: Sequence[str] = (),
) -> Export:
    """The list that `select` gives with the same arguments, as a file; `columns` names fields and what is reckoned
    (`columns_reckoned`), all by default.

    The file can be imported again, what was reckoned is then left out: CSV and XLSX carry the labels as headings,
    JSON the names. Formats of networks hold the ties between the listed members as well.
    """
    if format not in (formats := formats_of(kind)):
        raise Invalid.at("format", _("There is no such format."), _("Use one of: %(f)s.") % {"f": ", ".join(formats)})
    fields = fields_for(actor, network, kind)
    # Formats of networks and cards hold what was entered; a table has room for what is reckoned as well.
    derived = columns_reckoned(kind.name) if format in FORMATS else {}
    known = {f.name: f for f in fields} | derived
    if unknown := [name for name in columns if name not in known]:
        raise Invalid.at(
            "columns",
            _("There is no field “%(name)s”.") % {"name": unknown[0]},
            _("Use some of: %(names)s.") % {"names": ", ".join(known)},
        )
    chosen = [known[name] for name in columns] or list(known.values())
    records = select(
        actor, network, kind, query=query, filters=filters, sort=sort, archived=archived, fields=fields
    ).filter(visibility__in=_EXPORTED)
    if format in GRAPH_FORMATS:
        drawn = GRAPH_FORMATS[format]
        graph = graph_of(actor, network, records, chosen, _EXPORTED)
        return Export(get_valid_filename(f"{network.slug}.{drawn.ending}"), drawn.content_type, drawn.write(graph))
    if format == "vcf":
        cards = write_vcards(cards_of(kind, records))
        return Export(get_valid_filename(f"{network.slug}-{kind.plural}.vcf"), "text/vcard; charset=utf-8", cards)
    as_json = format == "json"
    headings = [f.name if as_json else str(f.label) for f in chosen]
    headings += [*(["state" if as_json else _("State")] if kind.has_states else []), "id"]
    writer = FORMATS[format]
    stem = f"{network.slug}-{kind.plural}"
    return Export(
        name=get_valid_filename(f"{stem}.{format}"),
        content_type=writer.content_type,
        content=writer.write(headings, _rows(actor, network, kind, records, chosen, as_json=as_json)),
    )


def _rows(
    actor: Actor, network: Network, kind: Kind, records: QuerySet[Any, Any], fields: Sequence[Field], *, as_json: bool
) -> Iterator[list[Any]]:
    cell = _json_value if as_json else _cell
    names = [f.name for f in fields]
    rows = records.iterator(chunk_size=_CHUNK)
    while chunk := list(islice(rows, _CHUNK)):
        found = reckoned(kind.name, names, actor, network, chunk)
        for record in chunk:
            row = [cell(f, found[f.name][record.pk] if f.name in found else value_of(kind, record, f)) for f in fields]
            if kind.has_states:
                row.append(record.state)
            yield [*row, str(record.pk)]


def _cell(field: Field, value: Any) -> Any:
    """Numbers and dates stay what they are, so that a sheet can count and sort them; the rest is text."""
    if field.type in (Type.INTEGER, Type.DECIMAL) and value is not None:
        return value
    if isinstance(value, date):
        return value
    return text_of(field, value, localize=False)


def _json_value(field: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [name_of(part) if isinstance(part, Model) else part for part in value]
    return name_of(value) if isinstance(value, Model) else value
