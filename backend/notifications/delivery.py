"""Sending what is in the outbox: each mail at least once, also when a worker dies with mail in its hands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import String, cast, func, update
from sqlmodel import Session, col, select

from backend.core import clock, tokens
from backend.core.db import Database
from backend.notifications import outbox
from backend.notifications.models import FOLLOWING, OutboxMessage

LOG = structlog.get_logger()
AT_ONCE = 20
LEASE = timedelta(minutes=5)
"""A worker that has not sent its mail by then is taken for dead; sending one mail takes 20 seconds at most."""

RETRY_AFTER = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12),
)  # fmt: skip
"""How long to wait after each failure; after one more, the mail is parked for staff to look at."""

ITS_OWN_KEY = func.replace(col(OutboxMessage.dedupe), FOLLOWING, ":" + cast(col(OutboxMessage.id), String))
"""The key of a mail that follows no more changes: the next change finds none and writes a new mail."""

Mailer = Callable[[OutboxMessage], None]
"""Hands a mail on; raises whatever goes wrong."""


class RefusedForGood(Exception):  # noqa: N818  # named as the fact
    """The mail server will never take this mail: trying again would only annoy it."""


@dataclass(frozen=True)
class Problem:
    """Why a mail did not go: the kind of error alone, because what a mail server says may quote the address."""

    what: str
    for_good: bool = False


def deliver(database: Database, mailer: Mailer) -> int:
    """Send a handful of the mails that are due; the answer is how many were taken, 0 when nothing is left to do.

    Mail is sent outside any transaction, because a mail server may keep us waiting. Each is looked at once more just
    before: whoever has stopped such mails in the meantime gets none.
    """
    owner = tokens.secret()
    with database.transaction() as session:
        ids = take(session, owner)
    for message_id in ids:
        with database.session() as session:
            message = session.get_one(OutboxMessage, message_id)
            goes = message.owner == owner and outbox.is_still_wanted(session, message)
        if not goes:
            with database.transaction() as session:
                _settle(session, message, owner, due_at=None, owner=None)
            continue
        problem = _try_to_send(mailer, message)
        with database.transaction() as session:
            if problem is None:
                note_sent(session, message, owner)
            else:
                note_failure(session, message, owner, problem)
    return len(ids)


def take(session: Session, owner: str) -> list[int]:
    """Lease some of the mails that are due to this owner: nobody else takes them until the lease has run out."""
    due = (
        select(OutboxMessage.id)
        .where(col(OutboxMessage.due_at) <= clock.now())
        .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    taken = session.execute(
        update(OutboxMessage)
        .where(col(OutboxMessage.id).in_(due.scalar_subquery()))
        .values(owner=owner, due_at=clock.now() + LEASE, tries=col(OutboxMessage.tries) + 1, dedupe=ITS_OWN_KEY)
        .returning(col(OutboxMessage.id))
        .execution_options(synchronize_session=False)
    )
    return sorted(taken.scalars())


def note_sent(session: Session, message: OutboxMessage, owner: str) -> None:
    """The mail has gone; whoever took it over in the meantime decides for themselves."""
    _settle(session, message, owner, sent_at=clock.now(), due_at=None, owner=None)


def note_all_sent(session: Session) -> None:
    """Take everything in the outbox as sent when it was written: a story of the past has told people already."""
    session.flush()
    waiting = update(OutboxMessage).where(col(OutboxMessage.due_at).is_not(None))
    session.execute(waiting.values(sent_at=col(OutboxMessage.created_at), due_at=None, dedupe=ITS_OWN_KEY))


def note_failure(session: Session, message: OutboxMessage, owner: str, problem: Problem) -> None:
    """The mail waits for its next try, or is parked when there is none left or none would help."""
    if message.tries <= len(RETRY_AFTER) and not problem.for_good:
        _settle(session, message, owner, due_at=clock.now() + RETRY_AFTER[message.tries - 1], owner=None)
    else:
        _settle(session, message, owner, due_at=None, owner=None, parked_because=problem.what)


def _try_to_send(mailer: Mailer, message: OutboxMessage) -> Problem | None:
    try:
        mailer(message)
    except Exception as error:  # whatever it is, the other mails still have to go
        for_good = isinstance(error, RefusedForGood)
        problem = Problem(str(error) if for_good else type(error).__name__, for_good)
        LOG.warning("mail not sent", mail=message.id, kind=message.kind, tries=message.tries, error=problem.what)
        return problem
    LOG.info("mail sent", mail=message.id, kind=message.kind)
    return None


def _settle(session: Session, message: OutboxMessage, holder: str, **facts: object) -> None:
    mine = (col(OutboxMessage.id) == message.id, col(OutboxMessage.owner) == holder)
    session.execute(update(OutboxMessage).where(*mine).values(facts).execution_options(synchronize_session=False))
