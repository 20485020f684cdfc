"""Publishing a release: the words, the decisions and the answers become public in one moment, or not at all."""

from sqlmodel import Session, col, select

from backend.answers.models import Decision
from backend.comments.models import Comment
from backend.core import db
from backend.people.models import Person
from backend.publishing import gate, sealing, telling
from backend.publishing.gate import GateClosed
from backend.releases import activity, revising
from backend.releases.kinds import ReleaseState
from backend.releases.models import Entry, Release
from backend.releases.revising import NotADraft


def publish(session: Session, draft: Release, by: Person) -> None:
    """Publish the draft: freeze its manifest, reveal decisions and answers, and write to everyone who said something.

    A decision is public once it is final and its release is published, so that freezing reveals them all. Of two people
    who publish at once one succeeds. Raises NotADraft or GateClosed.
    """
    db.lock(session, draft)
    if draft.state is not ReleaseState.DRAFT:
        raise NotADraft()
    found = gate.obstacles(session, draft)
    if found:
        raise GateClosed(found)
    revising.freeze(session, draft, by=by)
    sealing.seal(session, draft, by=by)
    _renew_pages(session, draft)
    telling.tell(session, draft)
    session.flush()


def _renew_pages(session: Session, release: Release) -> None:
    """Every page that shows a point decided here is made anew."""
    entries = session.exec(
        select(Entry).where(
            col(Entry.id).in_(
                select(Comment.entry_id)
                .join(Decision, col(Decision.comment_id) == Comment.id)
                .where(Decision.release_id == release.id)
            )
        )
    )
    for entry in (None, *entries):
        activity.points_changed(session, release.framework, entry)
