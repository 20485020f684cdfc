"""Withdrawing interest: by the link in every mail, at once, without signing in."""

import hmac
from collections.abc import Collection

from sqlmodel import Session

from backend.audit import log
from backend.core import db, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.registrations import consent, erasing, queries
from backend.registrations.kinds import ConsentAct, Method, Purpose
from backend.registrations.models import Registration

PURPOSE = "withdraw interest"
"""What the signature of a withdrawal link is for."""


class WithdrawalLinkUnknown(Refusal):
    """We did not make this link."""

    status = 422
    title = mark("This link does not work")
    words = mark("It may have been cut short: copy the whole of it from the email, or write to us.")


def address_of(reference: str) -> str:
    """The full address of the page to withdraw on. Nothing is kept for it, so every mail can bear it, for ever."""
    return f"{settings().base_url}/register-interest/withdraw/{_token(reference)}"


def stay_address_of(reference: str) -> str:
    """The full address of the page on which somebody says that they would stay registered."""
    return f"{settings().base_url}/register-interest/stay/{_token(reference)}"


def reference_of(token: str) -> str:
    """The registration that the link was made for, whether or not it is still there. Raises WithdrawalLinkUnknown."""
    reference, _, _ = token.partition("-")
    if not hmac.compare_digest(_token(reference).encode(), token.encode()):
        raise WithdrawalLinkUnknown()
    return reference


def current(session: Session, reference: str) -> list[Purpose]:
    """What we may still write about, or could if it were confirmed."""
    on = {purpose for found in queries.with_reference(session, reference) for purpose in _of(session, found)}
    return [purpose for purpose in Purpose if purpose in on]


def withdraw(
    session: Session,
    reference: str,
    purposes: Collection[Purpose],
    *,
    method: Method = Method.WITHDRAWAL_LINK,
    by: Person | None = None,
) -> None:
    """Take these purposes back at once, and what was applied for with them; with the last one, all is erased.

    Twice is as good as once.
    """
    for call in queries.calls_answered(session, reference):
        db.lock(session, call, key_share=True)  # as offering does first, so that the two never wait for each other
    ended: set[Purpose] = set()
    for registration in queries.with_reference(session, reference):
        ended.update(_of(session, registration) & set(purposes))
        for application in queries.applications_of(session, registration):
            if application.call.is_for in purposes:
                erasing.erase_application(session, application)
        for purpose in purposes:
            setattr(registration, purpose.value, False)
        session.add(registration)
        session.flush()
        if not _of(session, registration):
            erasing.erase(session, registration)
    if ended:
        taken_back = [purpose for purpose in Purpose if purpose in ended]
        consent.record(session, reference, taken_back, ConsentAct.WITHDRAWN, method=method)
        log.record(session, "interest withdrawn", f"registration {reference}", by=by, purposes=taken_back)


def _of(session: Session, registration: Registration) -> set[Purpose]:
    """What it is for: what was chosen, and what a colleague has named the person for."""
    named_for = {application.call.is_for for application in queries.applications_of(session, registration)}
    return {*registration.purposes, *named_for}


def _token(reference: str) -> str:
    return f"{reference}-{tokens.signature(PURPOSE, reference)[:40]}"
