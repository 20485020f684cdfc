"""Reading points: one by its reference, the public ones of an entry, and all that a template may show of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import and_, not_
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.comments.models import Check, Comment, CommentText, Draft, Kind, State
from backend.core.errors import NotFound
from backend.releases.models import Entry, Release, Round
from backend.submissions import crediting
from backend.submissions.models import PublishAs, Submission

PAGE = 20


class Decided(Protocol):
    """What a point shows of the decision on it."""

    outcome: Any
    reason: str
    release: Any


@dataclass(frozen=True)
class Change:
    """What a suggestion would change: one field, piece by piece."""

    field: str
    label: str
    pieces: Sequence[Any]
    labels: Mapping[str, str]
    """Where it changes terms: the name of each code."""


@dataclass(frozen=True)
class Point:
    """All that may be shown of a point in public."""

    id: int
    reference: str
    address: str
    kind: Kind
    byline: str | None
    """None where it is not published in full: then there is no body either."""
    body: str
    lang: str
    """The language in which it was written."""
    sent_at: datetime | None
    section: str | None
    """The label of the section that it is about."""
    release: str
    """The number of the release that it was given on."""
    change: Change | None
    decision: Decided | None


@dataclass(frozen=True)
class Points:
    """One page of points, and after which one the next page begins."""

    items: list[Point]
    after: int | None


def comment(session: Session, reference: str) -> Comment:
    """The comment with this reference, with what it is about. Raises NotFound."""
    found = session.exec(select(Comment).where(Comment.reference == reference.upper()).options(*whole())).first()
    if found is None:
        raise NotFound()
    return found


def words_of(session: Session, comments: Iterable[Comment]) -> dict[int, CommentText]:
    """The current words of each comment that was sent, by its id, in one read."""
    wanted = [comment.id for comment in comments]
    texts = session.exec(
        select(CommentText)
        .join(Comment, and_(col(Comment.id) == CommentText.comment_id, col(Comment.text_number) == CommentText.number))
        .where(col(Comment.id).in_(wanted))
    )
    return {text.comment_id: text for text in texts}


def written(session: Session, comments: Sequence[Comment]) -> dict[int, CommentText | Draft]:
    """The words of each comment as its own voice sees them: those that were sent, or those of a draft."""
    drafts = [comment.id for comment in comments if comment.state is State.DRAFT]
    found: dict[int, CommentText | Draft] = {**words_of(session, comments)}
    saved_by = joinedload(Draft.saved_by)  # type: ignore[arg-type]
    for draft in session.exec(select(Draft).where(col(Draft.comment_id).in_(drafts)).options(saved_by)):
        found[draft.comment_id] = draft
    return found


def texts(session: Session, comment: Comment) -> list[CommentText]:
    """Every text that the comment has had, the first one first."""
    return list(
        session.exec(select(CommentText).where(CommentText.comment_id == comment.id).order_by(col(CommentText.number)))
    )


def find_check(session: Session, comment: Comment) -> Check | None:
    """What was last decided when checking the comment's current words."""
    return session.exec(
        select(Check)
        .where(Check.comment_id == comment.id, Check.text_number == comment.text_number)
        .order_by(col(Check.id).desc())
    ).first()


def was_public(session: Session, comment: Comment) -> bool:
    """Whether the comment has ever been published."""
    published = select(Check.id).where(Check.comment_id == comment.id, Check.outcome == State.PUBLISHED)
    return session.exec(published).first() is not None


def published_on(session: Session, entry: Entry, *, after: int | None = None, limit: int = PAGE) -> list[Comment]:
    """The published points about an entry, the newest first, from the one after `after`."""
    statement = select(Comment).where(Comment.entry_id == entry.id, Comment.state == State.PUBLISHED)
    return _page(session, statement, after, limit)


def published_in(session: Session, round_: Round, *, after: int | None = None, limit: int = PAGE) -> list[Comment]:
    """The published points of a round about its questions and the framework as a whole, the newest first."""
    statement = select(Comment).where(
        Comment.round_id == round_.id, col(Comment.entry_id).is_(None), Comment.state == State.PUBLISHED
    )
    return _page(session, statement, after, limit)


