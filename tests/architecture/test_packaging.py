"""The wheel: built, installed into an empty environment, started, and opened at its first page."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("packaging")]

_ROOT = Path(__file__).resolve().parents[2]
_START_WITHIN_SECONDS = 120


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=_ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as it would be published."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, _ROOT)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the commands of an environment that holds the wheel and its locked requirements, and no more."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*pip, "--require-hashes", "--requirement", _ROOT / "requirements" / "run.txt")
    _run(*pip, "--no-deps", wheel)
    _run(python, "-m", "pip", "check")
    return folder / "bin"


def test_the_wheel_carries_all_that_runs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        str(path.relative_to(_ROOT / "src"))
        for folder, pattern in (
            ("src/unisono/web/static", "**/*"),
            ("src/unisono/web/templates", "**/*.html"),
            ("src/unisono/demo/data", "**/*.toml"),
            ("src/unisono", "**/migrations/*.py"),
        )
        for path in (_ROOT / folder).glob(pattern)
        if path.is_file()
    }
    assert sources - names == set()
    assert {f"unisono/web/static/bundle/{name}" for name in ("app.css", "app.js", "manifest.json")} <= names
    assert {"unisono/py.typed", "unisono/demo/data/words.toml"} <= names
    assert [name for name in names if name.startswith(("tests/", "frontend/", "bench/"))] == []
    assert [name for name in names if name.endswith("/licenses/LICENSE")] != []


@pytest.fixture
def first_link(installed: Path, tmp_path: Path) -> Iterator[str]:
    """The first sign-in link that `unisono up --demo` prints, while it runs on an empty folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("UNISONO_", "DJANGO_", "PYTHON"))
    }
    environment.pop("DATABASE_URL", None)
    environment |= {"UNISONO_DATA_DIR": str(tmp_path / "data"), "PYTHONUNBUFFERED": "1"}
    heard = tmp_path / "heard.txt"
    with heard.open("wb") as out:
        process = subprocess.Popen(
            [str(installed / "unisono"), "up", "--demo", "--no-open", "--port", str(port)],
            cwd=tmp_path, env=environment, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        end = time.monotonic() + _START_WITHIN_SECONDS
        while not (link := re.search(rf"http://localhost:{port}/\S*\w{{20,}}\S*", heard.read_text(encoding="utf-8"))):
            assert process.poll() is None, heard.read_text(encoding="utf-8")
            assert time.monotonic() < end, heard.read_text(encoding="utf-8")
            time.sleep(0.2)
        yield link[0]
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_an_installed_wheel_opens_its_first_page(first_link: str) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(first_link, timeout=30) as answer:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
    assert token is not None
    with browser.open(
        first_link, data=urllib.parse.urlencode({"csrfmiddlewaretoken": token[1]}).encode(), timeout=30
    ) as answer:
        page = answer.read().decode()
        assert answer.status == 200
    assert "Fjord and valley" in page
    for file in ("app.css", "app.js"):
        address = re.search(rf'(?:href|src)="([^"]*bundle/{re.escape(file)}[^"]*)"', page)
        assert address is not None, file
        with browser.open(urllib.parse.urljoin(first_link, address[1]), timeout=30) as answer:
            assert answer.status == 200
            assert len(answer.read()) > 10_000
