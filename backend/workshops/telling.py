"""Mail about places at workshops, each with the link by which its reader can see the place and give it up."""

from sqlmodel import Session

from backend.core import clock, tokens
from backend.core.bilingual import said
from backend.core.config import settings
from backend.core.i18n import later, mark, speaking
from backend.notifications import outbox
from backend.workshops import queries
from backend.workshops.models import Place, PlaceState, Workshop


def link_token(seed: str) -> str:
    """The secret in the link to a place: made anew for each mail, never kept."""
    return tokens.signature("workshop place", seed)


def page_of(place: Place) -> str:
    """Where the place can be seen and given up by whoever holds its link."""
    return f"/workshop-places/{link_token(place.link_seed)}"


def about(place_id: int) -> str:
    """How mail about a place is found, when it is called off and emptied."""
    return f"workshop place {place_id}"


def please_confirm(session: Session, place: Place, token: str) -> None:
    """Ask the mailbox whether it wants the place."""
    subject = mark("Confirm your place: %(title)s")
    address = f"{_base()}/workshop-bookings/{token}"
    _post(session, "workshop-confirm", place, subject, tokens.digest(token), address=address)


def known_already(session: Session, place: Place) -> None:
    """Somebody, probably its owner, booked again by a mailbox that has a place."""
    subject = mark("You have booked already: %(title)s")
    moment = clock.now().isoformat()
    _post(session, "workshop-again", place, subject, moment, is_booked=place.state is PlaceState.BOOKED)


def seated(session: Session, place: Place, *, after_waiting: bool = False) -> None:
    """Say that the place is theirs, or that they are on the waiting list."""
    is_booked = place.state is PlaceState.BOOKED
    subject = mark("Your place: %(title)s") if is_booked else mark("You are on the waiting list: %(title)s")
    _post(
        session, "workshop-place", place, subject, place.state.value, is_booked=is_booked, after_waiting=after_waiting,
        before=queries.before(session, place),
    )  # fmt: skip


def asked_to_take_notes(session: Session, place: Place) -> None:
    """Say that staff ask them to take notes at the table, and where that is done."""
    subject = mark("Take notes at the table: %(title)s")
    table = f"{_base()}/workshops/{place.workshop.slug}/table"
    _post(session, "workshop-notes", place, subject, f"notes {clock.now().isoformat()}", table=table)


def given_up(session: Session, place: Place) -> None:
    """Say that the place is no longer theirs, in case it was not they who gave it up."""
    is_booked = place.state is PlaceState.BOOKED
    subject = mark("You no longer wait for a place: %(title)s")
    if is_booked:
        subject = mark("You have given up your place: %(title)s")
    _post(session, "workshop-given-up", place, subject, "given-up", is_booked=is_booked)


def changed(session: Session, workshop: Workshop) -> None:
    """Tell everybody who has a place or waits that time, venue or joining details are others."""
    moment = clock.now().isoformat()
    for place in queries.live(session, workshop):
        is_booked = place.state is PlaceState.BOOKED
        _post(session, "workshop-changed", place, mark("Changed: %(title)s"), moment, is_booked=is_booked)


def cancelled(session: Session, workshop: Workshop) -> None:
    """Tell everybody who has a place or waits that the workshop will not take place, and why."""
    for place in queries.live(session, workshop):
        _post(session, "workshop-cancelled", place, mark("Cancelled: %(title)s"), "cancelled")


def _post(session: Session, kind: str, place: Place, subject: str, occasion: str, **facts: object) -> None:
    """Write in the language in which the place was booked, or in that of the person where there is one."""
    workshop, to = place.workshop, place.person.email if place.person else place.email
    with speaking(place.person.language if place.person else place.language):
        title = said(workshop, "title").words
    outbox.post(
        session, kind, to=to, person=place.person, subject=later(subject, title=title),
        once_for=f"{place.id}:{occasion}", language=place.language, name=place.name, workshop=workshop,
        concerning=about(place.id), page=f"{_base()}/workshops/{workshop.slug}", link=_base() + page_of(place), **facts,
    )  # fmt: skip


def _base() -> str:
    return settings().base_url.rstrip("/")
