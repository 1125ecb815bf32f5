"""Ways around the guards are few and named here: managers without a scope, text taken as markup, SQL by hand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import unisono

SOURCE = Path(unisono.__file__).parent

# Modules that read past the workspace's scope, each with the reason.
UNSCOPED = {
    "platform/accounts.py": "a token says itself which workspace it is of",
    "platform/actor.py": "counts what a user was told in each of their workspaces, named in the condition",
    "platform/backup/restoring.py": "a backup is of all workspaces",
    "platform/backup/tables.py": "a backup is of all workspaces",
    "platform/backup/writing.py": "a backup is of all workspaces",
    "platform/delivery.py": "one deliverer sends for all workspaces",
    "platform/erasures.py": "a restore does again what was erased, in all workspaces",
    "platform/files.py": "the sweeper looks for files that no row of any workspace names",
    "platform/invitations.py": "an invitation says itself which workspace it is to",
    "platform/jobs.py": "one worker runs the jobs of all workspaces",
    "platform/notifications.py": "an address to end mails by says itself whose they are",
    "platform/outbox.py": "account mail belongs to no workspace",
    "platform/sweeping.py": "old rows of all workspaces go",
    "platform/webhooks/sending.py": "one deliverer sends for all workspaces",
    "areas/network/actions/merge_rows.py": "rows found by their keys, which a scoped query gave",
    "areas/network/actions/comments.py": "holds one row, found by its key, which a scoped query gave",
    "areas/network/bulk/planning.py": "rows found by their keys, which a scoped query gave",
    "areas/network/bulk/writing.py": "rows found by their keys, which a scoped query gave",
    "areas/network/erasing/accounts.py": "what is erased is looked for in the workspace named in the condition",
    "areas/network/erasing/wiping.py": "what is erased is looked for in the workspace named in the condition",
    "areas/network/importing/effects.py": "rows found by their keys, which a scoped query gave",
    "areas/network/importing/undo_plan.py": "rows found by their keys, which a scoped query gave",
    "areas/network/importing/undoing.py": "rows found by their keys, which a scoped query gave",
    "areas/network/indexing.py": "rows found by their keys, which a scoped query gave",
    "areas/network/live_links.py": "a link says itself which workspace it is of",
    "areas/network/personal_export.py": "the workspace is in the condition",
    "areas/network/queries/lists.py": "rows found by their keys, which a scoped query gave",
    "areas/network/queries/records.py": "lists on records already permitted; the workspace is in the condition",
    "areas/activities/queries/contact.py": "the network, and with it the workspace, is in the condition",
    "areas/activities/queries/standing.py": "the network, and with it the workspace, is in the condition",
    "demo/clearing.py": "leaves no row of a demo behind",
    "demo/scaling.py": "writes rows of the demo's workspace in bulk",
}
# Texts that are put into a page as they are.
MARKUP = {
    "web/templatetags/unisono.py": "a constant attribute",
    "web/templates/ninja/swagger.html": "settings of the API page, JSON that the server made",
}
# SQL that is written by hand.
SQL = {
    "platform/backup/restoring.py": "numbering goes on after the rows that came with their numbers",
    "platform/backup/writing.py": "one look at all tables, however long it takes",
    "platform/bulk.py": "inserts of many rows in one statement",
    "platform/health.py": "asks the database for its version",
    "platform/jobs.py": "asks the database for a lock",
    "platform/search.py": "full-text search of both databases",
    "platform/sweeping.py": "has SQLite overwrite what it removes",
}
_MARKUP = re.compile(r"\bmark_safe\(|\bSafeString\(|\|\s*safe\b|autoescape\s+off|\bSafeData\b")
_SQL_CALLS = {"cursor", "extra", "RawSQL"}


def _files(*endings: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(SOURCE.rglob("*")):
        name = path.relative_to(SOURCE).as_posix()
        if path.suffix in endings and "/static/" not in name and "/migrations/" not in name:
            yield name, path


def test_managers_without_a_scope_are_named_with_a_reason() -> None:
    found = {
        name
        for name, path in _files(".py")
        if any(
            isinstance(node, ast.Attribute) and node.attr == "_base_manager"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert found == set(UNSCOPED)


def test_nothing_that_people_wrote_is_taken_as_markup() -> None:
    found = {name for name, path in _files(".py", ".html", ".txt") if _MARKUP.search(path.read_text(encoding="utf-8"))}
    assert found == set(MARKUP)


def _writes_sql(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in _SQL_CALLS:
                return True
            # `raw` is also what a form calls its values; on a manager it takes SQL.
            if (
                called == "raw"
                and isinstance(node.func, ast.Attribute)
                and re.search(r"objects|manager", ast.unparse(node.func.value))
            ):
                return True
    return False


def test_sql_is_written_by_hand_in_few_places() -> None:
    assert {name for name, path in _files(".py") if _writes_sql(path)} == set(SQL)
