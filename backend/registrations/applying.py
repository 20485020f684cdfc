"""Applying to a call, alone or with a colleague, who is asked by themselves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col

from backend.audit import log
from backend.core import db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.registrations import consent, erasing, opt_in, queries
from backend.registrations.kinds import CallState, ConsentAct, Method
from backend.registrations.models import Application, Call, Registration
from backend.registrations.opt_in import Details


class CallNotOpen(Refusal):
    """A call closes to the second, and opens so."""

    title = mark("This call is not open")
    words = mark("It was not open when your form reached us, so nothing was sent. What you wrote is still here.")


@dataclass(frozen=True)
class Facts:
    """What a mix is made of, as far as somebody wants to say it."""

    size_band: str = ""
    nation: str = ""
    discipline: str = ""


@dataclass(frozen=True)
class Partner:
    """The colleague whom somebody would like to come with."""

    name: str
    email: str


def apply(
    session: Session,
    call: Call,
    email: str,
    details: Details,
    *,
    facts: Facts,
    answers: Mapping[str, str],
    partner: Partner | None = None,
) -> Application:
    """Keep the application until the mailbox confirms it; a second one from the same mailbox replaces the first.

    What was sent in time can be confirmed after the call has closed. Raises CallNotOpen.
    """
    if call.state is not CallState.OPEN:
        raise CallNotOpen()
    registration = opt_in.register(session, email, details, purposes=[call.is_for])
    new = Application(call_id=call.id, registration_id=registration.id)
    found = new if db.add_once(session, new) else _of(session, registration, call)
    assert found
    found.answers = dict(answers)
    found.size_band, found.nation, found.discipline = facts.size_band, facts.nation, facts.discipline
    found.partner_name, found.partner_email = (partner.name, partner.email) if partner else ("", "")
    session.add(found)
    session.flush()
    log.record(session, "call answered", f"call {call.id}", by=None, application=found.id)
    return found


def confirm(session: Session, token: str, *, shown: str, comes_as_second: Collection[int] = ()) -> Registration:
    """The mailbox says yes to all that it was shown, and to those of its colleagues' applications that it names.

    Colleagues whom it has named itself are asked now. Raises as `opt_in.hold` does.
    """
    waiting = opt_in.hold(session, token, shown=shown)
    for application in queries.applications_of(session, waiting):
        if application.second_to_id in comes_as_second:
            _agree(session, waiting, application.call)
        elif application.second_to_id is not None:
            erasing.part(session, application)
    session.flush()
    session.expire_all()
    kept = opt_in.keep(session, waiting)
    for application in queries.applications_of(session, kept):
        if application.second_to_id is None:
            _ask_partner(session, application)
    return kept


def _agree(session: Session, registration: Registration, call: Call) -> None:
    """Who was named by somebody else gives their own consent, on the page that confirms it."""
    setattr(registration, call.is_for.value, True)
    session.add(registration)
    session.flush()
    consent.record(session, registration.reference, [call.is_for], ConsentAct.GIVEN, method=Method.CONFIRMATION_LINK)


def _ask_partner(session: Session, first: Application) -> None:
    """One mail to the colleague, as to anybody who registers; who was named before and is not now is let go."""
    second = queries.find_second(session, first)
    if second is not None:
        if second.registration.email == first.partner_email:
            return
        erasing.part(session, second)
        session.flush()
        session.expire(second)
    if not first.partner_email or first.call.state is CallState.PLANNED:
        return
    theirs = first.registration
    details = Details(first.partner_name, theirs.organisation_name, theirs.type_code)
    known = queries.find_confirmed(session, first.partner_email)
    if known is not None:  # what they have said of themselves stays as they said it
        details = Details(known.name, known.organisation_name, known.type_code, known.role, known.topics)
    named = opt_in.ask(session, first.partner_email, details)
    new = Application(
        call_id=first.call_id,
        registration_id=named.id,
        size_band=first.size_band,
        nation=first.nation,
        second_to_id=first.id,
    )
    if not db.add_once(session, new):
        free = (col(Application.registration_id) == named.id, col(Application.call_id) == first.call_id)
        session.execute(
            update(Application).where(*free, col(Application.second_to_id).is_(None)).values(second_to_id=first.id)
        )
    log.record(session, "colleague asked", f"call {first.call_id}", by=None, application=first.id)


def _of(session: Session, registration: Registration, call: Call) -> Application | None:
    return next((each for each in queries.applications_of(session, registration) if each.call_id == call.id), None)
