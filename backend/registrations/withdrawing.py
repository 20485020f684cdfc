"""Withdrawing interest: by the link in every mail, at once, without signing in."""

import hmac
from collections.abc import Collection

from sqlmodel import Session

from backend.audit import log
from backend.core import tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.registrations import consent, queries
from backend.registrations.models import ConsentAct, Method, Purpose

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


def reference_of(token: str) -> str:
    """The registration that the link was made for, whether or not it is still there. Raises WithdrawalLinkUnknown."""
    reference, _, _ = token.partition("-")
    if not hmac.compare_digest(_token(reference).encode(), token.encode()):
        raise WithdrawalLinkUnknown()
    return reference


def current(session: Session, reference: str) -> list[Purpose]:
    """What we may still write about, or could if it were confirmed."""
    found = queries.with_reference(session, reference)
    return [purpose for purpose in Purpose if any(purpose in registration.purposes for registration in found)]


def withdraw(session: Session, reference: str, purposes: Collection[Purpose]) -> None:
    """Take these purposes back at once; with the last one, all that was kept is erased. Twice is as good as once."""
    ended: set[Purpose] = set()
    for registration in queries.with_reference(session, reference):
        mine = [purpose for purpose in registration.purposes if purpose in purposes]
        for purpose in mine:
            setattr(registration, purpose.value, False)
        ended.update(mine)
        if registration.purposes:
            session.add(registration)
        else:
            session.delete(registration)
    session.flush()
    if ended:
        taken_back = [purpose for purpose in Purpose if purpose in ended]
        consent.record(session, reference, taken_back, ConsentAct.WITHDRAWN, method=Method.WITHDRAWAL_LINK)
        log.record(session, "interest withdrawn", f"registration {reference}", by=None, purposes=taken_back)


def _token(reference: str) -> str:
    return f"{reference}-{tokens.signature(PURPOSE, reference)[:40]}"
