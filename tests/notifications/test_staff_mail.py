"""Administrators see what waits and what was given up, try it again or drop it, and the record says so."""

import json
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from backend.audit.models import AuditEvent
from backend.core import clock, web
from backend.core.db import Database
from backend.notifications import clearing, delivery, kinds, queries
from backend.notifications.models import DroppedBecause, OutboxMessage
from backend.people.models import Digest, Person, StaffRole
from tests import factories
from tests.browsing import Visitor


def parked(session: Session, number: int = 1, *, kind: str = "receipt", person: Person | None = None) -> OutboxMessage:
    """A mail that was given up."""
    mail = OutboxMessage(
        to=f"quinn{number}@example.org", person_id=person.id if person else None, kind=kind, subject="A secret",
        text="Words of somebody", dedupe=f"x{number}", tries=6, parked_because="SMTPServerDisconnected",
    )  # fmt: skip
    session.add(mail)
    session.flush()
    mail.due_at = None
    session.commit()
    return mail


@pytest.fixture
def administrator(session: Session) -> Person:
    """Somebody who may."""
    return factories.make_staff(session, StaffRole.ADMINISTRATOR)


def done(session: Session) -> list[tuple[str, str, dict[str, str]]]:
    """What the record says of mail."""
    found = session.exec(select(AuditEvent).where(AuditEvent.action.startswith("mail")))  # type: ignore[attr-defined]
    return [(event.action, event.subject, json.loads(event.detail)) for event in found]


def test_an_empty_outbox_says_so(visitor: Visitor, session: Session, administrator: Person) -> None:
    visitor.sign_in(session, administrator).get("/staff/more").follow("Mail")
    assert "No mail waits" in visitor.text
    assert "No mail is parked" in visitor.text


def test_waiting_late_and_parked_mail_is_shown_without_words_or_addresses(
    visitor: Visitor, session: Session, administrator: Person
) -> None:
    parked(session)
    for number, late in ((2, 0), (3, 11)):
        mail = parked(session, number)
        mail.parked_because, mail.due_at, mail.tries = None, clock.now() - timedelta(minutes=late), 1
    session.commit()
    visitor.sign_in(session, administrator).get("/staff/mail")
    assert "Receipt for a point 2 2 1 2" in visitor.text
    assert "Mail waits longer than it should." in visitor.text
    assert "To q•••@example.org" in visitor.text
    assert (
        "Tried 6 times. What went wrong: The mail server ended the connection (SMTPServerDisconnected)." in visitor.text
    )
    for secret in ("quinn", "A secret", "Words of somebody"):
        assert secret not in visitor.response.text


@pytest.mark.parametrize(("minutes", "tries", "is_late"), [(9, 2, False), (11, 0, True), (-30, 3, True)])
def test_the_page_for_staff_and_the_page_for_everybody_mean_the_same_by_late(
    minutes: int, tries: int, is_late: bool, visitor: Visitor, session: Session, administrator: Person
) -> None:
    mail = parked(session)
    mail.parked_because, mail.due_at, mail.tries = None, clock.now() - timedelta(minutes=minutes), tries
    session.commit()
    assert ("Some email waits longer" in visitor.get("/status").text) is is_late
    visitor.sign_in(session, administrator).get("/staff/mail")
    assert ("Mail waits longer than it should." in visitor.text) is is_late


def test_parked_mail_is_tried_again_once(
    visitor: Visitor, session: Session, administrator: Person, database: Database
) -> None:
    mail = parked(session)
    visitor.sign_in(session, administrator).get("/staff/mail").press("Try again")
    assert "The mail is tried again." in visitor.response.text
    assert visitor.post(f"/staff/mail/{mail.id}/try-again").status == 404
    assert delivery.deliver(database, lambda message: None) == 1
    session.commit()
    session.refresh(mail)
    assert mail.sent_at
    assert (mail.tries, mail.parked_because) == (1, None)
    assert done(session) == [("mail tried again", f"mail {mail.id}", {"kind": "receipt"})]


def test_all_that_one_fault_held_up_is_tried_again_at_once(
    visitor: Visitor, session: Session, administrator: Person, database: Database
) -> None:
    for number in range(3):
        parked(session, number).parked_because = "Notify 400 BadRequestError"
    other = parked(session, 3)
    stopped = parked(session, 4, kind="digest", person=factories.make_person(session, digest=Digest.NONE))
    stopped.parked_because = "Notify 400 BadRequestError"
    session.commit()
    visitor.sign_in(session, administrator).get("/staff/mail")
    assert "check the template, and that the service is live (Notify 400 BadRequestError)." in visitor.text
    visitor.press("Try all 4 mails again")
    assert "4 mails are tried again." in visitor.text
    assert "with one fault" not in visitor.text, "one mail has a button of its own"
    sent: list[str] = []
    delivery.deliver(database, lambda message: sent.append(message.to))
    assert sorted(sent) == ["quinn0@example.org", "quinn1@example.org", "quinn2@example.org"]
    session.refresh(other)
    assert other.parked_because
    detail = {"fault": "Notify 400 BadRequestError", "number": 4}
    assert done(session) == [("mails tried again", "mail", detail)]


def test_a_fault_that_holds_nothing_up_is_no_mistake(visitor: Visitor, session: Session, administrator: Person) -> None:
    visitor.sign_in(session, administrator).post("/staff/mail/try-all-again", {"fault": "gone"})
    assert "0 mails are tried again." in visitor.text
    assert done(session) == []


def test_parked_mail_is_dropped_for_a_reason(visitor: Visitor, session: Session, administrator: Person) -> None:
    mail = parked(session)
    visitor.sign_in(session, administrator).get("/staff/mail").follow("Drop it").press("Drop this mail")
    assert visitor.status == 422
    assert "Select why this mail need not be sent" in visitor.text
    visitor.press("Drop this mail", because="wrong address")
    assert "No mail is parked" in visitor.text
    assert visitor.get(f"/staff/mail/{mail.id}/drop").status == 404
    assert queries.waiting_and_parked(session) == (0, 0)
    detail = {"kind": "receipt", "because": "wrong address"}
    assert done(session) == [("mail dropped", f"mail {mail.id}", detail)]


def test_two_administrators_at_once_do_one_thing(session: Session, administrator: Person) -> None:
    mail = parked(session)
    clearing.drop(session, mail, because=DroppedBecause.WRONG_ADDRESS, by=administrator)
    with pytest.raises(clearing.NotParked):
        clearing.try_again(session, mail, by=administrator)


def test_nobody_is_written_to_who_has_stopped_it(visitor: Visitor, session: Session, administrator: Person) -> None:
    person = factories.make_person(session, digest=Digest.NONE)
    parked(session, kind="digest", person=person)
    visitor.sign_in(session, administrator).get("/staff/mail").press("Try again")
    assert visitor.status == 409
    assert "The person has stopped mails of this kind" in visitor.text


def test_a_long_list_has_pages(visitor: Visitor, session: Session, administrator: Person) -> None:
    for number in range(queries.PAGE + 1):
        parked(session, number)
    visitor.sign_in(session, administrator).get("/staff/mail")
    assert visitor.text.count("Tried 6 times") == queries.PAGE
    visitor.follow("Older parked mail")
    assert visitor.text.count("Tried 6 times") == 1


def test_every_kind_of_mail_has_words_for_staff() -> None:
    written = {path.stem for path in (web.TEMPLATES / "email").glob("[a-z]*.txt")}
    assert written <= kinds.LABELS.keys()
