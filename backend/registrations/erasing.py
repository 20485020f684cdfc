"""Erasing what somebody registered, with all that hangs on it, and parting them from the colleague they come with."""

from sqlalchemy import delete, update
from sqlmodel import Session, col

from backend.core import clock
from backend.core.i18n import later
from backend.notifications import outbox
from backend.registrations import queries, writing
from backend.registrations.kinds import OfferState, Purpose
from backend.registrations.models import Application, Offer, Registration, Selection


def erase(session: Session, registration: Registration) -> None:
    """Nothing is left of the registration, or in the mails to it, but the record of consents, which names nobody."""
    for application in queries.applications_of(session, registration):
        erase_application(session, application)
    reference = registration.reference
    session.delete(registration)
    session.flush()
    outbox.call_off(session, [reference])
    if not queries.with_reference(session, reference):
        writing.call_off(session, reference, list(Purpose))


def erase_application(session: Session, application: Application) -> None:
    """The application goes; a colleague who was to come with them stands alone, or is not asked any more."""
    if application.second_to_id is not None:
        first = session.get_one(Application, application.second_to_id)
        if application.registration.confirmed_at is not None:
            _be_one(session, first)
            _tell(session, first, had_place=False)
    else:
        let_second_go(session, application)
    _delete(session, application)


def let_second_go(session: Session, first: Application) -> None:
    """Whoever was to come with this applicant is told, where they had agreed, and stands alone."""
    second = queries.find_second(session, first)
    if second is not None:
        offer = queries.find_offer(session, first)
        had_place = offer is not None and offer.accepted_at is not None and offer.people > 1
        has_agreed = second.registration.confirmed_at is not None
        part(session, second)
        if has_agreed:
            _tell(session, second, had_place=had_place)


def part(session: Session, second: Application) -> None:
    """The two are no pair any more: who has applied stands alone, and who was only named is not asked any more.

    A place that was offered to both is for the first alone.
    """
    if second.registration.confirmed_at is not None:
        _be_one(session, session.get_one(Application, second.second_to_id))
        second.changed_at = clock.now()
    second.second_to_id = None
    session.add(second)
    session.flush()
    if second.is_own:
        return
    registration = second.registration
    _delete(session, second)
    if not registration.purposes and not queries.applications_of(session, registration):
        erase(session, registration)


def tell_there_is_no_room(session: Session, first: Application) -> None:
    """The first learns that their colleague cannot come along."""
    _tell(session, first, had_place=False)


def _be_one(session: Session, first: Application) -> None:
    """Whoever was to come along had agreed, and does not come: the first is one person, and counts otherwise."""
    session.execute(update(Offer).where(col(Offer.application_id) == first.id).values(people=1))
    first.changed_at = clock.now()
    session.add(first)


def _tell(session: Session, left: Application, *, had_place: bool) -> None:
    """One mail to whoever is left of a pair: what was for both is theirs alone, or the place is gone."""
    offer = queries.find_offer(session, left)
    writing.to(
        session,
        left.registration,
        "pair-ended",
        concerns=left.call.is_for,
        subject=later("Your colleague does not come with you: %(title)s", title=writing.Title(left.call)),
        once_for=f"{left.id}:{clock.now().isoformat()}",
        call=left.call,
        had_place=had_place,
        has_place=offer is not None and offer.state is OfferState.ACCEPTED,
    )


def _delete(session: Session, application: Application) -> None:
    for table in (Selection, Offer):
        session.execute(delete(table).where(col(table.application_id) == application.id))
    session.delete(application)
    session.flush()
