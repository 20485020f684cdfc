"""Accepting an offered place, or turning it down, by the link in the offer."""

from sqlmodel import Session, select

from backend.audit import log
from backend.core import clock, db, i18n, tokens
from backend.core.errors import Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.registrations import offering, queries, withdrawing
from backend.registrations.kinds import OfferState
from backend.registrations.models import Offer

TURNED_DOWN = mark("The offer was turned down.")


class OfferUnknown(Refusal):
    """No such offer was made, or it was withdrawn with the registration."""

    status = 422
    title = mark("This link does not work")
    words = mark("It may have been cut short: copy the whole of it from the email, or write to us.")


class OfferLapsed(Refusal):
    """The place has gone to somebody else."""

    status = 422
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
    if queries.people_with_places(session, call, accepted=True) + found.people > call.places:
        raise NoPlaceLeft(until=_until(found))
    found.accepted_at = clock.now()
    session.add(found)
    session.flush()
    offering.heard_from(session, found.application.registration)
    log.record(session, "offer accepted", f"call {call.id}", by=None, offer=found.id)
    _confirm_place(session, found)
    return found


def turn_down(session: Session, token: str) -> Offer:
    """The place goes to the reserve list, also one that had been accepted. Raises OfferUnknown or OfferLapsed."""
    found = _hold(session, token)
    if found.ended_at is None:
        offering.end(session, found, because=TURNED_DOWN)
        offering.heard_from(session, found.application.registration)
        log.record(session, "offer turned down", f"call {found.application.call_id}", by=None, offer=found.id)
        offering.pass_on(session, found.application.call)
    return found


def _hold(session: Session, token: str) -> Offer:
    """The offer, with its call kept from changing, so that answers come one after the other."""
    found = offer(session, token)
    db.lock(session, found.application.call, key_share=True)
    session.refresh(found)
    return offer(session, token)


def _confirm_place(session: Session, offer: Offer) -> None:
    """Whoever has the place is told so, and so is the colleague who comes with them."""
    second = queries.find_second(session, offer.application) if offer.people > 1 else None
    for each in filter(None, (offer.application, second)):
        outbox.post(
            session,
            "place-accepted",
            to=each.registration.email,
            person=None,
            subject=later("You have a place: %(title)s", title=each.call.title),
            language=each.registration.language,
            once_for=f"{offer.token_digest}:{each.id}",
            call=each.call,
            withdraw=withdrawing.address_of(each.registration.reference),
        )


def _until(offer: Offer) -> str:
    return i18n.moment(offer.reply_by)
