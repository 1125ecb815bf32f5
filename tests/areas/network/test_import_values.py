"""Where the values of an import come to lie: custom fields, other names, the log, archived records."""

from collections.abc import Callable

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.models import CustomField, Membership, Network
from unisono.areas.network.queries import fields_of, get_record, value_of
from unisono.platform.actor import Actor

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def test_a_custom_field_called_like_a_built_in_one_shows_its_own_values(
    importer: Importer, actor: Actor, network: Network
) -> None:
    importer.bring_in(
        "Company,Staff\nA,7 part-time\n", {"columns": {"member": {"Company": "name", "Staff": "custom:Staff"}}}
    )
    assert CustomField.objects.get().name == "staff"
    field = next(f for f in fields_of(network, MEMBER) if f.custom)
    member = get_record(actor, network, MEMBER, Membership.objects.get().pk)
    assert value_of(MEMBER, member, field) == "7 part-time"
