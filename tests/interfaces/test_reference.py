"""Every command, endpoint and setting is documented, and the committed pages are what the program says today."""

import difflib
from pathlib import Path

import pytest

from unisono.cli.commands import unisono
from unisono.cli.reference import commands, openapi, pages, setting_variables

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
PAGES = pages(unisono)


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_current(name: str) -> None:
    committed = (REFERENCE / name).read_text(encoding="utf-8").splitlines()
    current = PAGES[name]().splitlines()
    difference = list(difflib.unified_diff(committed, current, "committed", "current", lineterm="", n=1))
    assert not difference, "\n".join(
        [f"docs/reference/{name} is out of date: run “unisono docs write”", *difference[:60]]
    )


def test_every_command_is_documented() -> None:
    text = (REFERENCE / "command.md").read_text(encoding="utf-8")
    for path, _command in commands(unisono):
        assert f"unisono {' '.join(path)}" in text, path


def test_every_endpoint_is_documented() -> None:
    text = (REFERENCE / "api.md").read_text(encoding="utf-8")
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            assert f"`{method.upper()} {path}`" in text
            assert operation["summary"] and operation["operationId"] and operation["tags"]
            for parameter in operation["parameters"]:
                if parameter["in"] != "path":
                    assert parameter.get("description") or parameter["schema"].get("description"), (path, parameter)


def test_every_setting_is_documented() -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    for variable, field in setting_variables().items():
        assert f"`{variable}`" in text
        assert field.description, f"{variable} says nothing about itself"
