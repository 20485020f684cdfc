"""Erasing what somebody registered, with all that hangs on it."""

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from backend.registrations.models import Application, Offer, Registration, Selection


def erase(session: Session, registration: Registration) -> None:
    """Nothing is left of the registration but the record of consents, which names nobody."""
    for application in session.exec(select(Application).where(Application.registration_id == registration.id)):
        erase_application(session, application)
    session.flush()
    session.delete(registration)
    session.flush()


def erase_application(session: Session, application: Application) -> None:
    """The application goes; a colleague who was to come with them stands alone, or is not asked any more."""
    if application.second_to_id is not None:
        session.execute(update(Offer).where(col(Offer.application_id) == application.second_to_id).values(people=1))
    for second in session.exec(select(Application).where(Application.second_to_id == application.id)):
        part(session, second)
    session.flush()
    _delete(session, application)


def _delete(session: Session, application: Application) -> None:
    for table in (Selection, Offer):
        session.execute(delete(table).where(col(table.application_id) == application.id))
    session.execute(delete(Application).where(col(Application.id) == application.id))


def part(session: Session, second: Application) -> None:
    """The two are no pair any more: who has confirmed stands alone, and who has not is not asked any more.

    A place that was offered to both is for the first alone.
    """
    session.execute(update(Offer).where(col(Offer.application_id) == second.second_to_id).values(people=1))
    if second.registration.confirmed_at is None and not second.answers:
        _delete(session, second)
    else:
        session.execute(update(Application).where(col(Application.id) == second.id).values(second_to_id=None))
