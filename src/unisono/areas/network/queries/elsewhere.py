"""Organisations of other networks of the workspace, for those who may change records there as well as here."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from unisono.areas.network import policies
from unisono.areas.network.models import Membership, Network, Offering, Organization
from unisono.areas.network.models.base import Visibility
from unisono.platform.actor import Actor
from unisono.platform.permissions import Ability, allows


def networks_elsewhere(actor: Actor, network: Network) -> QuerySet[Network]:
    """The other networks whose records the actor may change; none for those who may not change those of this one."""
    others: QuerySet[Network] = Network.objects.exclude(pk=network.pk)
    if not policies.can_edit_records(actor, network):
        return others.none()
    if allows(actor, Ability.EDIT, None):
        return others
    edited = [pk for pk in actor.roles if pk is not None and pk != network.pk and allows(actor, Ability.EDIT, pk)]
    return others.filter(pk__in=edited) if edited else others.none()


def organizations_elsewhere(actor: Actor, network: Network) -> QuerySet[Organization]:
    """Organisations of those networks that the actor may read, whatever the networks are.

    What is not open to everyone in a network is left to those whose role holds in the whole workspace.
    """
    networks = networks_elsewhere(actor, network).order_by().values("pk")
    open_to = Q(visibility__in=[Visibility.PUBLIC, Visibility.NETWORK])
    return Organization.objects.filter(
        Q(pk__in=Membership.objects.filter(network__in=networks).values("organization_id"))
        | Q(pk__in=Offering.owners.through.objects.filter(offering__network__in=networks).values("organization_id"))
        | Q(recorded_in__in=networks),
        open_to | policies.readable_everywhere(actor, Organization),
        merged_into=None,
    )


def network_of_each(actor: Actor, network: Network, ids: Iterable[UUID]) -> dict[UUID, Network]:
    """One of those networks for each of these organisations: one where it is a member before another."""
    wanted = list(ids)
    found: dict[UUID, Network] = {}
    if not wanted:
        return found
    networks = {each.pk: each for each in networks_elsewhere(actor, network)}
    recorded = Organization.objects.filter(pk__in=wanted, recorded_in__in=networks).values_list("pk", "recorded_in")
    owners = Offering.owners.through.objects.filter(organization_id__in=wanted, offering__network__in=networks)
    members = Membership.objects.filter(organization_id__in=wanted, network__in=networks)
    for pairs in (
        owners.values_list("organization_id", "offering__network"),
        recorded,
        members.values_list("organization_id", "network"),
    ):
        found |= {pk: networks[at] for pk, at in pairs if at is not None}
    return found
