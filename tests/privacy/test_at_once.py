"""A complaint that is sent, or answered, several times in the same moment."""

from sqlmodel import Session, select

from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from backend.privacy import complaints
from backend.privacy.models import Complaint, ComplaintOutcome, ComplaintStep
from tests import factories
from tests.together import TOGETHER, together


def test_one_form_sent_many_times_at_once_is_one_complaint(live: Database) -> None:
    results = together(live, lambda session, _: factories.make_complaint(session, form="the same").reference)
    assert len(set(map(str, results))) == 1
    with live.session() as session:
        assert len(session.exec(select(Complaint)).all()) == 1
        assert len(session.exec(select(OutboxMessage)).all()) == 1


def test_a_complaint_has_one_outcome(live: Database) -> None:
    with live.transaction() as session:
        number, staff_id = factories.make_complaint(session).id, factories.make_staff(session).id

    def close(session: Session, _: int) -> None:
        staff, made = session.get_one(Person, staff_id), session.get_one(Complaint, number)
        complaints.close(session, made, ComplaintOutcome.UPHELD, "You were right.", by=staff)

    results = together(live, close)
    assert results.count("ClosedAlready") == TOGETHER - 1
    with live.session() as session:
        assert len(session.exec(select(ComplaintStep)).all()) == 1
