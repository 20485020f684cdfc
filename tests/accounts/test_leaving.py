"""Leaving an organisation, and closing an account: what goes, what stays, and who cannot yet."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, select

from backend.accounts import closing, inviting, sessions, suspending
from backend.accounts.appointing import LastAdministrator
from backend.accounts.models import (
    AuthenticatorApp,
    EmailChange,
    Invitation,
    InvitedAs,
    Passkey,
    RecoveryCode,
    SignInLink,
    StaffIdentity,
)
from backend.audit.models import AuditEvent
from backend.comments import commenting
from backend.comments.models import Comment, Draft, State
from backend.core import clock, counters, db
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people import queries
from backend.people.access import SESSION_COOKIE
from backend.people.models import (
    Appointment,
    Membership,
    Organisation,
    Person,
    SecondFactor,
    StaffRole,
    Standing,
    WebSession,
)
from backend.releases.models import Framework
from backend.sending import going
from backend.submissions.models import PublishAs, SpeakingFor, Submission
from tests import factories
from tests.accounts.test_account import signed_in_elsewhere, waiting
from tests.browsing import Visitor

GONE = "Close your account for good"


def kept(session: Session, person: Person) -> Person:
    """The person as they are now."""
    session.commit()
    session.expire_all()
    return session.get_one(Person, person.id)


def test_a_member_leaves_and_their_drafts_stay(visitor: Visitor, session: Session) -> None:
    framework = factories.make_framework(session)
    organisation = factories.make_organisation(session, name="Brightplay")
    member = factories.make_member(session, organisation)
    factories.make_member(session, organisation, standing=Standing.LEAD)
    submission = factories.make_submission(session, factories.make_round(session, framework), organisation=organisation)
    draft = factories.make_comment(session, submission, member, state=State.DRAFT)
    visitor.sign_in(session, member).get("/account").follow("Leave Brightplay")
    assert "drafts that you wrote for it stay with your colleagues" in visitor.text
    visitor.press("Leave the organisation")
    assert "You have left Brightplay." in visitor.text
    assert "Leave Brightplay" not in visitor.text
    session.expire_all()
    assert session.exec(select(Membership).where(Membership.person_id == member.id)).one().left_at
    assert draft.state is State.DRAFT
    assert session.get(Draft, draft.id)


def test_leaving_twice_in_two_tabs_is_explained(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_member(session)).get("/account/leave")
    visitor.post("/account/leave")
    assert visitor.post("/account/leave").status == 409
    assert "You do not belong to an organisation" in visitor.text
    assert visitor.get("/account/leave").status == 409


def test_with_the_last_person_go_the_invitations(visitor: Visitor, session: Session) -> None:
    lead = factories.make_member(session, standing=Standing.LEAD)
    place = lead.memberships[0]
    invitation = inviting.invite_colleague(
        session, place, email="late@example.org", invited_as=InvitedAs.MEMBER, by=lead
    )
    session.commit()
    visitor.sign_in(session, lead).get("/account/leave").press("Leave the organisation")
    session.commit()
    with pytest.raises(inviting.InvitationRevoked):
        inviting.usable(invitation)


def test_the_invitation_of_the_next_lead_stands_when_the_last_person_goes(visitor: Visitor, session: Session) -> None:
    lead = factories.make_member(session, standing=Standing.LEAD)
    organisation = lead.memberships[0].organisation
    staff = factories.make_staff(session)
    invitation = inviting.invite_lead(session, organisation, email="next@example.org", by=staff)
    session.commit()
    visitor.sign_in(session, lead).get("/account/leave")
    assert "nobody else belongs to it at the moment" in visitor.text
    visitor.press("Leave the organisation")
    session.expire_all()
    assert inviting.usable(invitation) is invitation


def test_the_only_lead_of_a_suspended_organisation_can_go(visitor: Visitor, session: Session) -> None:
    """They could not hand over: nobody takes part for it, and staff can invite another lead."""
    organisation = factories.make_organisation(session)
    lead = factories.make_member(session, organisation, standing=Standing.LEAD)
    factories.make_member(session, organisation)
    suspending.suspend(session, organisation, because="Not what it said it was.", by=factories.make_staff(session))
    session.commit()
    visitor.sign_in(session, lead).get("/account/leave").press("Leave the organisation")
    assert "You have left" in visitor.text


def test_the_last_lead_hands_over_first(visitor: Visitor, session: Session) -> None:
    organisation = factories.make_organisation(session)
    lead = factories.make_member(session, organisation, standing=Standing.LEAD)
    factories.make_member(session, organisation)
    visitor.sign_in(session, lead)
    for page in ("/account/leave", "/account/close"):
        for ask in (visitor.get, visitor.post):
            ask(page)
            assert visitor.status == 409
            assert "Hand the lead over first" in visitor.text
    assert kept(session, lead).closed_at is None


def with_everything(session: Session) -> Person:
    """A specialist who has all that goes with an account."""
    person = factories.make_specialist(session)
    session.add(AuthenticatorApp(person_id=person.id, sealed_secret="x"))
    session.add(Passkey(person_id=person.id, credential_id="x", public_key="x", name="Key"))
    session.add(RecoveryCode(person_id=person.id, digest="x"))
    session.add(StaffIdentity(issuer="x", subject="x", person_id=person.id))
    later = clock.now() + timedelta(hours=1)
    session.add(
        EmailChange(person_id=person.id, new_email="x@x.example", old_digest="x", new_digest="y", expires_at=later)
    )
    session.add(SignInLink(email=person.email, token_digest="x", code_digest="x", expires_at=later))
    session.add(
        Invitation(
            token_digest="x", email=person.email, invited_as=InvitedAs.SPECIALIST, expires_at=later,
            invited_by_id=factories.make_staff(session).id, accepted_at=clock.now(), accepted_by_id=person.id,
        )
    )  # fmt: skip
    session.commit()
    return person


def test_closing_takes_away_all_that_only_the_account_needed(visitor: Visitor, session: Session) -> None:
    person = with_everything(session)
    address = person.email
    elsewhere = signed_in_elsewhere(session, person)
    digest = waiting(session, person)
    elsewhere_id = elsewhere.id
    token = sessions.open_session(session, person, second_factor=SecondFactor.APP)
    session.commit()
    visitor.client.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
    visitor.get("/account").follow("Close your account")
    assert "your name" in visitor.text
    visitor.press(GONE)
    assert visitor.path == "/account-closed"
    assert "Your account is closed" in visitor.text
    now = kept(session, person)
    assert (now.name, now.expertise, now.email) == ("Closed account", None, f"closed-{person.id}@closed.invalid")
    assert now.closed_at
    for table in (AuthenticatorApp, Passkey, RecoveryCode, StaffIdentity, EmailChange, SignInLink):
        assert session.exec(select(table)).first() is None, table.__name__
    assert session.get(WebSession, elsewhere_id) is None
    assert session.exec(select(Invitation.email)).one() == now.email, "nor is the address kept where it was invited"
    assert digest.due_at is None
    last = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "account-closed")).one()
    assert (last.to, "Your name has been removed." in last.text) == (address, True)
    visitor.client.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
    assert visitor.get("/account").path.startswith("/sign-in"), "the old cookie opens nothing"


def test_the_browser_forgets_and_no_link_is_sent_any_more(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session, email="gone@example.org")
    visitor.sign_in(session, person)
    response = visitor.client.post("/account/close", headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert f'{SESSION_COOKIE}=""; ' in response.headers["set-cookie"]
    assert "storage" in response.headers["clear-site-data"]
    visitor.client.cookies.clear()
    visitor.get("/sign-in").press("Send me a link", email="gone@example.org")
    assert "Check your email" in visitor.text
    session.expire_all()
    assert session.exec(select(OutboxMessage).where(OutboxMessage.kind == "sign-in")).first() is None
    assert queries.find_person(session, "gone@example.org") is None
    session.add(Person(email="gone@example.org", name="Somebody new"))
    session.flush()


def point(session: Session, framework: Framework, person: Person, state: State, **facts: object) -> Comment:
    """A point of the person's own."""
    mine = select(Submission).where(Submission.person_id == person.id)
    round_ = factories.queries.find_round(session, framework) or factories.make_round(session, framework)
    submission = session.exec(mine).first() or factories.make_submission(session, round_, person=person)
    comment = factories.make_comment(session, submission, person, state=state)
    for name, value in facts.items():
        setattr(comment, name, value)
    session.add(comment)
    session.flush()
    return comment


