"""The worker: does what need not keep a person waiting, such as delivering mail."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlmodel import Session

from backend.accounts import forgetting as forgetting_sign_ins
from backend.accounts import limits
from backend.comments import forgetting as forgetting_drafts
from backend.core.db import Database
from backend.following import reminding, round_news
from backend.notifications import delivery, mailers
from backend.notifications import forgetting as forgetting_mail
from backend.privacy import forgetting as forgetting_complaints
from backend.registrations import forgetting as forgetting_interest
from backend.registrations import informing, mailboxes, opt_in, passing_on
from backend.workshops import forgetting as forgetting_bookings

LOG = structlog.get_logger()
PAUSE = 1.0
"""Seconds between two looks at an empty outbox."""

MINUTE = 60.0
Job = Callable[[Session], object]
JOBS: tuple[tuple[Job, float], ...] = (
    (passing_on.lapse, MINUTE),
    (informing.tell_interested, MINUTE),
    (round_news.tell, MINUTE),
    (reminding.remind, MINUTE),
    (limits.forget_ended, 10 * MINUTE),
    (forgetting_sign_ins.forget, 10 * MINUTE),
    (forgetting_drafts.forget, 10 * MINUTE),
    (forgetting_bookings.forget, 10 * MINUTE),
    (forgetting_mail.forget, 10 * MINUTE),
    (opt_in.forget_unconfirmed, 10 * MINUTE),
    (forgetting_interest.forget_stale, 10 * MINUTE),
    (mailboxes.forget_ended, 10 * MINUTE),
    (forgetting_complaints.forget, 10 * MINUTE),
)
"""What is done besides mail, and how many seconds pass before it is done again. Several workers may do it at once."""


def work_once(database: Database) -> int:
    """Do everything that is due, and say how many mails that were."""
    done = deliver(database)
    for job, _ in JOBS:
        do(database, job)
    return done + deliver(database)


def work(database: Database, stop: threading.Event) -> None:
    """Work until told to stop: mail first, then each job whose time has come."""
    due = dict.fromkeys((job for job, _ in JOBS), 0.0)
    while not stop.is_set():
        deliver(database, stop)
        for job, every in JOBS:
            if due[job] <= time.monotonic() and not stop.is_set():
                do(database, job)
                due[job] = time.monotonic() + every
        stop.wait(PAUSE)


def deliver(database: Database, stop: threading.Event | None = None) -> int:
    """Send the mail that is due, and say how many that were; a fault is noted, and what it held up goes next time."""
    try:
        return delivery.deliver(database, mailers.mailer(), stop)
    except Exception:
        LOG.exception("mail not delivered")
        return 0


def do(database: Database, job: Job) -> None:
    """Do one job in a transaction of its own; a fault is noted under its name, and keeps nothing else from its turn."""
    try:
        with database.transaction() as session:
            job(session)
    except Exception:
        LOG.exception("job not done", job=f"{job.__module__}.{job.__name__}")


def work_until_stopped(database: Database) -> None:
    """Work until the process is asked to end; a mail that is being sent is finished first."""
    stop = threading.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: stop.set())
    work(database, stop)


@contextmanager
def beside(database: Database) -> Iterator[None]:
    """A worker in a thread of this process, for a single machine; it ends with the block."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(database, stop), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=mailers.PATIENCE)
