"""Withdrawing: by the link in the mail, signed out, at once, twice without harm."""

import pytest
from sqlmodel import Session, col, select

from backend.audit.models import AuditEvent
from backend.registrations.kinds import ConsentAct
from backend.registrations.models import ConsentRecord
from tests.browsing import Visitor
from tests.registrations.scene import (
    confirm_link,
    mails,
    make_schemes,
    register,
    register_and_confirm,
    registrations,
    withdraw_link,
)


@pytest.fixture(autouse=True)
def _schemes(session: Session) -> None:
    make_schemes(session)


def withdrawn(session: Session) -> list[str]:
    session.commit()
    rows = select(ConsentRecord).where(ConsentRecord.act == ConsentAct.WITHDRAWN).order_by(col(ConsentRecord.id))
    return [row.purpose.value for row in session.exec(rows)]


def test_one_purpose_is_withdrawn_and_the_other_stays(visitor: Visitor, session: Session) -> None:
    register_and_confirm(visitor, session)
    address = withdraw_link(mails(session)[0])
    visitor.get(address)
    assert registrations(session)[0].purposes == ["pilot", "updates"], "opening the link withdraws nothing"
    visitor.press("Withdraw: Taking part in the pilot")
    assert "Done. We do not write to you about that any more." in visitor.text
    assert registrations(session)[0].purposes == ["updates"]
    visitor.post(address, {"purpose": "pilot"})
    assert visitor.status == 200
    assert withdrawn(session) == ["pilot"]
    logged = session.exec(select(AuditEvent).where(AuditEvent.action == "interest withdrawn")).all()
    assert [event.detail for event in logged] == ['{"purposes":["pilot"]}']


def test_with_the_last_purpose_everything_is_erased_and_the_link_still_says_so(
    visitor: Visitor, session: Session
) -> None:
    register_and_confirm(visitor, session)
    address = withdraw_link(mails(session)[0])
    visitor.get(address).press("Withdraw everything")
    assert "Nothing is registered under this link any more" in visitor.text
    assert registrations(session) == []
    assert withdrawn(session) == ["pilot", "updates"]
    visitor.post(address, {"purpose": "everything"})
    assert visitor.status == 200
    assert withdrawn(session) == ["pilot", "updates"]
    assert len(mails(session)) == 1, "nobody who has withdrawn is mailed"


def test_what_waits_is_withdrawn_as_well(visitor: Visitor, session: Session) -> None:
    register_and_confirm(visitor, session, purposes="updates")
    register(visitor, purposes="workshop")
    first, second = mails(session)
    assert withdraw_link(first) == withdraw_link(second), "the link of every mail is for all"
    waiting = confirm_link(second)
    visitor.get(withdraw_link(first)).press("Withdraw everything")
    assert registrations(session) == []
    assert visitor.get(waiting).status == 410


def test_a_link_that_we_did_not_make_does_nothing(visitor: Visitor, session: Session) -> None:
    kept = register_and_confirm(visitor, session)
    address = withdraw_link(mails(session)[0]).partition("?")[0]
    for wrong in (address[:-1], address + "x", f"/register-interest/withdraw/{kept.reference}", f"{address[:-3]}é%20x"):
        assert visitor.get(wrong).status == 404
        assert visitor.post(wrong, {"purpose": "everything"}).status == 404
    assert registrations(session)[0].purposes == ["pilot", "updates"]
