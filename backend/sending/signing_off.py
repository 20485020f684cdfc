"""Signing off: a lead or deputy sends what the organisation has drafted, all of it at once or in parts."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from backend.comments import commenting
from backend.comments.models import Comment, CommentText, Draft, State
from backend.core import clock, counters, db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.access import Viewer
from backend.ratings.models import Rating, RatingEvent
from backend.releases import rounds
from backend.releases.models import Round
from backend.sending import queries
from backend.sending.queries import Item
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

    def __init__(self, moved: Collection[str]) -> None:
        super().__init__()
        self.moved = moved
        """The keys of the items that are not there any more as they were read."""


def sign_off(session: Session, submission: Submission, keys: Collection[str], *, by: Viewer) -> SignOff:
    """Send the items with these keys, exactly as they were read, as the next part of the submission.

    All of them or none. Raises SigningOver or RoundClosed, NeedsSignOff, NothingChosen, or ListMovedOn.
    """
    rounds.must_be_signable(submission.round)
    signing.must_sign(submission, by)
    signing.hold_place(session, submission, by)  # before all else, as whoever removes a colleague does
    _hold(session, submission)
    signable = {item.key: item for item in queries.waiting(session, submission) if can_sign(item, submission.round)}
    if not keys:
        raise NothingChosen()
    if moved := set(keys) - signable.keys():
        raise ListMovedOn(moved)
    items = [item for key, item in signable.items() if key in set(keys)]
    part = signing.sign(session, submission, [item.manifest for item in items], by=by)
    _send_points(session, [item for item in items if item.comment], part)
    _send_ratings(session, submission, [rating for item in items for rating in item.ratings], part)
    session.expire_all()
    return part


def can_sign(item: Item, round_: Round) -> bool:
    """Whether the item can be signed off: while the round is open, once it is ready.

    After the closing nobody can make it ready any more, so whatever says something can be sent as it is.
    """
    return item.is_ready if round_.is_open else item.has_words and round_.can_be_signed


def _hold(session: Session, submission: Submission) -> None:
    """Let nobody sign, save or rate for this organisation until this transaction ends, so that what is read is sent."""
    db.lock(session, submission)
    drafts = select(Comment.id).where(Comment.submission_id == submission.id, Comment.state == State.DRAFT)
    session.exec(drafts.order_by(col(Comment.id)).with_for_update(key_share=True)).all()
    scores = select(Rating.id).where(Rating.voice == submission.voice, col(Rating.sent_at).is_(None))
    session.exec(scores.order_by(col(Rating.revision_id), col(Rating.criterion_id)).with_for_update()).all()


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
            "kind": comment.kind,
            "speaking_for": comment.speaking_for,
            "on_behalf_of": comment.on_behalf_of,
            "publish_as": comment.publish_as,
            "sign_off_id": part.id,
            "changed_by_id": draft.saved_by_id if draft.saved_by_id != comment.author_id else None,
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
            "grounds": rating.grounds,
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
