"""What the demonstration tells of workshops."""

import pytest
from sqlmodel import Session, select

from backend.comments.models import Comment, State
from backend.submissions.models import SpeakingFor
from backend.workshops import queries
from backend.workshops.models import AccessNeed, HandCount, PlaceState
from seed import demo


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_one_workshop_to_come_is_full_and_one_was_held(session: Session) -> None:
    demo.fill(session)
    session.flush()
    [coming] = queries.coming(session)
    assert queries.number_of(session, coming, PlaceState.BOOKED) == coming.capacity == 5
    assert queries.number_of(session, coming, PlaceState.WAITING) == 2
    assert [each.entry.code for each in queries.table(session, coming)] == ["CCHF-01", "CCHF-05", "CCHF-07"]
    assert session.exec(select(AccessNeed.words)).all() == ["A seat near the door, please."]
    held = queries.past(session)[0]
    notes = session.exec(select(Comment.state).where(Comment.speaking_for == SpeakingFor.EVENT)).all()
    assert sorted(notes) == [State.HELD, State.PUBLISHED]
    assert session.exec(select(HandCount.workshop_id)).first() == held.id
    assert all(not part.video_id and not part.transcript for each in queries.past(session) for part in each.sessions)
