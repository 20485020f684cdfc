"""Opening, extending and closing rounds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session

from backend.audit import log
from backend.core import clock
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases import activity, queries
from backend.releases.kinds import ReleaseState, RoundState
from backend.releases.models import Question, Release, Round

TIME_TO_ANSWER = timedelta(weeks=12)


class RoundClosed(Refusal):
    """Nothing can be sent, changed or withdrawn outside an open round."""

    status = 422
    title = mark("This round is not open")
    words = mark("The round is closed or has not opened yet, so nothing was sent. What you had sent before is safe.")


class SigningOver(Refusal):
    """What was not signed off in time stays a draft."""

    status = 422
    title = mark("The time for signing off is over")
    words = mark(
        "What was drafted before the round closed could be signed off for two working days after it. "
        "That time is over, so nothing was sent. Your drafts are kept."
    )
    way_on = ("/organisation/feedback", mark("Go to your organisation’s feedback"))


class CannotOpenRound(Refusal):
    """Rounds are for published releases of frameworks under consultation, one at a time."""

    title = mark("A round cannot open on this release")
    words = mark(
        "Rounds take place on the published release of a framework that takes feedback, one at a time: the next one "
        "opens when the time for signing off the last one is over."
    )


def open_round(
    session: Session,
    release: Release,
    *,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    use_statement: str,
    can_change: str,
    cannot_change: str,
    questions: Iterable[tuple[str, str, str]],
    by: Person | None,
) -> Round:
    """Plan a round; it opens and closes by itself at its times. Questions are code, prompt and hint.

    Raises CannotOpenRound for a draft, a reference framework, times that do not follow each other, while another round
    of the framework is planned or open, or before its time for signing off is over: what waits would be editable again.
    """
    running = queries.find_round(session, release.framework)
    overlaps = running is not None and (running.state is not RoundState.CLOSED or opens_at < running.signing_ends_at)
    if (
        release.state is not ReleaseState.PUBLISHED
        or release.framework.is_reference
        or overlaps
        or closes_at <= opens_at
    ):
        raise CannotOpenRound()
    round_ = Round(
        release_id=release.id,
        title=title,
        opens_at=opens_at,
        closes_at=closes_at,
        answer_by=_answer_by(closes_at),
        use_statement=use_statement,
        can_change=can_change,
        cannot_change=cannot_change,
    )
    session.add(round_)
    session.flush()
    for position, (code, prompt, hint) in enumerate(questions, start=1):
        session.add(Question(round_id=round_.id, code=code, prompt=prompt, hint=hint, position=position))
    activity.framework_changed(session, release.framework)
    log.record(session, "round planned", f"round {round_.id}", by=by, release=release.number)
    session.flush()
    return round_


def must_be_open(round_: Round) -> None:
    """Go on only in an open round. Raises RoundClosed."""
    if not round_.is_open:
        raise RoundClosed()


def must_be_signable(round_: Round) -> None:
    """Go on only while feedback can be signed off. Raises SigningOver, or RoundClosed before the round opens."""
    if round_.state is RoundState.PLANNED:
        raise RoundClosed()
    if not round_.can_be_signed:
        raise SigningOver()


def extend(session: Session, round_: Round, *, until: datetime, because: str, by: Person) -> None:
    """Give people more time, with a public reason. Raises RoundClosed for a closed round or an earlier time."""
    if round_.state is RoundState.CLOSED or until <= round_.closes_at:
        raise RoundClosed()
    _move_closing(session, round_, until, because, by, "round extended")


def close(session: Session, round_: Round, *, because: str, by: Person) -> None:
    """Close an open round now, with a public reason. Raises RoundClosed."""
    must_be_open(round_)
    _move_closing(session, round_, clock.now(), because, by, "round closed")


def _move_closing(session: Session, round_: Round, at: datetime, because: str, by: Person, action: str) -> None:
    round_.closes_at = at
    round_.answer_by = _answer_by(at)
    round_.times_changed_because = because
    session.add(round_)
    activity.framework_changed(session, round_.release.framework)
    log.record(session, action, f"round {round_.id}", by=by, closes_at=at.isoformat())


def _answer_by(closes_at: datetime) -> datetime:
    """The end of the day that is promised: people are told a day, not an hour of it."""
    return clock.end_of(clock.in_london(closes_at + TIME_TO_ANSWER).date())
