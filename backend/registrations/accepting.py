"""Accepting an offered place, or turning it down, by the link in the offer."""

from sqlmodel import Session, select

from backend.audit import log
from backend.core import clock, db, tokens
from backend.core.config import settings
from backend.core.errors import Gone, NotFound, Refusal
from backend.core.i18n import mark, moment
from backend.registrations import erasing, offering, passing_on, queries
from backend.registrations.kinds import OfferState, Purpose
from backend.registrations.models import Offer

TURNED_DOWN = mark("The offer was turned down.")


class OfferUnknown(NotFound):
    """No such offer was made, or it was withdrawn with the registration."""

    title = mark("This link does not work")
    words = mark("It may have been cut short: copy the whole of it from the email, or write to us.")


class OfferLapsed(Gone):
    """The place has gone to somebody else."""

    title = mark("This offer has ended")
    words = mark(
        "It was not answered in time, so the place has gone to the reserve list. Write to us if you would come."
    )


class NoPlaceLeft(Refusal):
    """Others were faster."""

    title = mark("There is no place left")
    words = mark(
        "All places have been taken by people who accepted before you. If one comes back until %(until)s, "
        "you can accept it by the same link."
    )


class NotRoomForTwo(Refusal):
    """Others were faster, and one place is left."""

    title = mark("There is no room for two")
    words = mark(
        "One place is left, and the offer is for you and your colleague. If another comes back until %(until)s, you "
        "can accept both by the same link. If one of you would come alone, write to us: %(contact)s."
    )


class InPilotAlready(Refusal):
    """The place has become an invitation to the pilot, which has its own way out."""

    title = mark("You have been invited to the pilot already")
    words = mark("Your place has become an invitation, so it cannot be given back here. Write to us: %(contact)s.")


def offer(session: Session, token: str) -> Offer:
    """The offer of this link, open or answered. Raises OfferUnknown or OfferLapsed."""
    found = session.exec(select(Offer).where(Offer.token_digest == tokens.digest(token))).first()
    if found is None:
        raise OfferUnknown()
    if found.state is OfferState.LAPSED:
        raise OfferLapsed()
    return found


def accept(session: Session, token: str) -> Offer:
    """The place is theirs, if there is one: of two who accept the last at once one gets it. Twice is as good as once.

    Raises OfferUnknown, OfferLapsed or NoPlaceLeft.
    """
    found = _hold(session, token)
    call = found.application.call
    if found.state is not OfferState.OPEN:
        return found
    left = call.places - queries.people_with_places(session, call, accepted=True)
    if left < found.people:
        until = moment(found.reply_by)
        raise NotRoomForTwo(until=until, contact=settings().contact_email) if left > 0 else NoPlaceLeft(until=until)
    found.accepted_at = clock.now()
    session.add(found)
    session.flush()
    offering.heard_from(session, found.application.registration)
    log.record(session, "offer accepted", f"call {call.id}", by=None, offer=found.id)
    offering.confirm_place(session, found, found.application, address=f"{settings().base_url}/offers/{token}")
    second = queries.find_second(session, found.application) if found.people > 1 else None
    if second is not None:
        offering.confirm_place(session, found, second)
    return found


def turn_down(session: Session, token: str) -> Offer:
    """The place goes to the reserve list, also one that had been accepted; a colleague who was to come stands alone.

    Raises OfferUnknown, OfferLapsed or InPilotAlready.
    """
    found = _hold(session, token)
    if found.ended_at is not None:
        return found
    if is_in_pilot(found):
        raise InPilotAlready(contact=settings().contact_email)
    application = found.application
    erasing.let_second_go(session, application)
    passing_on.end(session, found, because=TURNED_DOWN)
    offering.heard_from(session, application.registration)
    log.record(session, "offer turned down", f"call {application.call_id}", by=None, offer=found.id)
    passing_on.pass_on(session, application.call)
    return found


def is_in_pilot(offer: Offer) -> bool:
    """Whether the place has become an invitation to the pilot."""
    application = offer.application
    was_invited = application.registration.invited_at is not None
    return application.call.is_for is Purpose.PILOT and was_invited and offer.accepted_at is not None


def _hold(session: Session, token: str) -> Offer:
    """The offer, with its call kept from changing, so that answers come one after the other."""
    found = offer(session, token)
    db.lock(session, found.application.call, key_share=True)
    session.refresh(found)
    return offer(session, token)
