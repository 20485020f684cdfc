"""Booking a place: the mailbox says yes first, who comes too late waits in order, and a place given up passes on."""

from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from backend.accounts import limits
from backend.audit import log
from backend.core import clock, periods, tokens
from backend.core.db import lock
from backend.core.errors import Gone, Refusal
from backend.core.i18n import language, mark
from backend.notifications import outbox
from backend.people import queries as people
from backend.people.models import Person
from backend.workshops import queries, showing, telling
from backend.workshops.models import AccessNeed, Place, PlaceState, Workshop

WORDING = "2026-11-27.2"
"""The version of what people agree to when they book; templates/workshops/_agreement.html has the words."""

LINKS_LAST = periods.UNCONFIRMED


class NotBooking(Refusal):
    """Nobody can book now."""

    title = mark("You cannot book a place at this workshop")
    words = mark("It has begun, has been cancelled, or does not take bookings.")
    way_on = ("/workshops", mark("See all workshops"))


class BookedAlready(Refusal):
    """One place for each mailbox."""

    title = mark("You have booked already")
    words = mark("You have a place at this workshop or wait for one, so nothing has changed.")
    way_on = ("/workshops", mark("See all workshops"))


class LinkUnknown(Refusal):
    """No booking waits for this link."""

    status = 422
    title = mark("This link does not work")
    words = mark(
        "It may have been cut short, or it was not used within 7 days and your address was erased. Book again."
    )
    way_on = ("/workshops", mark("See all workshops"))


class LinkUsed(Refusal):
    """A mailbox says yes once."""

    status = 422
    title = mark("This link has been used")
    words = mark("Your booking was confirmed by it. The email that came after it has a link to your place.")
    way_on = ("/workshops", mark("See all workshops"))


class PlaceGivenUp(Gone):
    """The place is somebody else's by now, or free."""

    title = mark("This place has been given up")
    words = mark("Nothing about the person who had it is kept any more.")


def must_take_bookings(workshop: Workshop) -> None:
    """Go on only while people can book. Raises NotBooking."""
    if not workshop.takes_bookings:
        raise NotBooking()


def book(session: Session, workshop: Workshop, person: Person, *, access: str = "") -> Place:
    """A place for somebody who has signed in, or the last one on the waiting list. Raises NotBooking, BookedAlready."""
    _hold(session, workshop)
    if queries.find_live(session, workshop, person.email) or queries.find_own(session, workshop, person):
        raise BookedAlready()
    place = _new(workshop, email=person.email, person=person)
    _describe(place, name=person.name)
    _seat(session, workshop, place)
    say_needs(session, place, access)
    telling.seated(session, place)
    return place


def ask(session: Session, workshop: Workshop, *, email: str, client: str) -> str | None:
    """Ask a mailbox whether it wants a place; the person sees the same whatever we know of the address.

    The answer is the token of the link that was sent, if one was: for the mailbox alone. In seven days a mailbox is
    asked once, and once told that it has a place. Raises NotBooking.
    """
    _hold(session, workshop)
    if not limits.may_have_another_link(session, email, client=client):
        return None
    known = queries.find_live(session, workshop, email)
    if known:
        _tell_again(session, known)
        return None
    if queries.find_asked(session, workshop, email):
        return None
    forget(session, Place.workshop_id == workshop.id, Place.email == email, Place.state == PlaceState.ASKED)
    token = tokens.secret()
    place = _new(workshop, email=email)
    place.confirm_digest = tokens.digest(token)
    place.confirm_until = clock.now() + LINKS_LAST
    session.add(place)
    session.flush()
    telling.please_confirm(session, place, token)
    log.record(session, "workshop place asked for", f"workshop {workshop.slug}", by=None)
    return token


def asked(session: Session, token: str) -> Place:
    """The booking that this link would confirm. Raises LinkUnknown, LinkUsed or NotBooking."""
    place = queries.asked_for(session, token)
    if place is None or (place.state is PlaceState.ASKED and _is_too_old(place)):
        raise LinkUnknown()
    if place.state is not PlaceState.ASKED:
        raise LinkUsed()
    must_take_bookings(place.workshop)
    return place


def confirm(session: Session, token: str, *, name: str, access: str = "") -> Place:
    """The mailbox says yes, and who it is: a place, or the last one on the waiting list.

    Raises as `asked` does, or BookedAlready.
    """
    workshop = asked(session, token).workshop
    _hold(session, workshop)
    place = asked(session, token)
    lock(session, place)
    asked(session, token)
    person = people.find_person(session, place.email)
    if queries.find_live(session, workshop, place.email) or queries.find_own(session, workshop, person):
        raise BookedAlready()
    place.person_id = person.id if person else None
    _describe(place, name=name)
    _seat(session, workshop, place)
    say_needs(session, place, access)
    telling.seated(session, place)
    return place


