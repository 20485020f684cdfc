"""Finding words of points that were changed behind our back."""

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from backend.comments import verifying
from backend.comments.commenting import digest_of
from backend.comments.models import Comment, CommentText
from backend.core import append_only
from tests import factories


@pytest.fixture
def comment(session: Session) -> Comment:
    """A point with a second text, between two others, on a database whose triggers somebody has dropped."""
    framework = factories.make_framework(session)
    organisation = factories.make_organisation(session)
    author = factories.make_member(session, organisation)
    submission = factories.make_submission(session, factories.make_round(session, framework), organisation=organisation)
    _, comment, _ = [factories.make_comment(session, submission, author) for _ in range(3)]
    comment.text_number, comment.digest = 2, digest_of("Better words.", None)
    session.add(comment)
    first = session.exec(select(CommentText).where(CommentText.comment_id == comment.id)).one()
    said = first.model_dump(include={"comment_id", "kind", "speaking_for", "publish_as"})
    session.add(CommentText(**said, number=2, body="Better words.", digest=comment.digest))
    session.commit()
    append_only.drop(session.connection())
    return comment


def test_every_point_is_as_it_was_sent(session: Session, comment: Comment) -> None:
    assert verifying.first_difference(session) is None


CHANGES = {
    "UPDATE comment_text SET body = 'Worse words.' WHERE comment_id = :id AND number = 1": "text 1 of point {} is not",
    "UPDATE comment_text SET replacement = '\"x\"' WHERE comment_id = :id AND number = 2": "text 2 of point {} is not",
    "UPDATE comment_text SET body = 'Worse words.', digest = :digest WHERE comment_id = :id AND number = 2": (
        "text 2 of point {} is not"
    ),
    "DELETE FROM comment_text WHERE comment_id = :id AND number = 1": "text 1 of point {} is missing",
    "DELETE FROM comment_text WHERE comment_id = :id AND number = 2": "text 2 of point {} is missing",
    "DELETE FROM comment_text WHERE comment_id = :id": "text 1 of point {} is missing",
    "DELETE FROM comment_text WHERE comment_id = :id + 1": "text 1 of point",
}


@pytest.mark.parametrize(("statement", "said"), CHANGES.items())
def test_the_text_that_differs_is_named(session: Session, comment: Comment, statement: str, said: str) -> None:
    facts = {"id": comment.id, "digest": digest_of("Worse words.", None)}
    session.execute(text(statement), {name: fact for name, fact in facts.items() if f":{name}" in statement})
    assert said.format(comment.reference) in (verifying.first_difference(session) or "")
