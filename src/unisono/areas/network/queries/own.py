"""What a representative sees of its own firm: where it stands, what it keeps, and who reads which of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from unisono.areas.network import policies
from unisono.areas.network.kinds import KINDS, MEMBER, ORGANIZATION, Kind
from unisono.areas.network.live_links import given_by_links
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.parties import about_any
from unisono.areas.network.queries.records import value_of, visible
from unisono.platform.actor import Actor
from unisono.platform.errors import NotFound
from unisono.platform.fields import Label
from unisono.platform.models.accounts import Role

_MOST = 50


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation that the actor represents in a network, with its membership if it is a member."""

    organization: Any
    membership: Membership | None


def firms_of(actor: Actor, network: Network) -> list[Firm]:
    """The organisations that the actor represents in the network, by name."""
    own = policies.represented(actor, network)
    if not own:
        return []
    memberships = {
        m.organization_id: m for m in visible(actor, network, MEMBER, archived=None).filter(organization__in=own)
    }
    found = visible(actor, network, ORGANIZATION, archived=None).filter(pk__in=own).order_by("name_key", "pk")
    return [Firm(organization, memberships.get(organization.pk)) for organization in found]


def firm_of(actor: Actor, network: Network, organization_id: UUID | str = "") -> Firm:
    """One of them, by default the first; NotFound for somebody who represents none."""
    firms = firms_of(actor, network)
    wanted = str(organization_id)
    for firm in firms:
        if not wanted or str(firm.organization.pk) == wanted:
            return firm
    raise NotFound.at(
        _("organisation"), _("You act for no organisation here."), _("The network's team can let you act for yours.")
    )


def networks_of_firm(actor: Actor, organization_id: UUID) -> tuple[list[Network], int]:
    """Networks of the firm that the actor sees, by name, and how many others read its profile as well."""
    members = Membership.objects.filter(organization_id=organization_id, archived_at=None).exclude(state="exited")
    networks = [m.network for m in members.select_related("network").order_by("network__name")]
    seen = [network for network in networks if policies.can_see_network(actor, network)]
    return seen, len(networks) - len(seen)


def kept_by(actor: Actor, network: Network, kind: Kind, organization_id: UUID) -> Any:
    """Records of a kind about the firm that the actor may read."""
    return visible(actor, network, kind).filter(about_any(kind.model, {organization_id}))


@dataclass(frozen=True, slots=True)
class ReadField:
    """A field of one of the firm's records: its label, and whether each circle of readers reads it."""

    label: Label
    read: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """One of the firm's records with its filled fields."""

    kind: Kind
    id: UUID
    title: str
    fields: tuple[ReadField, ...]


def circles() -> list[str]:
    """The circles of readers, in the order of `ReadField.read`."""
    return [
        _("the network's team"),
        _("you and your colleagues"),
        _("members of the network"),
        _("whoever holds a live link"),
    ]


def who_reads(actor: Actor, network: Network, organization_id: UUID) -> list[ReadRecord]:
    """Who reads what of a firm, asked of the doors themselves: each circle reads as somebody of it would.

    An API token reads what its owner does, so it is of no circle of its own.
    """
    policies.check_can_see_network(actor, network)

    def somebody(role: Role, *mandates: UUID) -> Actor:
        held = {network.pk: frozenset(mandates)} if mandates else {}
        return Actor(actor.workspace_id, roles={network.pk: frozenset({role.value})}, mandates=held)

    readers = [
        somebody(Role.CONTACT_PERSON),
        somebody(Role.REPRESENTATIVE, organization_id),
        somebody(Role.REPRESENTATIVE),
    ]
    found: list[ReadRecord] = []
    for kind in (ORGANIZATION, *(k for k in KINDS.values() if k.kept_by_members == "all")):
        mine = list(kept_by(actor, network, kind, organization_id)[:_MOST])
        if not mine:
            continue
        seen = [_seen(reader, network, kind, mine) for reader in readers]
        links = given_by_links(network) if kind is ORGANIZATION else frozenset[str]()
        for record in mine:
            fields = [f for f in kind.fields if not f.internal and f.name != "visibility"]
            rows = [
                ReadField(
                    field.label,
                    (*(field.name in each.get(record.pk, ()) for each in seen),
                     field.name in links and field.name in seen[-1].get(record.pk, ())),
                )
                for field in fields
                if value_of(kind, record, field) not in (None, "", [])
            ]  # fmt: skip
            found.append(ReadRecord(kind, record.pk, kind.title(record), tuple(rows)))
    return found


def _seen(reader: Actor, network: Network, kind: Kind, records: Iterable[Any]) -> dict[UUID, set[str]]:
    """By record, the names of the fields that somebody reads of it; a record that is not read is left out."""
    names = {field.name for field in kind.fields}
    rows = visible(reader, network, kind).filter(pk__in=[record.pk for record in records])
    return {row.pk: names - row.__dict__.get("masked", frozenset()) for row in rows}
