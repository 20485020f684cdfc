"""Points of a submission that is no person's own, such as those of a table at an event: somebody takes its notes."""

from typing import Unpack

from sqlmodel import Session

from backend.audit import log
from backend.comments import commenting
from backend.comments.commenting import Said
from backend.comments.models import Comment, Kind, State
from backend.core import clock
from backend.people.models import Person
from backend.releases import rounds
from backend.submissions.models import Submission


def send_for(session: Session, submission: Submission, *, by: Person, **said: Unpack[Said]) -> Comment:
    """Send a point of this submission as whoever takes notes for it; it is checked and decided on like any other.

    The same form sent again gives the comment it made the first time. Raises RoundClosed, EntryNotInRelease, NotFound
    for a section that the framework has not, or NothingSaid.
    """
    if not said["body"]:
        raise commenting.NothingSaid()
    token = commenting.token_of(said, by, said["body"], said.get("replacement"))
    revision_id = commenting.must_make_sense(session, submission.round, said)
    comment, is_new = commenting.make_in(session, submission, revision_id, by, State.HELD, token, said)
    return commenting.note_sent(session, comment, said, by=by) if is_new else comment


def change_for(session: Session, comment: Comment, *, by: Person, seen: int, kind: Kind, body: str) -> None:
    """Send other words in place of those that were read; they wait to be checked, and not by who wrote them.

    Raises RoundClosed, Gone, NotChangeable, NothingSaid or TextMovedOn.
    """
    _hold(session, comment)
    if not body:
        raise commenting.NothingSaid()
    if comment.text_number != seen:
        raise commenting.TextMovedOn(comment)
    comment.text_number += 1
    comment.digest = commenting.digest_of(body, None)
    comment.kind, comment.sent_at, comment.checked_at = kind, clock.now(), None
    commenting.write(session, comment, body, None, changed_by=by if by.id != comment.author_id else None)
    commenting.move(session, comment, State.HELD)
    log.record(
        session, "comment changed", f"comment {comment.reference}", by=by,
        digest=comment.digest, text=comment.text_number,
    )  # fmt: skip


def withdraw_for(session: Session, comment: Comment, *, by: Person) -> None:
    """Take the point back. Raises RoundClosed, Gone or NotChangeable."""
    _hold(session, comment)
    comment.withdrawn_at = clock.now()
    commenting.move(session, comment, State.WITHDRAWN)
    log.record(session, "comment withdrawn", f"comment {comment.reference}", by=by)


def _hold(session: Session, comment: Comment) -> None:
    commenting.lock(session, comment)
    if comment.state is State.WITHDRAWN:
        raise commenting.PointWithdrawn()
    rounds.must_be_open(comment.round)
    if comment.state not in commenting.CHANGEABLE:
        raise commenting.NotChangeable()
