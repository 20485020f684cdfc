"""Who hears what became of a point: the author, whoever signed it off, and nobody who has left."""

from sqlmodel import Session, select

from backend.answers.models import Outcome
from backend.core import clock
from backend.notifications.models import OutboxMessage
from backend.people.models import Membership, Person, Standing
from backend.publishing import telling
from backend.submissions.models import SignOff
from tests import factories
from tests.answers.scene import Scene


def signed_by(session: Session, scene: Scene, person: Person) -> None:
    """This person signed off a part of the submission."""
    session.add(SignOff(submission_id=scene.submission.id, number=1, signed_by_id=person.id, digest="0" * 64))
    session.flush()


def leaves(session: Session, person: Person) -> None:
    """The person belongs to the organisation no more."""
    place = session.exec(select(Membership).where(Membership.person_id == person.id)).one()
    place.left_at = clock.now()
    session.add(place)
    session.flush()


def told(session: Session, scene: Scene) -> dict[str, str]:
    """The mails that go out when the points are decided and the release is published."""
    scene.change()
    scene.decide(Outcome.NOT_CHANGED)
    scene.publish()
    return {mail.to: mail.text for mail in session.exec(select(OutboxMessage).where(OutboxMessage.kind == "digest"))}


def test_the_author_and_whoever_signed_hear_of_a_point(session: Session) -> None:
    scene = Scene(session)
    lead = factories.make_member(session, scene.organisation, standing=Standing.LEAD)
    factories.make_member(session, scene.organisation, standing=Standing.DEPUTY)
    signed_by(session, scene, lead)
    mails = told(session, scene)
    assert mails.keys() == {scene.author.email, lead.email}
    assert all(scene.comment.reference in text for text in mails.values())


def test_an_author_who_was_removed_hears_no_more_of_it(session: Session) -> None:
    scene = Scene(session)
    lead = factories.make_member(session, scene.organisation, standing=Standing.LEAD)
    signed_by(session, scene, lead)
    leaves(session, scene.author)
    assert told(session, scene).keys() == {lead.email}


def test_where_author_and_signer_have_left_their_successors_hear(session: Session) -> None:
    scene = Scene(session)
    former = factories.make_member(session, scene.organisation, standing=Standing.LEAD)
    signed_by(session, scene, former)
    leaves(session, former)
    leaves(session, scene.author)
    factories.make_member(session, scene.organisation)
    deputy = factories.make_member(session, scene.organisation, standing=Standing.DEPUTY)
    assert told(session, scene).keys() == {deputy.email}


def test_whoever_signed_off_ratings_alone_hears_that_the_release_is_there(session: Session) -> None:
    scene = Scene(session)
    other = factories.make_organisation(session)
    lead = factories.make_member(session, other, standing=Standing.LEAD)
    submission = factories.make_submission(session, scene.round, organisation=other)
    session.add(SignOff(submission_id=submission.id, number=1, signed_by_id=lead.id, digest="0" * 64))
    session.flush()
    text = told(session, scene)[lead.email]
    assert "You signed off ratings for your organisation." in text
    assert scene.comment.reference not in text


def test_a_specialist_hears_of_their_own_point(session: Session) -> None:
    scene = Scene(session)
    specialist = factories.make_specialist(session)
    own = factories.make_submission(session, scene.round, person=specialist)
    comment = factories.make_comment(session, own, specialist, entry=scene.entry)
    scene.comments.insert(0, comment)
    comment.state = scene.comments[1].state
    session.add(comment)
    scene.decide(Outcome.NOT_CHANGED)
    scene.comments.reverse()
    mails = told(session, scene)
    assert comment.reference in mails[specialist.email]
    assert comment.reference not in mails[scene.author.email]


def test_telling_twice_writes_once(session: Session) -> None:
    scene = Scene(session)
    before = told(session, scene)
    telling.tell(session, scene.draft)
    mails = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "digest")).all()
    assert len(mails) == len(before) == 1
