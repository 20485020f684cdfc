"""Finding the points that still need a decision, the like beside the like."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, tuple_
from sqlmodel import Session, col, select

from backend.answers import scope
from backend.answers.models import Decision, Outcome
from backend.answers.scope import Latest
from backend.comments.models import Comment, CommentText, Kind
from backend.releases.models import Entry, Release
from backend.suggestions import proposals
from backend.suggestions.models import Suggestion
from backend.suggestions.proposals import StaffPoint

PAGE = 50
GROUPS = 10
PLACE: Any = func.coalesce(col(Suggestion.field), literal("section:") + col(Comment.section), "")
"""Which field a point is about: that of a suggestion, or its section; empty for the whole entry."""


@dataclass(frozen=True)
class Filters:
    """Which points to list; empty is everything in scope."""

    entry: str = ""
    place: str | None = None
    kind: Kind | None = None
    status: str = ""
    """`undecided`, `decided`, `drafted` or `final`."""
    outcome: Outcome | None = None
    q: str = ""


@dataclass(frozen=True)
class Listed:
    """One point with its decision, if it has one, and the field that it is about."""

    point: StaffPoint
    decision: Decision | None
    place: str


@dataclass(frozen=True)
class Group:
    """Undecided points about the same words: one answer may serve them all."""

    code: str
    place: str
    number: int


def listed(session: Session, draft: Release, filters: Filters, *, after: int = 0) -> tuple[list[Listed], int | None]:
    """A page of points, those about the same words next to each other, and after which one the next page begins."""
    statement = _narrowed(
        scope.points(draft, Comment, Latest, PLACE.label("place")).outerjoin(
            Suggestion, col(Suggestion.comment_id) == Comment.id
        ),
        draft,
        filters,
    )
    order = (func.coalesce(col(Comment.entry_id), 0), PLACE, col(Comment.id))
    if after:
        last = select(*order).outerjoin(Suggestion, col(Suggestion.comment_id) == Comment.id).where(Comment.id == after)
        mark = session.execute(last).first()
        if mark:
            statement = statement.where(tuple_(*order) > tuple_(*(literal(value) for value in mark)))
    found = session.execute(statement.order_by(*order).limit(PAGE + 1).options(*proposals.loaded())).all()
    points = proposals.staff_points(session, [row[0] for row in found[:PAGE]])
    rows = [
        Listed(point, row[1] if row[1] and not row[1].taken_back and row[1].release_id == draft.id else None, row[2])
        for point, row in zip(points, found, strict=False)
    ]
    return rows, rows[-1].point.comment.id if len(found) > PAGE else None


def groups(session: Session, draft: Release) -> list[Group]:
    """The largest groups of undecided points about the same words."""
    rows = session.execute(
        scope.points(draft, Entry.code, PLACE.label("place"), func.count().label("number"))
        .join(Entry, col(Entry.id) == Comment.entry_id)
        .outerjoin(Suggestion, col(Suggestion.comment_id) == Comment.id)
        .where(scope.is_undecided(draft))
        .group_by(col(Entry.code), "place")
        .having(func.count() > 1)
        .order_by(func.count().desc(), col(Entry.code), "place")
        .limit(GROUPS)
    )
    return [Group(code, place, number) for code, place, number in rows]


def _narrowed(statement: Any, draft: Release, filters: Filters) -> Any:
    if filters.entry:
        statement = statement.join(Entry, col(Entry.id) == Comment.entry_id).where(Entry.code == filters.entry.upper())
    if filters.place is not None:
        statement = statement.where(filters.place == PLACE)
    if filters.kind:
        statement = statement.where(Comment.kind == filters.kind)
    if filters.status == "undecided":
        statement = statement.where(scope.is_undecided(draft))
    elif filters.status:
        statement = statement.where(scope.is_decided(draft))
    if filters.status in ("drafted", "final"):
        statement = statement.where(col(Latest.is_final).is_(filters.status == "final"))
    if filters.outcome:
        statement = statement.where(scope.is_decided(draft), Latest.outcome == filters.outcome)
    if filters.q:
        statement = statement.join(
            CommentText,
            (col(CommentText.comment_id) == Comment.id) & (col(CommentText.number) == Comment.text_number),
        ).where(col(CommentText.body).icontains(filters.q, autoescape=True))
    return statement
