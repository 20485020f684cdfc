"""A person's own page: who they are here, what they may do, where they are signed in, what they are told."""

from datetime import timedelta

import time_machine
from sqlmodel import Session, col, select

from backend.accounts import sessions
from backend.audit.models import AuditEvent
from backend.comments.models import State
from backend.core import clock, counters
from backend.notifications import outbox
from backend.notifications.models import OutboxMessage
from backend.people.models import Digest, Person, StaffRole, Standing, WebSession
from backend.releases import activity
from tests import factories
from tests.browsing import Visitor


def actions(session: Session) -> list[str]:
    """Everything that the record holds, in order."""
    session.commit()
    return list(session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id))))


def test_an_account_shows_organisation_standing_and_permissions(visitor: Visitor, session: Session) -> None:
    organisation = factories.make_organisation(session, name="Brightplay <b>Ltd</b>")
    lead = factories.make_member(session, organisation, standing=Standing.LEAD, name="Mo Member")
    visitor.sign_in(session, lead).get("/account")
    for words in ("Mo Member", lead.email, "Brightplay <b>Ltd</b>", "Lead", "Sign off an organisation’s feedback"):
        assert words in visitor.text
    assert "Publish" not in visitor.text


def test_an_account_of_staff_shows_their_roles(visitor: Visitor, session: Session) -> None:
    staff = factories.make_staff(session, StaffRole.SAFEGUARDING_LEAD, StaffRole.MODERATOR)
    visitor.sign_in(session, staff).get("/account")
    assert "Safeguarding lead" in visitor.text
    assert "Moderator" in visitor.text
    assert "Read and return escalated comments" in visitor.text


def test_an_account_of_a_specialist_shows_that_the_field_is_verified(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_specialist(session)).get("/account")
    assert "Child development (verified)" in visitor.text


def test_someone_whose_organisation_is_suspended_reads_why(visitor: Visitor, session: Session) -> None:
    organisation = factories.make_organisation(session, name="Brightplay")
    organisation.suspended_at, organisation.suspended_because = clock.now(), "It asked for a pause."
    member = factories.make_member(session, organisation)
    visitor.sign_in(session, member).get("/account")
    assert "Brightplay is not taking part at the moment" in visitor.text
    assert "It asked for a pause." in visitor.text


def test_someone_signed_out_is_taken_to_sign_in_and_back(visitor: Visitor) -> None:
    visitor.get("/account")
    assert visitor.path == "/sign-in?next=%2Faccount"
    assert visitor.page.xpath("//main//input[@name='next']/@value") == ["/account"]


def test_a_name_is_changed_and_the_record_does_not_hold_it(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session, name="Robin Before")
    visitor.sign_in(session, person).get("/account").follow("Change your name")
    visitor.press("Save your name", name="")
    assert visitor.status == 422
    assert "Enter your name" in visitor.text
    visitor.press("Save your name", name="x" * 101)
    assert visitor.status == 422
    visitor.press("Save your name", name="Robin <i>After</i>")
    assert "Your name has been changed." in visitor.text
    assert "Robin <i>After</i>" in visitor.text
    session.expire_all()
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "name changed")).one()
    assert (event.subject, event.detail) == (f"person {person.id}", "{}")


def test_a_new_name_shows_under_points_that_are_public_by_name(visitor: Visitor, session: Session) -> None:
    framework = factories.make_framework(session)
    specialist = factories.make_specialist(session, name="Dr Ana Before")
    submission = factories.make_submission(session, factories.make_round(session, framework), person=specialist)
    factories.make_comment(session, submission, specialist, state=State.PUBLISHED)
    session.commit()
    page = activity.of_points(framework.slug)
    before = counters.read(session, page)
    visitor.get("/frameworks/harms/points")
    assert "Dr Ana Before" in visitor.text
    visitor.sign_in(session, specialist).get("/account/name").press("Save your name", name="Dr Ana After")
    session.expire_all()
    assert counters.read(session, page) != before, "pages kept for everybody are made anew"
    visitor.client.cookies.clear()
    visitor.get("/frameworks/harms/points")
    assert "Dr Ana After" in visitor.text


def signed_in_elsewhere(session: Session, person: Person, device: str = "Safari on an iPhone") -> WebSession:
    """Another browser of the person."""
    found = sessions.find(session, sessions.open_session(session, person, device=device))
    session.commit()
    assert found
    return found


