"""The worked example of docs/how-to/add-a-use-case.md works as it stands there."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from unisono.areas.network.actions import add_record
from unisono.areas.network.kinds import AGREEMENT
from unisono.areas.network.models import Network
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid, NotAllowed
from unisono.platform.models import Event

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "add-a-use-case.md"


@pytest.fixture
def example() -> dict[str, Any]:
    """The names that the page's code defines."""
    test, action = re.findall(r"```python\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"add_record": add_record, "AGREEMENT": AGREEMENT, "Event": Event, "date": date}
    exec(compile(action, "action", "exec"), names)
    exec(compile(test, "test", "exec"), names)
    return names


def test_the_pages_own_test_passes(example: dict[str, Any], actor: Actor, network: Network) -> None:
    example["test_an_agreement_gets_its_next_version"](actor, network)


def test_what_must_not_happen_does_not(
    example: dict[str, Any], actor: Actor, network: Network, make_actor: Callable[..., Actor]
) -> None:
    values = {"title": "Rules", "kind": "scope", "review_on": "2026-06-01"}
    drafted = add_record(actor=actor, network=network, kind=AGREEMENT, values=values)
    renew = example["renew_agreement"]
    with pytest.raises(Conflict):
        renew(actor=actor, network=network, agreement_id=drafted.pk, review_on="2028-06-01")
    for day in ("2026-06-01", "31.02.2028", ""):
        with pytest.raises(Invalid):
            renew(actor=actor, network=network, agreement_id=drafted.pk, review_on=day)
    with pytest.raises(NotAllowed):
        renew(actor=make_actor("observer"), network=network, agreement_id=drafted.pk, review_on="2028-06-01")
    drafted.refresh_from_db()
    assert drafted.version == 1


def test_files_that_the_page_names_exist() -> None:
    root = _PAGE.parents[2]
    named = re.findall(r"`((?:areas|web|api|cli|platform)/[\w/]+\.py)`", _PAGE.read_text(encoding="utf-8"))
    made_by_the_example = {"areas/network/actions/agreements.py"}
    assert len(named) > 5
    assert [
        name for name in named if name not in made_by_the_example and not (root / "src/unisono" / name).exists()
    ] == []
