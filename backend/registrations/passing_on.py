"""Passing places on: what is not taken goes to the first on the reserve list who fits, until a day."""

from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock, db
from backend.core.i18n import mark
from backend.registrations import offering, queries, selecting
from backend.registrations.kinds import Selected
from backend.registrations.models import Application, Call, Offer

LAPSED = mark("The offer was not answered in time.")
PASSED_ON = mark("A place came back, and this was the first on the reserve list who fits.")


def lapse(session: Session) -> int:
    """End what was not answered in time, and pass on every place that came back; how many offers ended.

    Called by the worker, as often as it likes.
    """
    late = (col(Offer.ended_at).is_(None), col(Offer.accepted_at).is_(None), col(Offer.reply_by) <= clock.now())
    ended = 0
    for call in queries.calls_with_something_to_do(session):
        db.lock(session, call, key_share=True)
        for found in session.exec(select(Offer).join(Application).where(Application.call_id == call.id, *late)).all():
            end(session, found, because=LAPSED, has_lapsed=True)
            log.record(session, "offer lapsed", f"call {call.id}", by=None, offer=found.id)
            ended += 1
        pass_on(session, call)
    return ended


def end(session: Session, offer: Offer, *, because: str, has_lapsed: bool = False) -> None:
    """The place is not theirs any more."""
    offer.ended_at, offer.has_lapsed = clock.now(), has_lapsed
    session.add(offer)
    session.flush()
    selecting.note(session, offer.application, Selected.NOT_TAKEN, because=because, by=None)


def free(session: Session, call: Call) -> int:
    """How many places have come back and go to whoever is on the reserve list by themselves."""
    if call.passes_until is None or call.passes_until <= clock.now():
        return 0
    return max(0, min(call.released, call.places) - queries.people_with_places(session, call))


def pass_on(session: Session, call: Call) -> None:
    """Offer what has come back to the first on the reserve list who fits into it, as long as there is somebody."""
    left = free(session, call)
    if not left:
        return
    for application in selecting.reserve(session, call):
        if offering.people(session, application) <= left:
            selecting.note(session, application, Selected.CHOSEN, because=PASSED_ON, by=None)
            left -= offering.offer(session, application, by=None).people
        if not left:
            return
