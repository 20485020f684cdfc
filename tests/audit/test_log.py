"""The record of what happened: nobody can change it unseen."""

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from backend.audit import log
from backend.audit.models import AuditEvent
from backend.core import append_only
from backend.core.db import Database
from tests import factories


@pytest.fixture
def record(session: Session) -> Session:
    """Three events in two transactions."""
    person = factories.make_person(session)
    log.record(session, "first thing", "entry 1", by=person, colour="red")
    log.record(session, "second thing", "entry 2", by=None)
    session.commit()
    log.record(session, "third thing", "entry 3", by=None)
    session.commit()
    return session


def test_the_chain_is_whole(record: Session) -> None:
    assert log.first_break(record) is None
    events = record.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()
    assert [event.action for event in events][-3:] == ["first thing", "second thing", "third thing"]
    assert events[-1].previous == events[-2].digest


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event SET subject = 'entry 9' WHERE action = 'second thing'",
        "UPDATE audit_event SET detail = '{}' WHERE action = 'first thing'",
        "UPDATE audit_event SET actor_id = NULL WHERE action = 'first thing'",
        "UPDATE audit_event SET digest = 'x' WHERE action = 'second thing'",
        "DELETE FROM audit_event WHERE action = 'second thing'",
    ],
)
def test_a_change_is_found_even_without_the_triggers(record: Session, change: str) -> None:
    append_only.drop(record.connection())
    record.execute(text(change))
    record.expire_all()
    assert log.first_break(record) is not None
    record.rollback()


def test_what_is_rolled_back_is_not_on_record(database: Database, session: Session) -> None:
    with pytest.raises(RuntimeError), database.transaction() as own:
        log.record(own, "never", "x", by=None)
        raise RuntimeError
    assert not session.exec(select(AuditEvent).where(AuditEvent.action == "never")).all()


def test_a_savepoint_that_fails_takes_only_its_own_events_with_it(database: Database, session: Session) -> None:
    with database.transaction() as own:
        log.record(own, "before", "x", by=None)
        failed = own.begin_nested()
        log.record(own, "lost", "x", by=None)
        failed.rollback()
        log.record(own, "after", "x", by=None)
    assert [event.action for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))] == [
        "before",
        "after",
    ]
    assert log.first_break(session) is None