def say_needs(session: Session, place: Place, words: str) -> None:
    """Tell the organisers what one needs in order to take part, or no longer. Raises PlaceGivenUp or NotBooking."""
    lock(session, place)
    if place.state not in queries.LIVE:
        raise PlaceGivenUp()
    if place.workshop.is_over or place.workshop.cancelled_at is not None:
        raise NotBooking()
    session.execute(delete(AccessNeed).where(col(AccessNeed.place_id) == place.id))
    if words:
        session.add(AccessNeed(place_id=place.id, words=words, wording=WORDING))
    session.flush()


def give_up(session: Session, place: Place) -> None:
    """Free the place, forget whose it was, and pass it to whoever has waited longest. Raises PlaceGivenUp."""
    workshop = place.workshop
    lock(session, workshop)
    lock(session, place)
    if place.state not in queries.LIVE:
        raise PlaceGivenUp()
    outbox.call_off(session, [telling.about(place.id)])
    if not workshop.is_over and workshop.cancelled_at is None:
        telling.given_up(session, place)
    session.execute(delete(AccessNeed).where(col(AccessNeed.place_id) == place.id))
    place.state = PlaceState.GIVEN_UP
    place.name, place.email, place.person_id, place.may_take_notes = "", "", None, False
    session.add(place)
    session.flush()
    showing.places_changed(session)
    log.record(session, "workshop place given up", f"workshop {workshop.slug}", by=None, number=place.number)
    pass_on(session, workshop)


def give_up_all(session: Session, person: Person) -> None:
    """Free every place of somebody who closes their account; nothing is left of whose they were."""
    for place in queries.of_person(session, person):
        give_up(session, place)


def pass_on(session: Session, workshop: Workshop) -> None:
    """Give free places to those who wait, the first one first, and tell them; the workshop is held already."""
    if not workshop.takes_bookings:
        return
    free = (workshop.capacity or 0) - queries.number_of(session, workshop, PlaceState.BOOKED)
    while free > 0 and (place := queries.first_waiting(session, workshop)):
        free -= 1
        place.state = PlaceState.BOOKED
        session.add(place)
        session.flush()
        telling.seated(session, place, after_waiting=True)
        showing.places_changed(session)
        log.record(session, "workshop place passed on", f"workshop {workshop.slug}", by=None, number=place.number)


def forget(session: Session, *which: Any) -> int:
    """Erase these bookings with all that belongs to them; how many there were."""
    chosen = list(session.exec(select(Place.id).where(*which)))
    outbox.call_off(session, [telling.about(place_id) for place_id in chosen])
    session.execute(delete(AccessNeed).where(col(AccessNeed.place_id).in_(chosen)))
    session.execute(delete(Place).where(col(Place.id).in_(chosen)))
    return len(chosen)


def _hold(session: Session, workshop: Workshop) -> None:
    """Let one after the other count the places that are left. Raises NotBooking."""
    lock(session, workshop)
    must_take_bookings(workshop)


def _new(workshop: Workshop, *, email: str, person: Person | None = None) -> Place:
    seed = tokens.secret()
    return Place(
        workshop_id=workshop.id,
        person_id=person.id if person else None,
        email=email,
        state=PlaceState.ASKED,
        link_seed=seed,
        link_digest=tokens.digest(telling.link_token(seed)),
        language=language.get(),
    )


def _describe(place: Place, *, name: str) -> None:
    """Keep who it is, and what they have agreed to just now."""
    place.name, place.wording, place.agreed_at, place.language = name, WORDING, clock.now(), language.get()


def _tell_again(session: Session, place: Place) -> None:
    if place.told_again_at is None or place.told_again_at <= clock.now() - LINKS_LAST:
        place.told_again_at = clock.now()
        session.add(place)
        telling.known_already(session, place)


def _seat(session: Session, workshop: Workshop, place: Place) -> None:
    is_free = queries.number_of(session, workshop, PlaceState.BOOKED) < (workshop.capacity or 0)
    place.state = PlaceState.BOOKED if is_free else PlaceState.WAITING
    place.number = queries.last_number(session, workshop) + 1
    place.confirmed_at = clock.now()
    session.add(place)
    session.flush()
    showing.places_changed(session)
    log.record(
        session, f"workshop place {place.state.value}", f"workshop {workshop.slug}", by=None, number=place.number
    )


def _is_too_old(place: Place) -> bool:
    return place.confirm_until is not None and place.confirm_until <= clock.now()
