"""Erasing what somebody registered, with all that hangs on it."""

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from backend.registrations.models import Application, Registration


def erase(session: Session, registration: Registration) -> None:
    """Nothing is left of the registration but the record of consents, which names nobody."""
    for application in session.exec(select(Application).where(Application.registration_id == registration.id)):
        erase_application(session, application)
    session.flush()
    session.delete(registration)
    session.flush()


def erase_application(session: Session, application: Application) -> None:
    """The application goes; a colleague who was to come with them stands alone, or is not asked any more."""
    for second in session.exec(select(Application).where(Application.second_to_id == application.id)):
        part(session, second)
    session.flush()
    session.execute(delete(Application).where(col(Application.id) == application.id))


def part(session: Session, second: Application) -> None:
    """The two are no pair any more: who has confirmed stands alone, and who has not is not asked any more."""
    if second.registration.confirmed_at is None and not second.answers:
        session.execute(delete(Application).where(col(Application.id) == second.id))
    else:
        session.execute(update(Application).where(col(Application.id) == second.id).values(second_to_id=None))
