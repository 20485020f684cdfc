"""What followers hear of a release: what changed for them, in the same mail as what became of their own points."""

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from backend.answers.models import Outcome
from backend.comments.models import State
from backend.core.db import Database
from backend.following import subscribing
from backend.notifications.models import OutboxMessage
from backend.people.models import Digest
from backend.publishing import telling
from backend.releases import queries
from tests import factories
from tests.answers.scene import Scene


def mails(session: Session) -> dict[str, OutboxMessage]:
    """The digests that wait, by who gets them."""
    found = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "digest")).all()
    assert len({mail.to for mail in found}) == len(found), "one mail for each person"
    return {mail.to: mail for mail in found}


@pytest.fixture
def scene(session: Session) -> Scene:
    """A round of two points, of which the first led to a change of the first entry."""
    scene = Scene(session, points=2)
    scene.change(because="It now names autoplay.")
    return scene


def publish(scene: Scene) -> dict[str, OutboxMessage]:
    """Decide everything and publish."""
    line = queries.find_line(scene.session, scene.draft, scene.entry)
    assert line
    factories.make_cause(scene.session, line.revision, scene.comment, "title")
    scene.decide(Outcome.CHANGED, entry=scene.entry, field="title", reason="You were right about autoplay.")
    scene.comments.reverse()
    scene.decide(Outcome.NOT_CHANGED, reason="We looked and kept it.")
    scene.publish()
    return mails(scene.session)


def test_a_follower_of_an_entry_hears_what_changed_in_it_and_why(session: Session, scene: Scene) -> None:
    follower, other = factories.make_person(session), factories.make_person(session)
    subscribing.follow(session, follower, scene.entry)
    subscribing.follow(session, other, queries.entry(session, "CCHF-02"))
    prompted = scene.comment.reference
    told = publish(scene)
    mail = told[follower.email]
    assert mail.subject == "What changed for you: release 0.2"
    assert "CCHF-01: New title of CCHF-01 (Changed)" in mail.text
    assert "It now names autoplay." in mail.text
    assert f"Prompted by: {prompted}" in mail.text
    assert "/frameworks/harms/compare/0.1...0.2#CCHF-01" in mail.text
    assert "what you said, or signed off" not in mail.text
    assert other.email not in told


def test_a_follower_of_the_framework_hears_of_every_release(session: Session, scene: Scene) -> None:
    follower = factories.make_person(session)
    subscribing.follow(session, follower, scene.framework)
    assert "CCHF-01: New title of CCHF-01" in publish(scene)[follower.email].text


def test_a_follower_of_a_point_hears_its_decision(session: Session, scene: Scene) -> None:
    follower = factories.make_person(session)
    subscribing.follow(session, follower, scene.comment)
    first, second = scene.comments
    text = publish(scene)[follower.email].text
    assert f"{first.reference} (CCHF-01): Changed" in text
    assert "You were right about autoplay." in text
    assert second.reference not in text


def test_a_followed_point_that_is_not_public_any_more_is_not_told(session: Session, scene: Scene) -> None:
    follower = factories.make_person(session)
    subscribing.follow(session, follower, scene.comment)
    scene.comment.state = State.WITHHELD
    assert follower.email not in publish(scene)


def test_a_point_that_is_not_public_is_not_named_as_a_cause(session: Session, scene: Scene) -> None:
    follower = factories.make_person(session)
    subscribing.follow(session, follower, scene.entry)
    scene.comment.state, reference = State.KEPT, scene.comment.reference
    assert reference not in publish(scene)[follower.email].text


def test_a_contributor_who_follows_gets_one_mail_with_both(session: Session, scene: Scene) -> None:
    for thing in (scene.framework, scene.entry, scene.comment):
        subscribing.follow(session, scene.author, thing)
    reference = scene.comment.reference
    text = publish(scene)[scene.author.email].text
    assert "This is what happened to what you said" in text
    assert "This is what changed in what you follow" in text
    assert "on the points that you follow" not in text
    assert text.count(f"{reference} (CCHF-01): Changed") == 1
    assert text.count("CCHF-01: New title of CCHF-01") == 1


def test_followers_hear_as_often_as_they_have_chosen(session: Session, scene: Scene) -> None:
    silent = factories.make_person(session, digest=Digest.NONE)
    weekly = factories.make_person(session, digest=Digest.WEEKLY)
    for person in (silent, weekly):
        subscribing.follow(session, person, scene.framework)
    told = publish(scene)
    assert silent.email not in told
    assert told[weekly.email].due_at != told[scene.author.email].due_at


def test_each_follower_costs_one_statement(session: Session, scene: Scene, database: Database) -> None:
    publish(scene)
    statements: list[str] = []
    assert database.connection
    event.listen(database.connection, "before_cursor_execute", lambda *facts: statements.append(facts[2]))

    def told_to(followers: int) -> int:
        for place in range(followers):
            thing = (scene.framework, scene.entry, scene.comment)[place % 3]
            subscribing.follow(session, factories.make_person(session), thing)
        session.commit()
        session.expire_all()
        statements.clear()
        telling.tell(session, scene.draft)
        return len(statements)

    for thing in (scene.framework, scene.entry, scene.comment):
        subscribing.follow(session, factories.make_person(session), thing)
    few, before = told_to(3), len(mails(session))
    many = told_to(60)
    assert len(mails(session)) == before + 60
    assert many - few <= 60 + before, "telling one more costs one more statement, and so does one who was told before"
