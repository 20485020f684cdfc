"""The migrations: up, unchanged by the models, down, and up again, on both databases, with the triggers around them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, make_url, text

from backend.comments.models import State
from backend.core import append_only, schema
from backend.core.db import Database, make_engine
from backend.ratings import rating
from backend.releases import queries
from backend.submissions.models import SpeakingFor
from tests import factories


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path}/empty.db")
        yield engine
        engine.dispose()
        return
    url = request.getfixturevalue("postgresql").get_uri()
    server = make_engine(url)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS migrations_test WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE migrations_test"))
    server.dispose()
    engine = make_engine(make_url(url).set(database="migrations_test").render_as_string(hide_password=False))
    yield engine
    engine.dispose()


def triggers(engine: Engine) -> set[str]:
    """The tables that have triggers of ours."""
    on_sqlite = "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    on_postgresql = (
        "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
    )
    with engine.connect() as connection:
        return set(connection.scalars(text(on_sqlite if engine.dialect.name == "sqlite" else on_postgresql)))


def tables(engine: Engine) -> set[str]:
    """The tables of ours."""
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_up_and_down_and_up_again(empty: Engine) -> None:
    protected = {*append_only.APPEND_ONLY, *append_only.MANIFEST, "release"}
    for _ in range(2):
        schema.migrate(empty)
        assert triggers(empty) == protected
        schema.migrate(empty, "base")
        assert triggers(empty) == set()
        assert tables(empty) == set()


def test_the_models_ask_for_nothing_more(empty: Engine) -> None:
    schema.migrate(empty)
    config = schema.configuration()
    with empty.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_an_upgrade_that_changes_nothing_keeps_triggers_and_foreign_keys(empty: Engine) -> None:
    schema.migrate(empty)
    before = triggers(empty)
    schema.migrate(empty)
    assert triggers(empty) == before
    if empty.dialect.name == "sqlite":
        with empty.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_the_database_is_current_only_at_the_last_migration(empty: Engine) -> None:
    database = Database(empty.url.render_as_string(hide_password=False))
    assert not schema.is_current(database)
    schema.migrate(empty)
    assert schema.is_current(database)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of_another_time'"))
    assert not schema.is_current(database)
    database.engine.dispose()


def test_the_way_back_and_forth_keeps_drafts_and_what_was_sent(empty: Engine) -> None:
    schema.migrate(empty)
    database = Database(empty.url.render_as_string(hide_password=False))
    with database.transaction() as session:
        framework = factories.make_framework(session)
        round_ = factories.make_round(session, framework)
        line = queries.manifest(session, round_.release)[0]
        factories.make_ratings(session, round_, line.entry, [4])
        organisation = factories.make_organisation(session)
        member = factories.make_member(session, organisation)
        submission = factories.make_submission(session, round_, organisation=organisation)
        factories.make_comment(session, submission, member, entry=line.entry, body="A draft.", state=State.DRAFT)
        factories.make_comment(session, submission, member, entry=line.entry, body="Sent.", state=State.PUBLISHED)
        rating.rate(session, submission, line.revision, {"clarity": 1}, by=member)
        private = factories.make_submission(session, round_, person=factories.make_specialist(session))
        private.speaking_for = SpeakingFor.PRIVATE
        rating.rate(session, private, line.revision, {"clarity": 5}, by=private.person)
    database.engine.dispose()

    def kept() -> tuple[list[object], list[object], list[object]]:
        with empty.connect() as connection:
            return (
                list(connection.scalars(text("SELECT score FROM rating ORDER BY id"))),
                list(connection.scalars(text("SELECT score FROM rating_event ORDER BY id"))),
                list(connection.scalars(text("SELECT body FROM comment_text ORDER BY body"))),
            )

    config = schema.configuration()
    assert kept() == ([4, 1, 5], [4, 5], ["Sent."])
    with empty.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "first_tables")
    assert kept() == ([4, 5], [4, 5], ["A draft.", "Sent."])
    schema.migrate(empty)
    with empty.connect() as connection:
        assert list(connection.scalars(text("SELECT body FROM draft"))) == ["A draft."]
        assert connection.scalar(text("SELECT count(*) FROM rating WHERE sent_at IS NULL")) == 0
        assert connection.scalar(text("SELECT count(*) FROM submission WHERE first_sent_at IS NULL")) == 0


def test_organisations_that_share_a_name_already_keep_it(empty: Engine) -> None:
    schema.migrate(empty, "feedback_signed_off")
    with empty.begin() as connection:
        for number, name in enumerate(("Same", "SAME", "Other"), start=1):
            connection.execute(
                text(
                    "INSERT INTO organisation (id, slug, name, type_code, constituency, size_band, nation,"
                    " likely_used_by_children, created_at) VALUES"
                    " (:number, :slug, :name, 'x', 'online-services', '', '', '', '2026-11-01 00:00:00')"
                ),
                {"number": number, "slug": f"slug-{number}", "name": name},
            )
    schema.migrate(empty)
    with empty.connect() as connection:
        rows = connection.execute(text("SELECT name, name_key FROM organisation ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("Same", "same"), ("SAME", "same (2)"), ("Other", "other")]
