"""Stored files: content under its hash, kept while a row names it and a day longer."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from unisono.platform import files
from unisono.platform.actor import Actor
from unisono.platform.models import StoredFile

DAY = 24 * 60 * 60


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


def kept(name: str = "menu.txt", content: bytes = b"soup") -> StoredFile:
    return files.store(name=name, chunks=[content])


def grow_old(path: Path, seconds: int = DAY + 60) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_content_of_the_last_row_stays_for_a_day(actor: Actor) -> None:
    path = files.path_of(kept().sha256)
    grow_old(path)
    files.forget(StoredFile.objects.get())
    assert files.sweep() == 0, "the day begins when the row goes"
    assert path.exists()
    grow_old(path)
    assert files.sweep() == 1
    assert not path.exists()


def test_content_that_a_row_names_stays_for_ever(actor: Actor) -> None:
    first, second = kept(), kept("copy.txt")
    files.forget(first)
    path = files.path_of(second.sha256)
    grow_old(path, 400 * DAY)
    assert files.sweep() == 0
    assert path.read_bytes() == b"soup"


def test_uploads_that_broke_off_go_after_a_day(actor: Actor, folder: Path) -> None:
    kept()
    old, new = folder / "incoming-old", folder / "incoming-new"
    for path in (old, new):
        path.write_bytes(b"half")
    grow_old(old)
    assert files.sweep() == 1
    assert (old.exists(), new.exists()) == (False, True)


def test_content_handed_in_during_the_sweep_is_not_lost(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look for rows and the removal, somebody stores the same content again."""
    path = files.path_of(kept().sha256)
    StoredFile.objects.all().delete()
    grow_old(path)
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        kept("again.txt")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", late)
        assert files.sweep() == 0
    assert path.read_bytes() == b"soup"


def test_it_is_swept_once_a_day(actor: Actor, folder: Path) -> None:
    files.sweep_daily()
    kept()
    files.sweep_daily()
    broken = folder / "incoming-old"
    broken.write_bytes(b"half")
    grow_old(broken)
    files.sweep_daily()
    assert broken.exists(), "done already"
    grow_old(folder / "swept")
    files.sweep_daily()
    assert not broken.exists()
