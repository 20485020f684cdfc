"""When somebody goes: what becomes of the points that they made for themselves."""

from sqlalchemy import delete
from sqlmodel import Session, col, select

from backend.accounts import closing
from backend.audit import log
from backend.comments import commenting
from backend.comments.models import Comment, Draft, State
from backend.core import clock
from backend.people.models import Person
from backend.ratings.models import Rating
from backend.sending import naming
from backend.submissions.models import Submission


def close(session: Session, person: Person) -> None:
    """Close the account, and throw away the drafts that speak for the person alone; points that were sent stay.

    Drafts for an organisation stay with it. Raises LastLead or LastAdministrator.
    """
    _discard_drafts(session, person)
    closing.close(session, person, keeps_name=bool(naming.points_by_name(session, person)))


def _discard_drafts(session: Session, person: Person) -> None:
    mine = (Submission.person_id == person.id, Comment.state == State.DRAFT)
    for comment in session.exec(select(Comment).join(Submission).where(*mine).with_for_update(of=Comment)).all():
        session.execute(delete(Draft).where(col(Draft.comment_id) == comment.id))
        comment.digest, comment.withdrawn_at = "", clock.now()
        commenting.move(session, comment, State.WITHDRAWN)
        log.record(session, "draft discarded", f"comment {comment.reference}", by=person)
    unsent = (col(Rating.voice) == f"person:{person.id}", col(Rating.sent_at).is_(None))
    session.execute(delete(Rating).where(*unsent))
