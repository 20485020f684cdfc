"""Counting hands at a table: one question at a time, and never over a count that nobody has looked at."""

from collections.abc import Mapping

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.audit import log
from backend.core import counters
from backend.core.db import lock
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases import rounds
from backend.releases.models import Criterion, ReleaseEntry, Round
from backend.workshops import at_the_table, queries, showing
from backend.workshops.models import HandCount, Workshop


class CountedMeanwhile(Refusal):
    """Somebody else at the table has saved a count of the same show of hands."""

    title = mark("Somebody else has counted too")
    words = mark(
        "Somebody else has saved a count since you opened this page. Compare the two, then save the right one."
    )


def must_be_possible(workshop: Workshop, round_: Round) -> None:
    """Go on only when people have met, and until the round closes. Raises NotBegun or RoundClosed."""
    at_the_table.must_have_begun(workshop)
    rounds.must_be_open(round_)


def counted(session: Session, workshop: Workshop, line: ReleaseEntry, criterion: Criterion) -> dict[int, int]:
    """How many hands have gone up for each score, 0 for `cannot say`; empty before anybody has counted."""
    return {row.score: row.hands for row in queries.hands_on(session, workshop, line.revision_id, criterion)}


def as_seen(count: Mapping[int, int]) -> str:
    """How a page says which count it showed."""
    return " ".join(f"{score}:{number}" for score, number in sorted(count.items()) if number)


def count(
    session: Session, workshop: Workshop, round_: Round, line: ReleaseEntry, criterion: Criterion,
    found: Mapping[int, int], *, seen: str, by: Person,
) -> None:  # fmt: skip
    """Keep how many hands went up for each score, in place of the count that was seen.

    Raises NotBegun, RoundClosed or CountedMeanwhile.
    """
    must_be_possible(workshop, round_)
    lock(session, workshop)
    known = as_seen(counted(session, workshop, line, criterion))
    if known == as_seen(found):
        return
    if known != seen:
        raise CountedMeanwhile()
    about = (
        col(HandCount.workshop_id) == workshop.id,
        col(HandCount.revision_id) == line.revision_id,
        col(HandCount.criterion_id) == criterion.id,
    )
    session.execute(delete(HandCount).where(*about))
    for score, number in sorted(found.items()):
        if number:
            session.add(
                HandCount(workshop_id=workshop.id, revision_id=line.revision_id, criterion_id=criterion.id,
                          round_id=round_.id, score=score, hands=number)
            )  # fmt: skip
    session.flush()
    counters.add(session, showing.WORKSHOPS)
    log.record(
        session, "hands counted", f"workshop {workshop.slug}", by=by,
        entry=line.entry.code, criterion=criterion.code,
    )  # fmt: skip
