"""Which points a release has to answer."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from backend.answers.models import Decision, Outcome
from backend.comments.models import Comment, State
from backend.releases.models import Release, Round

COUNTED = (State.HELD, State.PUBLISHED, State.KEPT, State.WITHHELD)
"""Every point that was sent and stands, published or not; not those withdrawn, or with the safeguarding lead."""

Latest = aliased(Decision)
"""The newest decision on a point: the one that counts."""


def latest_id(comment_id: Any) -> Any:
    """The id of the newest decision on the comment of the row."""
    newest = aliased(Decision)
    return select(func.max(newest.id)).where(col(newest.comment_id) == comment_id).scalar_subquery()


def points(draft: Release, *columns: Any) -> Select[Any]:
    """Rows of every point in the scope of the draft release, each beside its newest decision if it has one.

    In scope is what was sent in any round of an earlier release and has not been answered with a published one, or
    was carried by it. Without columns, a row is the comment and the decision.
    """
    wanted: Any = columns or (Comment, Latest)
    statement: Any = select(*wanted)
    return (  # type: ignore[no-any-return]
        statement.select_from(Comment)
        .join(Round, col(Round.id) == Comment.round_id)
        .join(Release, col(Release.id) == Round.release_id)
        .outerjoin(Latest, col(Latest.id) == latest_id(col(Comment.id)))
        .where(
            Release.framework_id == draft.framework_id,
            Release.position < draft.position,
            col(Comment.state).in_(COUNTED),
            or_(
                col(Latest.id).is_(None),
                col(Latest.taken_back),
                col(Latest.release_id) == draft.id,
                col(Latest.outcome) == Outcome.CARRIED,
            ),
        )
    )


def is_decided(draft: Release) -> ColumnElement[bool]:
    """For the rows of `points`: this release decides the point, or will."""
    return and_(col(Latest.release_id) == draft.id, col(Latest.taken_back).is_(False))


def is_undecided(draft: Release) -> ColumnElement[bool]:
    """For the rows of `points`: somebody has to decide it yet."""
    return or_(col(Latest.id).is_(None), col(Latest.release_id) != draft.id, col(Latest.taken_back))
