"""Points as staff read them: the words, what a suggestion would change, and what its author chose."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.comments import queries
from backend.comments.models import Comment, CommentText
from backend.releases import diff
from backend.releases.diff import FieldChange
from backend.releases.models import Framework, Release, Round
from backend.submissions.models import Submission
from backend.suggestions import merging
from backend.suggestions.models import Suggestion


@dataclass(frozen=True)
class StaffPoint:
    """One point with all that somebody who checks or decides it has to see."""

    comment: Comment
    text: CommentText
    byline: str | None
    """What stands under it in public; None where it is not published."""
    suggestion: Suggestion | None
    change: FieldChange | None
    """What the suggestion would change of the words that it was made on."""

    @property
    def voice(self) -> str:
        """Who speaks: the organisation, the person, or the event."""
        return self.comment.submission.speaker.name

    @property
    def framework(self) -> Framework:
        """The framework that it is about."""
        return self.comment.round.release.framework


def loaded() -> tuple[Any, ...]:
    """What to load beside comments that are going to be shown."""
    submission = joinedload(Comment.submission)  # type: ignore[arg-type]
    return (
        submission.joinedload(Submission.organisation),  # type: ignore[arg-type]
        submission.joinedload(Submission.person),  # type: ignore[arg-type]
        joinedload(Comment.round).joinedload(Round.release).joinedload(Release.framework),  # type: ignore[arg-type]
        joinedload(Comment.author),  # type: ignore[arg-type]
        joinedload(Comment.entry),  # type: ignore[arg-type]
        joinedload(Comment.question),  # type: ignore[arg-type]
        joinedload(Comment.revision),  # type: ignore[arg-type]
    )


def staff_points(session: Session, comments: Sequence[Comment]) -> list[StaffPoint]:
    """The comments as staff read them, in as many reads for a hundred as for one."""
    if not comments:
        return []
    texts = queries.words_of(session, comments)
    bylines = queries.bylines(session, comments)
    suggestions = suggestions_of(session, comments)
    return [
        StaffPoint(
            comment,
            texts[comment.id],
            bylines[comment.id],
            suggestions.get(comment.id),
            _change(suggestions.get(comment.id), texts[comment.id]),
        )
        for comment in comments
    ]


def suggestions_of(session: Session, comments: Sequence[Comment]) -> dict[int, Suggestion]:
    """The suggestions among the comments, each with the revision that it was made on."""
    found = session.exec(
        select(Suggestion)
        .where(col(Suggestion.comment_id).in_([comment.id for comment in comments]))
        .options(joinedload(Suggestion.base_revision))  # type: ignore[arg-type]
    )
    return {suggestion.comment_id: suggestion for suggestion in found}


def _change(suggestion: Suggestion | None, text: CommentText) -> FieldChange | None:
    if suggestion is None:
        return None
    base = suggestion.base_revision.content
    wanted = base.with_field(suggestion.field, merging.proposed(text))
    return next(iter(diff.fields(base, wanted)), None)
