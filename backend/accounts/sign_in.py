"""Signing in: sessions that begin here."""

from datetime import timedelta

from sqlmodel import Session

from backend.core import clock, tokens
from backend.people.models import Person, WebSession

LASTS = timedelta(days=7)
LASTS_FOR_STAFF = timedelta(hours=12)


def open_session(session: Session, person: Person) -> str:
    """Sign the person in; the answer is the token for their cookie, which is kept nowhere else."""
    token = tokens.secret()
    lasts = LASTS_FOR_STAFF if person.appointments else LASTS
    session.add(WebSession(id=tokens.digest(token), person_id=person.id, expires_at=clock.now() + lasts))
    return token
