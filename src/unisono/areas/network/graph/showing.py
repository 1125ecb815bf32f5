"""What the map shows: members with their place, what they can be coloured and filtered by, ties of every kind."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper

from unisono.areas.network.graph.contacts import last_contacts
from unisono.areas.network.graph.queries import on_the_map, picture_state, visible_ties
from unisono.areas.network.graph.sources import MOST_SHARING, TieSource, sharings_of, tie_sources, ties_of
from unisono.areas.network.graph.standing import Place, standing
from unisono.areas.network.hiding import as_shown
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import MemberPosition, Membership, Network, NetworkPicture
from unisono.areas.network.queries.records import fields_for, text_of
from unisono.platform.actor import Actor
from unisono.platform.fields import Field, Type
from unisono.platform.messages import message as _

# What a browser draws and still moves smoothly. Figures always rest on the whole network.
MOST_MEMBERS = 20_000
MOST_TIES = 100_000
# Members that came after the picture was made stand in a row below it.
_GAP = 30.0
_PER_ROW = 40
_MEASURES = ("relations", "core_number", "betweenness", "pagerank", "cut_off", "only_here")


def map_data(actor: Actor, network: Network) -> dict[str, Any]:
    """Everything that the map draws at first, column by column: entry i of each list is about member i.

    Read afresh at each call, so that what was hidden since the picture was made is not shown; only where members
    stand comes from the picture.
    """
    state = picture_state(actor, network)
    fields = [f for f in fields_for(actor, network, MEMBER) if f.filtered]
    plain = [f for f in fields if f.name != "tags"]
    shown = {f"shown_{at}": as_shown(actor, network, MEMBER, f) for at, f in enumerate(plain)}
    columns = ["pk", "organization__name", "state", *shown]
    members = on_the_map(actor, network).prefetch_related(None).select_related(None).order_by("pk").annotate(**shown)
    rows = list(members.values_list(*columns)[:MOST_MEMBERS])
    number = {row[0]: at for at, row in enumerate(rows)}
    contacts = last_contacts(actor, network, members)
    ties = _ties(actor, network, number)
    shown_fields = [_state_column([row[2] for row in rows])]
    shown_fields += [_column(field, [row[at + 3] for row in rows]) for at, field in enumerate(plain)]
    if any(f.name == "tags" for f in fields):
        shown_fields.append(_column(next(f for f in fields if f.name == "tags"), _tags(network, number)))
    return {
        "as_of": state.as_of,
        "changes": state.changes,
        "is_old": state.is_old,
        "members": {
            "id": [row[0] for row in rows],
            "name": [row[1] for row in rows],
            **_standing(state.picture, number, ties),
            "last_contact": [_day(contacts.get(row[0])) for row in rows],
            **_looked_up(actor, network, number),
        },
        "fields": [f for f in shown_fields if f["values"]],
        "communities": _communities(state.picture, number, [row[1] for row in rows]),
        "ties": ties,
        "sources": [
            {"name": s.name, "label": str(s.label), "is_derived": s.is_derived, "things": str(s.things)}
            for s in tie_sources()
        ],
        "is_cut": len(rows) == MOST_MEMBERS or len(ties["first"]) == MOST_TIES,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _looked_up(actor: Actor, network: Network, members: Iterable[UUID]) -> dict[str, list[bool]]:
    """Whether each member is at the places that the picture does not tell, in one query."""
    names = {f"is_{p.value}": p for p in (Place.SILENT, Place.HEARD)}
    asked = {
        name: ExpressionWrapper(standing(actor, network, [place]), BooleanField()) for name, place in names.items()
    }
    rows = on_the_map(actor, network).order_by().prefetch_related(None).annotate(**asked).values_list("pk", *names)
    found = {member: told for member, *told in rows}
    return {name: [bool(found[m][at]) if m in found else False for m in members] for at, name in enumerate(names)}


def _state_column(states: Sequence[str]) -> dict[str, Any]:
    found = [state for state in MEMBER.states if state in set(states)]
    code = {state: at for at, state in enumerate(found)}
    values = [{"value": state, "label": ""} for state in found]
    return {"name": "state", "label": _("State"), "many": False, "values": values, "codes": [code[s] for s in states]}


def _column(field: Field, values: Sequence[Any]) -> dict[str, Any]:
    """A field as a dictionary of its values, the most frequent first, and a code for each member; -1 for none."""
    many = field.is_many
    counts: dict[Any, int] = {}
    for value in values:
        for each in _each(value, many):
            counts[each] = counts.get(each, 0) + 1
    # Sizes and the like have an order of their own; what people wrote is ordered by how often it occurs.
    declared = {value: at for at, (value, _label) in enumerate(field.choices)}
    order = sorted(counts, key=lambda v: (declared.get(v, len(declared)), -counts[v], str(v)))
    code = {value: at for at, value in enumerate(order)}
    return {
        "name": field.name,
        "label": str(field.label),
        "many": many,
        "values": [{"value": _written(v), "label": _label(field, v)} for v in order],
        "codes": [
            [code[each] for each in _each(value, True)] if many else next((code[e] for e in _each(value, False)), -1)
            for value in values
        ],
    }


def _each(value: Any, many: bool) -> Iterable[Any]:
    if many:
        return value or ()
    return () if value is None or value == "" else (value,)


def _written(value: Any) -> str:
    """A value as the filters of the list take it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _label(field: Field, value: Any) -> str:
    if field.type in (Type.CHOICE, Type.CHOICES):
        label = field.label_of(value)
        return label[:1].upper() + label[1:]
    return text_of(field, value)


