"""Shows of hands as they are told: apart from every rating, when the round is over, and never so that a hand shows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from backend.core import clock
from backend.core.i18n import gettext
from backend.ratings import tallies
from backend.releases.models import Criterion, Revision
from backend.workshops import queries
from backend.workshops.models import HandCount, Workshop

CANNOT_SAY = 0


@dataclass(frozen=True)
class Show:
    """One show of hands about one text."""

    revision: Revision
    criterion: Criterion
    hands: dict[int, int]
    """How many hands went up for each score, 0 for `cannot say`."""


def counted(session: Session, workshop: Workshop) -> list[Show]:
    """Every show of hands of the workshop, for those who run its table."""
    return _shows(queries.hand_counts(session, workshop))


def public(session: Session, workshop: Workshop) -> list[Show]:
    """The shows of hands that everybody may see: once the round has closed for good, and none that gives a hand away.

    The same holds of them as of ratings, or a table of three would be told what its members said.
    """
    told = [each for each in queries.hand_counts(session, workshop) if each.round.signing_ends_at <= clock.now()]
    return [show for show in _shows(told) if _gives_nobody_away(show)]


def told_at(session: Session, workshop: Workshop) -> set[datetime]:
    """When shows of hands of the workshop may be seen by everybody."""
    return {each.round.signing_ends_at for each in queries.hand_counts(session, workshop)}


def _gives_nobody_away(show: Show) -> bool:
    scores = {score: number for score, number in show.hands.items() if score != CANNOT_SAY}
    return bool(tallies.combine([tallies.Group((), scores, show.hands.get(CANNOT_SAY, 0))]))


def _shows(counts: Sequence[HandCount]) -> list[Show]:
    found: dict[tuple[int, int], list[HandCount]] = defaultdict(list)
    for count in counts:
        found[count.revision_id, count.criterion_id].append(count)
    return [
        Show(rows[0].revision, rows[0].criterion, {row.score: row.hands for row in rows}) for rows in found.values()
    ]


def labels(criterion: Criterion) -> list[tuple[int, str]]:
    """What a hand can go up for, lowest first, and last of all `cannot say`."""
    scale = [(score, gettext(words)) for score, words in criterion.scale.labels.items()]
    return [*scale, (CANNOT_SAY, gettext("Cannot say"))]
