"""Forgetting what mails said and to whom they went, when nobody needs it any more: the worker does it."""

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from backend.audit import log
from backend.core import clock, periods
from backend.notifications import queries
from backend.notifications.models import WORDED, DroppedBecause, OutboxMessage

NOTHING = {"to": "", "person_id": None, "subject": "", "text": "", "about": "", "stop_at": ""}


def forget(session: Session) -> int:
    """Empty old mails of words and address, and drop what nobody has looked at in time; how many were emptied.

    That there was a mail of this kind for this occasion, and when it went, is kept. Called as often as one likes.
    """
    now = clock.now()
    old = col(OutboxMessage.created_at) <= now - periods.UNSENT_MAIL
    gone = update(OutboxMessage).where(old, *queries.PARKED).values(dropped_because=DroppedBecause.NO_LONGER_TRUE)
    dropped = len(session.execute(gone.returning(col(OutboxMessage.id))).all())
    was_sent = col(OutboxMessage.sent_at) <= now - periods.SENT_MAIL
    is_settled = col(OutboxMessage.due_at).is_(None)
    found = session.exec(
        select(OutboxMessage.id)
        .where(WORDED, col(OutboxMessage.created_at) <= now - periods.SENT_MAIL, is_settled, or_(was_sent, old))
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(update(OutboxMessage).where(col(OutboxMessage.id).in_(found)).values(NOTHING))
    if found:
        log.record(session, "old mails forgotten", "mail", by=None, number=len(found), dropped=dropped)
    return len(found)
