"""Signing off: a lead or deputy sends what the organisation has drafted, all of it at once or in parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.comments import commenting
from backend.comments import queries as comment_queries
from backend.comments.models import Comment, CommentText, Draft, State
from backend.core import clock, counters, db, tokens
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.access import Viewer
from backend.people.models import Person
from backend.ratings.models import Rating, RatingEvent
from backend.releases import rounds
from backend.releases.models import Entry, ReleaseEntry, Revision, Round
from backend.submissions import signing
from backend.submissions.models import SignOff, Submission


class NothingChosen(Refusal):
    """A part holds something."""

    status = 422
    title = mark("Nothing was selected")
    words = mark("Select at least one item to sign off.")
    way_on = ("/organisation/feedback/check", mark("Check your answers"))


class ListMovedOn(Refusal):
    """Somebody signed, changed or took back an item since the list was read."""

    title = mark("The list has changed since you opened it")
    words = mark(
        "A colleague has signed off or changed an item, so you have sent nothing just now. Read the list again."
    )
    way_on = ("/organisation/feedback/check", mark("Check your answers"))


@dataclass(frozen=True)
class Item:
    """One thing that waits to be signed off: a point, or the ratings of a text."""

    key: str
    """Names the item and its exact content, so that what is signed is what was read."""
    digest: str
    entry: Entry | None
    is_ready: bool
    """False while it is being written, or was sent back."""
    by: Person
    at: datetime
    comment: Comment | None = None
    draft: Draft | None = None
    ratings: Sequence[Rating] = ()

    @property
    def manifest(self) -> list[object]:
        """How the item stands in the list that is signed."""
        if self.comment:
            return ["comment", self.comment.reference, self.comment.text_number + 1, self.digest]
        return ["ratings", self.ratings[0].revision.digest, self.digest]


def waiting(session: Session, submission: Submission) -> list[Item]:
    """Everything of the submission that is not signed off, entry by entry; points before ratings."""
    found = [*_points(session, submission), *_ratings(session, submission)]
    return sorted(found, key=lambda item: (item.entry.position if item.entry else 0, bool(item.ratings), item.key))


def parts(session: Session, submission: Submission) -> list[SignOff]:
    """What has been signed off, the first part first, each with who signed it."""
    signed_by = joinedload(SignOff.signed_by)  # type: ignore[arg-type]
    mine = select(SignOff).where(SignOff.submission_id == submission.id).options(signed_by)
    return list(session.exec(mine.order_by(col(SignOff.number))))


def sign_off(session: Session, submission: Submission, keys: Collection[str], *, by: Viewer) -> SignOff:
    """Send the items with these keys, exactly as they were read, as the next part of the submission.

    All of them or none. Raises SigningOver or RoundClosed, NeedsSignOff, NothingChosen, or ListMovedOn.
    """
    rounds.must_be_signable(submission.round)
    signing.must_sign(submission, by)
    db.lock(session, submission)
    ready = {item.key: item for item in waiting(session, submission) if item.is_ready}
    if not keys:
        raise NothingChosen()
    if not set(keys) <= ready.keys():
        raise ListMovedOn()
    items = [item for key, item in ready.items() if key in set(keys)]
    part = signing.sign(session, submission, [item.manifest for item in items], by=by)
    _send_points(session, [item for item in items if item.comment], part)
    _send_ratings(session, submission, [rating for item in items for rating in item.ratings], part)
    session.expire_all()
    return part


def has_unsigned(session: Session, round_: Round) -> bool:
    """Whether an organisation has something drafted in the round that it has not signed off."""
    theirs = (Submission.round_id == round_.id, col(Submission.organisation_id).is_not(None))
    drafts = select(Comment.id).join(Submission).where(*theirs, Comment.state == State.DRAFT)
    scores = (
        select(Rating.id)
        .join(Submission, col(Submission.voice) == Rating.voice)
        .join(ReleaseEntry, col(ReleaseEntry.revision_id) == Rating.revision_id)
        .where(*theirs, col(Rating.sent_at).is_(None), ReleaseEntry.release_id == round_.release_id)
    )
    return session.exec(drafts.limit(1)).first() is not None or session.exec(scores.limit(1)).first() is not None


def _points(session: Session, submission: Submission) -> list[Item]:
    rows = session.execute(
        select(Comment, Draft)
        .join(Draft, col(Draft.comment_id) == Comment.id)
        .where(Comment.submission_id == submission.id, Comment.state == State.DRAFT)
        .options(*comment_queries.whole(), joinedload(Draft.saved_by))  # type: ignore[arg-type]
        .execution_options(populate_existing=True)
    )
    return [
        Item(
            key=f"{comment.reference}:{tokens.digest(_spoken(comment, draft))[:16]}",
            digest=draft.digest,
            entry=comment.entry,
            is_ready=draft.ready_at is not None,
            by=draft.saved_by,
            at=draft.saved_at,
            comment=comment,
            draft=draft,
        )
        for comment, draft in rows
    ]


def _spoken(comment: Comment, draft: Draft) -> str:
    """Everything about a point that signing it sends, not only its words."""
    return tokens.canonical(
        [draft.digest, comment.kind, comment.speaking_for, comment.on_behalf_of, comment.publish_as]
    )


def _ratings(session: Session, submission: Submission) -> list[Item]:
    """The unsigned scores, text by text."""
    revision = joinedload(Rating.revision)  # type: ignore[arg-type]
    rows = session.exec(
        select(Rating)
        .join(ReleaseEntry, col(ReleaseEntry.revision_id) == Rating.revision_id)
        .where(
            Rating.voice == submission.voice,
            col(Rating.sent_at).is_(None),
            ReleaseEntry.release_id == submission.round.release_id,
        )
        .order_by(col(Rating.revision_id), col(Rating.criterion_id))
        .options(revision.joinedload(Revision.entry), joinedload(Rating.criterion), joinedload(Rating.author))  # type: ignore[arg-type]
        .execution_options(populate_existing=True)
    )
    by_revision: dict[int, list[Rating]] = {}
    for rating in rows:
        by_revision.setdefault(rating.revision_id, []).append(rating)
    found = []
    for ratings in by_revision.values():
        digest = tokens.digest(tokens.canonical([[rating.criterion.code, rating.score] for rating in ratings]))
        last = max(ratings, key=lambda rating: rating.rated_at)
        found.append(
            Item(
                key=f"{last.revision.entry.code}:{digest[:16]}",
                digest=digest,
                entry=last.revision.entry,
                is_ready=all(rating.ready for rating in ratings),
                by=last.author,
                at=last.rated_at,
                ratings=ratings,
            )
        )
    return found


def _send_points(session: Session, items: Sequence[Item], part: SignOff) -> None:
    """A fixed number of statements, however many points."""
    if not items:
        return
    drafted = [(item.comment, item.draft) for item in items if item.comment and item.draft]
    ids = [comment.id for comment, _ in drafted]
    texts: list[dict[str, Any]] = [
        {
            "comment_id": comment.id,
            "number": comment.text_number + 1,
            "body": draft.body,
            "replacement": draft.replacement,
            "digest": draft.digest,
            "sign_off_id": part.id,
            "created_at": part.at,
        }
        for comment, draft in drafted
    ]
    session.execute(insert(db.table_of(CommentText)), texts)
    session.execute(delete(Draft).where(col(Draft.comment_id).in_(ids)))
    for comment, _ in drafted:
        counters.add(session, commenting.count_name(comment, State.DRAFT), -1)
        counters.add(session, commenting.count_name(comment, State.HELD))
    session.execute(
        update(Comment)
        .where(col(Comment.id).in_(ids))
        .values(state=State.HELD, text_number=Comment.text_number + 1, sent_at=part.at)
        .execution_options(synchronize_session=False)
    )


def _send_ratings(session: Session, submission: Submission, ratings: Sequence[Rating], part: SignOff) -> None:
    if not ratings:
        return
    now = clock.now()
    events: list[dict[str, Any]] = [
        {
            "voice": rating.voice,
            "author_id": rating.author_id,
            "revision_id": rating.revision_id,
            "criterion_id": rating.criterion_id,
            "round_id": submission.round_id,
            "constituency": rating.constituency,
            "score": rating.score,
            "sign_off_id": part.id,
            "at": now,
        }
        for rating in ratings
    ]
    session.execute(insert(db.table_of(RatingEvent)), events)
    session.execute(
        update(Rating)
        .where(col(Rating.id).in_([rating.id for rating in ratings]))
        .values(sent_at=now)
        .execution_options(synchronize_session=False)
    )
