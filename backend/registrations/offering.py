"""Offering places by mail, each with a time to answer by."""

from datetime import date, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from backend.audit import log
from backend.core import clock, db, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import later, mark
from backend.people.models import Person
from backend.registrations import queries, writing
from backend.registrations.kinds import CallState, OfferState, Selected
from backend.registrations.models import Application, Call, Offer, Registration


class NothingToOffer(Refusal):
    """Everybody who is chosen has been offered a place."""

    title = mark("There is nobody to offer a place to")
    words = mark("Everybody who is chosen has an offer already. Choose somebody first.")


class NothingOffered(Refusal):
    """The offer has been answered, or has lapsed."""

    title = mark("There is no offer to send again")
    words = mark("The offer has been answered in the meantime, or was not answered in time.")


class CallStillOpen(Refusal):
    """Whoever applies until it closes has the same chance."""

    title = mark("The call is still open")
    words = mark(
        "Close it first: else people who apply in time would compete for what is left. You can choose already."
    )


PASSES_FOR = timedelta(days=56)
"""How long places that come back go to the reserve by themselves, unless staff say otherwise."""


def offer_places(session: Session, call: Call, *, reply_days: int, by: Person, passes_until: date | None = None) -> int:
    """Offer a place to everybody who is chosen and has none; how many offers that were.

    Places that come back go to the reserve list until the end of that day. Raises CallStillOpen or NothingToOffer.
    """
    db.lock(session, call, key_share=True)
    if call.state is not CallState.CLOSED:
        raise CallStillOpen()
    to_offer = chosen(session, call)
    if not to_offer:
        raise NothingToOffer()
    call.reply_days = reply_days
    call.passes_until = clock.end_of(passes_until or clock.today() + PASSES_FOR)
    for application in to_offer:
        offer(session, application, by=by)
    _note_out(session, call)
    return len(to_offer)


def chosen(session: Session, call: Call) -> list[Application]:
    """Who is chosen and has no offer that runs: a pair is the application of its first."""
    made = queries.offers(session, call)
    decided = queries.selections(session, call)
    return [
        each
        for each in queries.applicants(session, call)
        if each.id in decided
        and each.second_to_id is None
        and decided[each.id][0].selected is Selected.CHOSEN
        and (each.id not in made or made[each.id].ended_at is not None)
    ]


def people(session: Session, application: Application) -> int:
    """How many places the application needs: two where a colleague comes along and has agreed."""
    second = queries.find_second(session, application)
    return 2 if second is not None and second.registration.confirmed_at is not None else 1


def send_again(session: Session, application: Application, *, by: Person) -> None:
    """Send an open offer once more, with a link that replaces the one before. Raises NothingOffered."""
    db.lock(session, application.call, key_share=True)
    found = queries.offers(session, application.call).get(application.id)
    if found is None or found.state is not OfferState.OPEN:
        raise NothingOffered()
    _renew(session, found)
    log.record(session, "offer sent again", f"call {application.call_id}", by=by, offer=found.id)


def renew_for_two(session: Session, first: Application) -> bool:
    """The colleague has agreed: what the first has been offered is for both, if there is room; whether they are a pair.

    Whoever has answered, or not answered in time, has answered for one.
    """
    found = queries.find_offer(session, first)
    if found is None or found.people > 1:
        return True
    call = first.call
    runs = found.state in (OfferState.OPEN, OfferState.ACCEPTED)
    if not runs or queries.people_with_places(session, call) + 1 > call.places:
        return False
    found.people = 2
    session.add(found)
    session.flush()
    _note_out(session, call)
    if found.state is OfferState.OPEN:
        _renew(session, found)
    else:
        second = queries.find_second(session, first)
        assert second
        confirm_place(session, found, second)
    log.record(session, "offer is for two", f"call {call.id}", by=None, offer=found.id)
    return True


def confirm_place(session: Session, offer: Offer, application: Application, *, address: str = "") -> None:
    """Tell one of those who come that they have a place; who answered for both gets the address to give it back."""
    writing.to(
        session,
        application.registration,
        "place-accepted",
        concerns=application.call.is_for,
        subject=later("You have a place: %(title)s", title=writing.Title(application.call)),
        once_for=f"{offer.token_digest}:{application.id}",
        call=application.call,
        address=address,
    )


def offer(session: Session, application: Application, *, by: Person | None) -> Offer:
    """One offer, to whoever is chosen."""
    made = Offer(
        application_id=application.id,
        people=people(session, application),
        token_digest=tokens.digest(token := tokens.secret()),
        reply_by=clock.end_of(clock.today() + timedelta(days=application.call.reply_days)),
    )
    session.add(made)
    session.flush()
    _write(session, made, token)
    heard_from(session, application.registration)
    log.record(session, "place offered", f"call {application.call_id}", by=by, offer=made.id, people=made.people)
    return made


def _renew(session: Session, offer: Offer) -> None:
    """Send it once more, with a link that replaces the one before."""
    offer.token_digest = tokens.digest(token := tokens.secret())
    session.add(offer)
    session.flush()
    _write(session, offer, token, replaces=True)


def _write(session: Session, offer: Offer, token: str, *, replaces: bool = False) -> None:
    application = offer.application
    writing.to(
        session,
        application.registration,
        "place-offered",
        concerns=application.call.is_for,
        subject=later("You are offered a place: %(title)s", title=writing.Title(application.call)),
        once_for=offer.token_digest,
        offer=offer,
        call=application.call,
        replaces=replaces,
        address=f"{settings().base_url}/offers/{token}",
    )


def _note_out(session: Session, call: Call) -> None:
    call.released = min(call.places, max(call.released, queries.people_with_places(session, call)))
    session.add(call)
    session.flush()


def heard_from(session: Session, registration: Registration) -> None:
    """Note that we and they are in touch, so that their interest is kept."""
    mine = col(Registration.id) == registration.id
    session.execute(update(Registration).where(mine).values(last_contact_at=clock.now()))


def note_change(session: Session, application: Application) -> None:
    """What was decided about the applicant rests on something else now."""
    application.changed_at = clock.now()
    session.add(application)
    session.flush()
