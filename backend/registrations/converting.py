"""Inviting somebody who is interested to the pilot: by the rules for every invitation, once."""

from collections.abc import Callable

from sqlmodel import Session

from backend.accounts import enrolling, inviting
from backend.audit import log
from backend.core import clock, db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Constituency, Person
from backend.registrations import queries
from backend.registrations.models import Registration


class InvitedAlready(Refusal):
    """Once is enough; an invitation is sent again from the page of people."""

    title = mark("This person has been invited already")
    words = mark("You find the invitation under People, where it can be sent again.")
    way_on = ("/staff/organisations", mark("Go to People"))


class NotForThePilot(Refusal):
    """We write to people only about what they let us write about."""

    title = mark("This person has not asked about the pilot")
    words = mark("We may write only about what people have agreed to, and the pilot is not among it.")


def invite_as_lead(
    session: Session, registration: Registration, *, name: str, type_code: str, constituency: Constituency, by: Person
) -> None:
    """Enter the organisation, and invite the person to lead it. Raises as `enrol` and `must_be_possible` do."""
    application = next(iter(queries.applications_of(session, registration)[::-1]), None)

    def enrol() -> None:
        enrolling.enrol(
            session,
            name=name,
            type_code=type_code,
            constituency=constituency,
            size_band=application.size_band if application else "",
            nation=application.nation if application else "",
            likely_used_by_children="",
            lead_email=registration.email,
            by=by,
        )

    _once(session, registration, enrol, by=by)


def invite_as_specialist(
    session: Session,
    registration: Registration,
    *,
    expertise: str,
    type_code: str,
    constituency: Constituency,
    by: Person,
) -> None:
    """Invite the person as a specialist, whose field staff have verified.

    Raises as `inviting` and `must_be_possible` do.
    """

    def invite() -> None:
        inviting.invite_specialist(
            session,
            email=registration.email,
            expertise=expertise,
            type_code=type_code,
            constituency=constituency,
            by=by,
        )

    _once(session, registration, invite, by=by)


def must_be_possible(registration: Registration) -> None:
    """Go on only with whoever asked about the pilot and was not invited. Raises NotForThePilot or InvitedAlready."""
    if registration.confirmed_at is None or not registration.pilot:
        raise NotForThePilot()
    if registration.invited_at is not None:
        raise InvitedAlready()


def _once(session: Session, registration: Registration, act: Callable[[], None], *, by: Person) -> None:
    db.lock(session, registration)
    must_be_possible(registration)
    act()
    registration.invited_at = registration.last_contact_at = clock.now()
    session.add(registration)
    session.flush()
    log.record(session, "registered person invited", f"registration {registration.reference}", by=by)
