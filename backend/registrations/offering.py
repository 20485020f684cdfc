"""Offering places: each with a time to answer by; what is not taken goes to the first on the reserve list who fits."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock, db, i18n, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import gettext, later, mark
from backend.notifications import outbox
from backend.people.models import Person
from backend.registrations import queries, selecting, withdrawing
from backend.registrations.models import Application, Call, Offer, OfferState, Registration, Selected

LAPSED = mark("The offer was not answered in time.")
TURNED_DOWN = mark("The offer was turned down.")
PASSED_ON = mark("A place came back, and this was the first on the reserve list who fits.")


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


class NothingToOffer(Refusal):
    """Everybody who is chosen has been offered a place."""

    title = mark("There is nobody to offer a place to")
    words = mark("Everybody who is chosen has an offer already. Choose somebody first.")


def offer_places(session: Session, call: Call, *, reply_days: int, by: Person) -> int:
    """Offer a place to everybody who is chosen and has none; how many offers that were. Raises NothingToOffer."""
    db.lock(session, call, key_share=True)
    made = queries.offers(session, call)
    decided = queries.selections(session, call)
    chosen = [
        each
        for each in queries.applicants(session, call)
        if each.id in decided
        and each.second_to_id is None
        and decided[each.id][0].selected is Selected.CHOSEN
        and (each.id not in made or made[each.id].ended_at is not None)
    ]
    if not chosen:
        raise NothingToOffer()
    call.reply_days = reply_days
    for application in chosen:
        call.released = min(call.places, call.released + _offer(session, application, by=by).people)
    session.add(call)
    session.flush()
    return len(chosen)


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
    _heard_from(session, found.application.registration)
    log.record(session, "offer accepted", f"call {call.id}", by=None, offer=found.id)
    _confirm_place(session, found)
    return found


def turn_down(session: Session, token: str) -> Offer:
    """The place goes to the reserve list, also one that had been accepted. Raises OfferUnknown or OfferLapsed."""
    found = _hold(session, token)
    if found.ended_at is None:
        _end(session, found, because=TURNED_DOWN)
        _heard_from(session, found.application.registration)
        log.record(session, "offer turned down", f"call {found.application.call_id}", by=None, offer=found.id)
        pass_on(session, found.application.call)
    return found


def lapse(session: Session) -> int:
    """End what was not answered in time, and pass on every place that came back; how many offers ended.

    Called by the worker, as often as it likes.
    """
    late = (col(Offer.ended_at).is_(None), col(Offer.accepted_at).is_(None), col(Offer.reply_by) <= clock.now())
    ended = 0
    for call_id in session.exec(select(Call.id).where(Call.released > 0).order_by(col(Call.id))).all():
        call = session.get_one(Call, call_id)
        db.lock(session, call, key_share=True)
        for found in session.exec(select(Offer).join(Application).where(Application.call_id == call_id, *late)).all():
            _end(session, found, because=LAPSED, has_lapsed=True)
            log.record(session, "offer lapsed", f"call {call_id}", by=None, offer=found.id)
            ended += 1
        pass_on(session, call)
    return ended


def pass_on(session: Session, call: Call) -> None:
    """Offer what has come back to the first on the reserve list who fits into it, as long as there is somebody."""
    free = min(call.released, call.places) - queries.people_with_places(session, call)
    if free <= 0:
        return
    for application in selecting.reserve(session, call):
        if _people(session, application) <= free:
            selecting.note(session, application, Selected.CHOSEN, because=gettext(PASSED_ON), by=None)
            free -= _offer(session, application, by=None).people
        if free <= 0:
            return


def _hold(session: Session, token: str) -> Offer:
    """The offer, with its call kept from changing, so that answers come one after the other."""
    found = offer(session, token)
    db.lock(session, found.application.call, key_share=True)
    session.refresh(found)
    return offer(session, token)


def _people(session: Session, application: Application) -> int:
    second = queries.find_second(session, application)
    return 2 if second is not None and second.registration.confirmed_at is not None else 1


def _offer(session: Session, application: Application, *, by: Person | None) -> Offer:
    token = tokens.secret()
    last_day = clock.today() + timedelta(days=application.call.reply_days)
    made = Offer(
        application_id=application.id,
        people=_people(session, application),
        token_digest=tokens.digest(token),
        reply_by=datetime.combine(last_day, time(23, 59), clock.LONDON).astimezone(UTC),
    )
    session.add(made)
    session.flush()
    registration = application.registration
    outbox.post(
        session,
        "place-offered",
        to=registration.email,
        person=None,
        subject=later("You are offered a place: %(title)s", title=application.call.title),
        language=registration.language,
        once_for=made.token_digest,
        offer=made,
        call=application.call,
        address=f"{settings().base_url}/offers/{token}",
        withdraw=withdrawing.address_of(registration.reference),
    )
    _heard_from(session, registration)
    log.record(session, "place offered", f"call {application.call_id}", by=by, offer=made.id, people=made.people)
    return made


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


def _end(session: Session, offer: Offer, *, because: str, has_lapsed: bool = False) -> None:
    offer.ended_at, offer.has_lapsed = clock.now(), has_lapsed
    session.add(offer)
    session.flush()
    selecting.note(session, offer.application, Selected.NOT_TAKEN, because=gettext(because), by=None)


def _heard_from(session: Session, registration: Registration) -> None:
    mine = col(Registration.id) == registration.id
    session.execute(update(Registration).where(mine).values(last_contact_at=clock.now()))


def _until(offer: Offer) -> str:
    return i18n.moment(offer.reply_by)
