"""What the database itself refuses to change.

Triggers stand on both databases. They are declared here once; `migrations/env.py` drops them before an upgrade,
because SQLite cannot rebuild a table while triggers name it, and installs them again after it.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, inspect, text

APPEND_ONLY: dict[str, list[tuple[str, ...]]] = {
    "revision": [("id",), ("entry_id", "number")],
    "revision_translation": [("id",), ("revision_id", "language", "number")],
    "revision_term": [("revision_id", "term_id")],
    "comment_text": [("id",), ("comment_id", "number")],
    "check": [("id",)],
    "sign_off": [("id",), ("submission_id", "number")],
    "rating_event": [("id",)],
    "cause": [("revision_id", "comment_id", "field")],
    "decision": [("id",)],
    "consent_record": [("id",)],
    "audit_event": [("id",)],
    "page_version": [("id",), ("page_id", "number")],
}
"""Tables whose rows are never changed or deleted, each with its unique keys.

SQLite's `INSERT OR REPLACE` rewrites a row without firing a delete trigger, so inserting a key that exists is refused.
"""

MANIFEST = ("release_entry", "retirement")
"""Tables whose rows are frozen once their release is no longer a draft."""


RELEASE_COLUMNS = (
    "id",
    "framework_id",
    "number",
    "title",
    "introduction",
    "position",
    "previous_id",
    "digest",
    "published_at",
)
"""What stays as published: withdrawing may set only the state, the moment and the reason."""


def install(connection: Connection) -> None:
    """Install every trigger whose table exists."""
    present = set(inspect(connection).get_table_names())
    statements = _for_sqlite(present) if connection.dialect.name == "sqlite" else _for_postgresql(present)
    for statement in statements:
        connection.execute(text(statement))


def drop(connection: Connection) -> None:
    """Drop every trigger of ours."""
    if connection.dialect.name == "sqlite":
        names = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'keep\\_%' ESCAPE '\\'")
        )
        for name in names.scalars().all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
    else:
        rows = connection.execute(
            text(
                "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                "WHERE tgname LIKE 'keep\\_%' AND NOT tgisinternal"
            )
        )
        for name, table in rows.all():
            connection.execute(text(f'DROP TRIGGER "{name}" ON "{table}"'))


def _same(keys: tuple[str, ...], new: str = "NEW") -> str:
    return " AND ".join(f"{key} = {new}.{key}" for key in keys)


def _changed_columns(different: str) -> str:
    return " OR ".join(f"OLD.{column} {different} NEW.{column}" for column in RELEASE_COLUMNS)


def _for_sqlite(present: set[str]) -> Iterator[str]:
    for table in APPEND_ONLY.keys() & present:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        yield f'CREATE TRIGGER "keep_{table}_update" BEFORE UPDATE ON "{table}" {refuse}'
        yield f'CREATE TRIGGER "keep_{table}_delete" BEFORE DELETE ON "{table}" {refuse}'
        for place, keys in enumerate(APPEND_ONLY[table]):
            exists = f'EXISTS (SELECT 1 FROM "{table}" WHERE {_same(keys)})'  # noqa: S608  # names from above
            yield f'CREATE TRIGGER "keep_{table}_insert_{place}" BEFORE INSERT ON "{table}" WHEN {exists} {refuse}'
    for table in present.intersection(MANIFEST):
        refuse = "BEGIN SELECT RAISE(ABORT, 'the release is published'); END"
        for act, rows in {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}.items():
            frozen = " OR ".join(
                f"(SELECT state FROM \"release\" WHERE id = {row}.release_id) <> 'draft'"  # noqa: S608  # OLD or NEW
                for row in rows
            )
            yield f'CREATE TRIGGER "keep_{table}_{act.lower()}" BEFORE {act} ON "{table}" WHEN {frozen} {refuse}'
    if "release" in present:
        refuse = "BEGIN SELECT RAISE(ABORT, 'the release is published'); END"
        yield f'CREATE TRIGGER "keep_release_delete" BEFORE DELETE ON "release" WHEN OLD.state <> \'draft\' {refuse}'
        yield (
            'CREATE TRIGGER "keep_release_update" BEFORE UPDATE ON "release" WHEN OLD.state <> \'draft\' AND '
            f"(NEW.state NOT IN (OLD.state, 'withdrawn') OR {_changed_columns('IS NOT')}) {refuse}"
        )
        yield (
            'CREATE TRIGGER "keep_release_insert" BEFORE INSERT ON "release" WHEN EXISTS '  # noqa: S608  # our names
            "(SELECT 1 FROM \"release\" WHERE state <> 'draft' "
            "AND (id = NEW.id OR (framework_id = NEW.framework_id AND number = NEW.number))) "
            f"{refuse}"
        )


def _for_postgresql(present: set[str]) -> Iterator[str]:
    yield (
        "CREATE OR REPLACE FUNCTION keep_rows() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    yield (
        "CREATE OR REPLACE FUNCTION keep_manifest() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN "
        "IF TG_OP <> 'INSERT' AND EXISTS "
        "(SELECT 1 FROM release WHERE id = OLD.release_id AND state <> 'draft' FOR SHARE) "
        "THEN RAISE EXCEPTION 'the release is published'; END IF; "
        "IF TG_OP <> 'DELETE' AND EXISTS "
        "(SELECT 1 FROM release WHERE id = NEW.release_id AND state <> 'draft' FOR SHARE) "
        "THEN RAISE EXCEPTION 'the release is published'; END IF; "
        "RETURN COALESCE(NEW, OLD); END $$"
    )
    yield (
        "CREATE OR REPLACE FUNCTION keep_release() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF OLD.state = 'draft' THEN RETURN COALESCE(NEW, OLD); END IF; "
        f"IF TG_OP = 'DELETE' OR NEW.state NOT IN (OLD.state, 'withdrawn') OR {_changed_columns('IS DISTINCT FROM')} "
        "THEN RAISE EXCEPTION 'the release is published'; END IF; RETURN NEW; END $$"
    )
    for table in APPEND_ONLY.keys() & present:
        yield f'CREATE TRIGGER keep_row BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION keep_rows()'
        yield f'CREATE TRIGGER keep_all BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()'
    for table in present.intersection(MANIFEST):
        yield (
            f'CREATE TRIGGER keep_row BEFORE INSERT OR UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION keep_manifest()"
        )
        yield f'CREATE TRIGGER keep_all BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()'
    if "release" in present:
        yield (
            'CREATE TRIGGER keep_row BEFORE UPDATE OR DELETE ON "release" FOR EACH ROW EXECUTE FUNCTION keep_release()'
        )
        yield 'CREATE TRIGGER keep_all BEFORE TRUNCATE ON "release" FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()'
