"""The worker: does what need not keep a person waiting, such as delivering mail."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from backend.accounts import forgetting as forgetting_sign_ins
from backend.accounts import limits
from backend.comments import forgetting as forgetting_drafts
from backend.core.db import Database
from backend.following import reminding
from backend.notifications import delivery, mailers
from backend.privacy import forgetting as forgetting_complaints
from backend.registrations import forgetting as forgetting_interest
from backend.registrations import informing, mailboxes, opt_in, passing_on
from backend.workshops import forgetting as forgetting_bookings

LOG = structlog.get_logger()
PAUSE = 2.0
"""Seconds between two looks at an empty outbox."""


def work_once(database: Database) -> int:
    """Do everything that is due, and say how many mails that were."""
    with database.transaction() as session:
        limits.forget_ended(session)
        forgetting_sign_ins.forget(session)
        forgetting_drafts.forget(session)
        forgetting_bookings.forget(session)
        opt_in.forget_unconfirmed(session)
        forgetting_interest.forget_stale(session)
        mailboxes.forget_ended(session)
        forgetting_complaints.forget(session)
    with database.transaction() as session:  # with nobody's row in hand: who withdraws takes the call first
        passing_on.lapse(session)
    with database.transaction() as session:
        reminding.remind(session)
        informing.tell_interested(session)
    done = 0
    while taken := delivery.deliver(database, mailers.mailer()):
        done += taken
    return done


def work(database: Database, stop: threading.Event) -> None:
    """Work until told to stop; a fault is noted, and tried again after a pause."""
    while not stop.is_set():
        try:
            work_once(database)
        except Exception:
            LOG.exception("worker")
        stop.wait(PAUSE)


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
