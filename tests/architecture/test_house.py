"""The house: rules of its structure that import-linter cannot see."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

SOURCE = Path(__file__).resolve().parents[2] / "src" / "unisono"
# Top to bottom, as docs/adr/0002 has it; areas of one row do not know each other.
AREAS = [
    {"practice"},
    {"value", "delivery"},
    {"matching", "cocreation", "curation"},
    {"goals"},
    {"care"},
    {"activities", "voice"},
    {"record"},
    {"network"},
]
RANK = {name: row for row, names in enumerate(AREAS) for name in names}


def modules() -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def area_of(path: Path) -> str | None:
    parts = path.relative_to(SOURCE).parts
    return parts[1] if parts[0] == "areas" and len(parts) > 2 else None


def test_every_area_has_its_place() -> None:
    names = {p.name for p in (SOURCE / "areas").iterdir() if p.is_dir() and not p.name.startswith("_")}
    assert names <= set(RANK)


@pytest.mark.parametrize("path", list(modules()), ids=lambda p: str(p.relative_to(SOURCE)))
def test_module_is_plain(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    name = path.relative_to(SOURCE)
    if text.strip():
        assert ast.get_docstring(tree), f"{name} does not say in its first line what it is for"
    assert text.count("\n") <= 500, f"{name} is longer than 500 lines: look for the seam"
    assert path.stem not in {"utils", "helpers", "common", "misc"}, f"{name} has a name that says nothing"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names), f"{name} imports a star"
            if (node.module or "").startswith("django.") and "signals" in (node.module or ""):
                pytest.fail(f"{name} uses Django signals")
    # An area knows only areas below it.
    area = area_of(path)
    if area:
        for other in re.findall(r"unisono\.areas\.(\w+)", text):
            assert other == area or RANK[other] > RANK[area], f"{name} imports the area {other} above or beside it"


# What opens connections, and the few modules that may: one client for HTTP, and what looks after our own processes.
_CONNECTING = {
    "socket", "ssl", "http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "smtplib", "ftplib",
    "imaplib", "poplib", "telnetlib", "xmlrpc", "socketserver", "http.server", "asyncio",
}  # fmt: skip
_MAY_CONNECT = {
    "platform/outbound.py": {"socket", "ssl", "http.client", "urllib3"},
    # Asks the server that it started on this machine whether it is ready; looks for a free port.
    "platform/serving.py": {"socket", "urllib.request"},
    # Names of errors only: the connection is Django's, to the server of the settings.
    "platform/mail.py": {"smtplib"},
    "platform/health.py": {"smtplib"},
}


def _connecting(path: Path) -> set[str]:
    """What a module imports that opens connections."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {each for each in _CONNECTING if any(name == each or name.startswith(f"{each}.") for name in names)}


def test_there_is_one_way_out() -> None:
    """Requests to other machines go through the client that checks addresses."""
    found = {str(path.relative_to(SOURCE)): used for path in modules() if (used := _connecting(path))}
    assert found == _MAY_CONNECT


def test_foreign_keys_point_down() -> None:
    for model in apps.get_models():
        if not model.__module__.startswith("unisono.areas."):
            continue
        area = model.__module__.split(".")[2]
        for field in model._meta.get_fields():
            if not isinstance(field, (models.ForeignKey, models.ManyToManyField)):
                continue
            target = field.related_model.__module__
            if target.startswith("unisono.areas."):
                other = target.split(".")[2]
                assert other == area or RANK[other] > RANK[area], f"{model.__name__}.{field.name} points up to {other}"
            else:
                assert target.startswith(("unisono.platform.", "unisono.areas.")), f"{model.__name__}.{field.name}"


def test_every_table_of_an_area_carries_its_workspace() -> None:
    for model in apps.get_models():
        if model.__module__.startswith("unisono.areas."):
            field = model._meta.get_field("workspace")
            assert not field.null, model.__name__
            for constraint in model._meta.constraints:
                if isinstance(constraint, models.UniqueConstraint):
                    assert "workspace" in constraint.fields, f"{model.__name__}: {constraint.name} lets workspaces meet"


def test_interfaces_reach_areas_through_their_doors() -> None:
    """web, api and cli never touch a model's manager."""
    for room in ("web", "api", "cli"):
        for path in sorted((SOURCE / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            imported: set[str] = set()
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and re.match(r"unisono\.areas\.\w+\.models", node.module or ""):
                    imported |= {alias.asname or alias.name for alias in node.names}
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
                    owner = ast.unparse(node.value)
                    assert owner not in imported, f"{path.relative_to(SOURCE)}:{node.lineno} reads {owner}.{node.attr}"


def test_each_area_says_what_it_owns() -> None:
    for path in (SOURCE / "areas").iterdir():
        if path.is_dir() and not path.name.startswith("_"):
            text = (path / "README.md").read_text(encoding="utf-8")
            assert re.search(r"\b(PERKS|SJODIN|KIJIMA|TREN|MATIN)-", text), f"{path.name} names no construct"


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    root = SOURCE.parents[1]
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    registries = ["py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js.org", "deb.deb" + "ian.org"]
    for name in listed.stdout.splitlines():
        path = root / name
        if not path.is_file() or path.suffix in {".png", ".ico", ".woff2"}:
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        for registry in registries:
            assert registry not in text, f"{name} names a package registry"
        assert not re.search(r"(?<![\w.])/(work|root)/", text), f"{name} holds a path of one machine"
