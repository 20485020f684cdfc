"""Whether mail goes out in time: for everybody to see, so nothing in it tells of anybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from backend.notifications import queries
from backend.notifications.models import OutboxMessage


@dataclass(frozen=True)
class Punctuality:
    """How mail goes."""

    last_sent_at: datetime | None
    is_late: bool
    """Whether any mail waits longer than it should."""


def look(session: Session) -> Punctuality:
    """How mail goes now."""
    late = select(OutboxMessage.id).where(col(OutboxMessage.due_at).is_not(None), queries.is_late()).limit(1)
    last = session.exec(select(func.max(OutboxMessage.sent_at))).one()
    return Punctuality(last_sent_at=last, is_late=session.exec(late).first() is not None)
