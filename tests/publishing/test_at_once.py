"""Two people who act in the same moment, on databases of their own with real commits."""

from sqlmodel import Session, select

from backend.answers import deciding
from backend.answers.models import Outcome
from backend.comments import moderation
from backend.comments.models import Check, Comment, State, WithheldBecause
from backend.core import counters
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from backend.publishing import publish
from backend.releases.kinds import ReleaseState
from backend.releases.models import Release
from tests import factories
from tests.answers.scene import Scene
from tests.together import at_once


def test_of_two_who_publish_at_once_one_succeeds(live: Database) -> None:
    with live.transaction() as session:
        scene = Scene(session, points=5)
        deciding.decide_all(
            session, scene.comments, outcome=Outcome.NOT_CHANGED, reason="No.", release=scene.draft, by=scene.staff
        )
        scene.draft.introduction = "Answers."
        deciding.make_final(session, scene.draft, scene.staff)
        draft, staff = scene.draft.id, scene.staff.id

    def go(session: Session) -> object:
        return publish.publish(session, session.get_one(Release, draft), session.get_one(Person, staff))

    assert sorted(map(str, at_once(live, go, go, go))) == ["None", "NotADraft", "NotADraft"]
    with live.session() as session:
        assert session.get_one(Release, draft).state is ReleaseState.PUBLISHED
        assert len(session.exec(select(OutboxMessage)).all()) == 1


def test_of_two_who_check_at_once_one_wins_and_the_counts_are_right(live: Database) -> None:
    with live.transaction() as session:
        scene = Scene(session, points=0)
        comment = factories.make_comment(session, scene.submission, scene.author, entry=scene.entry).id
        staff = scene.staff.id

    def pass_it(session: Session) -> object:
        return moderation.publish_or_keep(
            session, session.get_one(Comment, comment), session.get_one(Person, staff), seen=1
        ).value

    def withhold(session: Session) -> object:
        moderation.withhold(
            session, session.get_one(Comment, comment), by=session.get_one(Person, staff),
            because=WithheldBecause.OFFENSIVE, words="No.", seen=1, seen_as=State.HELD,
        )  # fmt: skip
        return "withheld"

    results = at_once(live, pass_it, withhold, pass_it, withhold)
    assert results.count("AlreadyChecked") == 3
    with live.session() as session:
        assert len(session.exec(select(Check)).all()) == 1
        state = session.get_one(Comment, comment).state
        assert state.value in results
        counts = counters.read(session, f"points:{session.get_one(Comment, comment).round_id}:")
        assert {name.partition(":")[2]: number for name, number in counts.items() if number} == {
            "held": -1, state.value: 1,
        }  # fmt: skip
