"""Reading the outbox."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from backend.notifications.models import OutboxMessage


def waiting_and_parked(session: Session) -> tuple[int, int]:
    """How many mails are on their way, and how many were given up."""
    waiting = func.count(col(OutboxMessage.due_at))
    parked = func.count(col(OutboxMessage.parked_because))
    here, given_up = session.exec(select(waiting, parked)).one()
    return here, given_up
