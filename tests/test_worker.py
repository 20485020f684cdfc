"""The worker: mail comes first, one fault keeps nothing else from its turn, and it ends when it is asked to."""

import signal
import threading
from collections import Counter

import pytest
from sqlmodel import Session, col, select
from structlog.testing import capture_logs

from backend import worker
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from tests.factories import make_person
from tests.notifications import working
from tests.notifications.servers import mail_server
from tests.notifications.test_delivery import make_mail

MAILS = 20


def breaks(session: Session) -> None:
    """A job that does something, and then meets a fault."""
    make_person(session, email="half@done.example")
    session.flush()
    raise RuntimeError


def test_a_fault_in_one_job_keeps_neither_mail_nor_another_job_from_its_turn(
    database: Database, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_mail(session, 1)
    sent: list[str] = []
    monkeypatch.setattr(worker, "JOBS", ((breaks, 60.0), (lambda own: make_mail(own, 2), 60.0)))
    monkeypatch.setattr(worker.mailers, "mailer", lambda: lambda mail: sent.append(mail.to))
    with capture_logs() as logs:
        assert worker.work_once(database) == 2
    assert sent == ["r1@example.org", "r2@example.org"]
    [fault] = [line for line in logs if line["log_level"] == "error"]
    assert (fault["event"], fault["job"]) == ("job not done", f"{__name__}.breaks")
    assert not session.exec(select(Person).where(Person.email == "half@done.example")).first()


def test_every_job_gets_its_turn_while_no_mail_can_be_delivered(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Session] = []
    monkeypatch.setattr(worker, "JOBS", ((done.append, 60.0),))
    monkeypatch.setattr(worker.mailers, "mailer", lambda: {}["no such mailer"])
    assert worker.work_once(database) == 0
    assert len(done) == 1


class Watch(threading.Event):
    """A clock that moves only while the worker pauses, for five minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.ends = self.now + 300

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        """Let time pass."""
        self.now += timeout or 0
        if self.now >= self.ends:
            self.set()
        return self.is_set()


def test_mail_is_looked_for_all_the_time_and_each_job_done_every_so_often(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: Counter[str] = Counter()
    watch = Watch()
    monkeypatch.setattr(worker, "time", watch)
    monkeypatch.setattr(worker.delivery, "deliver", lambda *_: done.update(["mail"]) or 0)
    monkeypatch.setattr(
        worker, "JOBS", ((lambda _: done.update(["often"]), 60.0), (lambda _: done.update(["seldom"]), 200.0))
    )
    worker.work(database, watch)
    assert done == {"mail": 300 / worker.PAUSE, "often": 5, "seldom": 2}


def test_a_worker_process_that_is_asked_to_end_finishes_its_mail_and_ends(live: Database) -> None:
    with live.transaction() as session:
        for number in range(MAILS):
            session.add(
                OutboxMessage(to=f"r{number}@example.org", kind="note", subject="x", text="x", dedupe=f"{number}")
            )
    arrived, asked = threading.Event(), threading.Event()

    def slow(to: str) -> str:
        arrived.set()
        asked.wait(60)
        return "take"

    with mail_server(slow) as (port, taken):
        process = working.start(live, MAILER="smtp", SMTP_HOST="127.0.0.1", SMTP_PORT=str(port))
        try:
            assert arrived.wait(60)
            process.send_signal(signal.SIGTERM)
            asked.set()
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
        assert 1 <= len(taken.mails) < MAILS
    with live.session() as session:
        waiting = session.exec(select(OutboxMessage).where(col(OutboxMessage.due_at).is_not(None))).all()
    assert len(waiting) == MAILS - len(taken.mails), "what has gone is noted"
    assert {(mail.owner, mail.tries) for mail in waiting} == {(None, 0)}, "the next worker need not wait for it"
