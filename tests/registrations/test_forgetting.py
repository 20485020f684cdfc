"""Interest that has gone quiet goes two years after the last contact, after a reminder, and not before."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend import worker
from backend.audit.models import AuditEvent
from backend.core import clock
from backend.core.db import Database
from backend.registrations import forgetting
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import link, mails, make_call, make_schemes, register_and_confirm, registrations

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _schemes(session: Session) -> None:
    make_schemes(session)


def at(days: int) -> time_machine.travel:
    return time_machine.travel(clock.now() + days * DAY, tick=False)


def test_it_goes_after_two_years_and_a_reminder(visitor: Visitor, session: Session, database: Database) -> None:
    register_and_confirm(visitor, session)
    with at(699):
        worker.work_once(database)
        assert mails(session, "interest-reminder") == []
    with at(701):
        worker.work_once(database)
        worker.work_once(database)
        (reminder,) = mails(session, "interest-reminder")
        assert link(reminder, "/register-interest/withdraw")
        stay = link(reminder, "/register-interest/stay")
    with at(729):
        worker.work_once(database)
        assert len(registrations(session)) == 1
    with at(732):
        worker.work_once(database)
        worker.work_once(database)
        assert registrations(session) == []
        forgotten = session.exec(select(AuditEvent).where(AuditEvent.action == "stale registrations forgotten"))
        assert [event.detail for event in forgotten] == ['{"number":1}']
        visitor.get(stay)
        assert "Nothing is registered under this link any more" in visitor.text
        visitor.post(visitor.path)
        assert registrations(session) == []


def test_who_was_not_reminded_in_time_has_a_month_from_the_reminder(visitor: Visitor, session: Session) -> None:
    register_and_confirm(visitor, session)
    with at(900):
        assert forgetting.forget_stale(session) == 0
        assert len(mails(session, "interest-reminder")) == 1
    with at(929):
        assert forgetting.forget_stale(session) == 0
    with at(931):
        assert forgetting.forget_stale(session) == 1


def test_who_would_stay_stays_and_is_asked_again_two_years_later(visitor: Visitor, session: Session) -> None:
    register_and_confirm(visitor, session)
    with at(701):
        forgetting.forget_stale(session)
        visitor.get(link(mails(session, "interest-reminder")[0], "/register-interest/stay"))
        visitor.press("Stay registered")
        assert "Thank you. You stay registered." in visitor.text
    with at(735):
        assert forgetting.forget_stale(session) == 0
    with at(701 + 701):
        assert forgetting.forget_stale(session) == 0
        assert len(mails(session, "interest-reminder")) == 2


def test_who_has_applied_to_a_call_that_is_open_waits(session: Session) -> None:
    call = make_call(session, closes_at=clock.now() + 800 * DAY)
    factories.make_application(session, call)
    session.commit()
    with at(701):
        forgetting.forget_stale(session)
    with at(735):
        assert forgetting.forget_stale(session) == 0
    with at(801):
        assert forgetting.forget_stale(session) == 1
    assert registrations(session) == []
