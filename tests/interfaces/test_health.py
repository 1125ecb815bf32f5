"""/healthz and /readyz, and `unisono up` as real processes."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client

from unisono.cli.commands import unisono
from unisono.platform.health import Check, State
from unisono.platform.models import Workspace


def test_ready_when_all_is_there(db: None) -> None:
    assert Client().get("/readyz").status_code == 200
    assert Client().get("/readyz")["Cache-Control"]


def test_alive_without_asking_the_database() -> None:
    # No database fixture: a query here would fail the test.
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_not_ready_says_what_is_missing_and_no_more(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Check("migrations", State.BAD, "3 are missing in /some/folder", "Run it.")
    monkeypatch.setattr("unisono.web.health.readiness", lambda: [bad])
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "failing": ["migrations"]}


def _up(folder: Path, *options: str) -> subprocess.Popen[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    } | {"UNISONO_DATA_DIR": str(folder)}  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "unisono.cli", "up", "--no-open", *options],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _children_of(process: subprocess.Popen[str]) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in found.stdout.split()]


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_up_starts_both_and_ends_both(tmp_path: Path) -> None:
    process = _up(
        tmp_path, "--port", "18480", "--workspace-name", "Fjord cluster", "--owner-name", "Ingrid", "--owner-email",
        "ingrid@example.org", "--network-name", "Fjord and valley",
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.search(r"Ingrid\s+owner\s+(http://localhost:\d+)/sign-in/\S+/", line)
        assert match, line
        with urllib.request.urlopen(f"{match[1]}/readyz", timeout=5) as answer:
            assert answer.status == 200
        both = _children_of(process)
        assert len(both) == 2
        process.send_signal(signal.SIGTERM)
        _out, told = process.communicate(timeout=30)
        assert process.returncode == 0, told
        assert not [pid for pid in both if _lives(pid)], "server and worker end with it"
    finally:
        process.kill()
        process.wait()


def test_up_on_an_empty_database_asks_and_saves_nothing_half(db: None) -> None:
    given = ["--workspace-name", "W", "--owner-name", "I"]
    nobody_to_ask = CliRunner().invoke(unisono, ["up", *given])
    assert nobody_to_ask.exit_code == 2
    assert "--owner-email: It is needed" in nobody_to_ask.stderr
    wrong = ["--owner-email", "i@example.org", "--network-name", "N", "--time-zone", "Mars"]
    refused = CliRunner().invoke(unisono, ["up", *given, *wrong])
    assert refused.exit_code == 2
    assert "time_zone" in refused.stderr
    assert not Workspace.objects.exists()
