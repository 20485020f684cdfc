"""Checking that the words of points are those that were sent."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlmodel import Session, col, select

from backend.comments.commenting import digest_of
from backend.comments.models import Comment, CommentText


def first_difference(session: Session) -> str | None:
    """The first text that is not the one its digest was made from, or is missing, in words, or None if all are as sent.

    The digest of the current text is the point's own as well: it stands on the receipt.
    """
    texts = (
        select(Comment.reference, Comment.text_number, Comment.digest, CommentText)
        .outerjoin(CommentText, col(CommentText.comment_id) == Comment.id)
        .order_by(col(Comment.id), col(CommentText.number))
    )
    with session.execute(texts, execution_options={"yield_per": 1000}) as rows:
        return next(_differences(rows), None)


def _differences(rows: Iterable[Any]) -> Iterator[str]:
    expected, current, about = 1, 0, ""  # a draft that was never sent has no texts: its current one is 0
    for reference, text_number, digest, text in rows:
        if reference != about:
            yield from _missing(about, expected, current)
            expected, current, about = 1, text_number, reference
        if text is None:
            continue
        yield from _missing(reference, expected, text.number - 1)
        expected = text.number + 1
        if digest_of(text.body, text.replacement) != text.digest or (text.number == current and text.digest != digest):
            yield f"text {text.number} of point {reference} is not what was sent"
    yield from _missing(about, expected, current)


def _missing(reference: str, first: int, last: int) -> Iterator[str]:
    """Texts are numbered from one without a gap, up to the current one."""
    for number in range(first, last + 1):
        yield f"text {number} of point {reference} is missing"
