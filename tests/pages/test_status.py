"""Whether the service works, and whom to tell of a weakness in it."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session

from backend.core import clock, schema
from backend.core.clock import LONDON
from backend.notifications import queries
from backend.notifications.models import OutboxMessage
from backend.pages.models import Owed
from backend.people.models import StaffRole
from tests import factories
from tests.browsing import Visitor

NOON = datetime(2026, 3, 2, 12, tzinfo=LONDON)


def mail(session: Session, name: str, **facts: object) -> None:
    session.add(
        OutboxMessage(to="casey@example.org", kind="digest", subject="Secret", text="Secret", dedupe=name, **facts)
    )
    session.commit()


def test_it_says_that_all_is_well_and_when_mail_last_went_out(session: Session, visitor: Visitor) -> None:
    assert "No email has been sent yet." in visitor.get("/status").text
    with time_machine.travel(NOON, tick=False):
        mail(session, "sent", due_at=None, sent_at=NOON)
        mail(session, "due", due_at=NOON)
        mail(session, "tomorrow", due_at=NOON + timedelta(days=1))
        visitor.get("/status")
    assert visitor.status == 200
    assert "It is up to date." in visitor.text and "No email waits longer than it should." in visitor.text
    assert "Email last went out on 2 March 2026 at midday (UK time)." in visitor.text
    assert "Secret" not in visitor.response.text and "casey" not in visitor.response.text


def test_it_says_when_mail_waits_longer_than_it_should(session: Session, visitor: Visitor) -> None:
    mail(session, "due", due_at=clock.now() - queries.GRACE - timedelta(seconds=1))
    assert "Some email waits longer than it should." in visitor.get("/status").text


def test_mail_that_cannot_be_sent_is_late_between_two_tries_too(session: Session, visitor: Visitor) -> None:
    begun = clock.now() - timedelta(minutes=20)
    mail(session, "due", created_at=begun, due_at=clock.now() + timedelta(minutes=20), tries=3)
    assert "Some email waits longer than it should." in visitor.get("/status").text


def test_it_says_when_the_database_is_not_the_one_that_it_should_be(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "is_current", lambda database: False)
    visitor.get("/status")
    assert visitor.status == 503
    assert "It is being brought up to date, or its database does not answer." in visitor.text


def test_security_txt_says_whom_to_tell_and_runs_out_a_year_after_the_contact_page(
    session: Session, visitor: Visitor
) -> None:
    assert visitor.get("/.well-known/security.txt").status == 404
    with time_machine.travel(NOON, tick=False):
        factories.make_page(session, Owed.CONTACT)
    session.commit()
    response = visitor.get("/.well-known/security.txt").response
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert fields["Contact"] == "mailto:contact@authority.example"
    assert fields["Preferred-Languages"] == "en, cy"
    assert fields["Canonical"] == "http://localhost:8000/.well-known/security.txt"
    assert fields["Policy"] == "http://localhost:8000/contact"
    assert fields["Expires"] == "2027-03-01T12:00:00Z"
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR)).get("/staff/pages")
    assert "Researchers may rely on that until 1 March 2027" in visitor.text
