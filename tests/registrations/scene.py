"""Somebody who registers, and the mail that they get."""

import re
from typing import Any

from sqlmodel import Session, col, select

from backend.notifications.models import OutboxMessage
from backend.registrations.models import Registration
from tests import factories
from tests.browsing import Visitor

EMAIL = "ada@playful.example"
ADA: dict[str, Any] = {
    "name": "Ada Example", "email": EMAIL, "organisation_name": "Playful", "type_code": "online-games",
    "role": "Policy lead", "purposes": ["updates", "pilot"], "of_age": "yes",
}  # fmt: skip


def make_schemes(session: Session) -> None:
    """The types and topics that forms offer."""
    factories.make_scheme(session, "organisation-types", ["online-games", "childrens-charity", "individual"])
    factories.make_scheme(session, "harm-categories", ["physical-safety", "privacy-control"])
    session.commit()


def mails(session: Session, kind: str = "interest-confirm") -> list[OutboxMessage]:
    """Every mail of a kind, the first one first."""
    session.commit()
    return list(session.exec(select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(col(OutboxMessage.id))))


def link(message: OutboxMessage, path: str) -> str:
    """The link in a mail to an address that begins so."""
    found = re.search(rf"{path}/\S+", message.text)
    assert found, message.text
    return found[0]


def confirm_link(message: OutboxMessage) -> str:
    return link(message, "/register-interest/confirm")


def withdraw_link(message: OutboxMessage) -> str:
    return link(message, "/register-interest/withdraw")


def registrations(session: Session) -> list[Registration]:
    session.commit()
    session.expire_all()
    return list(session.exec(select(Registration).order_by(col(Registration.id))))


def register(visitor: Visitor, **fields: Any) -> Visitor:
    """Fill in the form; without fields, as Ada."""
    return visitor.get("/register-interest").press("Register your interest", **{**ADA, **fields})


def register_and_confirm(visitor: Visitor, session: Session, **fields: Any) -> Registration:
    """The whole way; the registration."""
    register(visitor, **fields)
    message = mails(session)[-1]
    visitor.get(confirm_link(message)).press("Confirm")
    return next(each for each in registrations(session) if each.email == message.to and each.confirmed_at)
