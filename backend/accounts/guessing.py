"""Codes that are tried in vain: each is counted, and soon there are no more tries."""

from datetime import timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import WebSession

TRIES = 5
"""How many wrong codes end a session."""

TRIES_A_DAY = 20
"""How many wrong codes a person's sessions take together in a day: who has the mailbox could always open another."""


class TooManyWrongCodes(Refusal):
    """Five wrong codes end the session."""

    status = 422
    title = mark("You have been signed out")
    words = mark("A wrong code was given five times. Sign in again to go on.")
    way_on = ("/sign-in", mark("Sign in again"))


class NoMoreCodesToday(Refusal):
    """Codes are not taken for a while, because too many were wrong."""

    status = 429
    title = mark("Too many wrong codes")
    words = mark(
        "Too many wrong codes were given for your account in the last 24 hours. Use a passkey, or try again tomorrow."
    )
    way_on = ("/sign-in/second-step", mark("Go back"))


def count(session: Session, web_session: WebSession) -> None:
    """Count a try before looking at it, so that of several at once each counts.

    Raises TooManyWrongCodes where there is no try left, and NoMoreCodesToday.
    """
    since = clock.now() - timedelta(days=1)
    theirs = (col(WebSession.person_id) == web_session.person_id, col(WebSession.created_at) > since)
    if (session.exec(select(func.sum(WebSession.wrong_codes)).where(*theirs)).one() or 0) >= TRIES_A_DAY:
        raise NoMoreCodesToday()
    open_to_tries = (
        col(WebSession.id) == web_session.id,
        col(WebSession.revoked_at).is_(None),
        col(WebSession.wrong_codes) < TRIES,
    )
    counted = session.execute(
        update(WebSession).where(*open_to_tries).values(wrong_codes=col(WebSession.wrong_codes) + 1)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        raise TooManyWrongCodes()


def was_right(session: Session, web_session: WebSession) -> None:
    """The try was not in vain."""
    mine = col(WebSession.id) == web_session.id
    session.execute(update(WebSession).where(mine).values(wrong_codes=col(WebSession.wrong_codes) - 1))


def was_wrong(session: Session, web_session: WebSession) -> bool:
    """The code was wrong; whether that was the last try, and the session is over."""
    session.refresh(web_session)
    over = web_session.wrong_codes >= TRIES
    if over:
        web_session.revoked_at = clock.now()
        session.add(web_session)
    log.record(
        session, "wrong code", f"person {web_session.person_id}", by=web_session.person, tries=web_session.wrong_codes
    )
    return over
