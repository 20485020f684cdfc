"""Points of a submission that is no person's own, such as those of a table at an event: somebody takes its notes."""

from typing import Unpack

from sqlmodel import Session

from backend.comments import commenting
from backend.comments.commenting import Said
from backend.comments.models import Comment, State
from backend.people.models import Person
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
