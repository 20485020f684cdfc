"""The name under the points that somebody made for themselves: where it is public, and taking another."""

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.audit import log
from backend.comments.models import Comment, State
from backend.people.models import Person
from backend.releases import activity
from backend.submissions.models import PublishAs, SpeakingFor, Submission

NEVER_PUBLIC = (State.DRAFT, State.WITHDRAWN)


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
