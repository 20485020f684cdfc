"""Nobody gets a second mail because somebody else typed their address; whoever owns the mailbox can ask for one."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, text
from sqlmodel import Session

from backend import worker
from backend.core import clock
from backend.core.db import Database
from backend.core.i18n import later
from backend.notifications import delivery, mailers
from backend.notifications.models import OutboxMessage
from backend.people.models import StaffRole
from backend.registrations import offering, selecting, writing
from backend.registrations.kinds import Purpose, Selected
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import (
    EMAIL,
    confirm_link,
    mails,
    make_closed_call,
    make_schemes,
    register,
    register_and_confirm,
    registrations,
    withdraw_link,
)


@pytest.fixture(autouse=True)
def _schemes(session: Session) -> None:
    make_schemes(session)


def in_days(days: int) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(days=days, minutes=1), tick=False)


def test_who_does_not_answer_gets_no_second_mail_for_six_months(
    visitor: Visitor, session: Session, database: Database
) -> None:
    register(visitor)
    address = confirm_link(mails(session)[0])
    for week in (8, 16, 60, 180):
        with in_days(week):
            register(visitor)
            assert visitor.path == "/register-interest/check-your-email"
            assert len(mails(session)) == 1
            worker.work_once(database)
    with in_days(8):
        assert visitor.get(address).status == 410
    with in_days(190):
        register(visitor, name="Ada Later")
        assert len(mails(session)) == 2
        visitor.get(confirm_link(mails(session)[1])).press("Confirm")
        assert registrations(session)[0].name == "Ada Later"


@pytest.mark.parametrize("confirms", [True, False])
def test_who_withdraws_gets_no_mail_that_a_stranger_asks_for(
    visitor: Visitor, session: Session, confirms: bool
) -> None:
    register(visitor)
    message = mails(session)[0]
    way_out = withdraw_link(message)
    if confirms:
        visitor.get(confirm_link(message)).press("Confirm")
    for _ in range(3):
        visitor.post(way_out, {"purpose": "everything"})
        register(visitor)
    assert len(mails(session)) == 1


def test_the_owner_of_a_mailbox_asks_for_another_mail_by_the_link_in_an_earlier_one(
    visitor: Visitor, session: Session
) -> None:
    register_and_confirm(visitor, session)
    visitor.get(withdraw_link(mails(session)[0])).press("Withdraw everything")
    visitor.press("Register your interest again")
    assert "We send you one email to confirm it" in visitor.text
    visitor.press("Register your interest", name="Ada Again", email=EMAIL, type_code="individual", purposes="updates",
                  of_age="yes")  # fmt: skip
    register(visitor)
    assert len(mails(session)) == 2, "one mail, not one for each time"
    visitor.get(confirm_link(mails(session)[1])).press("Confirm")
    assert registrations(session)[0].confirmed_at is not None


def test_after_a_link_has_ended_its_page_leads_to_a_new_mail(visitor: Visitor, session: Session) -> None:
    register(visitor)
    address = confirm_link(mails(session)[0])
    with in_days(8):
        register(visitor)
        visitor.get(address).follow("Register again").press("Register your interest again")
        register(visitor, name="Ada New")
        visitor.get(confirm_link(mails(session)[1])).press("Confirm")
        assert registrations(session)[0].name == "Ada New"


def test_staff_let_us_write_to_somebody_who_has_lost_the_mail(visitor: Visitor, session: Session) -> None:
    register(visitor)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR)).get("/staff/registrations")
    visitor.press("Let us write once more", email="not an address")
    assert visitor.status == 422 and "Enter an email address in the correct format" in visitor.text
    visitor.press("Let us write once more", email=EMAIL.upper())
    assert "register again now" in visitor.text
    visitor.client.cookies.clear()
    register(visitor)
    assert len(mails(session)) == 2
    visitor.get(confirm_link(mails(session)[1])).press("Confirm")
    assert registrations(session)[0].confirmed_at is not None


def kinds_of_statements(database: Database, visitor: Visitor, email: str) -> list[str]:
    """What the database is asked while a form for this address is answered, without the values."""
    seen: list[str] = []
    visitor.get("/register-interest")

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "SAVEPOINT" not in statement:
            seen.append(statement.split(" VALUES ")[0])

    assert database.connection is not None
    event.listen(database.connection, "before_cursor_execute", note)
    register_on_open_page(visitor, email)
    event.remove(database.connection, "before_cursor_execute", note)
    return seen


def register_on_open_page(visitor: Visitor, email: str) -> None:
    visitor.press("Register your interest", name="Ada", email=email, type_code="individual", purposes=["updates"],
                  of_age="yes")  # fmt: skip


def test_the_database_is_asked_the_same_for_every_address(
    visitor: Visitor, session: Session, database: Database
) -> None:
    register_and_confirm(visitor, session, email="confirmed@example.org")
    register(visitor, email="waiting@example.org")
    register(visitor, email="withdrawn@example.org")
    visitor.get(withdraw_link(mails(session)[-1])).press("Withdraw everything")
    names = ("new", "confirmed", "waiting", "withdrawn", "another")
    asked = [kinds_of_statements(database, visitor, f"{name}@example.org") for name in names]
    assert len(asked[0]) > 10
    assert all(each == asked[0] for each in asked)


def test_what_is_withdrawn_is_not_sent_any_more_and_no_mail_is_kept(
    visitor: Visitor, session: Session, database: Database
) -> None:
    moderator = factories.make_staff(session)
    call = make_closed_call(session)
    ada = factories.make_application(session, call)
    selecting.choose(session, ada, Selected.CHOSEN, because="x", by=moderator)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    (offer,) = mails(session, "place-offered")
    visitor.get(withdraw_link(offer)).press("Withdraw everything")
    sent: list[str] = []
    while delivery.deliver(database, lambda message: sent.append(message.kind)):
        pass
    assert "place-offered" not in sent
    (left,) = mails(session, "place-offered")
    assert (left.to, left.subject, left.text, left.about) == ("", "", "", "")


def test_what_is_not_confirmed_leaves_no_address_behind(visitor: Visitor, session: Session, database: Database) -> None:
    register(visitor)
    worker.work_once(database)
    with in_days(8):
        worker.work_once(database)
        session.commit()
        for table in ("outbox_message", "registration", "mailbox", "audit_event"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608  # names of tables
            assert EMAIL not in str(rows), table
        (left,) = mails(session)
        assert left.sent_at is not None and left.text == ""


def test_mailboxes_withdraw_with_one_click(visitor: Visitor, session: Session) -> None:
    register_and_confirm(visitor, session, purposes=["pilot", "updates"])
    register(visitor, purposes="workshop")
    waiting = mails(session)[1]
    assert one_click(visitor, waiting) == 200
    assert [each.purposes for each in registrations(session)] == [["pilot", "updates"]], "what waited, and that alone"
    writing.to(
        session,
        registrations(session)[0],
        "interest-news",
        concerns=Purpose.UPDATES,
        subject=later("News"),
        once_for="x",
        news="release",
        title="0.2",
        address="http://localhost:8000/x",
    )
    assert one_click(visitor, mails(session, "interest-news")[0]) == 200
    assert registrations(session)[0].purposes == ["pilot"]


def one_click(visitor: Visitor, message: OutboxMessage) -> int:
    """Post what a mailbox posts, from anywhere, to the address in the header; the status."""
    mail = mailers.as_mail(message)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    answer = visitor.client.post(
        address, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    return answer.status_code
