"""Checking that the words of points are those that were sent."""

from sqlmodel import Session, col, select

from backend.comments.commenting import digest_of
from backend.comments.models import Comment, CommentText


def first_difference(session: Session) -> str | None:
    """The first text that is not the one its digest was made from, in words, or None if all are as sent."""
    texts = select(CommentText, Comment.reference).join(Comment, col(Comment.id) == CommentText.comment_id)
    with session.exec(texts.order_by(col(CommentText.id)).execution_options(yield_per=1000)) as rows:
        for text, reference in rows:
            if digest_of(text.body, text.replacement) != text.digest:
                return f"text {text.number} of point {reference} is not what was sent"
    return None
