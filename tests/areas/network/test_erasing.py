"""Somebody is erased: their values are found nowhere any more, what happened stays, a restore brings nothing back."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from unisono.areas.network import actions, importing
from unisono.areas.network.bulk import edit_many
from unisono.areas.network.erasing import erase_person, erasure_plan, erasures_of
from unisono.areas.network.erasing.wiping import empty_columns
from unisono.areas.network.exporting import export
from unisono.areas.network.kinds import KINDS
from unisono.areas.network.models import Comment, ImportChange, Membership, Network, Person, Record
from unisono.areas.network.personal_export import export_person
from unisono.platform import log, notifications
from unisono.platform.accounts import create_token, create_workspace, ensure_user, give_role
from unisono.platform.actor import Actor
from unisono.platform.audit import heads, seal_all, sealing, verify_all
from unisono.platform.backup import backup, restore
from unisono.platform.errors import Conflict, NotAllowed
from unisono.platform.models import Event, Invitation, Job, Outgoing, StoredFile, User, Workspace, WorkspaceRole
from unisono.platform.tenancy import workspace_scope

# In every text of the person stands a word that stands nowhere else, also with letters beyond ASCII.
NAME, EMAIL, PHONE = "Kanari Fuglesærø", "kanarifugl@example.org", "+47 7315 7315"
CANARIES = ("kanari", "fugles", "7315 7315", "zitronengirlitz")


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, heads and erasures of each test's own."""
    settings.FILES_DIR = tmp_path / "files"
    settings.AUDIT_HEADS_FILE = tmp_path / "heads.jsonl"
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"
    monkeypatch.setattr(sealing, "_followed", heads.Heads())


def everything(folder: Path) -> str:
    """Every row of every table, and every file below the folder, as text."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values_list():
            found.append(f"{model._meta.label}: {json.dumps(row, default=str, ensure_ascii=False)}")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT term FROM (SELECT * FROM platform_search_fts_terms)")
        else:
            cursor.execute("SELECT words::text FROM platform_searchentry")
        found += [f"index: {row[0]}" for row in cursor.fetchall()]
    for path in folder.rglob("*"):
        if path.is_file():
            found.append(f"{path}: {path.read_bytes().decode('utf-8', 'replace')}")
    return "\n".join(found)


def traces(folder: Path) -> list[str]:
    """Where a canary word still stands."""
    return [line[:300] for line in everything(folder).splitlines() if any(word in line.casefold() for word in CANARIES)]


@pytest.fixture
def terms(transactional_db: None) -> Any:
    """A table that shows the words of SQLite's index."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS platform_search_fts_terms USING fts5vocab(platform_search_fts, row)"
            )
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE platform_search_fts_terms")


