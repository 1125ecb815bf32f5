"""Full-text index over search entries: FTS5 on SQLite, a GIN index on PostgreSQL."""

from django.db import migrations

_SQLITE = [
    """
    CREATE VIRTUAL TABLE platform_search_fts USING fts5(
        folded, content='platform_searchentry', content_rowid='id', tokenize='unicode61', prefix='2 3'
    )
    """,
    """
    CREATE TRIGGER platform_search_fts_insert AFTER INSERT ON platform_searchentry BEGIN
        INSERT INTO platform_search_fts(rowid, folded) VALUES (new.id, new.folded);
    END
    """,
    """
    CREATE TRIGGER platform_search_fts_delete AFTER DELETE ON platform_searchentry BEGIN
        INSERT INTO platform_search_fts(platform_search_fts, rowid, folded) VALUES ('delete', old.id, old.folded);
    END
    """,
    """
    CREATE TRIGGER platform_search_fts_update AFTER UPDATE ON platform_searchentry BEGIN
        INSERT INTO platform_search_fts(platform_search_fts, rowid, folded) VALUES ('delete', old.id, old.folded);
        INSERT INTO platform_search_fts(rowid, folded) VALUES (new.id, new.folded);
    END
    """,
]
_POSTGRESQL = [
    "CREATE INDEX platform_search_words ON platform_searchentry USING gin (to_tsvector('simple', folded))",
]


def create(apps, schema_editor):
    statements = _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER platform_search_fts_{name}")
        schema_editor.execute("DROP TABLE platform_search_fts")
    else:
        schema_editor.execute("DROP INDEX platform_search_words")


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
