"""Receipts for ratings wait for the next change, and go to each person who rated."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.db import Database
from backend.notifications import delivery
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_organisation, make_round

FORM = "/frameworks/harms/entries/CCHF-01/rate"
WHO = {"speaking_for": "organisation", "publish_as": "publish-named"}


@pytest.fixture
def colleagues(session: Session) -> list[Person]:
    make_round(session, make_framework(session), closes_in_days=1)
    brightplay = make_organisation(session, name="Brightplay")
    return [make_member(session, brightplay) for _ in range(2)]


@pytest.fixture
def member(session: Session, colleagues: list[Person], visitor: Visitor) -> Visitor:
    return visitor.sign_in(session, colleagues[0])


def send_what_is_due(database: Database) -> list[OutboxMessage]:
    sent: list[OutboxMessage] = []
    delivery.deliver(database, sent.append)
    return sent


def test_changes_within_ten_minutes_make_one_receipt_with_the_last_scores(database: Database, member: Visitor) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        member.get(FORM).press("Save ratings", score_clarity="4", **WHO)
        now.shift(timedelta(minutes=9))
        member.press("Save ratings", score_clarity="1")
        assert send_what_is_due(database) == []
        now.shift(timedelta(minutes=1))
        [receipt] = send_what_is_due(database)
    assert "Clarity: Strongly disagree" in receipt.text and "Agree\n" not in receipt.text
    assert "CCHF-01" in receipt.text


def test_a_change_after_the_receipt_was_taken_makes_a_new_one(
    database: Database, session: Session, member: Visitor
) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        member.get(FORM).press("Save ratings", score_clarity="4", **WHO)
        for answer, words in (("1", "Strongly disagree"), ("2", "Disagree"), ("5", "Strongly agree")):
            now.shift(timedelta(minutes=10))
            with database.transaction() as worker:
                [taken] = delivery.take(worker, "a worker that is sending it now")
            session.expire_all()
            as_taken = session.get_one(OutboxMessage, taken).text
            member.press("Save ratings", score_clarity=answer)
            session.expire_all()
            assert session.get_one(OutboxMessage, taken).text == as_taken
            latest = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id).desc())).first()
            assert latest and latest.id != taken and f"Clarity: {words}" in latest.text
            with database.transaction() as worker:
                delivery.note_sent(worker, session.get_one(OutboxMessage, taken), "a worker that is sending it now")
    assert len(session.exec(select(OutboxMessage)).all()) == 4


def test_a_colleague_who_rates_the_same_entry_gets_a_receipt_too(
    session: Session, visitor: Visitor, colleagues: list[Person]
) -> None:
    for person, answer in zip(colleagues, "42", strict=True):
        visitor.sign_in(session, person).get(FORM).press("Save ratings", score_clarity=answer, **WHO)
    receipts = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
    assert [receipt.to for receipt in receipts] == [person.email for person in colleagues]
    assert ["Clarity: Agree" in receipt.text for receipt in receipts] == [True, False]
