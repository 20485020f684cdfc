"""Forgetting what was kept for a workshop, when it is no longer needed: the worker does it."""

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock, periods
from backend.notifications import outbox
from backend.workshops import booking, telling
from backend.workshops.models import AccessNeed, Place, PlaceState, Workshop


def forget(session: Session) -> None:
    """Forget all that is due."""
    forget_unconfirmed(session)
    forget_access_needs(session)
    forget_who_came(session)


def forget_unconfirmed(session: Session) -> int:
    """Erase bookings that no mailbox confirmed in time, and those for workshops that began meanwhile."""
    begun = select(Workshop.id).where(col(Workshop.starts_at) <= clock.now())
    late = (col(Place.confirm_until) <= clock.now()) | col(Place.workshop_id).in_(begun)
    number = booking.forget(session, Place.state == PlaceState.ASKED, late)
    return _noted(session, "unconfirmed workshop bookings erased", number)


def forget_access_needs(session: Session) -> int:
    """Erase what people needed in order to take part, once the workshop is over or will not take place."""
    over = (col(Workshop.ends_at) <= clock.now()) | col(Workshop.cancelled_at).is_not(None)
    places = session.exec(select(AccessNeed.place_id).join(Place).join(Workshop).where(over)).all()
    session.execute(delete(AccessNeed).where(col(AccessNeed.place_id).in_(places)))
    return _noted(session, "access needs erased", len(places))


def forget_who_came(session: Session) -> int:
    """Take names and addresses out of places long after the workshop; how many there were stays."""
    long_over = select(Workshop.id).where(col(Workshop.ends_at) <= clock.now() - periods.ATTENDANCE)
    theirs = (col(Place.workshop_id).in_(long_over), Place.email != "")
    places = session.exec(select(Place.id).where(*theirs)).all()
    if places:
        outbox.call_off(session, [telling.about(place_id) for place_id in places])
        nobody = {"name": "", "email": "", "person_id": None, "may_take_notes": False, "state": PlaceState.FORGOTTEN}
        session.execute(update(Place).where(col(Place.id).in_(places)).values(nobody))
    return _noted(session, "workshop attendees forgotten", len(places))


def _noted(session: Session, what: str, number: int) -> int:
    if number:
        log.record(session, what, "workshops", by=None, number=number)
    return number
