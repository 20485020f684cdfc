"""Receipts for ratings wait for the next change, and go to each person who rated."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.db import Database
from backend.notifications import delivery
from backend.notifications.models import OutboxMessage
from backend.releases.models import Round
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_organisation, make_round, make_specialist

FORM = "/frameworks/harms/entries/CCHF-01/rate"
WHO = {"speaking_for": "specialist", "publish_as": "publish-named"}


@pytest.fixture
def open_round(session: Session) -> Round:
    return make_round(session, make_framework(session), closes_in_days=1)


@pytest.fixture
def specialist(session: Session, open_round: Round, visitor: Visitor) -> Visitor:
    """A specialist: what an organisation rates is sent, with a receipt, when it is signed off."""
    return visitor.sign_in(session, make_specialist(session))


def send_what_is_due(database: Database) -> list[OutboxMessage]:
    sent: list[OutboxMessage] = []
    delivery.deliver(database, sent.append)
    return sent


def test_changes_within_ten_minutes_make_one_receipt_with_the_last_scores(
    database: Database, specialist: Visitor
) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        specialist.get(FORM).press("Save ratings", score_clarity="4", **WHO)
        now.shift(timedelta(minutes=9))
        specialist.press("Save ratings", score_clarity="1")
        assert send_what_is_due(database) == []
        now.shift(timedelta(minutes=1))
        [receipt] = send_what_is_due(database)
    assert "Clarity: Strongly disagree" in receipt.text and "Agree\n" not in receipt.text
    assert "CCHF-01" in receipt.text


def test_a_change_after_the_receipt_was_taken_makes_a_new_one(
    database: Database, session: Session, specialist: Visitor
) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        specialist.get(FORM).press("Save ratings", score_clarity="4", **WHO)
        for answer, words in (("1", "Strongly disagree"), ("2", "Disagree"), ("5", "Strongly agree")):
            now.shift(timedelta(minutes=10))
            with database.transaction() as worker:
                taken = delivery.take(worker, "a worker that is sending it now")
                assert taken
                taken_id, as_taken = taken.id, taken.text
            specialist.press("Save ratings", score_clarity=answer)
            session.expire_all()
            assert session.get_one(OutboxMessage, taken_id).text == as_taken
            latest = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id).desc())).first()
            assert latest and latest.id != taken_id and f"Clarity: {words}" in latest.text
            with database.transaction() as worker:
                delivery.note_sent(worker, "a worker that is sending it now")
    assert len(session.exec(select(OutboxMessage)).all()) == 4


def test_scores_that_are_not_signed_off_make_no_receipt(session: Session, open_round: Round, visitor: Visitor) -> None:
    visitor.sign_in(session, make_member(session, make_organisation(session))).get(FORM)
    visitor.press("Save ratings", score_clarity="4", **{**WHO, "speaking_for": "organisation"})
    assert "Your ratings have been saved." in visitor.page.text_content()
    assert session.exec(select(OutboxMessage)).all() == []
