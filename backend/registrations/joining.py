"""Taking what somebody has just confirmed together with what they had confirmed before."""

from sqlmodel import Session

from backend.registrations import queries
from backend.registrations.models import Application, Registration


def join(session: Session, waiting: Registration, *, into: Registration) -> None:
    """The applications go over; a newer one to the same call replaces the words of the older, which keeps its place."""
    before = {application.call_id: application for application in queries.applications_of(session, into)}
    for application in queries.applications_of(session, waiting):
        older = before.get(application.call_id)
        if older is None:
            application.registration_id = into.id
            session.add(application)
            continue
        _replace(session, older, application)
    session.flush()
    session.delete(waiting)
    session.flush()


def _replace(session: Session, older: Application, newer: Application) -> None:
    second_to, own_words = newer.second_to_id, newer.second_to_id is None or bool(newer.answers)
    second = queries.find_second(session, newer)
    has_second = queries.find_second(session, older) is not None
    session.delete(newer)
    if second is not None:
        second.second_to_id = None if has_second else older.id
        session.add(second)
    session.flush()
    if own_words:
        for name in ("answers", "size_band", "nation", "discipline", "partner_name", "partner_email"):
            setattr(older, name, getattr(newer, name))
    if second_to not in (None, older.id) and not has_second:
        older.second_to_id = second_to
    session.add(older)
