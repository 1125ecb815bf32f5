"""A backup holds everything, is made while others write, and comes back on either database, whole or not at all."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from uuid_utils.compat import uuid7

from unisono.areas.network import actions, importing
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Membership, Network, Organization
from unisono.platform import search
from unisono.platform.accounts import create_token, make_sign_in_link
from unisono.platform.actor import Actor
from unisono.platform.audit import heads, seal_all, sealing
from unisono.platform.backup import backup, restore
from unisono.platform.backup.tables import LEFT_OUT, tables
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.models import Event, User
from unisono.platform.tenancy import workspace_scope

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def world(transactional_db: None, actor: Actor, network: Network, owner: User, settings: Any, tmp_path: Path) -> Actor:
    """A network with records of several kinds, files, an import, a token, a link to sign in, a sealed log."""
    settings.FILES_DIR = tmp_path / "files"
    settings.AUDIT_HEADS_FILE = tmp_path / "heads.jsonl"
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"
    add: dict[str, Any] = {"actor": actor, "network": network}
    member = actions.add_member(
        **add, values={"name": "Lærdal “Smoked”\\Trout\t\n", "tags": "food;fish", "staff_count": 7}
    )
    other = actions.add_member(**add, values={"name": "Hotel Utsikten", "joined_on": "2021-02-28"})
    for kind, values in {
        "person": {"name": "Marit", "organizations": [member.organization_id], "languages": "no;de"},
        "capability": {"organization": member.organization_id, "term": "smoking", "level": "0.50"},
        "role": {"membership": member.pk, "role_type": "lead", "delivery_probability": "0.75"},
        "relationship": {"first": member.pk, "second": other.pk, "kinds": ["supply"]},
        "agreement": {"title": "Rules", "kind": "participation_rules", "parties": [member.pk, other.pk]},
    }.items():
        actions.add_record(**add, kind=KINDS[kind], values=values)
    actions.attach_file(**add, membership_id=member.pk, name="plan.txt", chunks=[b"plan"])
    rows = b"Name;Joined\nAurland Cider;2021-02-28\nBalestrand Boats;31.02.2021\n"
    batch = importing.start_import(**add, file=("members.csv", [rows]))
    importing.set_mapping(
        **add, batch_id=batch.pk, mapping={"columns": {"member": {"Name": "name", "Joined": "joined_on"}}}
    )
    create_token(actor=actor, name="bridge")
    make_sign_in_link(owner)
    return actor


def elsewhere(folder: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`unisono` on another installation: its own database and folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UNISONO_", "DJANGO_"))}
    environment = {**kept, "UNISONO_DATA_DIR": str(folder), "DATABASE_URL": url, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-m", "unisono.cli", *words], env=environment, capture_output=True, text=True, check=False
    )


def hashes(archive: Path) -> dict[str, str]:
    """Hash of every table and file in a backup."""
    with zipfile.ZipFile(archive) as opened:
        members: dict[str, str] = json.loads(opened.read("manifest.json"))["members"]
    return {name: value for name, value in members.items() if name.startswith(("tables/", "files/"))}


def rows_in(archive: Path, table: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(archive) as opened:
        columns = json.loads(opened.read("manifest.json"))["tables"][table]["columns"]
        return [dict(zip(columns, json.loads(line), strict=True)) for line in opened.open(f"tables/{table}.jsonl")]


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a new, empty database; gone afterwards."""
    given = (
        dict(settings.DATABASES["default"])
        if connection.vendor == "postgresql"
        else {"HOST": "127.0.0.1", "PORT": 5432, "USER": "postgres"}
    )
    host, port, user, password = (str(given.get(n) or "") for n in ("HOST", "PORT", "USER", "PASSWORD"))
    name = f"restore_{uuid7().hex}"
    server: dict[str, Any] = {
        "host": host or None,
        "port": port or None,
        "user": user or None,
        "password": password or None,
    }
    try:
        admin = psycopg.connect(**server, dbname="postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("PostgreSQL does not answer")
    with admin:
        admin.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield f"postgresql://{quote(user)}{':' + quote(password) if password else ''}@{host}:{port}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_every_table_is_in_a_backup_or_left_out_for_a_reason() -> None:
    """Tables come from the registry; one that is left out is named with its reason, and nothing kept points at it."""
    known = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert {model._meta.label for model in tables()} == known - set(LEFT_OUT)
    assert set(LEFT_OUT) <= known
    for model in tables():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                assert field.related_model._meta.label not in LEFT_OUT, f"{model._meta.label}.{field.name}"


def test_sqlite_and_postgresql_take_each_others_backups(world: Actor, tmp_path: Path) -> None:
    """From here to PostgreSQL to SQLite: the hashes of all tables and files stay the same; the log is still whole."""
    backup(tmp_path / "one.zip")
    first = hashes(tmp_path / "one.zip")
    assert len(rows_in(tmp_path / "one.zip", "network_organization")) >= 2
    with postgresql() as url:
        again = _moved(tmp_path / "one.zip", tmp_path / "pg", url)
        assert hashes(again) == first
        back = _moved(again, tmp_path / "lite", f"sqlite:///{tmp_path / 'lite.sqlite3'}")
        assert hashes(back) == first
        # What is added next gets numbers of its own.
        assert elsewhere(tmp_path / "pg", url, "member", "add", "--name", "New", "--tags", "new").returncode == 0
    # The index of words was built anew.
    found = elsewhere(tmp_path / "lite", f"sqlite:///{tmp_path / 'lite.sqlite3'}", "search", "utsikten", "--json")
    assert "Hotel Utsikten" in found.stdout


def _moved(archive: Path, folder: Path, url: str) -> Path:
    """Restore into another installation, verify its log, and make a backup there."""
    done = elsewhere(folder, url, "restore", str(archive))
    assert done.returncode == 0, done.stderr
    verified = elsewhere(folder, url, "audit", "verify")
    assert verified.returncode == 0, verified.stderr
    again = folder / "again.zip"
    made = elsewhere(folder, url, "backup", str(again))
    assert made.returncode == 0, made.stderr
    return again


def test_secrets_that_open_doors_once_stay_out(world: Actor, tmp_path: Path) -> None:
    """Tokens come back by their hashes; links to sign in and sessions do not."""
    backup(tmp_path / "one.zip")
    assert len(rows_in(tmp_path / "one.zip", "platform_token")) == 1
    assert "tables/platform_signinlink.jsonl" not in hashes(tmp_path / "one.zip")
    assert "tables/django_session.jsonl" not in hashes(tmp_path / "one.zip")


def test_a_backup_made_while_others_write_is_of_one_moment(world: Actor, network: Network, tmp_path: Path) -> None:
    """While two people add members: each backup holds all that was acknowledged before, and no half of anything."""
    over, written = threading.Event(), []
    user = User.objects.get(pk=world.user_id)

    def write(name: str) -> None:
        try:
            with workspace_scope(world.workspace_id):
                number = 0
                while not over.is_set():
                    number += 1
                    values = {"name": f"{name} {number}", "tags": name}
                    written.append(actions.add_member(actor=world, network=network, values=values).pk)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in ("Fjell", "Vidde")]
    for writer in writers:
        writer.start()
    try:
        for number in range(3):
            time.sleep(0.5)
            before = {str(key) for key in list(written)}
            assert before or number == 0
            archive = tmp_path / f"{number}.zip"
            backup(archive)
            there = {row["id"]: row for row in rows_in(archive, "network_membership")}
            assert before <= set(there)
            _check_references(archive)
            # Each member came with its event, in one transaction.
            added = {row["subject_id"] for row in rows_in(archive, "platform_event") if row["kind"] == "member.added"}
            assert set(there) == added
    finally:
        over.set()
        for writer in writers:
            writer.join()
    assert len(written) > 3
    assert user.email


