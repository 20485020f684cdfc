"""Inviting whoever accepted a place to the pilot: by the rules for every invitation, once."""

from collections.abc import Callable

from sqlmodel import Session

from backend.accounts import enrolling, inviting
from backend.audit import log
from backend.core import clock, db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Constituency, Person
from backend.registrations.models import Application, Offer, OfferState, Purpose


class InvitedAlready(Refusal):
    """Once is enough; an invitation is sent again from the page of people."""

    title = mark("This person has been invited already")
    words = mark("You find the invitation under People, where it can be sent again.")
    way_on = ("/staff/organisations", mark("Go to People"))


class NoPlaceInPilot(Refusal):
    """Only a place in the pilot that was accepted leads to an invitation."""

    title = mark("This person has not accepted a place in the pilot")
    words = mark("Only whoever has accepted a place in the pilot is invited from here.")


def invite_as_lead(
    session: Session, offer: Offer, *, name: str, type_code: str, constituency: Constituency, by: Person
) -> None:
    """Enter the organisation, and invite the person to lead it. Raises as `enrol` and `must_be_possible` do."""
    application = offer.application

    def enrol() -> None:
        enrolling.enrol(
            session,
            name=name,
            type_code=type_code,
            constituency=constituency,
            size_band=application.size_band,
            nation=application.nation,
            likely_used_by_children="",
            lead_email=application.registration.email,
            by=by,
        )

    _once(session, offer, enrol, by=by)


def invite_as_specialist(
    session: Session, offer: Offer, *, expertise: str, type_code: str, constituency: Constituency, by: Person
) -> None:
    """Invite the person as a specialist, whose field staff have verified. Raises as `inviting` does."""

    def invite() -> None:
        inviting.invite_specialist(
            session,
            email=offer.application.registration.email,
            expertise=expertise,
            type_code=type_code,
            constituency=constituency,
            by=by,
        )

    _once(session, offer, invite, by=by)


def must_be_possible(offer: Offer) -> None:
    """Go on only with a place in the pilot that was accepted and not used. Raises NoPlaceInPilot or InvitedAlready."""
    application: Application = offer.application
    if offer.state is not OfferState.ACCEPTED or application.call.is_for is not Purpose.PILOT:
        raise NoPlaceInPilot()
    if offer.invited_at is not None:
        raise InvitedAlready()


def _once(session: Session, offer: Offer, act: Callable[[], None], *, by: Person) -> None:
    db.lock(session, offer, key_share=True)
    must_be_possible(offer)
    act()
    offer.invited_at = clock.now()
    session.add(offer)
    session.flush()
    log.record(session, "applicant invited", f"call {offer.application.call_id}", by=by, offer=offer.id)
