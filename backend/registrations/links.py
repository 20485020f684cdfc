"""The signed addresses that every mail to somebody without an account bears: to withdraw, and to stay registered."""

import hmac

from backend.core import tokens
from backend.core.config import settings
from backend.core.errors import NotFound
from backend.core.i18n import mark
from backend.registrations.kinds import Purpose

WITHDRAW = "/register-interest/withdraw/"
STAY = "/register-interest/stay/"
EVERYTHING = "everything"
"""Stands for all purposes."""

UNCONFIRMED = "unconfirmed"
"""Stands for what waits to be confirmed."""


class LinkNotOurs(NotFound):
    """We did not make this link."""

    title = mark("This link does not work")
    words = mark("It may have been cut short: copy the whole of it from the email, or write to us.")


def withdraw(reference: str, what: Purpose | str = "") -> str:
    """The full address of the page to withdraw on; what is withdrawn where a mailbox posts to it on its own.

    Nothing is kept for it, so every mail can bear it, for ever.
    """
    asked = f"?purpose={what}" if what else ""
    return f"{settings().base_url}{WITHDRAW}{token(WITHDRAW, reference)}{asked}"


def stay(reference: str) -> str:
    """The full address of the page on which somebody says that they would stay registered."""
    return f"{settings().base_url}{STAY}{token(STAY, reference)}"


def token(act: str, reference: str) -> str:
    """The end of the address of the act."""
    return f"{reference}-{tokens.signature(act, reference)[:40]}"


def reference_of(act: str, given: str) -> str:
    """The registration that the link was made for, whether or not it is still there. Raises LinkNotOurs."""
    reference, _, _ = given.partition("-")
    if not hmac.compare_digest(token(act, reference).encode(), given.encode()):
        raise LinkNotOurs()
    return reference


def is_signed(path: str) -> bool:
    """Whether this is an address to withdraw on that only we can have made: mailboxes post to it from anywhere."""
    try:
        return path.startswith(WITHDRAW) and bool(reference_of(WITHDRAW, path.removeprefix(WITHDRAW)))
    except LinkNotOurs:
        return False
