"""People hear of what they let us write about, once, in their language, and not of what was there before them."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlmodel import Session

from backend import worker
from backend.core import clock, i18n
from backend.core.db import Database
from backend.people.models import StaffRole
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import mails, make_call, make_schemes, register_and_confirm, withdraw_link
from tests.workshops.test_routes import FIELDS


@pytest.fixture(autouse=True)
def _schemes(session: Session) -> None:
    make_schemes(session)


def news(session: Session) -> list[tuple[str, str]]:
    return [(mail.to, mail.subject) for mail in mails(session, "interest-news")]


def test_who_is_interested_hears_that_a_call_has_opened_once(
    visitor: Visitor, session: Session, database: Database
) -> None:
    register_and_confirm(visitor, session, email="pilot@example.org", purposes="pilot")
    register_and_confirm(visitor, session, email="updates@example.org", purposes="updates")
    make_call(session, opens_at=clock.now() + timedelta(hours=1), title="Ten places")
    worker.work_once(database)
    assert news(session) == []
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        register_and_confirm(visitor, session, email="late@example.org", purposes="pilot")
        worker.work_once(database)
        worker.work_once(database)
    assert news(session) == [("pilot@example.org", "You can apply: Ten places")]
    (message,) = mails(session, "interest-news")
    assert "/calls/" in message.text
    visitor.get(withdraw_link(message)).press("Withdraw: Taking part in the pilot")
    assert "Done." in visitor.text


def test_nobody_hears_of_what_is_days_old(visitor: Visitor, session: Session, database: Database) -> None:
    register_and_confirm(visitor, session, purposes="pilot")
    make_call(session, opens_at=clock.now() + timedelta(hours=1))
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        worker.work_once(database)
    assert news(session) == []


def test_who_wants_updates_hears_of_releases_and_rounds(visitor: Visitor, session: Session, database: Database) -> None:
    register_and_confirm(visitor, session, purposes="updates")
    register_and_confirm(visitor, session, email="workshop@example.org", purposes="workshop")
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        framework = factories.make_framework(session)
        factories.make_round(session, framework, opened_days_ago=0)
        session.commit()
        worker.work_once(database)
        worker.work_once(database)
    told = news(session)
    assert [subject.split(":")[0] for _, subject in told] == ["Published", "Open for feedback"]
    assert {to for to, _ in told} == {"ada@playful.example"}


def test_whoever_takes_part_hears_of_a_round_with_their_account_alone(
    visitor: Visitor, session: Session, database: Database
) -> None:
    member = factories.make_member(session)
    member.email = "both@example.org"
    register_and_confirm(visitor, session, email="both@example.org", purposes="updates")
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        factories.make_round(session, factories.make_framework(session), opened_days_ago=0)
        session.commit()
        worker.work_once(database)
    told = [mail.kind for mail in (*mails(session, "round"), *mails(session, "interest-news"))]
    assert told == ["round"]


def test_who_is_interested_in_workshops_hears_of_one_in_their_language(visitor: Visitor, session: Session) -> None:
    kept = register_and_confirm(visitor, session, purposes="workshop")
    kept.language = "cy"
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    for title, day in (("Autoplay", clock.today() + timedelta(days=30)), ("Long ago", date(2020, 6, 15))):
        fields = {**FIELDS, "title": title, "day": day.isoformat()}
        visitor.get("/staff/workshops/new").press("Announce it", **fields)
    (message,) = mails(session, "interest-news")
    assert message.to == kept.email and "Autoplay" in message.subject and "/workshops/autoplay" in message.text
    with i18n.speaking("cy"):
        assert message.text.startswith(i18n.gettext("Hello,"))


def test_a_call_is_told_and_shown_in_welsh_where_there_is_any(
    visitor: Visitor, session: Session, database: Database
) -> None:
    kept = register_and_confirm(visitor, session, purposes="pilot")
    kept.language = "cy"
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        make_call(session, title="Six places", welsh={"title": "Chwe lle"})
        worker.work_once(database)
    (message,) = mails(session, "interest-news")
    assert "Chwe lle" in message.subject and "Chwe lle" in message.text and "Six places" not in message.text
