"""Specialists: the field that staff have verified, put right, and the end of their part."""

from sqlmodel import Session

from backend.accounts import sessions
from backend.audit import log
from backend.core import clock
from backend.core.errors import NotFound
from backend.core.i18n import later
from backend.notifications import outbox
from backend.people.models import Constituency, Person


def specialist(session: Session, person_id: int) -> Person:
    """The person, if they take part as a specialist. Raises NotFound."""
    found = session.get(Person, person_id)
    if found is None or not found.is_specialist:
        raise NotFound()
    return found


def correct(
    session: Session, person: Person, *, expertise: str, type_code: str, constituency: Constituency, by: Person
) -> None:
    """Put a specialist's field and kind right; they stand under what the specialist has sent as well."""
    person.expertise, person.type_code, person.constituency = expertise, type_code, constituency
    session.add(person)
    session.flush()
    log.record(session, "specialist corrected", f"person {person.id}", by=by)


def stop(session: Session, person: Person, *, because: str, by: Person) -> None:
    """The person no longer takes part as a specialist and is told why; what they sent stays, credited as it was."""
    person.specialist_until = clock.now()
    session.add(person)
    session.flush()
    sessions.close_all(session, person)
    log.record(session, "specialist stopped", f"person {person.id}", by=by)
    outbox.post(
        session,
        "specialist-stopped",
        to=person.email,
        person=person,
        subject=later("You no longer take part as a specialist"),
        once_for=f"{person.id}:{clock.now().isoformat()}",
        because=because,
    )
