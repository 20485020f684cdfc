"""Signing out of browsers from another one, for whoever left one open or lost a device."""

from sqlmodel import Session

from backend.accounts import sessions
from backend.audit import log
from backend.core import clock
from backend.core.errors import NotFound
from backend.people.models import Person, WebSession


def one(session: Session, person: Person, session_id: str) -> WebSession:
    """Sign out one of the person's browsers. Raises NotFound, also for those of others."""
    found = session.get(WebSession, session_id)
    if found is None or found.person_id != person.id:
        raise NotFound()
    found.revoked_at = found.revoked_at or clock.now()
    session.add(found)
    log.record(session, "signed out from the account page", f"person {person.id}", by=person)
    return found


def others(session: Session, person: Person, *, here: WebSession | None) -> None:
    """Sign out every browser of the person but the one here."""
    sessions.close_all(session, person, but=here)
    log.record(session, "signed out everywhere else", f"person {person.id}", by=person)
