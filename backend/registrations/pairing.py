"""Coming with a colleague: they are named by the first, asked by themselves, and agree for themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col

from backend.audit import log
from backend.core import db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.registrations import consent, erasing, offering, opt_in, queries
from backend.registrations.kinds import CallState, ConsentAct, Method, Selected
from backend.registrations.models import Application, Registration
from backend.registrations.opt_in import Details

ENDED = (Selected.DECLINED, Selected.NOT_TAKEN)
"""Decided for the first in such a way that nobody can join them."""


class ComesAlready(Refusal):
    """Somebody has one place in a call, and comes with one colleague."""

    title = mark("You cannot come with this colleague")
    words = mark("You have been offered a place in this call yourself, or you come with somebody else.")


@dataclass(frozen=True)
class Said:
    """What somebody who was named says of themselves: the call's questions, and their field."""

    answers: Mapping[str, str]
    discipline: str = ""


def can_come(session: Session, email: str, first: Application) -> bool:
    """Whether this mailbox has neither a place of its own in the call nor another colleague to come with."""
    known = queries.find_confirmed(session, email)
    theirs = queries.find_application(session, known, first.call) if known else None
    if theirs is None or theirs.second_to_id == first.id:
        return True
    offer = queries.find_offer(session, theirs)
    has_offer = offer is not None and offer.ended_at is None
    return not has_offer and theirs.second_to_id is None and queries.find_second(session, theirs) is None


def agree(session: Session, named: Application, said: Said) -> None:
    """Who was named gives their own consent, and answers for themselves, on the page that confirms it.

    Raises ComesAlready.
    """
    registration, call = named.registration, named.call
    if not can_come(session, registration.email, session.get_one(Application, named.second_to_id)):
        raise ComesAlready()
    if not named.is_own and not has_applied(session, named):
        named.is_own, named.answers, named.discipline = True, dict(said.answers), said.discipline
        session.add(named)
    setattr(registration, call.is_for.value, True)
    session.add(registration)
    session.flush()
    consent.record(session, registration.reference, [call.is_for], ConsentAct.GIVEN, method=Method.CONFIRMATION_LINK)


def has_applied(session: Session, named: Application) -> bool:
    """Whether the person has answered the call before they were named: then nothing is asked again."""
    known = queries.find_confirmed(session, named.registration.email)
    return named.is_own or (known is not None and queries.find_application(session, known, named.call) is not None)


def join(session: Session, second: Application) -> bool:
    """Both have confirmed: what the first was offered is for two where there is room, else each stands alone.

    Whether they are a pair.
    """
    first = session.get_one(Application, second.second_to_id)
    decided = queries.selections(session, first.call).get(first.id, [])
    is_pair = offering.renew_for_two(session, first) and not (decided and decided[0].selected in ENDED)
    if is_pair:
        offering.note_change(session, first)
    else:
        erasing.part(session, second)
        erasing.tell_there_is_no_room(session, first)
    return is_pair


def ask(session: Session, first: Application) -> None:
    """One mail to the colleague, as to anybody who registers; who was named before and is not now is let go."""
    second = queries.find_second(session, first)
    if second is not None:
        if second.registration.email == first.partner_email:
            return
        erasing.let_second_go(session, first)
    if not first.partner_email or first.call.state is CallState.PLANNED:
        return
    if can_come(session, first.partner_email, first):
        _name(session, first)


def _name(session: Session, first: Application) -> None:
    theirs = first.registration
    details = Details(first.partner_name, theirs.organisation_name, theirs.type_code)
    known = queries.find_confirmed(session, first.partner_email)
    if known is not None:  # what they have said of themselves stays as they said it
        details = details_of(known)
    named = opt_in.ask(session, first.partner_email, details)
    new = Application(
        call_id=first.call_id,
        registration_id=named.id,
        size_band=first.size_band,
        nation=first.nation,
        second_to_id=first.id,
        is_own=False,
    )
    if not db.add_once(session, new):
        free = (col(Application.registration_id) == named.id, col(Application.call_id) == first.call_id)
        session.execute(
            update(Application).where(*free, col(Application.second_to_id).is_(None)).values(second_to_id=first.id)
        )
    log.record(session, "colleague asked", f"call {first.call_id}", by=None, application=first.id)


def details_of(known: Registration) -> Details:
    """What a registered person has said of themselves."""
    return Details(known.name, known.organisation_name, known.type_code, known.role, known.topics)
