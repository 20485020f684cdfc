"""What is published with a release beside its words: digests of it, kept in the record of what happened."""

from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from backend.answers.models import Answer, Decision
from backend.audit import log
from backend.comments.models import Comment
from backend.core import tokens
from backend.people.models import Person
from backend.ratings.models import RatingEvent
from backend.releases import queries
from backend.releases.models import Criterion, Entry, Release, Revision, Round
from backend.suggestions.models import Cause

ACTION = "answers published"


def seal(session: Session, release: Release, *, by: Person) -> None:
    """Note for ever what is published with this release, so that nobody can change it unseen."""
    log.record(session, ACTION, subject(release), by=by, **digests(session, release))


def subject(release: Release) -> str:
    """The release as the record of what happened names it."""
    return f"release {release.framework.slug} {release.number}"


def digests(session: Session, release: Release) -> dict[str, str]:
    """The SHA-256 of the decisions, the answers, the causes and the ratings that the release rests on.

    Nothing that comes later changes them: a point that it carried is decided anew with another release, and a round
    that opens after it has ratings of its own.
    """
    found = {
        "decisions": _decisions(session, release),
        "answers": _answers(session, release),
        "causes": _causes(session, release),
        "ratings": _ratings(session, release),
    }
    return {what: tokens.digest(tokens.canonical(rows)) for what, rows in found.items()}


def _decisions(session: Session, release: Release) -> list[list[Any]]:
    newest = select(func.max(Decision.id)).where(Decision.release_id == release.id).group_by(col(Decision.comment_id))
    rows = session.execute(
        select(Comment.reference, Decision.outcome, Decision.reason, Decision.answer_id)
        .join(Decision, col(Decision.comment_id) == Comment.id)
        .where(col(Decision.id).in_(newest), col(Decision.is_final))
        .order_by(col(Comment.id))
    )
    return [list(row) for row in rows]


def _answers(session: Session, release: Release) -> list[list[Any]]:
    rows = session.execute(
        select(Answer.id, Answer.title, Answer.you_said, Answer.we_did, Answer.outcome)  # type: ignore[call-overload]
        .where(Answer.release_id == release.id)
        .order_by(col(Answer.id))
    )
    return [list(row) for row in rows]


def _causes(session: Session, release: Release) -> list[list[Any]]:
    made = queries.revisions_between(session, release.previous, release)
    ids = [revision.id for revisions in made.values() for revision in revisions]
    rows = session.execute(
        select(Entry.code, Revision.number, Cause.field, Comment.reference)
        .join(Revision, col(Revision.id) == Cause.revision_id)
        .join(Entry, col(Entry.id) == Revision.entry_id)
        .join(Comment, col(Comment.id) == Cause.comment_id)
        .where(col(Cause.revision_id).in_(ids))
        .order_by(col(Cause.revision_id), col(Cause.field), col(Cause.comment_id))
    )
    return [list(row) for row in rows]


def _ratings(session: Session, release: Release) -> list[list[Any]]:
    """Those of every round on an earlier release that had closed by then."""
    rows = session.execute(
        select(RatingEvent.voice, Criterion.code, Revision.digest, RatingEvent.score, RatingEvent.at)  # type: ignore[call-overload]
        .join(Criterion, col(Criterion.id) == RatingEvent.criterion_id)
        .join(Revision, col(Revision.id) == RatingEvent.revision_id)
        .join(Round, col(Round.id) == RatingEvent.round_id)
        .join(Release, col(Release.id) == Round.release_id)
        .where(
            Release.framework_id == release.framework_id,
            Release.position < release.position,
            col(Round.closes_at) <= release.published_at,
        )
        .order_by(col(RatingEvent.id))
    )
    return [[*facts, at.isoformat()] for *facts, at in rows]
