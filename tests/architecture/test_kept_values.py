"""A value that a firm keeps to itself comes through no reading door: pages, API and commands, taken from themselves."""

import re
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.test import Client
from tests.architecture.test_doors_api import call, endpoints
from tests.architecture.test_doors_web import OPEN, PAGES, path_of
from tests.architecture.world import World

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Membership
from unisono.cli.commands import unisono
from unisono.platform.fields import Type

_TEXTS = (Type.TEXT, Type.LONG_TEXT, Type.WORDS, Type.URL, Type.EMAIL)
_WORD = re.compile(r"zzkept[a-z]+")


def fill(world: World) -> tuple[set[str], dict[str, Any]]:
    """Fill every text that can be kept with a word of its own; gives the words and the records."""
    words: set[str] = set()
    records: dict[str, Any] = {}
    for kind in (each for each in KINDS.values() if each.choosable):
        values: dict[str, Any] = {}
        for field in (f for f in kind.choosable if f.type in _TEXTS):
            word = f"zzkept{kind.name}{field.name.replace('_', '')}"
            words.add(word)
            values[field.name] = {Type.URL: f"https://{word}.example", Type.EMAIL: f"{word}@example.org"}.get(
                field.type, word
            )
        record_id = world.ids[kind.name]
        if kind.name == "organization":
            record_id = Membership.objects.get(pk=world.ids["member"]).organization_id
        records[kind.name] = actions.edit_record(
            actor=world.owner, network=world.network, kind=kind, record_id=record_id, values=values
        )
    return words, records


def texts(world: World, client: Client, api: Client) -> Iterator[str]:
    """What an observer is given by every address that is read."""
    for address in PAGES:
        if address not in OPEN:
            answer = client.get(path_of(address, world))
            yield (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")
        if address.endswith("/export"):
            for name in ("csv", "json", "vcf", "graphml", "gexf"):
                answer = client.get(path_of(address, world), {"format": name})
                yield (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")
    for method, path in endpoints():
        if method == "GET":
            answer = call(api, method, path, world)
            yield (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")
    runner = CliRunner()
    for name, group in unisono.commands.items():
        if isinstance(group, click.Group) and name in KINDS:
            for arguments in (["list"], ["list", "--json"], ["export"], ["show", str(world.ids[name]), "--json"]):
                yield runner.invoke(unisono, [name, *arguments, "--as", "observer@example.org"]).output
    timeline = ["member", "timeline", str(world.ids["member"]), "--as", "observer@example.org", "--json"]
    yield runner.invoke(unisono, timeline).output


@pytest.mark.django_db
def test_no_reading_door_tells_what_is_kept(world: World) -> None:
    words, records = fill(world)
    client, api = world.page_client(world.observer), world.api_client(world.observer, "read")
    open_doors = [set(_WORD.findall(text)) for text in texts(world, client, api)]
    assert sum(map(bool, open_doors)) > 30, "the control: open values come through many doors"
    assert words - set().union(*open_doors) == set(), "and every value through one at least"
    for name, record in records.items():
        readers = {field.name: "parties" for field in KINDS[name].choosable}
        where: dict[str, Any] = {"actor": world.owner, "network": world.network, "kind": KINDS[name]}
        actions.choose_readers(**where, record_id=record.pk, readers=readers)
    for text in texts(world, client, api):
        assert not _WORD.findall(text), re.findall(r"<title>.*</title>|^.{300}", text, re.DOTALL)[:1]