def _tags(network: Network, number: dict[UUID, int]) -> list[list[str]]:
    found: list[list[str]] = [[] for _member in number]
    through = Membership.tags.through.objects.filter(membership__network=network)
    for member, name in through.values_list("membership_id", "tag__name"):
        if member in number:
            found[number[member]].append(name)
    return found


def _ties(actor: Actor, network: Network, number: dict[UUID, int]) -> dict[str, list[Any]]:
    """Relations between members shown, one for each pair, and whether its two sides compete as well."""
    pairs: dict[tuple[int, int], bool] = {}
    rows = visible_ties(actor, network).values_list("first_id", "second_id", "coopetition")
    for first, second, competes in rows.iterator(chunk_size=20_000):
        one, other = number.get(first), number.get(second)
        if one is None or other is None:
            continue
        pair = (min(one, other), max(one, other))
        if pair not in pairs and len(pairs) == MOST_TIES:
            break
        pairs[pair] = pairs.get(pair, False) or bool(competes)
    return {
        "first": [one for one, _other in pairs],
        "second": [other for _one, other in pairs],
        "is_mixed": [int(mixed) for mixed in pairs.values()],
    }


def _standing(picture: NetworkPicture | None, number: dict[UUID, int], ties: dict[str, list[Any]]) -> dict[str, Any]:
    """Coordinates, measures and places of each member, from the picture; newcomers stand below it."""
    n = len(number)
    x: list[float | None] = [None] * n
    y: list[float | None] = [None] * n
    measures: dict[str, list[Any]] = {name: [0] * n for name in _MEASURES}
    community: list[int | None] = [None] * n
    component, is_core, is_bridge, is_new = [0] * n, [0] * n, [0] * n, [1] * n
    lowest, degrees = 0.0, []
    if picture is not None:
        rows = MemberPosition.objects.filter(picture=picture).values_list(
            "membership_id", "x", "y", "component", "community", "is_core", "is_bridge", *_MEASURES
        )
        for member, at_x, at_y, group, group_of_friends, core, bridge, *measured in rows.iterator(chunk_size=20_000):
            lowest = min(lowest, at_y)
            degrees.append((-measured[0], member))
            at = number.get(member)
            if at is None:
                continue
            x[at], y[at], component[at], community[at] = round(at_x, 1), round(at_y, 1), group, group_of_friends
            is_core[at], is_bridge[at], is_new[at] = int(core), int(bridge), 0
            for name, value in zip(_MEASURES, measured, strict=True):
                measures[name][at] = round(value, 6) if name in ("betweenness", "pagerank") else value
    # The order of `standing`, without asking for it again.
    best = {member for _n, member in sorted(degrees)[: picture.figures.get("removed", 0) if picture else 0]}
    for place, at in enumerate(at for at in range(n) if x[at] is None):
        x[at] = (place % _PER_ROW - _PER_ROW / 2) * _GAP
        y[at] = lowest - 2 * _GAP - place // _PER_ROW * _GAP
    return {
        "x": x, "y": y, **measures, "community": community, "component": component, "is_core": is_core,
        "is_bridge": is_bridge, "is_new": is_new, "is_best_connected": [member in best for member in number],
    }  # fmt: skip


def _communities(picture: NetworkPicture | None, number: dict[UUID, int], names: Sequence[str]) -> list[dict[str, Any]]:
    """Communities by size, each called by the member in its middle, if the actor sees it."""
    found = []
    for each in picture.figures.get("communities", []) if picture else []:
        at = number.get(UUID(each["centre"]))
        label = _("Around %(name)s") % {"name": names[at]} if at is not None else ""
        found.append({"number": each["number"], "members": each["members"], "label": label})
    return found


def derived_data(actor: Actor, network: Network, source: TieSource, *, two_mode: bool = False) -> dict[str, Any]:
    """Ties of one source by the ids of members; two-mode: the things themselves, and who has which.

    Labels say what two members share. Nothing of this enters the figures.
    """
    head = {"name": source.name, "label": str(source.label), "is_derived": source.is_derived}
    if two_mode and source.things:
        sharings = sharings_of(actor, network, source)
        labels = {s.key: s.label for s in sharings}
        order = {key: at for at, key in enumerate(sorted(labels, key=lambda key: (labels[key], key)))}
        held = [[s.member, order[s.key]] for s in sharings][:MOST_TIES]
        return {**head, "things": [labels[key] for key in order], "held": held, "ties": []}
    pairs = ties_of(actor, network, source, MOST_TIES)
    ties = [{"first": one, "second": other, "shared": shared[:5]} for (one, other), shared in pairs.items()]
    return {**head, "things": [], "held": [], "ties": ties, "most_sharing": MOST_SHARING}
