"""Cancelling a workshop, with a reason that everybody is told."""

from sqlmodel import Session

from backend.audit import log
from backend.core import clock
from backend.core.db import lock
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.workshops import showing, telling
from backend.workshops.models import Workshop


class NothingToCancel(Refusal):
    """It was cancelled before, or it is over."""

    title = mark("This workshop cannot be cancelled")
    words = mark("It has been cancelled already, or it is over. Nobody has been told anything.")
    way_on = ("/staff/workshops", mark("Go to all workshops"))


def must_be_ahead(workshop: Workshop) -> None:
    """Go on only with a workshop that can still take place. Raises NothingToCancel."""
    if workshop.cancelled_at is not None or workshop.is_over:
        raise NothingToCancel()


def cancel(session: Session, workshop: Workshop, *, because: str, by: Person) -> None:
    """Cancel it and tell everybody who has a place or waits for one. Raises NothingToCancel."""
    lock(session, workshop)
    must_be_ahead(workshop)
    workshop.cancelled_at = workshop.changed_at = clock.now()
    workshop.cancelled_because = because
    workshop.sequence += 1
    session.add(workshop)
    session.flush()
    showing.changed(session)
    log.record(session, "workshop cancelled", f"workshop {workshop.slug}", by=by)
    telling.cancelled(session, workshop)
