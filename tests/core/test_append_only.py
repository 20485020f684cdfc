"""The database itself refuses to change what has happened, whoever asks and however."""

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from backend.answers.models import Decision, Outcome
from backend.comments.models import Check, CommentText, State
from backend.core import append_only
from backend.core.db import Database
from backend.ratings.models import RatingEvent
from backend.registrations import consent
from backend.registrations.kinds import ConsentAct, Method, Purpose
from backend.releases import queries, translating
from backend.releases.content import EntryContent
from backend.releases.models import Criterion, Revision
from backend.submissions.models import SignOff
from backend.suggestions.models import Cause
from tests import factories


@pytest.fixture
def kept(session: Session) -> Iterator[Session]:
    """A row in every table that is append-only."""
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework)
    organisation = factories.make_organisation(session)
    member = factories.make_member(session, organisation)
    staff = factories.make_staff(session)
    entry = queries.manifest(session, queries.current_release(session, framework))[0].entry
    submission = factories.make_submission(session, round_, organisation=organisation)
    comment = factories.make_comment(session, submission, member, entry=entry, state=State.PUBLISHED)
    words = session.exec(select(CommentText)).one()
    revision = session.exec(select(Revision).order_by(col(Revision.id))).first()
    criterion = session.exec(select(Criterion)).first()
    assert revision
    assert criterion
    session.add(Check(comment_id=comment.id, text_number=words.number, moderator_id=staff.id, outcome=State.PUBLISHED))
    session.add(
        RatingEvent(
            voice="organisation:1",
            author_id=member.id,
            revision_id=revision.id,
            criterion_id=criterion.id,
            round_id=round_.id,
            constituency=organisation.constituency,
            score=4,
        )
    )
    session.add(SignOff(submission_id=submission.id, number=1, signed_by_id=member.id, digest="0" * 64))
    session.add(Cause(revision_id=revision.id, comment_id=comment.id, field="title"))
    session.add(
        Decision(
            comment_id=comment.id,
            release_id=submission.round.release_id,
            outcome=Outcome.NOT_CHANGED,
            reason="It is clear as it stands.",
            decided_by_id=staff.id,
        )
    )
    factories.make_page(session)
    translating.translate(session, revision, EntryContent(title="Niwed"), seen=0, by=staff)
    consent.record(session, "BC2DF3GH", [Purpose.UPDATES], ConsentAct.GIVEN, method=Method.FORM)
    session.commit()
    yield session


TABLES = sorted(append_only.APPEND_ONLY)


def refused(database: Database, statement: str) -> bool:
    with database.session() as session:
        try:
            session.execute(text(statement))
        except DatabaseError as problem:
            session.rollback()
            return "append-only" in str(problem) or "published" in str(problem)
        session.rollback()
        return False


@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_there_and_can_be_neither_changed_nor_deleted(table: str, kept: Session, database: Database) -> None:
    assert kept.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one() > 0
    columns = [column["name"] for column in inspect(kept.connection()).get_columns(table)]
    kept.commit()
    for column in columns:
        assert refused(database, f'UPDATE "{table}" SET "{column}" = "{column}"'), column
    assert refused(database, f'DELETE FROM "{table}"')


@pytest.mark.parametrize("table", TABLES)
def test_a_row_cannot_be_replaced(table: str, kept: Session, database: Database) -> None:
    columns = [column["name"] for column in inspect(kept.connection()).get_columns(table)]
    kept.commit()
    listed = ", ".join(f'"{name}"' for name in columns)
    if database.is_sqlite:
        assert refused(database, f'INSERT OR REPLACE INTO "{table}" ({listed}) SELECT {listed} FROM "{table}"')
        return
    key = ", ".join(f'"{name}"' for name in append_only.APPEND_ONLY[table][0])
    assert refused(
        database,
        f'INSERT INTO "{table}" ({listed}) SELECT {listed} FROM "{table}" '
        f'ON CONFLICT ({key}) DO UPDATE SET "{columns[-1]}" = excluded."{columns[-1]}"',
    )
    assert refused(database, f'TRUNCATE "{table}" CASCADE')


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE release SET title = 'Another'",
        "UPDATE release SET digest = 'x'",
        "UPDATE release SET state = 'draft'",
        "DELETE FROM release",
        "DELETE FROM release_entry",
        "UPDATE release_entry SET revision_id = revision_id",
        "INSERT INTO retirement (release_id, entry_id, because) SELECT release_id, entry_id, 'x' FROM release_entry",
    ],
)
def test_a_published_manifest_stands(statement: str, kept: Session, database: Database) -> None:
    assert refused(database, statement)


def test_a_published_release_may_be_withdrawn(kept: Session, database: Database) -> None:
    assert not refused(database, "UPDATE release SET state = 'withdrawn', withdrawn_because = 'An error'")
