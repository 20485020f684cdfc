"""How the promise to answer every point is kept, round by round."""

from datetime import datetime, timedelta

from sqlmodel import Session
from time_machine import travel

from backend.answers import deciding, promises, queries
from backend.answers.models import Outcome
from backend.comments.models import State
from backend.core import clock
from backend.releases import queries as releases
from backend.releases import rounds
from tests import factories
from tests.answers.scene import Scene
from tests.browsing import Visitor


def numbers(session: Session, scene: Scene) -> tuple[int, ...]:
    """What was received, decided, carried, is late, and was answered late, in the one round."""
    (kept,) = promises.by_round(session, releases.rounds(session, scene.framework))
    return kept.received, kept.decided, kept.carried, kept.late, kept.decided_late


def test_what_is_decided_in_time_is_not_late(session: Session) -> None:
    scene = Scene(session, points=3)
    factories.make_comment(session, scene.submission, scene.author, state=State.WITHDRAWN)
    assert numbers(session, scene) == (3, 0, 0, 0, 0)
    for comment, outcome in zip(
        scene.comments, (Outcome.NOT_CHANGED, Outcome.NOT_CHANGED, Outcome.CARRIED), strict=True
    ):
        deciding.decide(session, comment, outcome=outcome, reason="So.", release=scene.draft, by=scene.staff)
    assert numbers(session, scene) == (3, 0, 0, 0, 0)
    scene.publish()
    assert numbers(session, scene) == (3, 2, 1, 0, 0)
    with travel(clock.now() + timedelta(weeks=20), tick=False):
        assert numbers(session, scene) == (3, 2, 1, 0, 0)


def test_what_is_late_is_told_whether_it_is_decided_or_not(session: Session) -> None:
    scene = Scene(session, points=2)
    with travel(scene.round.answer_by, tick=False):
        assert numbers(session, scene) == (2, 0, 0, 0, 0)
    with travel(scene.round.answer_by + timedelta(seconds=1), tick=False):
        assert numbers(session, scene) == (2, 0, 0, 2, 0)
        deciding.decide_all(
            session, scene.comments, outcome=Outcome.NOT_CHANGED, reason="No.", release=scene.draft, by=scene.staff
        )
        scene.publish()
        assert numbers(session, scene) == (2, 2, 0, 0, 2)


def test_what_is_answered_in_the_evening_of_the_day_is_in_time(session: Session) -> None:
    """People are told a day, whatever the hour at which the round closed."""
    round_ = factories.make_round(session, factories.make_framework(session))
    until = datetime(2127, 3, 26, 17, tzinfo=clock.LONDON)
    rounds.extend(session, round_, until=until, because="More time.", by=factories.make_staff(session))
    assert round_.answer_by == datetime(2127, 6, 18, 23, 59, tzinfo=clock.LONDON)


def test_the_rounds_add_up_to_the_home_page(session: Session) -> None:
    scene = Scene(session, points=3)
    with travel(scene.round.signing_ends_at, tick=False):
        other = factories.make_round(session, scene.framework, opened_days_ago=0)
    submission = factories.make_submission(session, other, organisation=scene.organisation)
    factories.make_comment(session, submission, scene.author, state=State.HELD)
    scene.decide()
    deciding.decide_all(
        session, scene.comments[1:], outcome=Outcome.CARRIED, reason="Later.", release=scene.draft, by=scene.staff
    )
    session.flush()
    total = queries.promise_board(session, scene.framework)
    rounds = promises.by_round(session, releases.rounds(session, scene.framework))
    assert [kept.received for kept in rounds] == [1, 3]
    for name in ("received", "decided", "carried", "late"):
        assert sum(getattr(kept, name) for kept in rounds) == getattr(total, name)


def test_everybody_finds_the_page_from_home_and_the_ledger_from_it(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    scene.decide()
    scene.publish()
    visitor.get("/").follow("Round by round")
    (board,) = visitor.page.xpath("//section[contains(., 'First round')]//dl")
    assert [(each.findtext("dt"), each.findtext("dd")) for each in board] == [
        ("Received", "1"), ("Decided", "1"), ("Carried to a later release", "0"), ("Late and undecided", "0"),
        ("Answered late", "0"),
    ]  # fmt: skip
    visitor.follow("Ledger of release 0.2")
    assert visitor.path == "/frameworks/harms/releases/0.2/ledger"
    visitor.get("/promises").follow("Answers in release 0.2")
    assert visitor.path == "/frameworks/harms/releases/0.2/answers"


def test_a_draft_release_is_not_told(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    scene.decide()
    session.commit()
    assert "0.2" not in visitor.get("/promises").text
    assert "1 point waits for its answer, and there is time left." in visitor.text


def test_without_rounds_the_page_says_why_it_is_empty(session: Session, visitor: Visitor) -> None:
    assert "nothing has been promised yet" in visitor.get("/promises").text
    factories.make_framework(session)
    session.commit()
    assert "There has been no round yet." in visitor.get("/promises").text
