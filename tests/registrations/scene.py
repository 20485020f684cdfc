"""Somebody who registers, and the mail that they get."""

import re
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from backend.core import clock
from backend.notifications.models import OutboxMessage
from backend.registrations import calling
from backend.registrations.calling import Asked
from backend.registrations.kinds import Purpose
from backend.registrations.models import Application, Call, Registration
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


FACTS: dict[str, Any] = {
    "size_band": "under-10", "nation": "wales", "discipline": "design", "agreed": "yes", "of_age": "yes",
}  # fmt: skip


def make_call(session: Session, **facts: Any) -> Call:
    """A call for two people in the pilot, open for a fortnight, with a question of each kind."""
    call = calling.open_call(
        session,
        **{
            "title": "Places in the pilot", "about": "Thirty entries.", "is_for": Purpose.PILOT, "places": 2,
            "opens_at": clock.now(), "closes_at": clock.now() + timedelta(days=14), "how_chosen": "For a fair mix.",
            "allows_pairs": True,
            "questions": [Asked("Why would you come?", longest=5), Asked("Have you been before?", ["Yes", "No"])],
            "by": factories.make_staff(session), **facts,
        },
    )  # fmt: skip
    session.commit()
    return call


def make_closed_call(session: Session, **facts: Any) -> Call:
    """The same, closed a moment ago, so that places can be offered."""
    return make_call(session, opens_at=clock.now() - timedelta(days=14), closes_at=clock.now(), **facts)


def close(session: Session, call: Call) -> None:
    """Nobody can apply any more."""
    session.commit()
    session.refresh(call)
    calling.close(session, call, by=factories.make_staff(session))
    session.commit()


def apply(visitor: Visitor, call: Call, **fields: Any) -> Visitor:
    """Fill in the form of the call; without fields, as Ada."""
    who = {name: value for name, value in ADA.items() if name != "purposes"}
    return visitor.get(f"/calls/{call.id}").press("Apply", **{**who, **FACTS, **fields})


def agree(visitor: Visitor, call: Call, first: Application) -> Visitor:
    """On the page that confirms: come with the colleague of this application."""
    fields = {"second_to": str(first.id), "of_age": "yes"}
    field = f"discipline_{call.id}"
    is_asked = bool(visitor.page.xpath(f"//input[@name='{field}']"))
    return visitor.press("Confirm", **fields, **({field: "research"} if is_asked else {}))


def applications(session: Session) -> list[Application]:
    session.commit()
    session.expire_all()
    return list(session.exec(select(Application).order_by(col(Application.id))))
