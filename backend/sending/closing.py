"""When somebody goes or takes another name: what becomes of the points that they made for themselves."""

from sqlalchemy import delete
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.accounts import closing
from backend.audit import log
from backend.comments import commenting
from backend.comments.models import Comment, Draft, State
from backend.core import clock
from backend.people.models import Person
from backend.ratings.models import Rating
from backend.releases import activity
from backend.submissions.models import PublishAs, SpeakingFor, Submission

NEVER_PUBLIC = (State.DRAFT, State.WITHDRAWN)


def close(session: Session, person: Person) -> None:
    """Close the account, and throw away the drafts that speak for the person alone; points that were sent stay.

    Drafts for an organisation stay with it. Raises LastLead or LastAdministrator.
    """
    _discard_drafts(session, person)
    closing.close(session, person, keeps_name=bool(points_by_name(session, person)))


def rename(session: Session, person: Person, name: str) -> None:
    """The person is called so from now on, also under their points that are public by name."""
    person.name = name
    session.add(person)
    for comment in points_by_name(session, person):
        activity.points_changed(session, comment.round.release.framework, comment.entry)
    log.record(session, "name changed", f"person {person.id}", by=person)


def points_by_name(session: Session, person: Person) -> list[Comment]:
    """The points that stand under the person's own name in public, or will when they have been checked."""
    by_name = (
        Submission.person_id == person.id,
        Comment.publish_as == PublishAs.NAMED,
        Comment.speaking_for != SpeakingFor.PRIVATE,
        col(Comment.state).not_in(NEVER_PUBLIC),
    )
    found = select(Comment).join(Submission).where(*by_name).options(joinedload(Comment.entry))  # type: ignore[arg-type]
    return list(session.exec(found))


def _discard_drafts(session: Session, person: Person) -> None:
    mine = (Submission.person_id == person.id, Comment.state == State.DRAFT)
    for comment in session.exec(select(Comment).join(Submission).where(*mine).with_for_update(of=Comment)).all():
        session.execute(delete(Draft).where(col(Draft.comment_id) == comment.id))
        comment.digest, comment.withdrawn_at = "", clock.now()
        commenting.move(session, comment, State.WITHDRAWN)
        log.record(session, "draft discarded", f"comment {comment.reference}", by=person)
    unsent = (col(Rating.voice) == f"person:{person.id}", col(Rating.sent_at).is_(None))
    session.execute(delete(Rating).where(*unsent))
