"""Offering places: each with a time to answer by; what is not taken goes to the first on the reserve list who fits."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock, db, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people.models import Person
from backend.registrations import queries, selecting, withdrawing
from backend.registrations.kinds import OfferState, Selected
from backend.registrations.models import Application, Call, Offer, Registration

LAPSED = mark("The offer was not answered in time.")
PASSED_ON = mark("A place came back, and this was the first on the reserve list who fits.")


class NothingToOffer(Refusal):
    """Everybody who is chosen has been offered a place."""

    title = mark("There is nobody to offer a place to")
    words = mark("Everybody who is chosen has an offer already. Choose somebody first.")


class NothingOffered(Refusal):
    """The offer has been answered, or has lapsed."""

    title = mark("There is no offer to send again")
    words = mark("The offer has been answered in the meantime, or was not answered in time.")


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


def send_again(session: Session, application: Application, *, by: Person) -> None:
    """Send an open offer once more, with a link that replaces the one before. Raises NothingOffered."""
    db.lock(session, application.call, key_share=True)
    found = queries.offers(session, application.call).get(application.id)
    if found is None or found.state is not OfferState.OPEN:
        raise NothingOffered()
    found.token_digest = tokens.digest(token := tokens.secret())
    session.add(found)
    session.flush()
    _write(session, found, token, replaces=True)
    log.record(session, "offer sent again", f"call {application.call_id}", by=by, offer=found.id)


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
            end(session, found, because=LAPSED, has_lapsed=True)
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
            selecting.note(session, application, Selected.CHOSEN, because=PASSED_ON, by=None)
            free -= _offer(session, application, by=None).people
        if free <= 0:
            return


def _people(session: Session, application: Application) -> int:
    second = queries.find_second(session, application)
    return 2 if second is not None and second.registration.confirmed_at is not None else 1


def _offer(session: Session, application: Application, *, by: Person | None) -> Offer:
    last_day = clock.today() + timedelta(days=application.call.reply_days)
    made = Offer(
        application_id=application.id,
        people=_people(session, application),
        token_digest=tokens.digest(token := tokens.secret()),
        reply_by=datetime.combine(last_day, time(23, 59), clock.LONDON).astimezone(UTC),
    )
    session.add(made)
    session.flush()
    _write(session, made, token)
    heard_from(session, application.registration)
    log.record(session, "place offered", f"call {application.call_id}", by=by, offer=made.id, people=made.people)
    return made


def _write(session: Session, offer: Offer, token: str, *, replaces: bool = False) -> None:
    application, registration = offer.application, offer.application.registration
    outbox.post(
        session,
        "place-offered",
        to=registration.email,
        person=None,
        subject=later("You are offered a place: %(title)s", title=application.call.title),
        language=registration.language,
        once_for=offer.token_digest,
        offer=offer,
        call=application.call,
        replaces=replaces,
        address=f"{settings().base_url}/offers/{token}",
        withdraw=withdrawing.address_of(registration.reference),
    )


def end(session: Session, offer: Offer, *, because: str, has_lapsed: bool = False) -> None:
    """The place is not theirs any more."""
    offer.ended_at, offer.has_lapsed = clock.now(), has_lapsed
    session.add(offer)
    session.flush()
    selecting.note(session, offer.application, Selected.NOT_TAKEN, because=because, by=None)


def heard_from(session: Session, registration: Registration) -> None:
    """Note that we and they are in touch, so that their interest is kept."""
    mine = col(Registration.id) == registration.id
    session.execute(update(Registration).where(mine).values(last_contact_at=clock.now()))
