"""Signed-in browsers: opened, given a new token, listed, and ended."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from backend.core import clock, tokens
from backend.people.access import is_alive
from backend.people.models import Person, SecondFactor, WebSession

LASTS = timedelta(days=7)
LASTS_FOR_STAFF = timedelta(hours=12)


def lasts(person: Person) -> timedelta:
    """How long the person stays signed in at most."""
    return LASTS_FOR_STAFF if person.appointments else LASTS


def open_session(
    session: Session, person: Person, *, device: str = "", second_factor: SecondFactor | None = None
) -> str:
    """Sign the person in; the answer is the token for their cookie, which is kept nowhere else."""
    token = tokens.secret()
    now = clock.now()
    session.add(
        WebSession(
            id=tokens.digest(token),
            person_id=person.id,
            expires_at=now + lasts(person),
            device=device,
            second_factor=second_factor,
            confirmed_at=now if second_factor else None,
        )
    )
    return token


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
