"""Rows of ties between two members: which two they name, which tie of the network they mean, what they change."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy, pgettext_lazy

from unisono.areas.network.importing import row_kinds
from unisono.areas.network.importing.applying import Preparation
from unisono.areas.network.importing.checking import Checker, Verdict
from unisono.areas.network.importing.effects import Change, change_of
from unisono.areas.network.importing.matching import Known
from unisono.areas.network.importing.others import Token, token_of
from unisono.areas.network.importing.parsing import Parsed, place_of
from unisono.areas.network.importing.reach import Reach
from unisono.areas.network.kinds import RELATIONSHIP
from unisono.areas.network.models import Membership, Network, Relationship
from unisono.areas.network.queries.records import fields_of
from unisono.platform.bulk import blank
from unisono.platform.errors import Problem
from unisono.platform.fields import Field, Type
from unisono.platform.messages import message as _

ENDS = ("first", "second")
# What is said of one side; it changes sides with a row that names the two the other way round.
_SIDES = {
    "first_interest": "second_interest", "second_interest": "first_interest",
    "first_trust": "second_trust", "second_trust": "first_trust",
}  # fmt: skip
_SYNONYMS = {
    "kinds": ("kind", "kinds", "type", "kind of tie", "relation", "relationship", "relation type", "edge type", "art"),
    "since": ("from date", "start", "start date", "siden", "seit"),
    "coopetition": ("competes", "competitors"),
}


def _end(name: str, label: Any, synonyms: tuple[str, ...]) -> Field:
    return Field(name, label, Type.TEXT, required=True, max_length=300, synonyms=synonyms)


def fields(network: Network) -> list[Field]:
    """The two ends, as texts that name members, and what a tie says of itself."""
    ends = [
        _end("first", gettext_lazy("One side"), ("source", "from", "member a", "fra", "von", "source id", "member 1")),
        _end("second", gettext_lazy("Other side"), ("target", "to", "member b", "til", "zu", "target id", "member 2")),
    ]
    own = [f for f in fields_of(network, RELATIONSHIP) if f.name not in (*ENDS, "visibility")]
    known = [
        Field(**{n: getattr(f, n) for n in f.__slots__} | {"synonyms": (*f.synonyms, *_SYNONYMS.get(f.name, ()))})
        for f in own
    ]
    return [*ends, *known]


def _title(values: dict[str, Any]) -> str:
    return " – ".join(str(values[end]) for end in ENDS if values.get(end))[:200]


def _pair(one: Any, other: Any) -> frozenset[Any]:
    return frozenset((one, other))


def _present(network: Network, reach: Reach, organization_ids: Iterable[UUID]) -> dict[frozenset[UUID], list[Any]]:
    """Ties between these organisations as members of the network, in use before archived, by their two ends."""
    members = Membership.objects.filter(network=network, organization_id__in=set(organization_ids)).values("pk")
    ties = Relationship.objects.filter(
        reach.readable(Relationship), network=network, first__in=members, second__in=members
    )
    found: dict[frozenset[UUID], list[Any]] = {}
    for tie in sorted(ties.select_related(*RELATIONSHIP.related).order_by("pk"), key=lambda t: t.is_archived):
        found.setdefault(_pair(tie.first.organization_id, tie.second.organization_id), []).append(tie)
    return found


def _meant(values: Mapping[str, Any], ties: Iterable[Any], taken: set[UUID]) -> Any:
    """The tie that a row means: of the same kinds, else one of which the row or the network says no kind."""
    free = [tie for tie in ties if tie.pk not in taken]
    kinds = set(values.get("kinds", ()))
    exact = [tie for tie in free if set(tie.kinds) == kinds]
    return next(iter(exact or [tie for tie in free if not kinds or not tie.kinds]), None)


def _change(parsed: Parsed, known: Mapping[str, Field], tie: Any, first_id: UUID) -> Change:
    """What a row would change of a tie, each side's word kept on its side."""
    values = {name: value for name, value in parsed.values.items() if name not in ENDS}
    if tie.first.organization_id != first_id:
        values = {_SIDES.get(name, name): value for name, value in values.items()}
    return change_of(RELATIONSHIP, tie, dict(known), values)


