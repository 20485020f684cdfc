"""Whether mail goes out in time: for everybody to see, so nothing in it tells of anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from backend.core import clock
from backend.notifications.models import OutboxMessage

GRACE = timedelta(minutes=10)
"""A mail is sent within seconds of being due; a worker that died holds one up for five minutes."""


@dataclass(frozen=True)
class Punctuality:
    """How mail goes."""

    last_sent_at: datetime | None
    is_late: bool
    """Whether a mail waits longer than it should, or could not be sent so far."""


def look(session: Session) -> Punctuality:
    """How mail goes now."""
    waits = col(OutboxMessage.due_at).is_not(None)
    overdue = col(OutboxMessage.due_at) < clock.now() - GRACE
    failing = (col(OutboxMessage.tries) > 0) & (col(OutboxMessage.created_at) < clock.now() - GRACE)
    late = select(OutboxMessage.id).where(waits, or_(overdue, failing)).limit(1)
    last = session.exec(select(func.max(OutboxMessage.sent_at))).one()
    return Punctuality(last_sent_at=last, is_late=session.exec(late).first() is not None)
