"""The database itself refuses to change what was published, whoever asks."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from backend.releases import queries, revising
from tests import factories

CHANGES = [
    "UPDATE revision SET content = '{}'",
    "UPDATE revision SET message = 'x'",
    "DELETE FROM revision",
    "UPDATE revision_term SET term_id = term_id",
    "DELETE FROM revision_term",
    "UPDATE release_entry SET revision_id = revision_id + 0",
    "DELETE FROM release_entry",
    "INSERT INTO release_entry (release_id, entry_id, revision_id) SELECT release.id, entry_id, revision.id "
    "FROM release, revision JOIN entry ON entry.id = entry_id WHERE code = 'CCHF-03' AND release.number = '0.2'",
    "INSERT INTO retirement (release_id, entry_id, because) SELECT id, (SELECT min(id) FROM entry), 'x' FROM release",
    "UPDATE retirement SET because = 'x'",
    "DELETE FROM retirement",
    "UPDATE release SET number = '9' WHERE number = '0.1'",
    "UPDATE release SET title = 'x', state = 'withdrawn'",
    "UPDATE release SET digest = 'x'",
    "UPDATE release SET introduction = 'x'",
    "UPDATE release SET published_at = NULL",
    "UPDATE release SET state = 'draft'",
    "DELETE FROM release",
]  # fmt: skip
REPLACEMENTS = [
    "INSERT OR REPLACE INTO revision SELECT * FROM revision",
    "INSERT OR REPLACE INTO revision_term SELECT * FROM revision_term",
    "INSERT OR REPLACE INTO release_entry SELECT * FROM release_entry",
    "INSERT OR REPLACE INTO retirement SELECT * FROM retirement",
    "INSERT OR REPLACE INTO release SELECT * FROM release",
    "UPDATE OR REPLACE release_entry SET entry_id = entry_id",
]
UPSERTS = [
    "INSERT INTO revision SELECT * FROM revision ON CONFLICT (id) DO UPDATE SET content = '{}'",
    "INSERT INTO release SELECT * FROM release WHERE true ON CONFLICT (id) DO UPDATE SET title = 'x'",
]
TABLES = ["revision", "revision_term", "release_entry", "release", "retirement"]


@pytest.fixture
def published(session: Session) -> Session:
    """Two published releases; the second has retired an entry."""
    framework = factories.make_framework(session)
    draft = factories.make_draft(session, framework)
    revising.retire(session, draft, queries.entry(session, "CCHF-03"), because="Merged", superseded_by=None, by=None)
    revising.freeze(session, draft, by=None)
    session.commit()
    return session


def refused(session: Session, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only|published"), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.parametrize("statement", CHANGES)
def test_plain_sql_cannot_change_it(published: Session, statement: str) -> None:
    refused(published, statement)


@pytest.mark.parametrize("table", TABLES)
def test_it_cannot_be_emptied(published: Session, table: str) -> None:
    is_sqlite = published.get_bind().dialect.name == "sqlite"
    refused(published, f"DELETE FROM {table}" if is_sqlite else f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("statement", REPLACEMENTS + UPSERTS)
def test_replacing_a_row_is_refused_too(published: Session, statement: str) -> None:
    if published.get_bind().dialect.name != "sqlite" and "OR REPLACE" in statement:
        pytest.skip("PostgreSQL has no OR REPLACE; its upserts are tried as well")
    if published.get_bind().dialect.name == "sqlite":
        statement = statement.replace("FROM revision ON", "FROM revision WHERE true ON")
    refused(published, statement)


def test_withdrawing_is_allowed_and_cannot_be_undone(published: Session) -> None:
    published.execute(
        text("UPDATE release SET state = 'withdrawn', withdrawn_because = 'A mistake' WHERE number = '0.2'")
    )
    refused(published, "UPDATE release SET state = 'published' WHERE number = '0.2'")
