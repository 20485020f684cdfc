"""Removing a workshop that was announced by mistake, before anybody has had to do with it."""

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.audit import log
from backend.comments import queries as comments
from backend.core.db import lock
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.workshops import at_the_table, booking, queries, showing
from backend.workshops.models import Place, TableEntry, Workshop, WorkshopSession


class SomebodyCame(Refusal):
    """What people had to do with is cancelled, so that they are told, or stays as what was held."""

    title = mark("This workshop cannot be removed")
    words = mark("Somebody has booked a place, or something was said at its table. Cancel it instead, if it is ahead.")
    way_on = ("/staff/workshops", mark("Go to all workshops"))


def is_possible(session: Session, workshop: Workshop) -> bool:
    """Whether nobody has booked and nothing was said."""
    notes = comments.by_voices(session, [at_the_table.voice_of(workshop)])
    return not (queries.last_number(session, workshop) or notes or queries.hand_counts(session, workshop))


def must_be_possible(session: Session, workshop: Workshop) -> None:
    """Go on only where nobody has had to do with it. Raises SomebodyCame."""
    if not is_possible(session, workshop):
        raise SomebodyCame()


def remove(session: Session, workshop: Workshop, *, by: Person) -> None:
    """Remove it with its sessions, and what was asked of mailboxes that have not answered. Raises SomebodyCame."""
    lock(session, workshop)
    must_be_possible(session, workshop)
    booking.forget(session, Place.workshop_id == workshop.id)
    for belonging in (WorkshopSession, TableEntry):
        session.execute(delete(belonging).where(col(belonging.workshop_id) == workshop.id))
    session.execute(delete(Workshop).where(col(Workshop.id) == workshop.id))
    showing.changed(session)
    log.record(session, "workshop removed", f"workshop {workshop.slug}", by=by)
