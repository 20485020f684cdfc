"""Signed-in browsers: opened, given a new token, listed, and ended."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from backend.accounts import second_factor as factors
from backend.audit import log
from backend.core import clock, tokens
from backend.core.errors import NotSignedIn
from backend.people.live_sessions import HALF_SIGNED_IN_FOR, is_alive, is_half_signed_in
from backend.people.models import Person, SecondFactor, WebSession

LASTS = timedelta(days=7)
LASTS_FOR_STAFF = timedelta(hours=12)


def lasts(person: Person) -> timedelta:
    """How long the person stays signed in at most."""
    return LASTS_FOR_STAFF if person.appointments else LASTS


def open_session(
    session: Session, person: Person, *, device: str = "", second_factor: SecondFactor | None = None
) -> str:
    """Sign the person in; the answer is the token for their cookie, which is kept nowhere else.

    Staff, and others who have a second factor, are half signed in until they have shown it: for ten minutes, and
    nothing is open to them.
    """
    now = clock.now()
    awaits = second_factor is None and (bool(person.appointments) or factors.has_one(session, person))
    opened = WebSession(
        id="",
        person_id=person.id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + (HALF_SIGNED_IN_FOR if awaits else lasts(person)),
        device=device,
        second_factor=second_factor,
        awaits_second_step=awaits,
        confirmed_at=None if awaits else now,
    )
    return _with_token(session, opened)


def confirm(session: Session, web_session: WebSession, second_factor: SecondFactor) -> str:
    """The person has shown a second factor: the session goes on under a new token, and this one opens nothing more.

    Whoever was half signed in is signed in now; for others the session ends when it would have ended. Of two at once
    one wins; raises NotSignedIn for the other.
    """
    half = is_half_signed_in(web_session)
    now = clock.now()
    _end(session, web_session)
    person = web_session.person
    log.record(session, "second step taken", f"person {person.id}", by=person, factor=second_factor)
    follows = WebSession(
        id="",
        person_id=person.id,
        created_at=now if half else web_session.created_at,
        last_seen_at=now,
        expires_at=now + lasts(person) if half else web_session.expires_at,
        device=web_session.device,
        second_factor=second_factor,
        confirmed_at=now,
    )
    return _with_token(session, follows)


def renew(session: Session, web_session: WebSession) -> str:
    """The session goes on as it is under a new token, and the old one opens nothing more. Raises NotSignedIn."""
    _end(session, web_session)
    return _with_token(session, WebSession(**web_session.model_dump(exclude={"id", "revoked_at"}), id=""))


def find(session: Session, token: str) -> WebSession | None:
    """The session of this token."""
    return session.get(WebSession, tokens.digest(token))


def close_session(session: Session, token: str | None) -> None:
    """Sign out the browser that holds this token; from now on it opens nothing."""
    if token:
        mine = (col(WebSession.id) == tokens.digest(token), col(WebSession.revoked_at).is_(None))
        session.execute(update(WebSession).where(*mine).values(revoked_at=clock.now()))


def close_all(session: Session, person: Person, *, but: WebSession | None = None) -> None:
    """Sign the person out everywhere, or everywhere but here."""
    theirs = (col(WebSession.person_id) == person.id, col(WebSession.revoked_at).is_(None))
    statement = update(WebSession).where(*theirs).values(revoked_at=clock.now())
    session.execute(statement.where(col(WebSession.id) != but.id) if but else statement)


def open_sessions(session: Session, person: Person) -> list[WebSession]:
    """The browsers in which the person is signed in, the last used first."""
    mine = select(WebSession).where(WebSession.person_id == person.id, col(WebSession.revoked_at).is_(None))
    return [each for each in session.exec(mine.order_by(col(WebSession.last_seen_at).desc())) if is_alive(each)]


def _end(session: Session, web_session: WebSession) -> None:
    """End the session, in this request alone. Raises NotSignedIn where it has ended."""
    still = (col(WebSession.id) == web_session.id, col(WebSession.revoked_at).is_(None))
    ended = session.execute(update(WebSession).where(*still).values(revoked_at=clock.now()))
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise NotSignedIn()


def _with_token(session: Session, web_session: WebSession) -> str:
    token = tokens.secret()
    web_session.id = tokens.digest(token)
    session.add(web_session)
    session.flush()
    return token
