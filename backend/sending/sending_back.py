"""Sending an item back to who wrote it: it waits until they offer it again."""

from sqlalchemy import update
from sqlmodel import Session, col

from backend.audit import log
from backend.comments import commenting
from backend.comments.models import Draft, State
from backend.core import db
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people.access import Viewer
from backend.people.models import Person
from backend.ratings.models import Rating
from backend.releases import rounds
from backend.sending import notes, queries
from backend.sending.queries import Item
from backend.submissions import signing
from backend.submissions.models import Submission


class ItemMovedOn(Refusal):
    """A colleague has signed it off, sent it back or discarded it in the meantime."""

    title = mark("This item is not waiting any more")
    words = mark("A colleague has signed it off, sent it back or discarded it in the meantime.")
    way_on = ("/organisation/feedback/check", mark("Check your answers"))


def send_back(session: Session, submission: Submission, name: str, *, by: Viewer, because: str) -> bool:
    """Ask who wrote this item to look at it again; the reason stays in a note, and whether they are told so by mail.

    Raises NeedsSignOff, RoundClosed, because nobody could offer it again then, or ItemMovedOn.
    """
    signing.must_sign(submission, by)
    rounds.must_be_open(submission.round)
    db.lock(session, submission)
    item = find_waiting(session, submission, name)
    if item is None or not item.is_ready:
        raise ItemMovedOn()
    if item.comment and item.draft:
        commenting.lock(session, item.comment)
        draft = session.get(Draft, item.comment.id, populate_existing=True)
        if draft is None or draft.ready_at is None or item.comment.state is not State.DRAFT:
            raise ItemMovedOn()
        draft.ready_at = None
        session.add(draft)
    ids = [rating.id for rating in item.ratings]
    session.execute(update(Rating).where(col(Rating.id).in_(ids), col(Rating.sent_at).is_(None)).values(ready=False))
    note = notes.leave(session, submission, by=by, words=because, about=item.comment or item.entry, sends_back=True)
    log.record(session, "item sent back", f"submission {submission.reference}", by=by.person, item=item.name)
    if not is_told(item, submission, by=by):
        return False
    author = _author(item)
    outbox.post(
        session,
        "sent-back",
        to=author.email,
        person=author,
        subject=later("%(item)s was sent back to you", item=item.name),
        once_for=str(note.id),
        item=item.name,
        round=submission.round,
        address=f"{settings().base_url}/organisation/feedback/items/{item.name}",
    )
    return True


def is_told(item: Item, submission: Submission, *, by: Viewer) -> bool:
    """Whether there is somebody to tell when this item is sent back: nobody tells themselves, or who has left."""
    author = _author(item)
    return author.id != by.known.id and _still_belongs(author, submission)


def find_waiting(session: Session, submission: Submission, name: str) -> Item | None:
    """The unsigned item of this name: a point by its reference, or the ratings of an entry by its code."""
    return next((item for item in queries.waiting(session, submission) if item.name == name.upper()), None)


def _author(item: Item) -> Person:
    return item.comment.author if item.comment else item.by


def _still_belongs(person: Person, submission: Submission) -> bool:
    """Whether the person is still one of the organisation's: who has left is told nothing any more."""
    return any(
        place.organisation_id == submission.organisation_id and place.left_at is None for place in person.memberships
    )
