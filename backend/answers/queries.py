"""Reading answers and decisions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func
from sqlalchemy.orm import aliased, joinedload
from sqlmodel import Session, col, select

from backend.answers import scope
from backend.answers.models import Answer, Decision, Outcome
from backend.answers.scope import Latest
from backend.comments.models import Comment, State
from backend.core import clock
from backend.core.errors import NotFound
from backend.releases.kinds import ReleaseState
from backend.releases.models import Framework, Release, Round


@dataclass(frozen=True)
class Progress:
    """How far a draft release has come in answering what it has to."""

    in_scope: int
    held: int
    undecided: int
    drafted: int
    final: int
    carried: int

    @property
    def decided(self) -> int:
        """How many points have a decision, drafted or final."""
        return self.drafted + self.final


@dataclass(frozen=True)
class Promises:
    """What a framework owes to those who took part."""

    received: int
    decided: int
    carried: int
    late: int


def answer(session: Session, answer_id: int) -> Answer:
    """The answer with this number. Raises NotFound."""
    found = session.get(Answer, answer_id)
    if found is None:
        raise NotFound()
    return found


def answers(session: Session, release: Release) -> list[Answer]:
    """The answers of a release, in the order in which they were written."""
    return list(
        session.exec(
            select(Answer)
            .where(Answer.release_id == release.id)
            .order_by(col(Answer.id))
            .options(joinedload(Answer.entry))  # type: ignore[arg-type]
        )
    )


def latest_answers(session: Session, limit: int = 50) -> list[Answer]:
    """The answers of all frameworks that are published, those of the newest release first."""
    return list(
        session.exec(
            select(Answer)
            .join(Release, col(Release.id) == Answer.release_id)
            .where(Release.state != ReleaseState.DRAFT)
            .order_by(col(Release.published_at).desc(), col(Answer.id))
            .limit(limit)
            .options(joinedload(Answer.release).joinedload(Release.framework))  # type: ignore[arg-type]
        )
    )


def attached(session: Session, answer: Answer) -> list[Comment]:
    """The points that the answer decides, by the newest decision on each."""
    return list(
        session.exec(
            select(Comment)
            .join(Decision, col(Decision.id) == scope.latest_id(col(Comment.id)))
            .where(Decision.answer_id == answer.id, col(Decision.taken_back).is_(False))
            .order_by(col(Comment.id))
            .options(joinedload(Comment.entry))  # type: ignore[arg-type]
        )
    )


def attached_counts(session: Session, release: Release) -> dict[int, int]:
    """How many points each answer of the draft release decides."""
    rows = session.execute(
        scope.points(release, Latest.answer_id, func.count())
        .where(scope.is_decided(release), col(Latest.answer_id).is_not(None))
        .group_by(col(Latest.answer_id))
    )
    return {answer_id: number for answer_id, number in rows}


def current_decisions(session: Session, comments: Iterable[Comment]) -> dict[int, Decision]:
    """The decision that counts on each comment, drafted or final, for staff; none for what is undecided."""
    wanted = [comment.id for comment in comments]
    newest = (
        select(func.max(Decision.id)).where(col(Decision.comment_id).in_(wanted)).group_by(col(Decision.comment_id))
    )
    found = session.exec(
        select(Decision).where(col(Decision.id).in_(newest), col(Decision.taken_back).is_(False)).options(*_linked())
    )
    return {decision.comment_id: decision for decision in found}


def published_decisions(session: Session, comments: Iterable[Comment]) -> dict[int, Decision]:
    """The decision that everybody may read on each comment: final, and its release is published."""
    wanted = [comment.id for comment in comments]
    return {decision.comment_id: decision for decision in _published(session, wanted)}


def published_decision(session: Session, comment: Comment) -> Decision | None:
    """The decision that everybody may read on the comment, if there is one."""
    return published_decisions(session, [comment]).get(comment.id)


def history(session: Session, comment: Comment) -> list[Decision]:
    """Every decision ever made on the comment, the oldest first, for staff."""
    return list(
        session.exec(
            select(Decision).where(Decision.comment_id == comment.id).order_by(col(Decision.id)).options(*_linked())
        )
    )


def progress(session: Session, draft: Release) -> Progress:
    """How many points are in the scope of the draft, and how many of them are decided."""
    decided = scope.is_decided(draft)
    rows = session.execute(
        scope.points(draft, Comment.state, decided, Latest.is_final, Latest.outcome, func.count()).group_by(
            col(Comment.state), decided, col(Latest.is_final), col(Latest.outcome)
        )
    ).all()
    return Progress(
        in_scope=sum(row[4] for row in rows),
        held=sum(row[4] for row in rows if row[0] is State.HELD),
        undecided=sum(row[4] for row in rows if not row[1]),
        drafted=sum(row[4] for row in rows if row[1] and not row[2]),
        final=sum(row[4] for row in rows if row[1] and row[2]),
        carried=sum(row[4] for row in rows if row[1] and row[3] is Outcome.CARRIED),
    )


def promise_board(session: Session, framework: Framework) -> Promises:
    """What was received in all rounds, what has been decided or carried in public, and what is late."""
    overdue = and_(col(Round.answer_by) < clock.now(), col(Decision.id).is_(None))
    rows = session.execute(
        select(Decision.outcome, overdue, func.count())
        .select_from(Comment)
        .join(Round, col(Round.id) == Comment.round_id)
        .join(Release, col(Release.id) == Round.release_id)
        .outerjoin(Decision, col(Decision.id) == final_id())
        .where(Release.framework_id == framework.id, col(Comment.state).in_(scope.COUNTED))
        .group_by(col(Decision.outcome), overdue)
    ).all()
    return Promises(
        received=sum(row[2] for row in rows),
        decided=sum(row[2] for row in rows if row[0] not in (None, Outcome.CARRIED)),
        carried=sum(row[2] for row in rows if row[0] is Outcome.CARRIED),
        late=sum(row[2] for row in rows if row[1]),
    )


def final_id() -> Any:
    """For rows of comments: the id of the newest final decision that is published."""
    newest, release = aliased(Decision), aliased(Release)
    return (
        select(func.max(newest.id))
        .join(release, col(release.id) == newest.release_id)
        .where(
            col(newest.comment_id) == col(Comment.id),
            col(newest.is_final),
            col(release.state) != ReleaseState.DRAFT,
        )
        .correlate(Comment)
        .scalar_subquery()
    )


def _published(session: Session, comment_ids: list[int]) -> list[Decision]:
    newest = (
        select(func.max(Decision.id))
        .join(Release, col(Release.id) == Decision.release_id)
        .where(col(Decision.comment_id).in_(comment_ids), col(Decision.is_final), Release.state != ReleaseState.DRAFT)
        .group_by(col(Decision.comment_id))
    )
    return list(session.exec(select(Decision).where(col(Decision.id).in_(newest)).options(*_linked())))


def _linked() -> tuple[Any, ...]:
    return (*loaded(), joinedload(Decision.answer))  # type: ignore[arg-type]


def loaded(model: type[Decision] | type[Answer] = Decision) -> tuple[Any, ...]:
    """What the address of their words needs, to be loaded with decisions or answers."""
    release: Any = model.release
    return (
        joinedload(release).joinedload(Release.framework),  # type: ignore[arg-type]
        joinedload(release).joinedload(Release.previous),  # type: ignore[arg-type]
        joinedload(model.entry),  # type: ignore[arg-type]
    )