def test_browsers_are_listed_and_this_one_is_marked(visitor: Visitor, session: Session) -> None:
    person, other = factories.make_person(session), factories.make_person(session)
    signed_in_elsewhere(session, person)
    signed_in_elsewhere(session, other, "Somebody else’s browser")
    visitor.sign_in(session, person).get("/account")
    assert "In 2 browsers" in visitor.text
    visitor.follow("See all")
    assert "Safari on an iPhone" in visitor.text
    assert visitor.text.count("This browser") == 1
    assert "Somebody else’s browser" not in visitor.text


def test_one_browser_is_signed_out_from_another(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session)
    lost = signed_in_elsewhere(session, person)
    visitor.sign_in(session, person)
    visitor.post("/account/signed-in/sign-out-one", {"session": lost.id})
    assert "That browser has been signed out." in visitor.text
    assert "Safari on an iPhone" not in visitor.text
    session.expire_all()
    assert lost.revoked_at
    assert "signed out from the account page" in actions(session)


def test_signing_this_browser_out_says_goodbye(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_person(session)).get("/account/signed-in").press("Sign out:")
    assert visitor.path == "/signed-out"
    assert visitor.get("/account").path.startswith("/sign-in")


def test_nobody_signs_out_somebody_elses_browser(visitor: Visitor, session: Session) -> None:
    theirs = signed_in_elsewhere(session, factories.make_person(session))
    visitor.sign_in(session, factories.make_person(session))
    for session_id in (theirs.id, "no-such-session", ""):
        assert visitor.post("/account/signed-in/sign-out-one", {"session": session_id}).status == 404
    session.expire_all()
    assert theirs.revoked_at is None


def test_all_other_browsers_are_signed_out_at_once(visitor: Visitor, session: Session) -> None:
    person, other = factories.make_person(session), factories.make_person(session)
    elsewhere = [signed_in_elsewhere(session, person) for _ in range(2)]
    theirs = signed_in_elsewhere(session, other)
    visitor.sign_in(session, person).get("/account/signed-in").press("Sign out everywhere else")
    assert "You are signed in here only." in visitor.text
    assert visitor.get("/account").status == 200
    assert "In this browser only" in visitor.text
    session.expire_all()
    assert all(each.revoked_at for each in elsewhere)
    assert theirs.revoked_at is None


def waiting(session: Session, person: Person, release: int = 1) -> OutboxMessage:
    """What became of what the person said, written now."""
    outbox.post(
        session, "digest", to=person.email, person=person, subject="What happened", once_for=f"{person.id}:{release}",
        framework="Harms", number="0.2", published_at=clock.now(), decisions=[], pages="https://pilot.example",
        signed=False, points=[], changes="", follows=False, follows_whole=False,
    )  # fmt: skip
    session.commit()
    return session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id).desc())).first()  # type: ignore[return-value]


def test_how_often_to_be_told_is_chosen_and_goes_for_what_waits(visitor: Visitor, session: Session) -> None:
    person, other = factories.make_person(session), factories.make_person(session)
    mail, theirs = waiting(session, person), waiting(session, other)
    visitor.sign_in(session, person).get("/account/emails").press("Save your choice", digest="hourly")
    assert visitor.status == 422
    with time_machine.travel("2026-11-25 12:00:00+00:00", tick=False):
        person.digest = Digest.NOW
        outbox.choose_again(session, person, Digest.WEEKLY, by=person)
        session.commit()
        session.refresh(mail)
    assert mail.due_at and mail.due_at.isoformat().startswith("2026-11-30T08:00")
    visitor.get("/account/emails").press("Save your choice", digest="none")
    assert "Not by email" in visitor.text
    session.expire_all()
    assert mail.due_at is None
    assert theirs.due_at is not None


def test_a_mail_that_a_worker_holds_keeps_its_time_unless_it_is_not_wanted(session: Session) -> None:
    person = factories.make_person(session)
    mail = waiting(session, person)
    mail.tries, lease = 1, clock.now() + timedelta(minutes=5)
    mail.due_at = lease
    session.add(mail)
    session.commit()
    for chosen, due_at in ((Digest.WEEKLY, lease), (Digest.NONE, None)):
        outbox.choose_again(session, person, chosen, by=person)
        session.commit()
        session.refresh(mail)
        assert mail.due_at == due_at