def test_a_name_stays_under_what_was_published_with_it(visitor: Visitor, session: Session) -> None:
    framework = factories.make_framework(session)
    person = factories.make_specialist(session, name="Dr Ana Specialist")
    point(session, framework, person, State.PUBLISHED)
    visitor.sign_in(session, person).get("/account/close")
    assert "your name, Dr Ana Specialist, under the points" in visitor.text
    visitor.press(GONE)
    assert kept(session, person).name == "Dr Ana Specialist"
    visitor.get("/frameworks/harms/points")
    assert "Dr Ana Specialist (Child development, verified)" in visitor.text
    last = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "account-closed")).one()
    assert "Your name stays under the points" in last.text


def test_a_name_goes_where_nothing_is_published_with_it(session: Session) -> None:
    framework = factories.make_framework(session)
    person = factories.make_specialist(session)
    point(session, framework, person, State.PUBLISHED, publish_as=PublishAs.BY_TYPE)
    point(session, framework, person, State.PUBLISHED, publish_as=PublishAs.SUMMARY_ONLY)
    point(session, framework, person, State.HELD, speaking_for=SpeakingFor.PRIVATE)
    point(session, framework, person, State.WITHDRAWN)
    point(session, framework, person, State.DRAFT)
    going.close(session, person)
    assert kept(session, person).name == closing.NAMELESS


