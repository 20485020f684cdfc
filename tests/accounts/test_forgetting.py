"""When and with what people signed in is erased a year after it ended."""

from datetime import timedelta

import time_machine
from sqlmodel import Session, select

from backend.accounts import forgetting, sign_in
from backend.accounts.models import SignInLink
from backend.core import clock, periods
from backend.people.models import WebSession
from tests import factories
from tests.browsing import Visitor


def test_links_and_sessions_are_erased_long_after_they_ended(session: Session, visitor: Visitor) -> None:
    member = factories.make_member(session)
    sign_in.link_from_command_line(session, member)
    visitor.sign_in(session, member)
    ended = max(row.expires_at for row in session.exec(select(WebSession)))
    with time_machine.travel(ended + periods.SIGN_IN - timedelta(seconds=1), tick=False):
        forgetting.forget(session)
        assert not session.exec(select(SignInLink)).all()
        assert session.exec(select(WebSession)).all()
    with time_machine.travel(ended + periods.SIGN_IN, tick=False):
        assert forgetting.forget(session) == 1
        assert not session.exec(select(WebSession)).all()
    assert clock.now() < ended
