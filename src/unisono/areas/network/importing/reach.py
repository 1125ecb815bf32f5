"""What an import may compare rows with and change: what its actor may read, in networks that the actor edits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from unisono.areas.network import policies
from unisono.areas.network.models import Membership, Network, Offering, Organization, Person
from unisono.platform.actor import Actor
from unisono.platform.permissions import Ability, allows


@dataclass(frozen=True)
class Reach:
    """Networks whose records are in reach (None: all of the workspace), and what the actor may read of a table."""

    networks: frozenset[UUID] | None
    readable: Callable[[type[Model]], Q]
    reader_id: UUID | None

    @cached_property
    def _in_networks(self) -> Q:
        if self.networks is None:
            return Q()
        owned = Offering.owners.through.objects.filter(offering__network__in=self.networks)
        return (
            Q(pk__in=Membership.objects.filter(network__in=self.networks).values("organization_id"))
            | Q(pk__in=owned.values("organization_id"))
            | Q(recorded_in__in=self.networks)
        )

    def organizations(self) -> QuerySet[Organization]:
        """Organisations in reach, merged ones aside."""
        return Organization.objects.filter(self._in_networks, self.readable(Organization), merged_into=None)

    def people(self) -> QuerySet[Person]:
        """People of organisations in reach."""
        people: QuerySet[Person] = Person.objects.filter(self.readable(Person))
        if self.networks is None:
            return people
        organizations = Organization.objects.filter(self._in_networks).values("pk")
        between = Person.organizations.through.objects.filter(organization_id__in=organizations)
        return people.filter(pk__in=between.values("person_id"))

    @cached_property
    def by_address(self) -> Mapping[str, UUID]:
        """The person with each e-mail address, whatever its case; those in use before archived ones."""
        found: dict[str, UUID] = {}
        rows = self.people().exclude(email="").order_by("pk").values_list("pk", "email", "archived_at")
        for pk, email, _archived_at in sorted(rows.iterator(chunk_size=5_000), key=lambda row: row[2] is not None):
            found.setdefault(email.casefold(), pk)
        return found

    def as_text(self) -> list[Any]:
        """The same for whoever would be shown the same records."""
        return [str(self.reader_id), None if self.networks is None else sorted(map(str, self.networks))]


def reach_of(actor: Actor, network: Network) -> Reach:
    """The reach of an import by this actor into this network."""
    networks = None
    if not allows(actor, Ability.EDIT, None):
        edited = {pk for pk in actor.roles if pk is not None and allows(actor, Ability.EDIT, pk)}
        networks = frozenset({*edited, network.pk})
    return Reach(networks, partial(policies.readable, actor, network), actor.user_id)
