"""Every point that a release answers, and the numbers beside its title, such that no small number points at anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from backend.answers import queries
from backend.answers.models import Answer, Decision, Outcome
from backend.answers.scope import COUNTED
from backend.comments import queries as comment_queries
from backend.comments.models import Comment, Kind, State
from backend.comments.queries import Point
from backend.releases.models import Entry, Release

PAGE = 50
ENOUGH = 5
"""The smallest number of points without names that is told."""
SHOWN_WITH_ANSWER = 20


@dataclass(frozen=True)
class Filters:
    """What a reader of the ledger wants to see; empty is everything."""

    entry: str = ""
    outcome: Outcome | None = None
    kind: Kind | None = None
    answer: int | None = None


@dataclass(frozen=True)
class Row:
    """One point with its decision, and the address of the words that the decision is about."""

    point: Point
    entry: Entry | None
    decision: Decision
    address: str | None


@dataclass(frozen=True)
class Numbers:
    """How a release answered what it was told."""

    received: int
    carried: int
    unpublished: dict[Outcome, int]

    @property
    def decided(self) -> int:
        """How many points were decided and not carried."""
        return self.received - self.carried


@dataclass(frozen=True)
class Total:
    """How many unpublished points had one of these outcomes; None stands for fewer than are told."""

    outcomes: tuple[Outcome, ...]
    number: int | None


@dataclass
class Theme:
    """An answer with the points that it decided."""

    answer: Answer
    address: str | None
    published: int = 0
    unpublished: int = 0
    references: list[str] = field(default_factory=list)
    """The first of the published points."""

    @property
    def tells_unpublished(self) -> bool:
        """Whether enough points are not published for their number to be told."""
        return self.unpublished >= ENOUGH


def rows(session: Session, release: Release, filters: Filters, *, after: int) -> tuple[list[Row], int | None]:
    """A page of the published points, and after which one the next page begins."""
    place = col(Decision.comment_id)  # its index has them in order, release by release
    statement = _decided(release, Comment, Decision).where(Comment.state == State.PUBLISHED, place > after)
    if filters.entry:
        statement = statement.join(Entry, col(Entry.id) == Comment.entry_id).where(Entry.code == filters.entry.upper())
    if filters.outcome:
        statement = statement.where(Decision.outcome == filters.outcome)
    if filters.kind:
        statement = statement.where(Comment.kind == filters.kind)
    if filters.answer:
        statement = statement.where(Decision.answer_id == filters.answer)
    found = session.execute(
        statement.order_by(place).limit(PAGE + 1).options(*comment_queries.whole(), *queries.loaded())
    ).all()
    shown: Sequence[tuple[Comment, Decision]] = [(row[0], row[1]) for row in found[:PAGE]]
    decisions = {comment.id: decision for comment, decision in shown}
    points = comment_queries.points(session, [comment for comment, _ in shown], changes={}, decisions=decisions)
    listed = [
        Row(point, comment.entry, decision, decision.address)
        for point, (comment, decision) in zip(points, shown, strict=True)
    ]
    return listed, shown[-1][0].id if len(found) > PAGE else None


def numbers(session: Session, release: Release) -> Numbers:
    """What was received, decided and carried, and the outcomes of what is not published."""
    is_published = col(Comment.state) == State.PUBLISHED
    counted = session.execute(
        _decided(release, Decision.outcome, is_published.label("public"), func.count()).group_by(
            col(Decision.outcome), is_published
        )
    ).all()
    return Numbers(
        received=sum(row[2] for row in counted),
        carried=sum(row[2] for row in counted if row[0] is Outcome.CARRIED),
        unpublished={row[0]: row[2] for row in counted if not row[1]},
    )


def themes(session: Session, release: Release) -> list[Theme]:
    """The answers of a release, those that decided most points first, in three reads."""
    answers = session.exec(
        select(Answer).where(Answer.release_id == release.id).order_by(col(Answer.id)).options(*queries.loaded(Answer))
    ).all()
    found = {answer.id: Theme(answer, answer.address) for answer in answers}
    group = (col(Decision.answer_id), col(Comment.state))
    place = func.row_number().over(partition_by=group, order_by=col(Comment.id))
    size = func.count().over(partition_by=group)
    ranked = (
        _decided(
            release, Comment.reference, Comment.state, Decision.answer_id, place.label("place"), size.label("size")
        )
        .where(col(Decision.answer_id).is_not(None))
        .subquery()
    )
    for row in session.execute(select(ranked).where(ranked.c.place <= SHOWN_WITH_ANSWER).order_by(ranked.c.place)):
        theme = found[row.answer_id]
        if row.state is State.PUBLISHED:
            theme.published = row.size
            theme.references.append(row.reference)
        elif row.place == 1:
            theme.unpublished += row.size
    return sorted(found.values(), key=lambda theme: (-theme.published - theme.unpublished, theme.answer.id))


def combined(totals: Mapping[Outcome, int]) -> list[Total]:
    """Numbers by outcome in which every one is large enough to be told; small ones are added to one another.

    Where one group would be left that is too small, the next larger joins it; where all are too few, neither number nor
    outcome is told: what was received would give the number away.
    """
    if 0 < sum(totals.values()) < ENOUGH:
        return [Total((), None)]
    rising = sorted((number, outcome) for outcome, number in totals.items() if number)
    together: list[Outcome] = []
    sum_ = 0
    while rising and (rising[0][0] < ENOUGH or 0 < sum_ < ENOUGH):
        number, outcome = rising.pop(0)
        sum_ += number
        together.append(outcome)
    found = [Total((outcome,), number) for number, outcome in reversed(rising)]
    if together:
        found.append(Total(tuple(together), sum_ if sum_ >= ENOUGH else None))
    return found


def _decided(release: Release, *columns: Any) -> Any:
    """Rows of the points that stand, each with the final decision that came with this release."""
    newer = aliased(Decision)
    is_newer = (
        col(newer.comment_id) == Decision.comment_id,
        col(newer.id) > Decision.id,
        col(newer.release_id) == release.id,
        col(newer.is_final),
    )
    statement: Any = select(*columns)
    return (
        statement.select_from(Decision)
        .join(Comment, col(Comment.id) == Decision.comment_id)
        .where(Decision.release_id == release.id, col(Decision.is_final), ~exists().where(*is_newer))
        .where(col(Comment.state).in_(COUNTED))
    )
