"""A representative's role is a mandate: for one organisation, in one network."""

from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from unisono.platform.accounts import ensure_user, give_role
from unisono.platform.actor import actor_of, seats_of
from unisono.platform.errors import Invalid
from unisono.platform.models import User, Workspace, WorkspaceRole


@pytest.fixture
def marit(db: None) -> User:
    return ensure_user(email="marit@example.org", name="Marit")


def test_an_actor_knows_whom_it_represents_and_where(marit: User, workspace: Workspace) -> None:
    here, there, farm, mill = (uuid7() for _n in range(4))
    for network, organization in ((here, farm), (here, mill), (there, mill)):
        give_role(
            user=marit, workspace=workspace, role="representative", network_id=network, organization_id=organization
        )
    give_role(user=marit, workspace=workspace, role="observer", network_id=there)
    acting = actor_of(marit, workspace)
    assert acting is not None
    assert acting.represents_in(here) == {farm, mill}
    assert acting.represents_in(there) == {mill}
    assert acting.represents_in(uuid7()) == acting.represents_in(None) == frozenset()
    assert acting.represents == {farm, mill}
    assert acting.roles_in(there) == {"observer", "representative"}
    assert [seat.actor for seat in seats_of(marit)] == [acting]


def test_who_represents_nobody_has_no_mandate(owner: User, workspace: Workspace) -> None:
    acting = actor_of(owner, workspace)
    assert acting is not None
    assert acting.represents == frozenset()


def test_asking_who_somebody_is_takes_one_query(
    marit: User, workspace: Workspace, django_assert_num_queries: object
) -> None:
    give_role(user=marit, workspace=workspace, role="representative", network_id=uuid7(), organization_id=uuid7())
    with django_assert_num_queries(1):  # type: ignore[operator]
        actor_of(marit, workspace)
    with django_assert_num_queries(1):  # type: ignore[operator]
        seats_of(marit)


@pytest.mark.parametrize(("role", "with_network"), [("observer", True), ("owner", False), ("representative", False)])
def test_only_a_representative_acts_for_an_organisation_and_in_one_network(
    marit: User, workspace: Workspace, role: str, with_network: bool
) -> None:
    place: UUID | None = uuid7() if with_network else None
    with pytest.raises(Invalid, match="Only a representative"):
        give_role(user=marit, workspace=workspace, role=role, network_id=place, organization_id=uuid7())
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkspaceRole.objects.create(
            user=marit, workspace=workspace, role=role, network_id=place, organization_id=uuid7()
        )


def test_a_mandate_is_given_once(marit: User, workspace: Workspace) -> None:
    place, farm = uuid7(), uuid7()
    for _time in range(2):
        give_role(user=marit, workspace=workspace, role="representative", network_id=place, organization_id=farm)
    assert WorkspaceRole.objects.filter(user=marit).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkspaceRole.objects.create(
            user=marit, workspace=workspace, role="representative", network_id=place, organization_id=farm
        )
