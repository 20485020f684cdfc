"""Publishing a release: the words, the decisions and the answers become public in one moment, or not at all."""

from itertools import groupby

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.answers import scope
from backend.answers.models import Decision
from backend.comments.models import Comment
from backend.core import clock, db
from backend.core.config import settings
from backend.core.i18n import gettext
from backend.notifications import outbox
from backend.people.models import Person
from backend.publishing import gate, sealing
from backend.publishing.gate import GateClosed
from backend.releases import activity, revising
from backend.releases.models import Entry, Release, ReleaseState
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
    _write_to_contributors(session, draft)
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


def _write_to_contributors(session: Session, release: Release) -> None:
    """One mail to each person, with what became of each point that they sent."""
    decisions = session.exec(
        select(Decision)
        .join(Comment, col(Comment.id) == Decision.comment_id)
        .join(Person, col(Person.id) == Comment.author_id)
        .where(
            Decision.release_id == release.id,
            col(Decision.is_final),
            Decision.id == scope.latest_id(col(Decision.comment_id)),
            col(Person.closed_at).is_(None),
        )
        .order_by(col(Comment.author_id), col(Comment.id))
        .options(
            joinedload(Decision.comment).joinedload(Comment.author),  # type: ignore[arg-type]
            joinedload(Decision.comment).joinedload(Comment.entry),  # type: ignore[arg-type]
        )
    ).all()
    pages = f"{settings().base_url}/frameworks/{release.framework.slug}/releases/{release.number}"
    for _, of_author in groupby(decisions, key=lambda decision: decision.comment.author_id):
        decided = list(of_author)
        author = decided[0].comment.author
        outbox.post(
            session,
            "digest",
            to=author.email,
            person=author,
            subject=gettext("What happened to what you said: release %(number)s") % {"number": release.number},
            once_for=f"release:{release.id}:person:{author.id}",
            framework=release.framework.title,
            number=release.number,
            published_at=release.published_at or clock.now(),
            decisions=decided,
            pages=pages,
        )