@pytest.fixture
def canary(
    terms: None, actor: Actor, network: Network, add_member: Callable[..., Membership], make_actor: Callable[..., Actor]
) -> Any:
    """A person who went through every place that may keep a word of them."""
    add: dict[str, Any] = {"actor": actor, "network": network}
    member = add_member("Hotel Utsikten")
    actions.add_custom_field(**add, record_kind="person", label="Hobby", type="text")
    book = openpyxl.Workbook()
    book.active.append(["Member", "Contact", "Contact mail", "Contact phone", "Position"])
    book.active.append(["Hotel Utsikten", NAME, EMAIL, PHONE, "Zitronengirlitz in chief"])
    content = io.BytesIO()
    book.save(content)
    columns = {
        "person": {
            "Member": "organizations", "Contact": "name", "Contact mail": "email", "Contact phone": "phone",
            "Position": "job_title",
        }
    }  # fmt: skip
    mapping = {"kinds": {"*": "person"}, "columns": columns}
    for _again in range(2):
        # The second one is only checked, and never applied.
        batch = importing.start_import(**add, file=(f"{NAME}.xlsx", [content.getvalue()]))
        importing.set_mapping(**add, batch_id=batch.pk, mapping=mapping)
        if not Person.objects.exists():
            importing.apply_import(**add, batch_id=batch.pk)
    person = Person.objects.get()
    kind = KINDS["person"]
    # As an import remembers that changes somebody.
    remembered = {"job_title": ["Zitronengirlitz before", "Zitronengirlitz in chief"]}
    ImportChange.objects.create(
        batch_id=batch.pk, row_number=2, record_kind="person", record_id=person.pk, is_new=False, values=remembered
    )
    values = {
        "decision_authority": "zitronengirlitz", "languages": "zitronengirlitz", "custom.hobby": "zitronengirlitz",
        "phone": PHONE, "job_title": "Second zitronengirlitz",
    }  # fmt: skip
    actions.edit_record(**add, kind=kind, record_id=person.pk, values=values)
    edit_many(**add, kind=kind, selection={"ids": [person.pk]}, change={"set": {"job_title": "Zitronengirlitz of all"}})
    other = actions.add_record(**add, kind=KINDS["organization"], values={"name": "Hotel Utsikten AS"})
    actions.edit_record(
        **add, kind=kind, record_id=person.pk, values={"organizations": [member.organization_id, other.pk]}
    )
    actions.merge_organizations(**add, keep_id=member.organization_id, absorb_id=other.pk)
    actions.add_record(
        **add, kind=KINDS["role"],
        values={"person": person.pk, "role_type": "mobiliser", "tasks": "zitronengirlitz", "scope": "zitronengirlitz"},
    )  # fmt: skip
    actions.add_record(**add, kind=KINDS["gathering"], values={"name": "Spring meeting", "on": "2026-03-12"})
    actions.add_record(
        **add, kind=KINDS["participation"],
        values={"membership": member.pk, "person": person.pk, "gathering": "Spring meeting"},
    )  # fmt: skip
    actions.add_record(
        **add, kind=KINDS["note"], values={"membership": member.pk, "text": f"{NAME} called from {PHONE}."}
    )
    actions.add_record(
        **add, kind=KINDS["need"], values={"membership": member.pk, "statement": f"Ask {NAME} in spring"}
    )
    # Somebody who signs in, with the same address.
    account = ensure_user(email=EMAIL, name=NAME)
    give_role(user=account, workspace=network.workspace, role="contact_person")
    them = make_actor("contact_person", email=EMAIL)
    create_token(actor=them, name="zitronengirlitz")
    actions.write_comment(**add, kind=kind, record_id=person.pk, text=f"Is {NAME} still there?")
    actions.write_comment(
        **add, kind=KINDS["member"], record_id=member.pk, text=f"@{EMAIL} and {NAME.upper()}: please look"
    )
    actions.save_view(**add, kind=kind, name=NAME, query=NAME)
    details = {"record_kind": "person", "record_id": str(person.pk)}
    notifications.notify(
        kind="mention", user_ids=[actor.user_id], subject_id=person.pk, network_id=network.pk, details=details
    )
    Job.objects.create(kind="nothing", state="done", result={"rows": [{"name": NAME}]}, started_at=timezone.now())
    Outgoing._base_manager.create(
        workspace_id=actor.workspace_id, kind="mail", purpose="hello", recipient=EMAIL,
        payload={"text": f"Dear {NAME}"}, expires_at=timezone.now(),
    )  # fmt: skip
    # One that nobody took, and one of long ago.
    for used_at in (None, timezone.now()):
        Invitation.objects.create(email=EMAIL, role="observer", used_at=used_at, expires_at=timezone.now())
    client = Client(
        headers={"authorization": f"Bearer {create_token(actor=actor, name='t', scopes=['read', 'write'])[1]}"}
    )
    answer = client.patch(
        f"/api/v1/networks/{network.slug}/people/{person.pk}", {"job_title": "Last zitronengirlitz"},
        content_type="application/json", headers={"Idempotency-Key": "once"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert b"Kanari" in b"".join(export(actor, network, kind, format="csv").content)
    return person


def test_a_canary_is_found_nowhere_after_it_was_erased(
    canary: Any, actor: Actor, network: Network, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Import, preview, log, comments, bulk edit, merge, account, outbox, jobs: no table, index, file or log has it."""
    before = traces(tmp_path)
    kept_in = {line.partition(":")[0] for line in before}
    assert {"network.Person", "network.ImportRow", "network.ImportChange", "network.BulkChange", "network.Comment",
            "network.Note", "network.Need", "platform.Job", "platform.Outgoing", "platform.User", "index",
            "platform.IdempotencyRecord", "platform.Invitation", "network.RoleAssignment"} <= kept_in  # fmt: skip
    assert [line for line in before if line.startswith("platform.Event:")] == []
    seal_all()
    backup(tmp_path.parent / f"{tmp_path.name}.older.zip")
    erase_person(actor=actor, network=network, person_id=canary.pk)
    assert "\n".join(traces(tmp_path)) == ""
    told = capfd.readouterr().err + caplog.text
    assert not any(word in told.casefold() for word in CANARIES)
    # The log is whole, and knows that it happened.
    seal_all()
    assert all(verdict.is_sound for verdict in verify_all())
    assert Event.objects.filter(kind="person.erased", subject_id=canary.pk).count() == 1
    assert not User.objects.filter(email=EMAIL).exists()
    assert KINDS["member"].model.objects.count() == 1


def test_a_restored_older_backup_erases_again(
    canary: Any, actor: Actor, network: Network, tmp_path: Path
) -> None:  # fmt: skip
    """The backup was made before; the list of erasures is all that is left of it elsewhere."""
    archive = tmp_path.parent / f"{tmp_path.name}.older.zip"
    backup(archive)
    erase_person(actor=actor, network=network, person_id=canary.pk)
    call_command("flush", interactive=False, verbosity=0)
    for path in (tmp_path / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    (tmp_path / "erasures.jsonl").replace(tmp_path / "kept.jsonl")
    restore(archive, erasures=tmp_path / "kept.jsonl")
    assert traces(tmp_path) == []
    with workspace_scope(actor.workspace_id):
        assert Person.objects.get(pk=canary.pk).name == "(erased)"
        assert Membership.objects.count() == 1


def test_without_the_list_the_backup_brings_them_back(
    canary: Any, actor: Actor, network: Network, tmp_path: Path
) -> None:
    """The control: what the list is for."""
    archive = tmp_path.parent / f"{tmp_path.name}.older.zip"
    backup(archive)
    erase_person(actor=actor, network=network, person_id=canary.pk)
    call_command("flush", interactive=False, verbosity=0)
    (tmp_path / "erasures.jsonl").unlink()
    restore(archive)
    assert traces(tmp_path)


def test_the_plan_says_what_goes_and_changes_nothing(
    canary: Any, actor: Actor, network: Network, tmp_path: Path
) -> None:
    """Looking first: the numbers are those of the erasure, and everything is still there."""
    before = everything(tmp_path)
    plan = erasure_plan(actor, network, canary.pk)
    assert everything(tmp_path) == before
    assert plan.account == EMAIL and not plan.account_stays
    erasure = erase_person(actor=actor, network=network, person_id=canary.pk)
    assert plan.counts == erasure.counts
    assert [e.person_id for e in erasures_of(actor)] == [canary.pk]


def test_others_stay_as_they_are(canary: Any, actor: Actor, network: Network) -> None:
    """Another person of a like name, and texts in which the name is part of a longer word, are not touched."""
    member = Membership.objects.get()
    values = {
        "name": "Kanari Fuglesærøy",
        "organizations": [member.organization_id],
        "job_title": "Zitronengirlitz in chief",
    }
    other = actions.add_record(actor=actor, network=network, kind=KINDS["person"], values=values)
    erase_person(actor=actor, network=network, person_id=canary.pk)
    other.refresh_from_db()
    assert (other.name, other.job_title) == ("Kanari Fuglesærøy", "Zitronengirlitz in chief")
    note = KINDS["note"].model.objects.get()
    assert note.text == "(erased) called from (erased)."
    assert Comment.objects.count() == 1


def test_nobody_erases_themselves_or_without_the_right(
    actor: Actor, network: Network, add_member: Callable[..., Membership], make_actor: Callable[..., Actor]
) -> None:
    """An owner's own account, and anybody who is no owner: refused, nothing is wiped."""
    member = add_member("Hotel Utsikten")
    values = {"name": "Ingrid Solheim", "email": "ingrid@example.org", "organizations": [member.organization_id]}
    person = actions.add_record(actor=actor, network=network, kind=KINDS["person"], values=values)
    with pytest.raises(Conflict, match="your own account"):
        erase_person(actor=actor, network=network, person_id=person.pk)
    with pytest.raises(NotAllowed):
        erase_person(actor=make_actor("orchestrator"), network=network, person_id=person.pk)
    person.refresh_from_db()
    assert person.name == "Ingrid Solheim"


def test_a_file_of_another_workspace_stays(canary: Any, actor: Actor, network: Network, owner: User) -> None:
    """Content that another workspace handed in too is theirs: it stays on the disk for them."""
    from unisono.platform.files import path_of

    elsewhere, _user = create_workspace(name="Elsewhere", owner_email=owner.email)
    sha256 = StoredFile.objects.order_by("created_at").first().sha256
    with workspace_scope(elsewhere.pk):
        StoredFile.objects.create(sha256=sha256, name="list.xlsx", content_type="x", size_bytes=10)
    erase_person(actor=actor, network=network, person_id=canary.pk)
    assert path_of(sha256).exists()
    assert not StoredFile.objects.filter(sha256=sha256).exists()


def test_words_on_what_belongs_to_a_person_are_never_logged() -> None:
    """By construction: a record that points at a person declares every column of words as personal."""
    for model in apps.get_models():
        if issubclass(model, Record) and any(
            isinstance(f, models.ForeignKey) and f.related_model is Person for f in model._meta.concrete_fields
        ):
            words = set(empty_columns(model)) - {"source_ref"}
            assert words <= model.PERSONAL, f"{model.__name__}: {words - model.PERSONAL}"
    assert set(empty_columns(Person)) - {"source_ref", "name_key", "readers"} <= Person.PERSONAL


def test_what_is_handed_out_stops_at_the_network(
    actor: Actor, network: Network, add_member: Callable[..., Membership], make_actor: Callable[..., Actor]
) -> None:
    """Who leads one network gets a person's roles and texts of that one, whatever the person there is called."""
    member = add_member("Hotel Utsikten")
    beside = actions.create_network(actor=actor, values={"name": "Harvester"})
    theirs = actions.add_member(actor=actor, network=beside, values={"name": "Equinor"})
    person = actions.add_record(
        actor=actor, network=network, kind=KINDS["person"],
        values={"name": "Equinor", "organizations": [member.organization_id]},
    )  # fmt: skip
    for where, of, text in ((network, member, "Equinor here"), (beside, theirs, "Equinor there")):
        note = {"membership": of.pk, "text": text, "visibility": "care_team"}
        actions.add_record(actor=actor, network=where, kind=KINDS["note"], values=note)
        KINDS["role"].model.objects.create(network=where, person=person, role_type="mobiliser", tasks=text)
    leads = make_actor("orchestrator", network=network)
    content = b"".join(export_person(actor=leads, network=network, person_id=person.pk).content)
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        told = json.loads(opened.read("person.json"))
    assert [role["tasks"] for role in told["records"]["roleassignment"]] == ["Equinor here"]
    assert {found["texts"]["text"] for found in told["named_in"] if found["kind"] == "note"} == {"Equinor here"}
    assert "Equinor there" not in json.dumps(told) and str(theirs.organization_id) not in json.dumps(told)


@pytest.fixture
def neighbour(owner: User) -> Workspace:
    """Another workspace of the installation."""
    return create_workspace(name="Elsewhere", owner_email="stranger@example.com")[0]


@pytest.fixture
def somebody(actor: Actor, network: Network, add_member: Callable[..., Membership]) -> Any:
    """A person of the network with an address."""
    values = {"name": "Marit Lie", "email": EMAIL, "organizations": [add_member("Hotel Utsikten").organization_id]}
    return actions.add_record(actor=actor, network=network, kind=KINDS["person"], values=values)


def test_an_account_of_another_workspace_is_not_told_of(
    somebody: Any, actor: Actor, network: Network, neighbour: Workspace, workspace: Workspace
) -> None:
    """Neither looking, nor handing out, nor erasing says that the address has an account elsewhere."""
    account = ensure_user(email=EMAIL, name="Known elsewhere")
    assert erasure_plan(actor, network, somebody.pk).account == ""  # Of nobody yet.
    give_role(user=account, workspace=neighbour, role="observer")
    them = Actor(workspace_id=workspace.pk, user_id=account.pk)
    log.record(log.event(actor=them, kind="person.changed", subject=somebody))
    plan = erasure_plan(actor, network, somebody.pk)
    assert (plan.account, plan.account_stays, plan.counts.get("account")) == ("", False, None)
    content = b"".join(export_person(actor=actor, network=network, person_id=somebody.pk).content)
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert json.loads(opened.read("person.json"))["account"] is None
    # Without a role anywhere any more it is of the workspace in which it did something; with one here it is anyway.
    WorkspaceRole.objects.filter(user=account).delete()
    assert erasure_plan(actor, network, somebody.pk).account == EMAIL
    for place in (workspace, neighbour):
        give_role(user=account, workspace=place, role="observer")
    assert erasure_plan(actor, network, somebody.pk).account_stays
    WorkspaceRole.objects.filter(user=account, workspace=workspace).delete()
    assert erase_person(actor=actor, network=network, person_id=somebody.pk).user_id is None
    account.refresh_from_db()
    assert (account.name, account.is_active) == ("Known elsewhere", True)


@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_mail_of_others_to_the_same_address_is_still_sent(
    somebody: Any, actor: Actor, network: Network, neighbour: Workspace, workspace: Workspace, is_elsewhere: bool
) -> None:
    """The workspace's own mail goes; next door's never; that of the account only when the account goes."""
    account = ensure_user(email=EMAIL, name="Marit Lie")
    for place in (workspace, neighbour) if is_elsewhere else (workspace,):
        give_role(user=account, workspace=place, role="observer")
    own, theirs, of_account = (
        Outgoing._base_manager.create(
            workspace_id=key, kind="mail", purpose="hello", recipient=EMAIL, expires_at=timezone.now()
        )
        for key in (workspace.pk, neighbour.pk, None)
    )
    erase_person(actor=actor, network=network, person_id=somebody.pk)
    waiting = set(Outgoing._base_manager.filter(state="waiting", recipient=EMAIL).values_list("pk", flat=True))
    assert waiting == ({theirs.pk, of_account.pk} if is_elsewhere else {theirs.pk})
    assert Outgoing._base_manager.get(pk=own.pk).state == "dropped"


def test_a_backup_older_than_the_person_gives_the_account_back_to_nobody(
    transactional_db: None, actor: Actor, network: Network, workspace: Workspace,
    add_member: Callable[..., Membership], tmp_path: Path,
) -> None:  # fmt: skip
    """The account was in it, the person was not: the key on the list is enough."""
    account = ensure_user(email=EMAIL, name=NAME)
    give_role(user=account, workspace=workspace, role="observer")
    archive = tmp_path.parent / f"{tmp_path.name}.older.zip"
    backup(archive)
    values = {"name": NAME, "email": EMAIL, "organizations": [add_member("Hotel Utsikten").organization_id]}
    person = actions.add_record(actor=actor, network=network, kind=KINDS["person"], values=values)
    erase_person(actor=actor, network=network, person_id=person.pk)
    call_command("flush", interactive=False, verbosity=0)
    (tmp_path / "erasures.jsonl").replace(tmp_path / "kept.jsonl")
    restore(archive, erasures=tmp_path / "kept.jsonl")
    restored = User.objects.get(pk=account.pk)
    assert (restored.name, restored.is_active, restored.roles.exists()) == ("", False, False)
    with workspace_scope(actor.workspace_id):
        assert [(e.person_id, e.user_id) for e in erasures_of(actor)] == [(person.pk, account.pk)]


def test_a_namesake_keeps_the_name(actor: Actor, network: Network, add_member: Callable[..., Membership]) -> None:
    """Another person and an organisation that are called the same stay so; other texts are swept."""
    member = add_member("Jan Hansen")
    shared = {"name": "Jan Hansen", "phone": PHONE, "organizations": [member.organization_id]}
    gone, stays = (
        actions.add_record(actor=actor, network=network, kind=KINDS["person"], values={**shared, "email": email})
        for email in ("jan@example.org", "jan.hansen@example.org")
    )
    actions.edit_record(
        actor=actor, network=network, kind=KINDS["person"], record_id=stays.pk,
        values={"decision_authority": "After Jan Hansen"},
    )  # fmt: skip
    before = (stays.name, stays.name_key, stays.email, stays.phone)
    erase_person(actor=actor, network=network, person_id=gone.pk)
    stays.refresh_from_db()
    member.organization.refresh_from_db()
    assert (stays.name, stays.name_key, stays.email, stays.phone) == before
    assert stays.decision_authority == "After (erased)"
    assert (member.organization.name, member.organization.name_key) == ("Jan Hansen", "jan hansen")
    gone.refresh_from_db()
    assert (gone.name, gone.email, gone.phone) == ("(erased)", "", "")
