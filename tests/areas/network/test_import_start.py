"""Start an import: the file is read as it is, or refused by name with nothing kept."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.importing import reading
from unisono.areas.network.models import ImportBatch, Network
from unisono.engines.tabular import CODES, TabularError
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, NotAllowed, NotFound
from unisono.platform.files import path_of, sweep
from unisono.platform.models import StoredFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def test_a_file_from_older_excel_is_read(importer: Importer) -> None:
    batch = importer.start("Firma;Ort\nGroße Bäckerei;Köln\n".encode("cp1252"))
    assert batch.state == "columns"
    assert (batch.layout["encoding"], batch.layout["delimiter"]) == ("cp1252", ";")
    assert importing.preview(batch) == [(2, {"Firma": "Große Bäckerei", "Ort": "Köln"})]


@pytest.mark.parametrize(
    ("name", "content", "place", "rule"),
    [
        ("members.csv", b"", "members.csv", "no rows"),
        ("members.csv", b"name\n", "members.csv, row 1", "no rows below"),
        ("members.csv", b"PK\x03\x04broken", "members.csv", "damaged"),
        ("members.csv", b"a\xc3\xb8,b\n" * 9 + b"\xff,b\n", "members.csv, line 10, byte 55", "0xFF"),
        ("members.pdf", b"%PDF-1.7", "members.pdf", "of this type"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_kept(
    importer: Importer, name: str, content: bytes, place: str, rule: str
) -> None:
    with pytest.raises(Invalid) as caught:
        importer.start(content, name=name)
    problem = caught.value.problems[0]
    assert problem.place == place
    assert rule in problem.rule
    assert problem.remedy
    assert not ImportBatch.objects.exists()
    assert not StoredFile.objects.exists()


def test_the_content_of_a_refused_file_goes_a_day_later(importer: Importer) -> None:
    content = b"name\n"
    path = path_of(hashlib.sha256(content).hexdigest())
    with pytest.raises(Invalid):
        importer.start(content)
    assert path.exists(), "somebody else may be handing the same in"
    os.utime(path, (0, 0))
    sweep()
    assert not path.exists()


def test_every_fault_of_a_file_has_words() -> None:
    assert set(reading._WORDS) == CODES
    for code in CODES:
        particulars = {
            "limit": 1,
            "encoding": "x",
            "value": "y",
            "sheet": "s",
            "sheets": "t",
            "what": "w",
            "said": "s",
            "root": "r",
        }
        problem = reading.problem_of(TabularError(code, row=3, **particulars), "f.csv")  # type: ignore[arg-type]
        assert problem.rule and problem.remedy and "%(" not in problem.rule + problem.remedy


@pytest.mark.parametrize(
    "options", [{"delimiter": "ab"}, {"header_row": "x"}, {"encoding": "klingon"}, {"colour": "red"}]
)
def test_options_that_make_no_sense_are_named(importer: Importer, options: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        importer.start("name\nA\n", **options)
    assert not ImportBatch.objects.exists()


def test_options_change_how_the_file_is_read(importer: Importer) -> None:
    batch = importer.start("a;b\n1;2\n", delimiter="tab", header_row="0")
    assert batch.headers == ["column 1"]


def test_a_path_that_does_not_exist(importer: Importer, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        importing.start_import(**importer.where, file=tmp_path / "none.csv")


def test_only_those_who_import_may(network: Network, make_actor: Callable[..., Actor]) -> None:
    contact = Importer(make_actor("contact_person"), network)
    with pytest.raises(NotAllowed):
        contact.start("name\nA\n")
    with pytest.raises(NotAllowed):
        importing.batches_of(contact.actor, network)


def test_a_batch_of_another_network_is_not_there(importer: Importer, actor: Actor) -> None:
    from unisono.areas.network.actions import create_network

    batch = importer.start("name\nA\n")
    other = create_network(actor=actor, values={"name": "Other"})
    with pytest.raises(NotFound):
        importing.get_batch(actor, other, batch.pk)
