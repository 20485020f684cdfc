"""Who prompted a change, named as each of them has chosen."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.comments import queries
from backend.comments.models import Comment, State
from backend.releases.models import Revision
from backend.submissions.models import Submission
from backend.suggestions.models import Cause


@dataclass(frozen=True)
class Prompt:
    """One point that led to a change. The byline is None where the point is not published."""

    comment: Comment
    field: str
    byline: str | None


def prompts(session: Session, revisions: Iterable[Revision]) -> dict[int, list[Prompt]]:
    """By entry, the points that led to these revisions, each once for a field."""
    submission = joinedload(Cause.comment).joinedload(Comment.submission)  # type: ignore[arg-type]
    rows = session.exec(
        select(Cause, Revision.entry_id)
        .join(Revision, col(Revision.id) == Cause.revision_id)
        .where(col(Cause.revision_id).in_([revision.id for revision in revisions]))
        .order_by(col(Cause.revision_id), col(Cause.comment_id), col(Cause.field))
        .options(
            submission.joinedload(Submission.organisation),  # type: ignore[arg-type]
            submission.joinedload(Submission.person),  # type: ignore[arg-type]
        )
    ).all()
    names = queries.bylines(session, [cause.comment for cause, _ in rows if cause.comment.state is State.PUBLISHED])
    found: dict[int, dict[tuple[int, str], Prompt]] = defaultdict(dict)
    for cause, entry_id in rows:
        prompt = Prompt(cause.comment, cause.field, names.get(cause.comment_id))
        found[entry_id].setdefault((cause.comment_id, cause.field), prompt)
    return {entry_id: list(prompts.values()) for entry_id, prompts in found.items()}


def prompted_by(session: Session, revisions: Iterable[Revision]) -> dict[int, list[Prompt]]:
    """By entry, the points that led to these revisions, each once however many fields it led to changes of."""
    found = prompts(session, revisions)
    return {entry_id: list({one.comment.id: one for one in each}.values()) for entry_id, each in found.items()}
