"""Networks opened and configured by several people at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from unisono.areas.network.actions import add_custom_field, change_network_state, create_network, edit_network
from unisono.areas.network.models import CustomField, Network
from unisono.platform.errors import Conflict
from unisono.platform.models import Event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_an_edit_leaves_what_others_changed_since_it_was_read(actor, network) -> None:
    read_earlier = Network.objects.get(pk=network.pk)
    edit_network(actor=actor, network=network, values={"purpose": "More guests in winter"})
    change_network_state(actor=actor, network=network, state="paused")
    edited = edit_network(actor=actor, network=read_earlier, values={"name": "Fjord"}, at=NOW)
    stored = Network.objects.get(pk=network.pk)
    assert (stored.name, stored.purpose, stored.state) == ("Fjord", "More guests in winter", "paused")
    assert (edited.name, stored.updated_at) == ("Fjord", NOW)


def test_the_log_has_what_was_there_not_what_was_read(actor, network) -> None:
    read_earlier = Network.objects.get(pk=network.pk)
    edit_network(actor=actor, network=network, values={"purpose": "One"})
    edit_network(actor=actor, network=read_earlier, values={"purpose": "Two"})
    changes = Event.objects.filter(kind="network.edited").order_by("created_at", "id").last().changes
    assert changes == {"purpose": ["One", "Two"]}
    edit_network(actor=actor, network=read_earlier, values={"purpose": "Two"})
    assert Event.objects.filter(kind="network.edited").count() == 2


def test_a_new_state_is_a_change_of_the_network(actor, network) -> None:
    change_network_state(actor=actor, network=network, state="paused", at=NOW)
    assert Network.objects.get(pk=network.pk).updated_at == NOW


def test_of_two_fields_of_one_name_added_at_once_one_comes_in(actor, network, monkeypatch) -> None:
    values: dict[str, Any] = {"actor": actor, "network": network, "record_kind": "member", "label": "Stand"}
    add_custom_field(**values)
    # The look whether the field is there came before the other one was inserted.
    monkeypatch.setattr(CustomField.objects, "filter", lambda **conditions: CustomField.objects.none())
    with pytest.raises(Conflict) as caught:
        add_custom_field(**values)
    monkeypatch.undo()
    assert caught.value.problems[0].place == "label"
    assert CustomField.objects.count() == 1


def test_of_two_networks_of_one_name_opened_at_once_one_is_told(actor, network, monkeypatch) -> None:
    # The short name is chosen from those that were there a moment ago.
    monkeypatch.setattr(Network.objects, "filter", lambda **conditions: Network.objects.none())
    with pytest.raises(Conflict) as caught:
        create_network(actor=actor, values={"name": network.name})
    monkeypatch.undo()
    assert caught.value.problems[0].place == "name"
    assert Network.objects.count() == 1