def judge(checker: Checker, rows: list[Verdict]) -> None:
    """Say of each row which tie it means; a second row of the same tie is left out."""
    known = checker.mapping.fields[RELATIONSHIP.name]
    seen: dict[tuple[frozenset[Token], frozenset[str]], int] = checker.kept.setdefault("ties", {})
    taken: set[UUID] = checker.kept.setdefault("ties taken", set())
    meant: list[tuple[Verdict, Known, Known]] = []
    for row in rows:
        ends = [_end_of(checker, row.parsed, end) for end in ENDS]
        if None not in ends and ends[0] is ends[1]:
            row.parsed.problems.append(
                Problem(
                    place_of(row.parsed.number, ""),
                    _("Both ends are the same member."),
                    _("Name two members, or leave the row out."),
                )
            )
        if row.parsed.problems:
            row.status = "wrong"
        elif ends[0] is not None and ends[1] is not None:
            meant.append((row, ends[0], ends[1]))
    ids = [end.id for _row, *ends in meant for end in ends if end.id is not None]
    ties = _present(checker.network, checker.reach, ids)
    for row, first, second in meant:
        pair = _pair(token_of(first), token_of(second))
        said = (pair, frozenset(row.parsed.values.get("kinds", ())))
        if said in seen:
            row.status, row.note = "left_out", _("Repeats row %(row)s.") % {"row": seen[said]}
            continue
        seen[said] = row.parsed.number
        tie = _meant(row.parsed.values, ties.get(pair, ()), taken)
        if tie is not None and first.id is not None:
            taken.add(tie.pk)
            change = _change(row.parsed, known, tie, first.id)
            row.record_id, row.changes, row.status = tie.pk, change.changes, "update" if change else "same"


def _end_of(checker: Checker, parsed: Parsed, end: str) -> Known | None:
    """The member that one end of a row names; None with a problem where none is."""
    text = parsed.values.get(end)
    if text is None:
        return None
    known = checker.end_meant(text)
    if known is not None and known.is_member:
        return known
    parsed.problems.append(
        Problem(
            place_of(parsed.number, checker.mapping.column_of(parsed.kind, end)),
            _("There is no member “%(name)s” in this network or file.") % {"name": str(text)[:60]},
            _("Write its id within the file, its key or its name; or add it first."),
        )
    )
    return None


def write(preparation: Preparation, rows: row_kinds.Rows) -> None:
    """Prepare ties; one whose member was left out is left out with it."""
    writer, network = preparation.writer, preparation.network
    known = {name: f for name, f in preparation.mapping.fields[RELATIONSHIP.name].items() if name not in ENDS}
    ends = [tuple(preparation.end_meant(parsed.values[end]) for end in ENDS) for _row, parsed, _pk in rows]
    wanted = {end for two in ends for end in two if end is not None}
    stored = Membership.objects.filter(network=network, organization_id__in=wanted)
    members = {**dict(stored.values_list("organization_id", "pk")), **preparation.members}
    ties = {tie.pk: tie for found in _present(network, preparation.reach, wanted).values() for tie in found}
    for (row, parsed, pk), (first, second) in zip(rows, ends, strict=True):
        if first is None or second is None or first not in members or second not in members:
            continue
        if pk is not None and pk in ties:
            change = _change(parsed, known, ties[pk], first)
            writer.changed(RELATIONSHIP, change, known, row=row.number, about_id=first)
            continue
        record = blank(Relationship, network_id=network.pk, first_id=members[first], second_id=members[second])
        values = {name: value for name, value in parsed.values.items() if name not in ENDS}
        writer.new(
            RELATIONSHIP, record, known, values, row=row.number, about_id=first,
            extra={"first": members[first], "second": members[second]},
        )  # fmt: skip


def register() -> None:
    """Make rows of ties importable; called once when the app starts."""
    row_kinds.register(
        row_kinds.RowKind(
            name=RELATIONSHIP.name,
            label=pgettext_lazy("rows of a file", "Relations"),
            fields=fields,
            title=_title,
            judge=judge,
            write=write,
            creates=(RELATIONSHIP,),
            stands_on=tuple((RELATIONSHIP.name, "member", f"{end}_id") for end in ENDS),
            compared_with=lambda network: Relationship.objects.filter(network=network),
            named_by=ENDS,
            words=("relation", "relations", "relationship", "edge", "edges", "tie", "ties", "link", "links",
                   "connection", "connections"),
        )
    )  # fmt: skip
