"""Forgetting drafts that can never be sent any more, because their round closed long ago: the worker does it."""

from sqlmodel import Session, col, select

from backend.audit import log
from backend.comments import drafting
from backend.comments.models import Comment, Draft, State
from backend.core import clock, periods
from backend.releases.models import Round

AT_ONCE = 50
"""How many are thrown away in one transaction."""


def forget(session: Session) -> int:
    """Throw such drafts away, with their words; how many."""
    over = (Comment.state == State.DRAFT, col(Round.closes_at) <= clock.now() - periods.DRAFT)
    statement = select(Comment, Draft).join(Round).join(Draft).where(*over).order_by(col(Comment.id)).limit(AT_ONCE)
    found = session.exec(statement.with_for_update(skip_locked=True)).all()
    for comment, draft in found:
        drafting.throw_away(session, comment, draft)
    if found:
        log.record(session, "drafts never sent erased", "comments", by=None, number=len(found))
    return len(found)
