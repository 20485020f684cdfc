"""Finding what was changed, behind our back, of that which was published with a release."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select
from time_machine import travel

from backend.answers import answering, deciding
from backend.answers.models import Outcome
from backend.audit import log
from backend.audit.models import AuditEvent
from backend.core import append_only, clock
from backend.publishing import publish, verifying
from backend.suggestions import merging
from tests import factories
from tests.answers.scene import Scene
from tests.suggestions.test_merging import suggest


@pytest.fixture
def scene(session: Session) -> Scene:
    """A release published after a round with ratings, with a change that a point led to, an answer and decisions."""
    scene = Scene(session, points=3, closed=False)
    factories.make_ratings(session, scene.round, scene.entry, [1, 5, None])
    suggestion = suggest(scene, "- Log it")
    session.commit()
    with travel(clock.now() + timedelta(days=100), tick=False):
        merging.accept(session, suggestion, into=scene.draft, by=scene.staff)
        answer = answering.write(
            session, scene.draft, title="Autoplay", you_said="More.", we_did="It is off.", outcome=Outcome.CARRIED,
            by=scene.staff,
        )  # fmt: skip
        answering.attach(session, answer, scene.comments[:2], scene.staff)
        deciding.decide(
            session, scene.comments[2], outcome=Outcome.NOT_CHANGED, reason="Not ours.", release=scene.draft,
            by=scene.staff,
        )  # fmt: skip
        deciding.decide(
            session, suggestion.comment, outcome=Outcome.CHANGED, reason="Done.", release=scene.draft, by=scene.staff
        )
        scene.publish()
    append_only.drop(session.connection())
    return scene


def test_what_was_published_is_as_its_digests_say(session: Session, scene: Scene) -> None:
    assert verifying.first_difference(session) is None
    [event] = session.exec(select(AuditEvent).where(AuditEvent.action == "answers published"))
    assert event.subject == "release harms 0.2" and event.actor_id == scene.staff.id
    found = json.loads(event.detail)
    assert found.keys() == {"decisions", "answers", "causes", "ratings"}
    assert len(set(found.values())) == 4 and all(len(digest) == 64 for digest in found.values())
    assert log.first_break(session) is None


def test_what_comes_later_is_no_difference(session: Session, scene: Scene) -> None:
    """A carried point is decided anew, and the next round has ratings of its own."""
    with travel(clock.now() + timedelta(days=200), tick=False) as later:
        round_ = factories.make_round(session, scene.framework)
        scene.draft = draft = factories.make_draft(session, scene.framework, "0.3")
        factories.make_ratings(session, round_, scene.entry, [2])
        session.commit()
        later.shift(timedelta(days=60))
        for comment in scene.comments[:2]:
            deciding.decide(
                session, comment, outcome=Outcome.NOT_CHANGED, reason="After all not.", release=draft, by=scene.staff
            )
        scene.change("CCHF-02")
        deciding.make_final(session, draft, scene.staff)
        assert verifying.first_difference(session) is None
        publish.publish(session, draft, scene.staff)
        session.commit()
    assert verifying.first_difference(session) is None
    session.execute(text("DELETE FROM rating_event WHERE id = (SELECT max(id) FROM rating_event)"))
    assert verifying.first_difference(session) == (
        "The ratings given before release harms 0.3 are not those that were given."
    )


DECISIONS = "decisions published with release harms 0.2"
ANSWERS = "answers published with release harms 0.2"
RATINGS = "ratings given before release harms 0.2"
NEWEST = "id = (SELECT max(id) FROM decision)"
CHANGES = {
    f"UPDATE decision SET reason = 'Because we say so.' WHERE {NEWEST}": DECISIONS,
    f"UPDATE decision SET outcome = 'out of scope' WHERE {NEWEST}": DECISIONS,
    "UPDATE decision SET answer_id = NULL": DECISIONS,
    f"DELETE FROM decision WHERE {NEWEST}": DECISIONS,
    "DELETE FROM decision": DECISIONS,
    "UPDATE answer SET title = 'Other'": ANSWERS,
    "UPDATE answer SET you_said = 'Less.'": ANSWERS,
    "UPDATE answer SET we_did = 'It is on.'": ANSWERS,
    "UPDATE answer SET outcome = 'changed'": ANSWERS,
    "DELETE FROM cause": "causes of the changes in release harms 0.2",
    "UPDATE cause SET field = 'title'": "causes of the changes in release harms 0.2",
    "UPDATE rating_event SET score = 5 WHERE score = 1": RATINGS,
    "UPDATE rating_event SET voice = 'person:0' WHERE score = 1": RATINGS,
    "DELETE FROM rating_event WHERE score IS NULL": RATINGS,
    "UPDATE framework SET slug = 'risks'": "There is no release harms 0.2",
}


@pytest.mark.parametrize(("statement", "said"), CHANGES.items())
def test_what_differs_is_named(session: Session, scene: Scene, statement: str, said: str) -> None:
    session.execute(text(statement))
    session.expire_all()
    assert said in (verifying.first_difference(session) or "")


def test_a_moment_that_was_moved_is_found(session: Session, scene: Scene) -> None:
    event = session.execute(text("SELECT min(id) FROM rating_event")).scalar_one()
    session.execute(
        text("UPDATE rating_event SET at = (SELECT max(closes_at) FROM round) WHERE id = :id"), {"id": event}
    )
    assert RATINGS in (verifying.first_difference(session) or "")
