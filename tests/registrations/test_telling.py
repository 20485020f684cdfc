"""Applicants are told what was decided when staff say so, each thing once."""

import pytest
from sqlmodel import Session

from backend.people.models import Person, StaffRole
from backend.registrations import queries, selecting
from backend.registrations.kinds import Selected
from backend.registrations.models import Call
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import mails, make_call, make_schemes


@pytest.fixture
def moderator(session: Session) -> Person:
    make_schemes(session)
    return factories.make_staff(session, StaffRole.MODERATOR)


@pytest.fixture
def call(session: Session, moderator: Person) -> Call:
    return make_call(session, how_chosen="Half of them small.")


def told(session: Session) -> list[tuple[str, bool]]:
    """Who was told, and whether they heard of the reserve list."""
    return [(mail.to, "reserve list" in mail.text) for mail in mails(session, "application-decided")]


def test_each_hears_what_was_decided_and_how_but_not_the_reasons(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    ada, bo, cy, di = (factories.make_application(session, call, name=name) for name in ("Ada", "Bo", "Cy", "Di"))
    partner = factories.make_application(session, call, name="Partner", second_to=bo)
    for application, selected in ((ada, Selected.RESERVE), (bo, Selected.DECLINED), (cy, Selected.CHOSEN)):
        selecting.choose(session, application, selected, because="Too loud", by=moderator)
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    assert "2 applications are on the reserve list or not chosen" in visitor.text
    visitor.press("Tell them by email")
    assert "2 applications are told by email." in visitor.text
    assert "Tell them by email" not in visitor.text, "there is nobody left to tell"
    expected = [(ada, True), (bo, False), (partner, False)]
    assert told(session) == [(application.registration.email, reserve) for application, reserve in expected]
    for message in mails(session, "application-decided"):
        assert "Half of them small." in message.text and "Too loud" not in message.text
        assert "/register-interest/withdraw/" in message.text
    visitor.get(f"/staff/calls/{call.id}/applications/{ada.id}")
    assert "Told by email" in visitor.text
    assert di.registration.email not in dict(told(session)), "nothing is decided about them"


def test_only_what_is_new_is_told(visitor: Visitor, session: Session, call: Call, moderator: Person) -> None:
    ada = factories.make_application(session, call)
    visitor.sign_in(session, moderator)
    for selected, mails_then in ((Selected.RESERVE, 1), (Selected.RESERVE, 1), (Selected.DECLINED, 2)):
        selecting.choose(session, ada, selected, because="x", by=moderator)
        session.commit()
        visitor.post(f"/staff/calls/{call.id}/tell", {})
        assert len(told(session)) == mails_then
    assert visitor.post(f"/staff/calls/{call.id}/tell", {}).status == 409
    assert len(told(session)) == 2


def test_the_rest_is_decided_alike_in_the_order_in_which_they_came(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    chosen, ada, bo = (factories.make_application(session, call, name=name) for name in ("Cy", "Ada", "Bo"))
    factories.make_application(session, call, name="Partner", second_to=bo)
    selecting.choose(session, chosen, Selected.CHOSEN, because="x", by=moderator)
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    assert "Nothing is decided yet about 2 applications" in visitor.text
    visitor.press("Decide about the rest", rest="reserve", because="")
    assert visitor.status == 422 and "Enter why" in visitor.text
    visitor.press("Decide about the rest", rest="reserve", because="More people than places")
    assert "Decided about 2 applications." in visitor.text and "Decide about the rest" not in visitor.text
    session.commit()
    assert [each.id for each in selecting.reserve(session, call)] == [ada.id, bo.id]
    assert queries.selections(session, call)[chosen.id][0].selected is Selected.CHOSEN
    assert visitor.post(f"/staff/calls/{call.id}/choose-rest", {"rest": "declined", "because": "x"}).status == 409