def by_voices(
    session: Session,
    voices: Sequence[str],
    *,
    states: Sequence[State] = (),
    round_: Round | None = None,
    entry: Entry | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> list[Comment]:
    """Everything that these voices have said, the newest first, whatever became of it."""
    discarded = (col(Comment.state) == State.WITHDRAWN) & (col(Comment.text_number) == 0)
    statement = select(Comment).join(Submission).where(col(Submission.voice).in_(voices), not_(discarded))
    if states:
        statement = statement.where(col(Comment.state).in_(states))
    if round_:
        statement = statement.where(Comment.round_id == round_.id)
    if entry:
        statement = statement.where(Comment.entry_id == entry.id)
    return _page(session, statement, after, limit)


def entries_of(session: Session, submission: Submission) -> set[int]:
    """The entries, by id, about which something was said in this submission and not taken back."""
    rows = session.exec(
        select(Comment.entry_id)
        .where(Comment.submission_id == submission.id, Comment.state != State.WITHDRAWN)
        .distinct()
    )
    return {entry_id for entry_id in rows if entry_id is not None}


def page(
    session: Session,
    comments: Sequence[Comment],
    *,
    changes: Mapping[int, Change],
    decisions: Mapping[int, Decided],
    limit: int = PAGE,
) -> Points:
    """The comments as a page of points; one comment more than `limit` says that there is another page."""
    shown = comments[:limit]
    after = shown[-1].id if len(comments) > limit else None
    return Points(points(session, shown, changes=changes, decisions=decisions), after)


def points(
    session: Session, comments: Sequence[Comment], *, changes: Mapping[int, Change], decisions: Mapping[int, Decided]
) -> list[Point]:
    """The comments as the public may see them; the number of reads does not grow with the number of comments."""
    if not comments:
        return []
    words = words_of(session, comments)
    credits = bylines(session, comments)
    found = []
    for comment in comments:
        byline = credits[comment.id]
        text = words[comment.id]
        framework = comment.round.release.framework
        found.append(
            Point(
                id=comment.id,
                reference=comment.reference,
                address=f"/comments/{comment.reference}",
                kind=comment.kind,
                byline=byline,
                body=text.body if byline else "",
                lang=comment.language,
                sent_at=comment.sent_at,
                section=framework.section_label(comment.section) if comment.section else None,
                release=comment.round.release.number,
                change=changes.get(comment.id) if byline else None,
                decision=decisions.get(comment.id),
            )
        )
    return found


def bylines(session: Session, comments: Sequence[Comment]) -> dict[int, str | None]:
    """The exact public byline of each comment, or None where it is not published in full."""
    by_type = {comment.round_id for comment in comments if comment.publish_as is PublishAs.BY_TYPE}
    among = crediting.participants(session, by_type)
    return {
        comment.id: crediting.credit(
            comment.submission.speaker,
            round_id=comment.round_id,
            speaking_for=comment.speaking_for,
            publish_as=comment.publish_as,
            on_behalf_of=comment.on_behalf_of,
            among=among,
        )
        for comment in comments
    }


def whole() -> Sequence[Any]:
    """Read a comment together with who speaks in it and what it is about."""
    submission = joinedload(Comment.submission)  # type: ignore[arg-type]
    round_ = joinedload(Comment.round)  # type: ignore[arg-type]
    return (
        submission.joinedload(Submission.organisation),  # type: ignore[arg-type]
        submission.joinedload(Submission.person),  # type: ignore[arg-type]
        round_.joinedload(Round.release).joinedload(Release.framework),  # type: ignore[arg-type]
        joinedload(Comment.entry),  # type: ignore[arg-type]
        joinedload(Comment.revision),  # type: ignore[arg-type]
        joinedload(Comment.question),  # type: ignore[arg-type]
    )


def _page(session: Session, statement: Any, after: int | None, limit: int) -> list[Comment]:
    if after is not None:
        statement = statement.where(col(Comment.id) < after)
    return list(session.exec(statement.order_by(col(Comment.id).desc()).limit(limit).options(*whole())))
