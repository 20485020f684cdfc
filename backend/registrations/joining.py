"""Taking what somebody has just confirmed together with what they had confirmed before."""

from sqlmodel import Session

from backend.core import clock
from backend.registrations import queries
from backend.registrations.models import Application, Registration

WORDS = ("answers", "size_band", "nation", "discipline", "partner_name", "partner_email")


def join(session: Session, waiting: Registration, *, into: Registration) -> None:
    """The applications go over; a newer one to the same call replaces the words of the older, which keeps its place."""
    before = {application.call_id: application for application in queries.applications_of(session, into)}
    counts_otherwise = waiting.type_code != into.type_code
    for older in before.values():
        if counts_otherwise:
            older.changed_at = clock.now()
            session.add(older)
    for application in queries.applications_of(session, waiting):
        older_one = before.get(application.call_id)
        if older_one is None:
            application.registration_id = into.id
            session.add(application)
        else:
            _replace(session, older_one, application)
    session.flush()
    session.delete(waiting)
    session.flush()


def _replace(session: Session, older: Application, newer: Application) -> None:
    """Who is named by a colleague says nothing anew; who comes with one goes on to, also when they write again."""
    session.delete(newer)
    session.flush()
    if newer.is_own:
        if any(getattr(older, name) != getattr(newer, name) for name in WORDS):
            older.changed_at = clock.now()
        for name in WORDS:
            setattr(older, name, getattr(newer, name))
    older.second_to_id = newer.second_to_id or older.second_to_id
    session.add(older)