def _check_references(archive: Path) -> None:
    """Whatever a foreign key names is in the same backup."""
    keys: dict[str, set[Any]] = {}
    for model in tables():
        table, key = model._meta.db_table, model._meta.pk
        assert key is not None
        keys[table] = {row[key.attname] for row in rows_in(archive, table)}
    for model in tables():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                named = {row[field.attname] for row in rows_in(archive, model._meta.db_table)} - {None}
                assert named <= keys[field.related_model._meta.db_table], f"{model._meta.label}.{field.name}"


def test_a_database_that_is_not_empty_is_refused(world: Actor, tmp_path: Path) -> None:
    """Nothing of it is touched."""
    backup(tmp_path / "one.zip")
    number = Event._base_manager.count()
    with pytest.raises(Conflict, match="not empty"):
        restore(tmp_path / "one.zip")
    assert Event._base_manager.count() == number


@pytest.mark.parametrize("damage", ["cut", "byte", "missing", "manifest", "nothing", "no zip"])
def test_a_damaged_archive_is_refused(world: Actor, tmp_path: Path, damage: str) -> None:
    """Cut off, changed by a byte, short of a table, or no archive at all: a named error, before anything is written."""
    archive = tmp_path / "one.zip"
    backup(archive)
    _empty()
    content = archive.read_bytes()
    if damage == "cut":
        archive.write_bytes(content[: len(content) // 2])
    elif damage == "byte":
        at = content.index(b"tables/network_organization.jsonl") + 60
        archive.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    elif damage in ("missing", "manifest"):
        other = tmp_path / "two.zip"
        with zipfile.ZipFile(archive) as old, zipfile.ZipFile(other, "w") as new:
            for name in old.namelist():
                if damage == "missing" and name == "tables/network_note.jsonl":
                    continue
                body = old.read(name)
                new.writestr(
                    name,
                    body.replace(b"sqlite", b"mysql").replace(b"postgresql", b"mysql")
                    if name == "manifest.json" and damage == "manifest"
                    else body,
                )
        shutil.copy(other, archive)
    elif damage == "nothing":
        archive.unlink()
    else:
        archive.write_text("no archive")
    with pytest.raises(Invalid, match=r"damaged|no such file"):
        restore(archive)
    assert not Organization._base_manager.exists()


def _empty() -> None:
    from django.core.management import call_command

    call_command("flush", interactive=False, verbosity=0)


def test_a_restore_that_fails_leaves_nothing(world: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It breaks off behind the last table: not a row is there, and a second try takes it all."""
    archive = tmp_path / "one.zip"
    backup(archive)
    _empty()
    from unisono.platform.backup import restoring

    def broken(_lines: list[str]) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_afterwards", [broken])
        with pytest.raises(OSError, match="no space left"):
            restore(archive)
    assert not any(model._base_manager.exists() for model in tables())
    restore(archive)
    again = tmp_path / "again.zip"
    backup(again)
    assert hashes(again) == hashes(archive)


def test_another_version_is_refused(world: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup of a newer or earlier version says which one to install."""
    archive = tmp_path / "one.zip"
    backup(archive)
    _empty()
    from unisono.platform.backup.archive import Reader

    for change, words in ((lambda m: [*m, "platform.9999_later"], "newer"), (lambda m: m[:-1], "earlier")):
        init = Reader.__init__

        def read(self: Any, path: Path, init: Any = init, change: Any = change) -> None:
            init(self, path)
            self.manifest["migrations"] = change(self.manifest["migrations"])

        with monkeypatch.context() as patch:
            patch.setattr(Reader, "__init__", read)
            with pytest.raises(Conflict, match=words):
                restore(archive)


def test_the_search_finds_what_was_restored(world: Actor, tmp_path: Path) -> None:
    """The full-text index is filled by restoring."""
    archive = tmp_path / "one.zip"
    backup(archive)
    _empty()
    restore(archive)
    with workspace_scope(world.workspace_id):
        assert search.matching("laerdal").count() >= 1
        assert Membership.objects.count() >= 2


def test_a_database_that_is_refused_keeps_its_tables(
    world: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of an earlier version with rows in it is refused before its tables are changed."""
    backup(tmp_path / "one.zip")
    from unisono.platform.backup import restoring

    def migrated(*_words: Any, **_options: Any) -> None:
        raise AssertionError("the tables were changed")

    monkeypatch.setattr(restoring, "pending_migrations", lambda: ["platform.9999_later"])
    monkeypatch.setattr(restoring, "call_command", migrated)
    with pytest.raises(Conflict, match="not empty"):
        restore(tmp_path / "one.zip")


def test_heads_and_erasures_that_cannot_be_kept_leave_nothing_restored(
    world: Actor, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at either file: a named error, no rows, the list as it was; a second try takes it all."""
    archive, kept, listed = tmp_path / "one.zip", Path(settings.AUDIT_HEADS_FILE), Path(settings.ERASURES_FILE)
    monkeypatch.setattr(sealing, "_followed", heads.Heads())
    seal_all()
    backup(archive)
    _empty()
    kept.unlink()
    listed.write_text("an erasure that was there\n", encoding="utf-8")
    listed.chmod(0o644)

    def full(*_words: Any, **_options: Any) -> None:
        raise OSError(28, "No space left on device")

    from unisono.platform.backup import restoring

    for name in ("heads.append", "_replace"):
        with monkeypatch.context() as patch:
            patch.setattr(f"{restoring.__name__}.{name}", full)
            with pytest.raises(Invalid, match=r"No space left on device.*restore again"):
                restore(archive)
        assert not any(model._base_manager.exists() for model in tables())
        assert not kept.exists()
        assert listed.read_text(encoding="utf-8") == "an erasure that was there\n"
    restore(archive)
    assert Event._base_manager.exists()
    assert heads.read().of(world.workspace_id).sequence > 0
    assert listed.read_text(encoding="utf-8") == "an erasure that was there\n"
    assert listed.stat().st_mode & 0o777 == 0o600


def test_a_list_that_is_put_in_place_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before the new content is on the disk: the old one is still there, and nothing beside it."""
    from unisono.platform.backup import restoring

    path = tmp_path / "erasures.jsonl"
    path.write_bytes(b"old")

    def stopped(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(restoring.os, "fsync", stopped)
        with pytest.raises(OSError, match="Input/output"):
            restoring._replace(path, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("erasures.jsonl", b"old")]
