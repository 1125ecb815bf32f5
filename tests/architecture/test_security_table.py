"""The table of security requirements: every one is there, and what is said to be met is shown by what exists."""

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "unisono"
TABLE = ROOT / "docs" / "reference" / "asvs.csv"
LEVELS = Path(__file__).with_name("data") / "asvs-5.0.0-levels.csv"
STATUSES = ("met", "partly", "not met", "not applicable")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@cache
def _tests_of(path: Path) -> set[str]:
    """Names of the tests in a file, read from its text: nothing is run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def _exists(shown_by: str) -> bool:
    """Whether there is such a test, setting or file."""
    if shown_by.startswith("setting:"):
        return hasattr(settings, shown_by.removeprefix("setting:"))
    path, _colons, test = shown_by.partition("::")
    found = ROOT / path
    return found.is_file() and (not test or (path.startswith("tests/") and test in _tests_of(found)))


def test_every_requirement_stands_once() -> None:
    """All of ASVS 5.0.0 level 1 and 2, each with its level, and no other."""
    wanted = {row["id"]: row["level"] for row in _rows(LEVELS)}
    assert Counter(wanted.values()) == {"1": 70, "2": 183}, "the standard has as many"
    rows = _rows(TABLE)
    assert len(rows) == len(wanted)
    assert {row["id"]: row["level"] for row in rows} == wanted


def test_what_is_met_is_shown() -> None:
    """By a test, a setting or a file; whatever else is said to be shown exists as well."""
    for row in _rows(TABLE):
        assert row["status"] in STATUSES, row["id"]
        assert row["requirement"].strip(), row["id"]
        if row["status"] == "met":
            assert row["shown by"], f"{row['id']} says what is met but not by what"
        if row["shown by"]:
            assert _exists(row["shown by"]), f"{row['id']}: there is no {row['shown by']}"


def test_the_reader_finds_what_is_missing() -> None:
    """Control: names of tests, settings and files that are not there are noticed."""
    here = "tests/architecture/test_security_table.py"
    assert _exists(f"{here}::test_the_reader_finds_what_is_missing") and _exists("setting:DEBUG") and _exists(here)
    assert not _exists(f"{here}::test_of_nothing") and not _exists("setting:NOTHING") and not _exists("tests/no.py")


def test_what_is_not_met_has_a_reason() -> None:
    for row in _rows(TABLE):
        assert row["status"] == "met" or len(row["reason"]) >= 8, f"{row['id']} is {row['status']} without a reason"


def test_what_the_page_counts_is_right() -> None:
    """The page on security says how many requirements are met."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for level in ("1", "2"):
        found = Counter(row["status"] for row in _rows(TABLE) if row["level"] == level)
        line = " | ".join([level, *(str(found[status]) for status in STATUSES)])
        assert f"| {line} |" in text, f"write: | {line} |"


def test_tests_that_other_pages_name_exist() -> None:
    """Every `tests/…` in the pages on security and threats is there."""
    for name in ("SECURITY.md", "THREAT_MODEL.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = re.findall(r"`(tests/[\w/.]+(?:::\w+)?)`", text)
        for shown_by in named:
            assert _exists(shown_by) or (ROOT / shown_by).is_dir(), f"{name}: there is no {shown_by}"
        links = re.findall(r"\]\(((?!https?:|#)[^)#]+)", text)
        assert all((ROOT / link).exists() for link in links), f"{name} links to what is not there"


def _modules() -> list[tuple[Path, ast.Module]]:
    paths = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def _calls(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


_RUNS = re.compile(
    r"eval|exec|__import__|(os\.(system|popen|exec\w*|spawn\w*))|((pickle|shelve|yaml|marshal)\.\w+)|subprocess\.getoutput"
)


def test_no_text_becomes_code_or_a_command() -> None:
    """Nothing is evaluated or unpickled, no shell is started."""
    for path, tree in _modules():
        found = {call for call in _calls(tree) if _RUNS.fullmatch(call)}
        # Rows of a large edit wait in a temporary file of this very process.
        # The command becomes its own server, with words of its own.
        allowed = {"platform/bulk.py": {"marshal.dumps", "marshal.loads"}, "cli/operate.py": {"os.execv"}}
        assert found <= allowed.get(str(path.relative_to(SOURCE)), set()), f"{path} calls {found}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                assert not any(each.arg == "shell" for each in node.keywords), f"{path}:{node.lineno} starts a shell"


def test_no_weak_hash_is_used() -> None:
    for path, tree in _modules():
        hashes = {call for call in _calls(tree) if re.fullmatch(r"hashlib\.\w+", call)}
        assert hashes <= {"hashlib.sha256"}, f"{path} uses {hashes}"
