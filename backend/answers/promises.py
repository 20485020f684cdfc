"""What was promised to those who took part, round by round: what was received, decided, carried, and late."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func
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


def by_round(session: Session, rounds: Sequence[Round]) -> list[RoundPromises]:
    """The promises of each of these rounds, in their order.

    Numbers of all points are told as they are, as beside each release. Outcomes of points that are not published are
    told by the ledger alone: a second way to group them would tell what combining them there hides.
    """
    of_answer = (
        select(Release.published_at).where(col(Release.id) == Decision.release_id).correlate(Decision).scalar_subquery()
    )
    overdue = and_(col(Round.answer_by) < clock.now(), col(Decision.id).is_(None))
    after_the_day = func.coalesce(of_answer > col(Round.answer_by), False)
    told: Any = (Comment.round_id, Decision.outcome, Decision.release_id, overdue, after_the_day)
    wanted: Any = (*told, func.count())
    statement: Any = select(*wanted)
    rows = session.execute(
        statement.select_from(Comment)
        .join(Round, col(Round.id) == Comment.round_id)
        .outerjoin(Decision, col(Decision.id) == queries.final_id())
        .where(col(Round.id).in_([round_.id for round_ in rounds]), col(Comment.state).in_(scope.COUNTED))
        .group_by(*told)
    ).all()
    ids = {row[2] for row in rows if row[2]}
    newest_first = select(Release).where(col(Release.id).in_(ids)).order_by(col(Release.position).desc())
    releases = list(session.exec(newest_first))
    found = []
    for round_ in rounds:
        of_round = [row for row in rows if row[0] == round_.id]
        answering = {row[2] for row in of_round}
        found.append(
            RoundPromises(
                round_=round_,
                received=sum(row[5] for row in of_round),
                decided=sum(row[5] for row in of_round if row[1] not in (None, Outcome.CARRIED)),
                carried=sum(row[5] for row in of_round if row[1] is Outcome.CARRIED),
                late=sum(row[5] for row in of_round if row[3]),
                decided_late=sum(row[5] for row in of_round if row[4]),
                answered_by=[release for release in releases if release.id in answering],
            )
        )
    return found
