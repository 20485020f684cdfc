"""What is written about complaints is emptied long after the outcome, and that there was one stays."""

import time_machine
from sqlmodel import Session, select

from backend import worker
from backend.audit.models import AuditEvent
from backend.core import clock, periods
from backend.core.db import Database
from backend.people.models import StaffRole
from backend.privacy import complaints, forgetting
from backend.privacy.models import ComplaintOutcome, ComplaintStep, ComplaintWords
from tests import factories
from tests.browsing import Visitor


def test_words_are_emptied_after_their_period_while_the_record_stays(session: Session, visitor: Visitor) -> None:
    staff = factories.make_staff(session, StaffRole.ADMINISTRATOR)
    old, new, waiting = (factories.make_complaint(session, would_help="Take it away.") for _ in range(3))
    complaints.note(session, old, "Casey rang us.", by=staff)
    complaints.close(session, old, ComplaintOutcome.UPHELD, "You were right, Casey.", by=staff)
    with time_machine.travel(clock.now() + periods.COMPLAINT / 2, tick=False):
        complaints.close(session, new, ComplaintOutcome.UPHELD, "You were right.", by=staff)
        assert forgetting.forget(session) == 0
    with time_machine.travel(clock.now() + periods.COMPLAINT, tick=False):
        assert forgetting.forget(session) == 1
        assert forgetting.forget(session) == 0
        session.commit()
        session.expire_all()
        kept = session.exec(select(ComplaintWords)).all()
        assert {words.complaint_id for words in kept if words.went_wrong} == {new.id, waiting.id}
        assert not any("Casey" in step.words for step in session.exec(select(ComplaintStep)))
        visitor.get(complaints.address_of(old))
        assert "Outcome: Upheld" in visitor.text and "Your words have been erased." in visitor.text
        assert old.reference in visitor.sign_in(session, staff).get("/staff/complaints?stage=closed").text
    assert "words of complaints erased" in session.exec(select(AuditEvent.action)).all()


def test_the_worker_does_it(live: Database) -> None:
    with live.transaction() as session:
        made = factories.make_complaint(session)
        complaints.close(session, made, ComplaintOutcome.UPHELD, "Yes.", by=factories.make_staff(session))
        number = made.id
    with time_machine.travel(clock.now() + periods.COMPLAINT, tick=False):
        worker.work_once(live)
    with live.session() as session:
        assert not session.get_one(ComplaintWords, number).email