def test_a_name_stays_for_a_point_that_waits_to_be_published(session: Session) -> None:
    person = factories.make_specialist(session)
    point(session, factories.make_framework(session), person, State.HELD)
    going.close(session, person)
    assert kept(session, person).name == "Dr Ana Specialist"


def test_own_drafts_go_and_those_for_the_organisation_stay(visitor: Visitor, session: Session) -> None:
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework)
    organisation = factories.make_organisation(session)
    factories.make_member(session, organisation, standing=Standing.LEAD)
    member = factories.make_member(session, organisation)
    theirs = factories.make_comment(
        session, factories.make_submission(session, round_, organisation=organisation), member, state=State.DRAFT
    )
    own = factories.make_comment(
        session, factories.make_submission(session, round_, person=member), member, state=State.DRAFT
    )
    sent = factories.make_comment(session, own.submission, member, state=State.HELD)
    counters.add(session, commenting.count_name(own, State.DRAFT), 2)
    visitor.sign_in(session, member).get("/account/close").press(GONE)
    session.expire_all()
    assert (own.state, session.get(Draft, own.id)) == (State.WITHDRAWN, None)
    assert (theirs.state, bool(session.get(Draft, theirs.id))) == (State.DRAFT, True)
    assert sent.state is State.HELD
    assert session.exec(select(Membership).where(Membership.person_id == member.id)).one().left_at
    assert counters.read(session, commenting.count_name(own, State.DRAFT)) == {"": 1}


def test_staff_give_up_their_roles(visitor: Visitor, session: Session) -> None:
    staff = factories.make_staff(session)
    visitor.sign_in(session, staff).get("/account/close")
    assert "your staff roles" in visitor.text
    visitor.press(GONE)
    now = kept(session, staff)
    assert now.closed_at
    assert session.exec(select(Appointment).where(Appointment.person_id == staff.id)).first() is None
    roles = session.exec(select(AuditEvent).where(AuditEvent.action == "role given up")).all()
    assert len(roles) == 2


def test_the_last_administrator_stays(visitor: Visitor, session: Session) -> None:
    first = factories.make_staff(session, StaffRole.ADMINISTRATOR)
    visitor.sign_in(session, first).get("/account/close").press(GONE)
    assert visitor.status == 409
    assert "This is the last administrator" in visitor.text
    assert kept(session, first).closed_at is None
    factories.make_staff(session, StaffRole.ADMINISTRATOR)
    session.commit()
    visitor.get("/account/close").press(GONE)
    assert kept(session, first).closed_at


def test_closing_needs_a_fresh_confirmation(visitor: Visitor, session: Session) -> None:
    person = factories.make_person(session)
    visitor.sign_in(session, person)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert visitor.get("/account/close").path.startswith("/confirm-it-is-you")
        assert visitor.post("/account/close").status == 403
    assert kept(session, person).closed_at is None


def test_the_record_names_nobody_and_closing_twice_closes_once(session: Session) -> None:
    person = factories.make_person(session, email="robin@example.org", name="Robin Example")
    going.close(session, person)
    going.close(session, person)
    session.commit()
    events = session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()
    assert [event.action for event in events] == ["choice of mails changed", "account closed"]
    assert "obin" not in "".join(event.subject + event.detail for event in events)


def test_of_the_last_two_administrators_who_go_at_once_one_stays(live: Database) -> None:
    with live.transaction() as session:
        leaving = [factories.make_staff(session, StaffRole.ADMINISTRATOR).id for _ in range(2)]

    def go(person_id: int) -> bool:
        try:
            with live.transaction() as session:
                going.close(session, session.get_one(Person, person_id))
        except LastAdministrator:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, leaving)) == [False, True]


def test_closing_and_suspending_at_once_wait_for_each_other_and_both_happen(live: Database) -> None:
    """Who closes holds their own row and waits for the organisation; who suspends writes mail to them meanwhile."""
    with live.transaction() as session:
        organisation = factories.make_organisation(session)
        member_id, moderator = factories.make_member(session, organisation).id, factories.make_staff(session)
        organisation_id, moderator_id = organisation.id, moderator.id

    def close() -> None:
        with live.transaction() as session:
            going.close(session, session.get_one(Person, member_id))

    with ThreadPoolExecutor(1) as pool:
        with live.transaction() as session:
            organisation = session.get_one(Organisation, organisation_id)
            db.lock(session, organisation, key_share=True)
            closed = pool.submit(close)
            time.sleep(0.5)
            suspending.suspend(session, organisation, because="A test", by=session.get_one(Person, moderator_id))
        closed.result(20)
    with live.session() as session:
        assert session.get_one(Person, member_id).closed_at
        assert session.get_one(Organisation, organisation_id).suspended_at
