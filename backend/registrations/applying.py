"""Applying to a call, alone or with a colleague, who is asked by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col

from backend.audit import log
from backend.core import db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.registrations import erasing, opt_in, pairing, queries
from backend.registrations.kinds import CallState
from backend.registrations.models import Application, Call, Registration
from backend.registrations.opt_in import Details
from backend.registrations.pairing import Said


class CallNotOpen(Refusal):
    """A call closes to the second, and opens so."""

    title = mark("This call is not open")
    words = mark("It was not open when your form reached us, so nothing was sent. What you wrote is still here.")


class NothingChosen(Refusal):
    """Who was only named, and does not agree to come, has nothing to confirm."""

    status = 422
    title = mark("There is nothing to confirm")
    words = mark("Select that you would come, or close this page")


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
    db.add_once(session, Application(call_id=call.id, registration_id=registration.id))
    mine = (col(Application.call_id) == call.id, col(Application.registration_id) == registration.id)
    name, address = (partner.name, partner.email) if partner else ("", "")
    said = {**vars(facts), "answers": dict(answers), "partner_name": name, "partner_email": address, "is_own": True}
    session.execute(update(Application).where(*mine).values(said))
    found = queries.find_application(session, registration, call)
    assert found
    log.record(session, "call answered", f"call {call.id}", by=None, application=found.id)
    return found


@dataclass(frozen=True)
class Confirmed:
    """What a mailbox has confirmed."""

    registration: Registration
    is_alone: bool
    """Whether somebody who would come with a colleague cannot, because there is no room for both."""


def confirm(session: Session, token: str, *, shown: str, agreed: Mapping[int, Said]) -> Confirmed:
    """The mailbox says yes to all that it was shown, and to those colleagues' applications that it names.

    Colleagues whom it has named itself are asked now. Raises NothingChosen, or as `opt_in.hold` and `pairing.agree` do.
    """
    for call in queries.calls_answered(session, opt_in.waiting(session, token).reference):
        db.lock(session, call, key_share=True)  # before the registration, as whoever withdraws or offers does
    waiting = opt_in.hold(session, token, shown=shown)
    named = [each for each in queries.applications_of(session, waiting) if each.second_to_id is not None]
    if not waiting.purposes and not any(each.second_to_id in agreed for each in named):
        raise NothingChosen()
    for application in named:
        said = agreed.get(application.second_to_id or 0)
        if said is not None:
            pairing.agree(session, application, said)
        else:
            erasing.part(session, application)
    kept = opt_in.keep(session, waiting)
    is_alone = False
    for application in queries.applications_of(session, kept):
        if application.second_to_id is None:
            pairing.ask(session, application)
        elif application.second_to_id in agreed:
            is_alone = not pairing.join(session, application) or is_alone
    return Confirmed(kept, is_alone)
