"""What mails said is forgotten when nobody needs it any more; that they were sent is kept."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend import worker
from backend.audit.models import AuditEvent
from backend.core import clock, db, tokens
from backend.core.db import Database
from backend.notifications import queries
from backend.notifications.models import OutboxMessage
from tests.factories import make_person
from tests.notifications.test_outbox import post

SECOND = timedelta(seconds=1)
MONTH, QUARTER = timedelta(days=30), timedelta(days=90)


@pytest.fixture
def mail(session: Session) -> OutboxMessage:
    """A mail to somebody that has just been sent."""
    post(session, make_person(session), "sign-in")
    found = session.exec(select(OutboxMessage)).one()
    found.sent_at, found.due_at = clock.now(), None
    session.commit()
    return found


def after(database: Database, session: Session, mail: OutboxMessage, passed: timedelta) -> OutboxMessage:
    """The mail as it stands when the worker has come by so long after it was written."""
    with time_machine.travel(mail.created_at + passed, tick=False):
        worker.work_once(database)
    session.commit()
    session.refresh(mail)
    return mail


def is_empty(mail: OutboxMessage) -> bool:
    """Whether nothing is left of what it said and of whom it went to."""
    kept = (mail.to, mail.subject, mail.text, mail.person_id)
    assert kept == ("", "", "", None) or all(kept)
    return kept == ("", "", "", None)


def test_a_month_after_it_went_nothing_is_left_but_that_it_went(
    database: Database, session: Session, mail: OutboxMessage
) -> None:
    before = (mail.kind, mail.dedupe, mail.created_at, mail.sent_at)
    assert not is_empty(after(database, session, mail, MONTH - SECOND))
    assert is_empty(after(database, session, mail, MONTH + SECOND))
    assert (mail.kind, mail.dedupe, mail.created_at, mail.sent_at) == before
    after(database, session, mail, MONTH + SECOND)
    noted = session.exec(select(AuditEvent.detail).where(AuditEvent.action == "old mails forgotten")).all()
    assert noted == ['{"dropped":0,"number":1}']


def test_the_occasion_of_a_mail_is_kept_without_its_secrets_and_never_comes_again(
    database: Database, session: Session, mail: OutboxMessage
) -> None:
    [person_id] = session.exec(select(OutboxMessage.person_id))
    assert mail.dedupe == f"sign-in:{tokens.digest(str(person_id))}"
    after(database, session, mail, MONTH + SECOND)
    again = OutboxMessage(to="x", kind="sign-in", subject="x", text="x", dedupe=mail.dedupe)
    assert not db.add_once(session, again, "dedupe")


@pytest.mark.parametrize("settled", [True, False])
def test_what_was_never_sent_is_kept_for_three_months(
    settled: bool, database: Database, session: Session, mail: OutboxMessage
) -> None:
    """Mail that was given up, which is dropped then; and mail that was stopped before it went."""
    mail.sent_at, mail.parked_because = None, None if settled else "TimeoutError"
    session.commit()
    assert not is_empty(after(database, session, mail, QUARTER - SECOND))
    assert queries.number_parked(session) == (0 if settled else 1)
    assert is_empty(after(database, session, mail, QUARTER))
    assert queries.number_parked(session) == 0


def test_mail_that_waits_is_kept(database: Database, session: Session, mail: OutboxMessage) -> None:
    mail.sent_at, mail.due_at = None, clock.now() + 2 * QUARTER
    session.commit()
    assert not is_empty(after(database, session, mail, QUARTER + SECOND))
