"""Notes that colleagues leave each other; nobody outside their organisation ever sees them."""

from datetime import timedelta
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel import Session, select

from backend.audit import log
from backend.comments import drafting
from backend.comments.models import Comment
from backend.core import clock, db, forms
from backend.core.errors import NotFound
from backend.core.forms import SomeWords
from backend.core.i18n import mark
from backend.people.access import Viewer
from backend.releases.models import Entry
from backend.sending.models import Note
from backend.submissions.models import Submission

LONGEST = 2_000
"""The most characters of a note: it is a word to a colleague, not a text of its own."""

ONCE = timedelta(minutes=1)
"""How soon the same words are the same note: a button pressed twice, a form sent again."""

NoteWords = Annotated[SomeWords, StringConstraints(max_length=LONGEST)]


class NoteForm(forms.Form):
    """A word to one's colleagues."""

    body: NoteWords

    mistakes = {"body": mark("Enter your note")}


def leave(
    session: Session,
    submission: Submission,
    *,
    by: Viewer,
    words: str,
    about: Comment | Entry | None = None,
    sends_back: bool = False,
) -> Note:
    """Leave a note on a point, on the ratings of an entry, or on the whole submission; one sent twice is left once."""
    comment_id = about.id if isinstance(about, Comment) else None
    entry_id = about.id if isinstance(about, Entry) else None
    db.lock(session, submission)
    place = (Note.comment_id == comment_id, Note.entry_id == entry_id, Note.author_id == by.known.id)
    lately = Note.at > clock.now() - ONCE
    mine = select(Note).where(Note.submission_id == submission.id, *place, Note.body == words, lately)
    if (note := session.exec(mine).first()) and not sends_back:
        return note
    note = Note(
        submission_id=submission.id,
        comment_id=comment_id,
        entry_id=entry_id,
        author_id=by.known.id,
        body=words,
        sends_back=sends_back,
    )
    session.add(note)
    if isinstance(about, Comment):
        drafting.note_others(session, about, by=by)
    session.flush()
    log.record(session, "note left", f"submission {submission.reference}", by=by.person)
    return note


def remove(session: Session, submission: Submission, note_id: int, *, by: Viewer) -> None:
    """Take back a note of one's own. Raises NotFound."""
    note = session.get(Note, note_id)
    if note is None or note.submission_id != submission.id or note.author_id != by.known.id:
        raise NotFound()
    session.delete(note)
    log.record(session, "note removed", f"submission {submission.reference}", by=by.person)
