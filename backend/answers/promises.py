"""What was promised to those who took part, round by round: what was received, decided, carried, and late."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import and_, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from backend.answers import queries, scope
from backend.answers.models import Decision, Outcome
from backend.comments.models import Comment
from backend.core import clock
from backend.releases.models import Release, Round


@dataclass(frozen=True)
class RoundPromises:
    """How one round's points were answered. Together, the rounds give the numbers of the home page."""

    round_: Round
    received: int
    decided: int
    carried: int
    late: int
    """Undecided although the day has passed."""
    decided_late: int
    """Decided or carried by a release that was published after the day."""
    answered_by: list[Release]
    """The releases that answer points of the round, the newest first."""

    @property
    def waiting(self) -> int:
        """How many have no decision that everybody can read."""
        return self.received - self.decided - self.carried


class Points(NamedTuple):
    """How many points of a round have come equally far."""

    round_id: int
    outcome: Outcome | None
    """None where nothing has been decided that everybody can read."""
    release_id: int | None
    is_overdue: bool
    """There is no decision, and the day has passed."""
    came_late: bool
    """There is one, in a release that was published after the day."""
    number: int


def by_round(session: Session, rounds: Sequence[Round]) -> list[RoundPromises]:
    """The promises of each of these rounds, in their order.

    Numbers of all points are told as they are, as beside each release. Outcomes of points that are not published are
    told by the ledger alone: a second way to group them would tell what combining them there hides.
    """
    ids = [round_.id for round_ in rounds]
    counted = _counted(session, ids)
    answering = {points.release_id for points in counted if points.release_id}
    newest_first = select(Release).where(col(Release.id).in_(answering)).order_by(col(Release.position).desc())
    releases = session.exec(newest_first).all()
    return [
        _kept(round_, [points for points in counted if points.round_id == round_.id], releases) for round_ in rounds
    ]


def _counted(session: Session, ids: Sequence[int]) -> list[Points]:
    of_answer = (
        select(Release.published_at).where(col(Release.id) == Decision.release_id).correlate(Decision).scalar_subquery()
    )
    alike = (
        col(Comment.round_id),
        col(Decision.outcome),
        col(Decision.release_id),
        and_(col(Round.answer_by) < clock.now(), col(Decision.id).is_(None)),
        func.coalesce(of_answer > col(Round.answer_by), False),
    )
    rows = session.execute(
        columns(*alike, func.count())
        .select_from(Comment)
        .join(Round, col(Round.id) == Comment.round_id)
        .outerjoin(Decision, col(Decision.id) == queries.final_id())
        .where(col(Round.id).in_(ids), col(Comment.state).in_(scope.COUNTED))
        .group_by(*alike)
    )
    return [Points(*row) for row in rows]


def _kept(round_: Round, counted: Sequence[Points], releases: Sequence[Release]) -> RoundPromises:
    answering = {points.release_id for points in counted}
    return RoundPromises(
        round_=round_,
        received=sum(points.number for points in counted),
        decided=sum(points.number for points in counted if points.outcome not in (None, Outcome.CARRIED)),
        carried=sum(points.number for points in counted if points.outcome is Outcome.CARRIED),
        late=sum(points.number for points in counted if points.is_overdue),
        decided_late=sum(points.number for points in counted if points.came_late),
        answered_by=[release for release in releases if release.id in answering],
    )
