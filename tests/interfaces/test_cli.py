"""The `unisono` command: what goes where, exit statuses, trying without doing, choosing where and as whom."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from unisono.areas.network import actions
from unisono.areas.network.kinds import KINDS, MEMBER
from unisono.areas.network.models import Membership, Network
from unisono.areas.network.queries import select
from unisono.cli.commands import unisono
from unisono.cli.reference import commands
from unisono.platform.accounts import actor_of_token, create_workspace, find_sign_in_link
from unisono.platform.actor import Actor
from unisono.platform.health import State, checks

AddMember = Callable[..., Membership]


def run(*arguments: str, status: int = 0, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(unisono, list(arguments), input=stdin, catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result


def run_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def test_results_go_to_stdout_and_words_to_stderr(network: Network) -> None:
    added = run("member", "add", "--name", "Lærdal Smoked Trout", "--tags", "food; fish", "--sides", "provider",
                "--sides", "customer")  # fmt: skip
    key = added.stdout.strip()
    assert added.stderr == "Member added: Lærdal Smoked Trout\n"
    shown = run_json("member", "show", key)
    assert (shown["name"], shown["tags"], shown["sides"]) == (
        "Lærdal Smoked Trout", ["fish", "food"], ["provider", "customer"],
    )  # fmt: skip
    assert run_json("member", "show", "lærdal smoked trout") == shown
    assert "Lærdal Smoked Trout" in run("member", "list").stdout


def test_an_error_is_place_rule_remedy(network: Network) -> None:
    wrong = run("member", "add", "--name", "A", "--joined-on", "31.02.2021", status=2)
    assert wrong.stdout == ""
    assert wrong.stderr == "joined_on: “31.02.2021” is no date. Write it as 2021-02-28.\n"
    as_json = run("member", "add", "--name", "A", "--joined-on", "31.02.2021", "--json", status=2)
    assert as_json.stdout == ""
    assert json.loads(as_json.stderr)["problems"][0]["place"] == "joined_on"
    assert run("member", "show", "Nobody", status=2).stderr.startswith("Member: There is no “Nobody”")
    assert run("need", "show", "not an id", status=2).stderr.startswith("Need: “not an id” is no id.")
    assert run("member", "edit", "x", "--set", "nonsense", status=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["member", "add", "--name", "New"],
        ["member", "edit", "Hotel Utsikten", "--place", "Aurland"],
        ["member", "archive", "Hotel Utsikten"],
        ["member", "state", "Hotel Utsikten", "paused"],
        ["field", "add", "member", "Bank"],
        ["network", "create", "--name", "Other"],
        ["token", "create", "t"],
        ["user", "add", "new@example.org"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_a_dry_run_keeps_nothing(add_member: AddMember, arguments: list[str]) -> None:
    from django.apps import apps

    add_member("Hotel Utsikten")

    def rows() -> list[tuple[str, list[Any]]]:
        return [
            (m._meta.label, list(m._base_manager.order_by("pk").values()))
            for m in apps.get_models() if m.__module__.startswith("unisono.")
        ]  # fmt: skip

    before = rows()
    tried = run(*arguments, "--dry-run")
    assert tried.stderr.startswith("Would be: ")
    assert tried.stdout == ""
    assert rows() == before
    run(*arguments)
    assert rows() != before, "the control: without --dry-run something changes"


def test_every_kind_has_its_commands(network: Network) -> None:
    for kind in KINDS.values():
        group = unisono.commands[kind.name]
        assert isinstance(group, click.Group)
        expected = {"list", "show", "add", "edit", "archive", "restore", "export"}
        assert expected <= set(group.commands)
        assert ("state" in group.commands) == kind.has_states
        assert run_json(kind.name, "list") == []


def test_a_list_chooses_and_orders(add_member: AddMember, network: Network, actor: Actor) -> None:
    add_member("Lærdal Smoked Trout", tags="food")
    add_member("Hotel Utsikten", sides="customer")
    gone = add_member("Sogn Bus Lines")
    actions.archive_record(actor=actor, network=network, kind=MEMBER, record_id=gone.pk)

    def names(*arguments: str) -> list[str]:
        return [member["name"] for member in run_json("member", "list", *arguments)]

    assert names() == ["Hotel Utsikten", "Lærdal Smoked Trout"]
    assert names("--sort", "-name") == ["Lærdal Smoked Trout", "Hotel Utsikten"]
    assert names("-q", "laerdal") == ["Lærdal Smoked Trout"]
    assert names("--tags", "food") == ["Lærdal Smoked Trout"]
    assert names("--sides", "customer", "--state", "active") == ["Hotel Utsikten"]
    assert names("--archived") == ["Sogn Bus Lines"]
    assert len(names("--limit", "1")) == 1
    assert run("member", "restore", "Sogn Bus Lines").stderr == "Member restored: Sogn Bus Lines\n"
    assert len(names()) == 3
    found = run_json("search", "utsik", "--kind", "member")
    assert [(f["kind"], f["title"]) for f in found] == [("member", "Hotel Utsikten")]


def test_exports_are_files(add_member: AddMember, tmp_path: Path) -> None:
    add_member("Lærdal Smoked Trout")
    assert run("member", "export", "--format", "json").stdout.startswith("[")
    for ending, start in {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "json": b"["}.items():
        target = tmp_path / f"members.{ending}"
        run("member", "export", str(target))
        assert target.read_bytes().startswith(start)
    run("member", "export", str(tmp_path / "members.pdf"), status=2)
    assert not (tmp_path / "members.pdf").exists()
    run("member", "export", str(tmp_path / "no" / "members.csv"), status=2)


def test_two_become_one(add_member: AddMember, actor: Actor, network: Network) -> None:
    add_member("Hotel Utsikten")
    add_member("Utsikten Hotell")
    run("member", "merge", "Hotel Utsikten", "Utsikten Hotell")
    [left] = select(actor, network, MEMBER)
    assert left.organization.aliases == ["Utsikten Hotell"]


def test_custom_fields(network: Network) -> None:
    run("field", "add", "member", "Bank", "--type", "choice", "--choice", "DNB", "--choice", "Nordea")
    run("member", "add", "--name", "A", "--set", "custom.bank=DNB")
    run("member", "add", "--name", "B", "--set", "custom.bank=Other", status=2)
    assert run_json("member", "show", "A")["custom"] == {"bank": "DNB"}
    [field] = run_json("field", "list")
    assert (field["name"], field["choices"]) == ("custom.bank", ["DNB", "Nordea"])
    run("field", "archive", "custom.bank")
    assert run_json("field", "list") == []


def test_files_are_kept_and_saved(add_member: AddMember, tmp_path: Path) -> None:
    add_member("Hotel Utsikten")
    menu = tmp_path / "menu.txt"
    menu.write_text("soup")
    key = run("file", "attach", "Hotel Utsikten", str(menu), "--title", "Menu").stdout.strip()
    assert [f["title"] for f in run_json("file", "list", "Hotel Utsikten")] == ["Menu"]
    run("file", "save", key, str(tmp_path / "copy.txt"))
    assert (tmp_path / "copy.txt").read_text() == "soup"
    run("file", "remove", key)
    run("file", "save", key, str(tmp_path / "copy.txt"), status=2)
    run("file", "restore", key)
    assert len(run_json("file", "list", "Hotel Utsikten")) == 1


def test_where_and_as_whom(network: Network, actor: Actor, make_actor: Callable[..., Actor]) -> None:
    make_actor("observer")
    assert (
        "Your role does not allow"
        in run("member", "add", "--name", "A", "--as", "observer@example.org", status=5).stderr
    )
    assert run("member", "list", "--as", "nobody@example.org", status=2).stderr.startswith("--as:")
    actions.create_network(actor=actor, values={"name": "Harvester"})
    assert "fjord-and-valley, harvester" in run("member", "list", status=2).stderr
    run("member", "list", "--network", "harvester")
    run("member", "list", "--network", "nowhere", status=2)
    create_workspace(name="Elsewhere", owner_email="s@example.org")
    assert "elsewhere, fjord-cluster" in run("network", "list", status=2).stderr
    assert len(run_json("network", "list", "--workspace", "fjord-cluster")) == 2
    assert run_json("network", "list", "--workspace", "elsewhere") == []
    assert run("member", "list", "--workspace", "elsewhere", status=2).stderr.startswith(
        "--network: There is no network"
    )


def test_without_a_workspace_it_says_how_to_begin(db: None) -> None:
    assert "unisono up" in run("member", "list", status=2).stderr


def test_accounts(network: Network) -> None:
    run("user", "add", "Ola@Example.org", "--name", "Ola", "--role", "contact_person", "--network", "fjord-and-valley")
    people = {person["email"]: person["roles"] for person in run_json("user", "list")}
    assert people["ola@example.org"] == [{"role": "contact_person", "network": "fjord-and-valley"}]
    link = run("sign-in-link", "ola@example.org").stdout.strip()
    user = find_sign_in_link(link.rstrip("/").rpartition("/")[2])
    assert user is not None
    assert user.email == "ola@example.org"
    run("user", "add", "x@example.org", "--role", "owner", "--as", "ola@example.org", status=5)
    made = run("token", "create", "script", "--scope", "read", "--scope", "write", "--days", "3").stdout.strip()
    found = actor_of_token(made)
    assert found is not None
    assert found[0].scopes == {"read", "write"}
    [token] = run_json("token", "list")
    assert made not in json.dumps(token)
    run("token", "revoke", token["id"])
    assert actor_of_token(made) is None
    run("token", "revoke", token["id"], status=4)


def test_doctor_tells_what_is_wrong(db: None, settings: Any, tmp_path: Path) -> None:
    assert {check.name for check in checks()} > {"database", "migrations", "data folder", "worker", "time zones"}
    settings.DATA_DIR = tmp_path / "nowhere"
    settings.BASE_URL = "https://unisono.example.org"
    settings.ALLOWED_HOSTS = ["localhost"]
    found = {check.name: check for check in checks()}
    assert found["database"].state is State.OK
    assert found["data folder"].state is State.BAD
    assert found["settings"].state is State.BAD
    assert all(check.remedy for check in found.values() if check.state is not State.OK)
    report = run("doctor", "--json", status=1)
    assert json.loads(report.stdout)["well"] is False


def test_doctor_notices_that_no_worker_is_there(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
    monkeypatch.setattr("unisono.platform.health._WORKER_PATIENCE_SECONDS", 0.3)
    [worker] = [check for check in checks() if check.name == "worker"]
    assert worker.state is State.WARN
    from django_tasks_db.models import DBTaskResult

    assert not DBTaskResult.objects.exists(), "the question does not stay in the queue"


def test_every_writing_command_can_be_tried_and_every_command_explains_itself() -> None:
    for path, command in commands(unisono):
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (path, parameter.opts)
        names: Sequence[str] = [name for parameter in command.params for name in parameter.opts]
        # Restoring a backup is of the whole installation; it refuses all but an empty one.
        if len(path) > 1 and path[-1] in {
            "add",
            "edit",
            "archive",
            "restore",
            "state",
            "merge",
            "create",
            "revoke",
            "attach",
            "remove",
        }:
            assert "--dry-run" in names, path
