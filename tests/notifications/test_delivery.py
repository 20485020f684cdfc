"""Mail leaves the outbox at least once, whatever happens to the worker or the mail server."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
import time_machine
from sqlalchemy import text
from sqlmodel import Session, col, select

from backend import worker
from backend.core import clock
from backend.core.db import Database
from backend.notifications import delivery, queries
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from tests.factories import make_person


def make_mail(session: Session, number: int = 1) -> OutboxMessage:
    mail = OutboxMessage(
        to=f"r{number}@example.org", kind="note", subject="Hello", text="Hello", dedupe=f"note:{number}"
    )
    session.add(mail)
    session.commit()
    return mail


def as_kept(session: Session, mail: OutboxMessage) -> OutboxMessage:
    session.commit()
    session.refresh(mail)
    return mail


def refusing(error: Exception) -> Callable[[OutboxMessage], None]:
    def refuse(message: OutboxMessage) -> None:
        raise error

    return refuse


def test_mail_is_sent_once_and_noted(database: Database, session: Session) -> None:
    mails = [make_mail(session, number) for number in range(3)]
    sent: list[str] = []
    assert delivery.deliver(database, lambda mail: sent.append(mail.to)) == 3
    assert delivery.deliver(database, lambda mail: sent.append(mail.to)) == 0
    assert sent == ["r0@example.org", "r1@example.org", "r2@example.org"]
    for mail in mails:
        kept = as_kept(session, mail)
        assert kept.sent_at
        assert kept.due_at is None
        assert kept.owner is None
        assert kept.tries == 1


def test_a_failure_is_tried_again_after_longer_and_longer_and_then_parked(database: Database, session: Session) -> None:
    mail = make_mail(session)
    now = clock.now()
    for wait in delivery.RETRY_AFTER:
        with time_machine.travel(now, tick=False):
            assert delivery.deliver(database, refusing(ConnectionRefusedError())) == 1
            assert as_kept(session, mail).due_at == now + wait
        with time_machine.travel(now + wait - timedelta(seconds=1), tick=False):
            assert delivery.deliver(database, refusing(ConnectionRefusedError())) == 0
        now += wait
    with time_machine.travel(now, tick=False):
        assert delivery.deliver(database, refusing(ConnectionRefusedError("r1@example.org"))) == 1
        kept = as_kept(session, mail)
        assert kept.due_at is None
        assert kept.parked_because == "ConnectionRefusedError"
        assert queries.waiting_and_parked(session) == (0, 1)
    assert tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720)) == delivery.RETRY_AFTER


def test_one_mail_is_taken_at_a_time_however_the_database_goes_about_it(database: Database, session: Session) -> None:
    """PostgreSQL may ask a subquery with a limit anew for each row: here it is made to."""
    if not database.is_sqlite:
        for way in ("hashjoin", "mergejoin", "material", "hashagg", "sort"):
            session.execute(text(f"SET LOCAL enable_{way} = off"))
    for number in range(3):
        make_mail(session, number)
    with database.transaction() as working:
        assert delivery.take(working, "one worker")
    session.expire_all()
    assert len(session.exec(select(OutboxMessage).where(OutboxMessage.owner == "one worker")).all()) == 1


def test_one_bad_mail_does_not_hold_up_the_others(database: Database, session: Session) -> None:
    mails = [make_mail(session, number) for number in range(3)]

    def picky(message: OutboxMessage) -> None:
        if message.to == "r1@example.org":
            raise ValueError("bad")

    delivery.deliver(database, picky)
    assert [as_kept(session, mail).sent_at is not None for mail in mails] == [True, False, True]


def test_mail_in_the_hands_of_a_worker_is_left_alone_until_its_lease_runs_out(
    database: Database, session: Session
) -> None:
    mail = make_mail(session)
    now = clock.now()
    with time_machine.travel(now, tick=False), database.transaction() as dying:
        assert delivery.take(dying, "a worker that is killed now")
    sent: list[str] = []
    with time_machine.travel(now + delivery.LEASE - timedelta(seconds=1), tick=False):
        assert delivery.deliver(database, lambda mail: sent.append(mail.to)) == 0
    with time_machine.travel(now + delivery.LEASE, tick=False):
        assert delivery.deliver(database, lambda mail: sent.append(mail.to)) == 1
    assert sent == ["r1@example.org"]
    assert as_kept(session, mail).tries == 2


def test_a_worker_that_comes_too_late_changes_nothing(database: Database, session: Session) -> None:
    mail = make_mail(session)
    with database.transaction() as slow:
        delivery.take(slow, "slow")
    with time_machine.travel(clock.now() + delivery.LEASE, tick=False), database.transaction() as other:
        delivery.take(other, "other")
    with database.transaction() as slow:
        delivery.note_failure(slow, as_kept(session, mail), "slow", delivery.Problem("late"))
        delivery.note_sent(slow, "slow")
    kept = as_kept(session, mail)
    assert kept.owner == "other"
    assert kept.sent_at is None


def news(session: Session, person: Person, number: int, kind: str = "digest") -> OutboxMessage:
    """Something that a person is told as often as they have chosen."""
    mail = make_mail(session, number)
    mail.person_id, mail.to, mail.kind = person.id, person.email, kind
    mail.subject, mail.text = f"News {number}", f"Text {number}\n"
    session.commit()
    return mail


def test_what_a_week_has_brought_is_one_mail(database: Database, session: Session) -> None:
    weekly, other = make_person(session), make_person(session)
    mails = [news(session, weekly, 1), news(session, other, 2), news(session, weekly, 3, "round")]
    receipt = news(session, weekly, 4, "receipt")
    later = news(session, weekly, 5)
    later.due_at = clock.now() + timedelta(days=1)
    session.commit()
    sent: list[OutboxMessage] = []
    delivery.deliver(database, sent.append)
    assert [(mail.to, mail.subject) for mail in sent] == [
        (weekly.email, "News 1; News 3"), (other.email, "News 2"), (weekly.email, "News 4"),
    ]  # fmt: skip
    assert sent[0].text == "Text 1\n\n----\n\nText 3\n"
    assert all(as_kept(session, mail).sent_at for mail in [*mails, receipt])
    assert mails[0].text == "Text 1\n", "each is kept as it was written"
    assert not as_kept(session, later).sent_at


def test_what_went_together_is_tried_again_together_and_nothing_else_with_it(
    database: Database, session: Session
) -> None:
    weekly = make_person(session)
    now = clock.now()
    with time_machine.travel(now, tick=False):
        mails = [news(session, weekly, 1), news(session, weekly, 2)]
        assert delivery.deliver(database, refusing(TimeoutError())) == 1
    sent: list[str] = []
    with time_machine.travel(now + delivery.RETRY_AFTER[0], tick=False):
        new = news(session, weekly, 3)
        delivery.deliver(database, lambda mail: sent.append(mail.subject))
    assert sorted(sent) == ["News 1; News 2", "News 3"]
    assert [as_kept(session, mail).tries for mail in [*mails, new]] == [2, 2, 1]


def test_mail_that_is_not_due_waits(database: Database, session: Session) -> None:
    mail = make_mail(session)
    mail.due_at = clock.now() + timedelta(hours=1)
    session.add(mail)
    session.commit()
    assert delivery.deliver(database, refusing(AssertionError())) == 0


def test_a_worker_that_is_to_stop_finishes_the_mail_in_its_hands_and_takes_no_other(
    database: Database, session: Session
) -> None:
    mails = [make_mail(session, number) for number in range(3)]
    stop = Event()
    assert delivery.deliver(database, lambda mail: stop.set(), stop) == 1
    assert delivery.deliver(database, lambda mail: None, stop) == 0
    assert [as_kept(session, mail).sent_at is not None for mail in mails] == [True, False, False]
    assert [(mail.owner, mail.tries) for mail in mails[1:]] == [(None, 0)] * 2
    assert delivery.deliver(database, lambda mail: None) == 2, "whoever comes next need not wait for a lease"


def test_the_worker_empties_the_outbox(database: Database, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        make_mail(session, number)
    sent: list[str] = []
    monkeypatch.setattr(worker.mailers, "mailer", lambda: lambda mail: sent.append(mail.to))
    assert worker.work_once(database) == 20
    session.commit()
    assert len(set(sent)) == 20
    assert not session.exec(select(OutboxMessage).where(col(OutboxMessage.due_at).is_not(None))).all()
