"""Drafts that were never sent are erased long after their round closed."""

from datetime import timedelta

import time_machine
from sqlmodel import Session, select

from backend.comments import forgetting
from backend.comments.models import Comment, Draft, State
from backend.core import periods
from tests import factories


def test_drafts_are_erased_long_after_their_round_closed_and_nothing_that_was_sent(session: Session) -> None:
    round_ = factories.make_round(session, factories.make_framework(session))
    organisation = factories.make_organisation(session)
    author = factories.make_member(session, organisation)
    submission = factories.make_submission(session, round_, organisation=organisation)
    draft = factories.make_comment(session, submission, author, state=State.DRAFT)
    sent = factories.make_comment(session, submission, author)
    with time_machine.travel(round_.closes_at + periods.DRAFT - timedelta(seconds=1), tick=False):
        assert forgetting.forget(session) == 0
        assert session.exec(select(Draft)).one().body
    with time_machine.travel(round_.closes_at + periods.DRAFT, tick=False):
        assert forgetting.forget(session) == 1
        assert forgetting.forget(session) == 0
    session.commit()
    assert not session.exec(select(Draft)).all()
    states = {comment.id: comment.state for comment in session.exec(select(Comment))}
    assert states == {draft.id: State.WITHDRAWN, sent.id: State.HELD}
