"""Forgetting who complained and in which words, long after the outcome: the worker does it."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock, periods
from backend.privacy.models import Complaint, ComplaintStep, ComplaintWords


def forget(session: Session) -> int:
    """Empty what was written about complaints that were closed long ago; reference, dates and outcome stay."""
    closed = select(Complaint.id).where(col(Complaint.closed_at) <= clock.now() - periods.COMPLAINT)
    full = select(ComplaintWords.complaint_id).where(
        col(ComplaintWords.complaint_id).in_(closed), col(ComplaintWords.went_wrong) != ""
    )
    numbers = session.exec(full).all()
    if not numbers:
        return 0
    words = dict.fromkeys(("name", "email", "went_wrong", "would_help", "point"), "")
    session.execute(update(ComplaintWords).where(col(ComplaintWords.complaint_id).in_(numbers)).values(words))
    session.execute(update(ComplaintStep).where(col(ComplaintStep.complaint_id).in_(numbers)).values(words=""))
    log.record(session, "words of complaints erased", "complaints", by=None, number=len(numbers))
    return len(numbers)
