"""Registering interest: nothing counts until the mailbox has confirmed, and no address gets two mails for it."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from backend import worker
from backend.audit.models import AuditEvent
from backend.core import clock
from backend.core.db import Database
from backend.registrations import opt_in
from backend.registrations.models import ConsentRecord
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import (
    ADA,
    EMAIL,
    confirm_link,
    mails,
    make_schemes,
    register,
    register_and_confirm,
    registrations,
)


@pytest.fixture(autouse=True)
def _schemes(session: Session) -> None:
    make_schemes(session)


def acts(session: Session) -> list[tuple[str, str, str]]:
    """Every act of consent: the purpose, what was done, and how."""
    session.commit()
    rows = session.exec(select(ConsentRecord).order_by(col(ConsentRecord.id)))
    return [(row.purpose.value, row.act.value, row.method.value) for row in rows]


def test_somebody_registers_and_confirms_by_the_link_in_their_mail(visitor: Visitor, session: Session) -> None:
    register(visitor)
    assert visitor.path == "/register-interest/check-your-email"
    (waiting,) = registrations(session)
    assert waiting.confirmed_at is None
    (message,) = mails(session)
    assert message.to == EMAIL
    visitor.get(confirm_link(message))
    assert "Ada Example" in visitor.text and "Playful" in visitor.text
    assert "Write to me about taking part in the pilot" in visitor.text
    assert "Write to me about workshops" not in visitor.text
    assert registrations(session)[0].confirmed_at is None, "reading the page confirms nothing"
    visitor.press("Confirm")
    assert visitor.path == "/register-interest/confirmed"
    (kept,) = registrations(session)
    assert kept.confirmed_at is not None
    assert (kept.pilot, kept.workshop, kept.updates) == (True, False, True)
    assert len(mails(session)) == 1
    assert acts(session) == [
        ("updates", "given", "form"),
        ("pilot", "given", "form"),
        ("pilot", "confirmed", "link in the confirmation mail"),
        ("updates", "confirmed", "link in the confirmation mail"),
    ]


def test_nothing_is_ticked_beforehand_and_no_date_of_birth_is_asked(visitor: Visitor) -> None:
    visitor.get("/register-interest")
    assert not visitor.page.xpath("//input[@checked]")
    assert "birth" not in visitor.text


def test_a_form_with_mistakes_says_all_of_them_and_keeps_everything(visitor: Visitor, session: Session) -> None:
    visitor.post(
        "/register-interest", {"name": "", "email": "no address", "role": "<b>Lead</b>", "topics": "physical-safety"}
    )
    assert visitor.status == 422
    for words in (
        "Enter your name", "Enter an email address in the correct format", "Select what type of organisation",
        "Select at least one thing", "Confirm that you are 18 or over",
    ):  # fmt: skip
        assert words in visitor.text
    assert visitor.page.xpath("//input[@name='role']/@value") == ["<b>Lead</b>"]
    assert visitor.page.xpath("//input[@name='topics'][@checked]/@value") == ["physical-safety"]
    visitor.post("/register-interest", {**ADA, "type_code": "made-up", "topics": ["made-up"]})
    assert visitor.status == 422
    assert registrations(session) == [] and mails(session) == []


def test_the_answer_is_the_same_for_every_address(visitor: Visitor, session: Session) -> None:
    factories.make_person(session, email="account@example.org")
    session.commit()
    register_and_confirm(visitor, session, email="confirmed@example.org")
    register(visitor, email="waiting@example.org")
    answers = []
    for email in ("new@example.org", "account@example.org", "confirmed@example.org", "waiting@example.org"):
        visitor.client.cookies.clear()
        register(visitor, email=email)
        answers.append(
            (visitor.status, visitor.path, visitor.text, visitor.response.history[0].headers.get("location"))
        )
    assert len(set(answers)) == 1


def test_a_second_form_before_the_first_is_answered_sends_no_second_mail(visitor: Visitor, session: Session) -> None:
    register(visitor)
    register(visitor, name="Ada Example-Smith", email=EMAIL.upper(), purposes="workshop")
    (waiting,) = registrations(session)
    (message,) = mails(session)
    assert waiting.name == "Ada Example-Smith"
    visitor.get(confirm_link(message))
    assert "Ada Example-Smith" in visitor.text
    assert "Write to me about workshops" in visitor.text and "taking part in the pilot" in visitor.text


def test_nothing_is_confirmed_but_what_was_shown(visitor: Visitor, session: Session) -> None:
    register(visitor, purposes="updates")
    address = confirm_link(mails(session)[0])
    shown = visitor.get(address).page.xpath("//input[@name='shown']/@value")[0]
    register(visitor, name="Somebody else", purposes="pilot")
    visitor.post(address, {"shown": shown})
    assert visitor.status == 409
    assert "Look at it once more" in visitor.text
    assert registrations(session)[0].confirmed_at is None
    visitor.follow("Look at it, and confirm").press("Confirm")
    assert registrations(session)[0].confirmed_at is not None


def test_a_link_works_once(visitor: Visitor, session: Session) -> None:
    register(visitor)
    address = confirm_link(mails(session)[0])
    visitor.get(address).press("Confirm")
    before = acts(session)
    visitor.post(address, {"shown": "x"})
    assert visitor.path == "/register-interest/confirmed", "pressing twice is as good as once"
    visitor.get(address)
    assert visitor.status == 410
    assert "confirmed this already" in visitor.text
    assert acts(session) == before


def test_who_is_confirmed_can_add_to_it_and_confirms_that_too(visitor: Visitor, session: Session) -> None:
    first = register_and_confirm(visitor, session, purposes="updates")
    id_, reference = first.id, first.reference
    register(visitor, name="Ada New", purposes="pilot")
    kept, waiting = registrations(session)
    assert (kept.name, kept.pilot) == ("Ada Example", False), "a stranger can change nothing of it"
    assert waiting.reference == reference
    visitor.get(confirm_link(mails(session)[-1])).press("Confirm")
    (kept,) = registrations(session)
    assert (kept.id, kept.name, kept.pilot, kept.updates) == (id_, "Ada New", True, True)


def test_what_is_not_confirmed_in_seven_days_vanishes_and_its_link_with_it(
    visitor: Visitor, session: Session, database: Database
) -> None:
    start = clock.now()
    register(visitor)
    address = confirm_link(mails(session)[0])
    with time_machine.travel(start + timedelta(days=6, hours=23), tick=False):
        assert opt_in.forget_unconfirmed(session) == 0
        assert visitor.get(address).status == 200
    with time_machine.travel(start + timedelta(days=7, seconds=5), tick=False):
        shown = opt_in.seal(session, registrations(session)[0])
        assert visitor.get(address).status == 410, "also before the worker has come by"
        assert visitor.post(address, {"shown": shown}).status == 410
        worker.work_once(database)
        assert registrations(session) == []
        worker.work_once(database)
        assert len(mails(session)) == 1
        forgotten = session.exec(select(AuditEvent).where(AuditEvent.action == "unconfirmed registrations forgotten"))
        assert [event.detail for event in forgotten] == ['{"number":1}']


def test_hostile_words_are_shown_as_words_and_no_mail_quotes_a_stranger(visitor: Visitor, session: Session) -> None:
    register(visitor, name="<script>alert(1)</script>", organisation_name="Buy now http://spam.example {7*7}")
    (message,) = mails(session)
    assert "spam" not in message.text and "script" not in message.text + message.subject
    visitor.get(confirm_link(message))
    assert "<script>alert(1)</script>" in visitor.text
    assert b"<script>alert" not in visitor.response.content
    for field, words in (("name", "A\nB"), ("name", "\u202eAda"), ("role", "x" * 201), ("email", "a@b.c\nBcc: d@e.f")):
        visitor.post("/register-interest", {**ADA, field: words})
        assert visitor.status == 422, field


def test_the_record_of_consent_cannot_be_changed_and_names_nobody(visitor: Visitor, session: Session) -> None:
    register(visitor)
    session.commit()
    row = session.exec(select(ConsentRecord)).first()
    assert row and row.wording == "1" and row.language == "en" and row.at
    assert "ada" not in row.model_dump_json().lower()
    for statement in ("UPDATE consent_record SET act = 'withdrawn'", "DELETE FROM consent_record"):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(statement))
    details = session.exec(select(AuditEvent.subject, AuditEvent.detail)).all()
    assert "ada" not in str(details).lower()
