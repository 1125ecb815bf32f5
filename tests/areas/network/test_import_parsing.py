"""What a file says is read without stumbling, whatever stands in its cells."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.areas.network.importing_world import Importer

from unisono.areas.network.importing.parsing import domain_of, name_from_key
from unisono.areas.network.models import Network, Organization
from unisono.platform.actor import Actor


@given(st.text(max_size=60).map(lambda text: f"https://{text}") | st.text(max_size=60))
@example("https://[abc/x")
def test_any_text_may_stand_where_a_key_or_an_address_is_expected(text: str) -> None:
    assert isinstance(domain_of(text), str)
    assert len(name_from_key(text)) <= 200
    assert bool(name_from_key(text)) == bool(text)


@pytest.mark.django_db
def test_a_key_that_is_no_address_does_not_stop_an_import(actor: Actor, network: Network) -> None:
    mapping = {"kinds": {"*": "offering"}, "columns": {"offering": {"Product": "name", "Key": "owner_key"}}}
    Importer(actor, network).bring_in("Product,Key\nTent,https://[abc/red-hat\n", mapping)
    assert Organization.objects.get().name == "Red Hat"
