"""Sending what is in the outbox: each mail at least once, also when a worker dies with mail in its hands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

import structlog
from sqlalchemy import String, cast, func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.core import clock, tokens
from backend.core.db import Database
from backend.notifications import outbox
from backend.notifications.models import FOLLOWING, OutboxMessage

LOG = structlog.get_logger()
LEASE = timedelta(minutes=5)
"""A worker that has not settled its mail by then is taken for dead: a mail server answers a dozen times for one mail,
and is waited for 20 seconds each time. One that is slower still may get the mail twice, with the same Message-ID."""

RETRY_AFTER = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12),
)  # fmt: skip
"""How long to wait after each failure; after one more, the mail is parked for staff to look at."""

BETWEEN = "\n\n----\n\n"
"""Between what would have been two mails."""

ITS_OWN_KEY = func.replace(col(OutboxMessage.dedupe), FOLLOWING, ":" + cast(col(OutboxMessage.id), String))
"""The key of a mail that follows no more changes: the next change finds none and writes a new mail."""

Mailer = Callable[[OutboxMessage], None]
"""Hands a mail on; raises whatever goes wrong."""


class Refused(Exception):  # noqa: N818  # named as the fact
    """Who should hand the mail on does not take it now. What it says of why quotes nobody."""


class RefusedForGood(Refused):
    """The mail will never be taken, because of its address: trying again would only annoy."""


@dataclass(frozen=True)
class Problem:
    """Why a mail did not go: the kind of error alone, because what a mail server says may quote the address."""

    what: str
    for_good: bool = False


def deliver(database: Database, mailer: Mailer, stop: Event | None = None) -> int:
    """Send the mails that are due, until there is none or the worker is to stop; how many were taken.

    Each is taken by itself, so a worker that stops holds none that it does not send. Mail is sent outside any
    transaction, because a mail server may keep us waiting. It is looked at as it is taken: whoever has stopped such
    mails since it was written gets none.
    """
    owner = tokens.secret()
    taken = 0
    while stop is None or not stop.is_set():
        with database.transaction() as session:
            message = take(session, owner)
            if message is None:
                break
            is_wanted = outbox.is_still_wanted(session, message)
            if not is_wanted:
                _settle(session, owner, due_at=None, owner=None)
            others = _take_what_goes_with(session, message, owner) if is_wanted else []
            session.expunge_all()
        if is_wanted:
            _send(database, mailer, _as_one(message, others), owner)
        taken += 1
    return taken


def take(session: Session, owner: str) -> OutboxMessage | None:
    """Lease the mail that has been due longest to this owner: nobody else takes it until the lease has run out."""
    due = select(OutboxMessage.id).where(col(OutboxMessage.due_at) <= clock.now())
    taken = _lease(session, due.order_by(col(OutboxMessage.due_at), col(OutboxMessage.id)).limit(1), owner)
    return taken[0] if taken else None


def _take_what_goes_with(session: Session, message: OutboxMessage, owner: str) -> list[OutboxMessage]:
    """Lease what else its reader is told as often as they have chosen and is due now: a week's news are one mail.

    What was tried before goes with what was tried with it, so that a second sending says what the first has said.
    """
    if message.kind not in outbox.AS_CHOSEN or message.person_id is None:
        return []
    with_it = (
        OutboxMessage.person_id == message.person_id,
        OutboxMessage.language == message.language,
        OutboxMessage.tries == message.tries - 1,
        col(OutboxMessage.kind).in_(outbox.AS_CHOSEN),
        col(OutboxMessage.due_at) <= clock.now(),
    )
    return _lease(session, select(OutboxMessage.id).where(*with_it), owner)


def _lease(session: Session, which: SelectOfScalar[int], owner: str) -> list[OutboxMessage]:
    """Lease those of these mails that nobody else is just taking, in the order in which they were written.

    They are chosen in a statement of their own: PostgreSQL may ask a subquery with a limit anew for each row, and then
    more would be leased than are sent.
    """
    chosen = session.exec(which.with_for_update(skip_locked=True)).all()
    if chosen:
        session.execute(
            update(OutboxMessage)
            .where(col(OutboxMessage.id).in_(chosen))
            .values(owner=owner, due_at=clock.now() + LEASE, tries=col(OutboxMessage.tries) + 1, dedupe=ITS_OWN_KEY)
            .execution_options(synchronize_session=False)
        )
    return [session.get_one(OutboxMessage, each, populate_existing=True) for each in sorted(chosen)]


def _as_one(message: OutboxMessage, others: list[OutboxMessage]) -> OutboxMessage:
    """The mail with what the others say under it."""
    together = [message, *others]
    message.subject = "; ".join(each.subject for each in together)
    message.text = BETWEEN.join(each.text.strip("\n") for each in together) + "\n"
    return message


def note_sent(session: Session, owner: str) -> None:
    """The mail has gone; whoever took it over in the meantime decides for themselves."""
    _settle(session, owner, sent_at=clock.now(), due_at=None, owner=None)


def note_all_sent(session: Session) -> None:
    """Take everything in the outbox as sent when it was written: a story of the past has told people already."""
    session.flush()
    waiting = update(OutboxMessage).where(col(OutboxMessage.due_at).is_not(None))
    session.execute(waiting.values(sent_at=col(OutboxMessage.created_at), due_at=None, dedupe=ITS_OWN_KEY))


def note_failure(session: Session, message: OutboxMessage, owner: str, problem: Problem) -> None:
    """The mail waits for its next try, or is parked when there is none left or none would help."""
    if message.tries <= len(RETRY_AFTER) and not problem.for_good:
        _settle(session, owner, due_at=clock.now() + RETRY_AFTER[message.tries - 1], owner=None)
    else:
        _settle(session, owner, due_at=None, owner=None, parked_because=problem.what)


def _send(database: Database, mailer: Mailer, message: OutboxMessage, owner: str) -> None:
    problem = _try_to_send(mailer, message)
    with database.transaction() as session:
        if problem is None:
            note_sent(session, owner)
        else:
            note_failure(session, message, owner, problem)


def _try_to_send(mailer: Mailer, message: OutboxMessage) -> Problem | None:
    try:
        mailer(message)
    except Exception as error:  # whatever it is, the other mails still have to go
        what = str(error) if isinstance(error, Refused) else type(error).__name__
        problem = Problem(what, for_good=isinstance(error, RefusedForGood))
        LOG.warning("mail not sent", mail=message.id, kind=message.kind, tries=message.tries, error=problem.what)
        return problem
    LOG.info("mail sent", mail=message.id, kind=message.kind)
    return None


def _settle(session: Session, holder: str, **facts: object) -> None:
    """Say of all that the holder has in their hands what became of it: that is one mail, and what went with it."""
    mine = update(OutboxMessage).where(col(OutboxMessage.owner) == holder)
    session.execute(mine.values(facts).execution_options(synchronize_session=False))
