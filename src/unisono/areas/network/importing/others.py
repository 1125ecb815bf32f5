"""Rows that belong to organisations (offers, needs, people): whose they are, and which record they mean."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F

from unisono.areas.network.importing.effects import Change, Present, change_of, person_meant
from unisono.areas.network.importing.mapping import LINK_FIELDS, OWNER_KEY, Mapped
from unisono.areas.network.importing.matching import Directory, Known
from unisono.areas.network.importing.parsing import Parsed, name_from_key, place_of
from unisono.areas.network.importing.reach import Reach
from unisono.areas.network.kinds import NEED, OFFERING, PERSON
from unisono.areas.network.models import Need, Network, Offering
from unisono.core.text import fold, name_key
from unisono.platform.errors import Problem
from unisono.platform.messages import message as _

Token = UUID | str


@dataclass(slots=True)
class KnownOffering:
    """An offering of the network, or one that an earlier row of the file stands for."""

    owners: frozenset[Token]
    category: str = ""
    website: str = ""
    id: UUID | None = None
    row: int = 0
    taken_by: int = 0


@dataclass(slots=True)
class Others:
    """Offerings by their folded name, needs and people by whom they belong to and what they are called."""

    offerings: dict[str, list[KnownOffering]] = field(default_factory=lambda: defaultdict(list))
    needs: dict[tuple[Token, str], UUID | int] = field(default_factory=dict)
    people: dict[tuple[Token, str], int] = field(default_factory=dict)


def others_of(network: Network, reach: Reach, kinds: Iterable[str]) -> Others:
    """Load what rows of these kinds are compared with: what the actor may read, in use before archived."""
    in_use_first = (F("archived_at").asc(nulls_first=True), "pk")
    others = Others()
    if "offering" in kinds:
        owners: dict[UUID, list[UUID]] = defaultdict(list)
        through = Offering.owners.through.objects.filter(offering__network=network)
        for offering_id, organization_id in through.values_list("offering_id", "organization_id"):
            owners[offering_id].append(organization_id)
        rows = Offering.objects.filter(reach.readable(Offering), network=network).order_by(*in_use_first)
        for pk, name, category, website in rows.values_list("pk", "name", "category", "website"):
            others.offerings[folded_name(name)].append(
                KnownOffering(frozenset(owners.get(pk, ())), category, website, pk)
            )
    if "need" in kinds:
        needs = Need.objects.filter(reach.readable(Need), network=network).order_by(*in_use_first)
        for pk, owner, statement in needs.values_list("pk", "membership__organization_id", "statement"):
            others.needs.setdefault((owner, name_key(statement)), pk)
    return others


def folded_name(name: str) -> str:
    """An offering's name as it is compared: signs count, for C, C# and C++ are three."""
    return " ".join(fold(name).split())


def owners_meant(parsed: Parsed, directory: Directory) -> list[Known]:
    """Organisations that a row belongs to; ones nobody knows yet are entered, to be made when it is written."""
    owners: list[Known] = []
    for key in parsed.keys:
        known = directory.keyed(key)
        if known is None:
            name = name_from_key(key)
            if key in directory.foreign_keys:
                # The network has an organisation of its own in its place, without the key.
                own = directory.named(name)
                known = own if own is not None and not own.key else Known(name, name_key(name)[:250])
            else:
                known = Known(name, name_key(name)[:250], key)
            # Entered by its key alone: a name made out of a key is a guess, and must attract no other row.
            directory.by_key[key] = known
        owners.append(known)
    if not parsed.keys:
        for name in parsed.names:
            known = directory.named(name)
            owners.append(known if known is not None else directory.add(Known(name, name_key(name)[:250])))
    return list({id(known): known for known in owners}.values())


def token_of(known: Known) -> Token:
    """What stands for an organisation while rows are compared."""
    return known.id or (f"row {known.row}" if known.row else f"key {known.key}" if known.key else known.name_key)


def find_offering(parsed: Parsed, owners: frozenset[Token], others: Others) -> KnownOffering | None:
    """The offering that a row means: same name, and the same owners or an owner not known so far."""
    same_name = [o for o in others.offerings.get(folded_name(parsed.name), ()) if not o.row]
    free = [o for o in same_name if not o.taken_by]
    category, website = parsed.values.get("category", ""), parsed.values.get("website", "")
    exact = [o for o in free if o.owners == owners]
    exact.sort(key=lambda o: (o.category != category) + (o.website != website))
    if exact:
        return exact[0]
    return next((o for o in free if o.owners & owners or not o.owners or not owners), None)


def repeated_offering(parsed: Parsed, owners: frozenset[Token], others: Others) -> KnownOffering | None:
    """The offering of the same name and owners that an earlier row of the file stands for."""
    same = others.offerings.get(folded_name(parsed.name), ())
    return next((o for o in same if o.owners == owners and (o.row or o.taken_by)), None)


def check_link(parsed: Parsed, mapping: Mapped, owners: list[Known]) -> None:
    """A need belongs to a member, and a person to an organisation, that is in the network or in the file."""
    if parsed.kind == "offering" or parsed.problems:
        return
    column = mapping.column_of(parsed.kind, LINK_FIELDS[parsed.kind]) or mapping.column_of(parsed.kind, OWNER_KEY)
    unknown = [known for known in owners if known.id is None and not known.row]
    if parsed.kind == "need":
        unknown = [known for known in owners if not known.is_member]
    for known in unknown[:1]:
        parsed.problems.append(
            Problem(
                place_of(parsed.number, column),
                _("There is no “%(name)s” in this network or file.") % {"name": (known.key or known.name)[:60]},
                _("Write the name as in the list of members, or add it first."),
            )
        )
    if parsed.kind == "need" and len(owners) > 1:
        parsed.problems.append(
            Problem(place_of(parsed.number, column), _("A need belongs to one member."), _("Name one."))
        )


def offering_change(parsed: Parsed, mapping: Mapped, record: Any, owner_ids: list[UUID], fill_only: bool) -> Change:
    """What a row would change of an offering; owners are added, never taken away."""
    change = change_of(OFFERING, record, mapping.fields["offering"], parsed.values, fill_only=fill_only)
    present_ids = [owner.pk for owner in record.owners.all()]
    if missing := [pk for pk in owner_ids if pk not in present_ids]:
        change.clean["owners"] = [*present_ids, *missing]
        change.changes["owners"] = [[str(pk) for pk in present_ids], [str(pk) for pk in change.clean["owners"]]]
    return change


def need_change(parsed: Parsed, mapping: Mapped, record: Any) -> Change:
    """What a row would change of a need."""
    return change_of(NEED, record, mapping.fields["need"], parsed.values)


def person_change(
    parsed: Parsed, mapping: Mapped, now: Present, owner_ids: list[UUID]
) -> tuple[Any, Change | None, list[UUID]]:
    """The person that a row means, what it would change, and which organisations are new to the person."""
    for owner_id in owner_ids:
        person, _here = person_meant(parsed.values, now, owner_id)
        if person is not None:
            change = change_of(PERSON, person, mapping.fields["person"], parsed.values)
            there = {organization.pk for organization in person.organizations.all()}
            return person, change, [pk for pk in owner_ids if pk not in there]
    return None, None, []
