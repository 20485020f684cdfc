"""Invitations: for one mailbox alone, once, for a fortnight, and gone when sent again or taken back."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from backend.accounts import accepting, inviting, membership, terms
from backend.accounts.models import Invitation, InvitedAs, TermsAcceptance
from backend.audit.models import AuditEvent
from backend.core import clock, counters
from backend.core.errors import NotFound
from backend.people import queries
from backend.people.models import Constituency, Membership, Organisation, Person, Standing
from backend.releases import activity
from tests import factories
from tests.accounts import mailbox
from tests.browsing import Visitor

EMAIL = "new.colleague@example.org"


@pytest.fixture
def organisation(session: Session) -> Organisation:
    return factories.make_organisation(session, name="Brightplay <b>Ltd</b>")


@pytest.fixture
def lead(session: Session, organisation: Organisation) -> Person:
    return factories.make_member(session, organisation, standing=Standing.LEAD, name="Priya Lead")


def place(session: Session, person: Person) -> Membership:
    found = queries.find_place(person)
    assert found
    return found


def invite(session: Session, lead: Person, email: str = EMAIL, invited_as: InvitedAs = InvitedAs.MEMBER) -> Invitation:
    return inviting.invite_colleague(session, place(session, lead), email=email, invited_as=invited_as, by=lead)


def arrive(visitor: Visitor, session: Session) -> Visitor:
    """Open the newest invitation, have a link sent, and use it."""
    visitor.client.cookies.clear()
    visitor.get(mailbox.link_in(mailbox.last(session, "invitation"))).press("Continue")
    visitor.get(mailbox.link_in(mailbox.last(session, "sign-in")))
    return visitor.press("Sign in")


def test_somebody_new_is_invited_signs_in_and_joins(visitor: Visitor, session: Session, lead: Person) -> None:
    visitor.sign_in(session, lead).get("/organisation").follow("Invite a colleague")
    visitor.press("Send the invitation", email=f"  {EMAIL.upper()} ", invited_as="member")
    assert f"We have sent an invitation to {EMAIL}" in visitor.text
    message = mailbox.last(session, "invitation")
    assert message.to == EMAIL
    assert "Priya Lead invites you to take part" in message.text
    assert "Brightplay <b>Ltd</b>" in message.text
    arrive(visitor, session)
    assert visitor.path.startswith("/your-invitations/")
    visitor.press("Accept the invitation", name="Mo <i>New</i>", terms="accepted")
    assert visitor.path == "/organisation"
    assert "Mo <i>New</i>" in visitor.text
    session.commit()
    person = queries.person(session, EMAIL)
    mine = place(session, person)
    assert mine.organisation.name == "Brightplay <b>Ltd</b>"
    assert mine.standing is Standing.MEMBER
    acceptance = session.exec(select(TermsAcceptance).where(TermsAcceptance.person_id == person.id)).one()
    assert acceptance.version == "1"
    told = mailbox.last(session, "invitation-accepted")
    assert told.to == lead.email
    assert "Mo <i>New</i> has accepted" in told.text


def test_a_lead_says_what_the_organisation_is_in_the_same_act(
    visitor: Visitor, session: Session, organisation: Organisation
) -> None:
    inviting.invite_lead(session, organisation, email=EMAIL, by=factories.make_staff(session))
    arrive(visitor, session)
    visitor.press("Accept the invitation", name="Mo New", terms="accepted")
    assert visitor.status == 422
    assert "Select how many people work there" in visitor.text
    visitor.press(
        "Accept the invitation", size_band="10-to-49", nation="wales", likely_used_by_children="yes",
        about="Games for everyone.",
    )  # fmt: skip
    session.commit()
    session.refresh(organisation)
    assert (organisation.size_band, organisation.nation, organisation.about) == (
        "10-to-49", "wales", "Games for everyone.",
    )  # fmt: skip
    assert organisation.profile_confirmed_at
    assert place(session, queries.person(session, EMAIL)).standing is Standing.LEAD
    assert "A lead accepted version 1" in visitor.text


def test_a_specialist_takes_part_with_the_field_that_was_verified(visitor: Visitor, session: Session) -> None:
    inviting.invite_specialist(
        session, email=EMAIL, expertise="Child psychology", type_code="academia",
        constituency=Constituency.SPECIALISTS, by=factories.make_staff(session),
    )  # fmt: skip
    factories.make_framework(session)
    arrive(visitor, session)
    visitor.press("Accept the invitation", name="Dr Mo New", terms="accepted")
    session.commit()
    person = queries.person(session, EMAIL)
    assert person.is_specialist
    assert (person.expertise, person.constituency) == ("Child psychology", Constituency.SPECIALISTS)
    assert session.exec(select(TermsAcceptance.organisation_id)).one() is None


def test_reading_an_invitation_changes_nothing_and_tells_only_part_of_the_address(
    visitor: Visitor, session: Session, lead: Person
) -> None:
    invite(session, lead)
    address = mailbox.link_in(mailbox.last(session, "invitation"))
    for _ in range(3):
        visitor.get(address)
        assert visitor.status == 200
    assert "n•••@example.org" in visitor.text
    assert EMAIL not in visitor.response.text
    session.commit()
    assert queries.find_person(session, EMAIL) is None
    assert not mailbox.mails(session, "sign-in")


def test_the_page_after_continue_does_not_tell_the_whole_address_either(
    visitor: Visitor, session: Session, lead: Person
) -> None:
    invite(session, lead)
    visitor.get(mailbox.link_in(mailbox.last(session, "invitation"))).press("Continue")
    assert visitor.path == "/sign-in/check-your-email"
    assert EMAIL not in visitor.response.text
    visitor.press("Sign in", code="BBBBBBBB")
    assert EMAIL not in visitor.response.text


def test_somebody_else_signed_in_cannot_use_it(visitor: Visitor, session: Session, lead: Person) -> None:
    invitation = invite(session, lead)
    other = factories.make_person(session, name="Eve Other")
    address = mailbox.link_in(mailbox.last(session, "invitation"))
    visitor.sign_in(session, other).get(address)
    assert visitor.status == 403
    assert "You are signed in with another address" in visitor.text
    visitor.get(f"/your-invitations/{invitation.id}")
    assert visitor.status == 404
    visitor.post(f"/your-invitations/{invitation.id}", {"name": "Eve", "terms": "accepted"})
    assert visitor.status == 404
    visitor.post(f"{address}/continue")
    assert not mailbox.mails(session, "sign-in")
    with pytest.raises(NotFound):
        accepting.accept(session, invitation, by=other, name="Eve")
    visitor.get(address).press("Sign out")
    assert visitor.path == "/signed-out"


def test_the_link_to_sign_in_works_only_in_the_browser_that_pressed_continue(
    visitor: Visitor, session: Session, lead: Person
) -> None:
    invite(session, lead)
    visitor.get(mailbox.link_in(mailbox.last(session, "invitation"))).press("Continue")
    link = mailbox.link_in(mailbox.last(session, "sign-in"))
    visitor.client.cookies.clear()
    visitor.post(link)
    assert visitor.status == 403
    assert queries.find_person(session, EMAIL) is None


def test_an_invitation_may_be_found_by_signing_in_without_its_link(
    visitor: Visitor, session: Session, lead: Person
) -> None:
    invite(session, lead)
    session.commit()
    visitor.get("/sign-in").press("Send me a link", email=EMAIL)
    visitor.get(mailbox.link_in(mailbox.last(session, "sign-in"))).press("Sign in")
    visitor.get("/your-invitations").follow("Brightplay <b>Ltd</b>")
    assert visitor.page.xpath("//h1")[0].text_content() == "Accept your invitation"


def test_without_an_invitation_a_stranger_gets_no_mail(visitor: Visitor, session: Session, lead: Person) -> None:
    inviting.revoke(session, invite(session, lead), by=lead)
    session.commit()
    visitor.get("/sign-in").press("Send me a link", email=EMAIL)
    assert visitor.path == "/sign-in/check-your-email"
    assert not mailbox.mails(session, "sign-in")


def test_a_link_sent_again_replaces_the_old_one(visitor: Visitor, session: Session, lead: Person) -> None:
    invite(session, lead)
    old = mailbox.link_in(mailbox.last(session, "invitation"))
    visitor.sign_in(session, lead).get("/organisation").press("Send it again")
    assert "The old link has ended" in visitor.text
    new = mailbox.link_in(mailbox.last(session, "invitation"))
    visitor.client.cookies.clear()
    visitor.get(old)
    assert visitor.status == 422
    assert "A newer invitation has been sent to you" in visitor.text
    visitor.get(new)
    assert visitor.status == 200


def test_an_invitation_taken_back_says_so(visitor: Visitor, session: Session, lead: Person) -> None:
    invite(session, lead)
    address = mailbox.link_in(mailbox.last(session, "invitation"))
    visitor.sign_in(session, lead).get("/organisation").press("Take it back")
    visitor.client.cookies.clear()
    visitor.get(address)
    assert visitor.status == 422
    assert "This invitation has been withdrawn" in visitor.text
    visitor.post(f"{address}/continue")
    assert visitor.status == 422


def test_an_invitation_works_for_a_fortnight(visitor: Visitor, session: Session, lead: Person) -> None:
    invite(session, lead)
    address = mailbox.link_in(mailbox.last(session, "invitation"))
    for days, status in ((13, 200), (14, 422)):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            assert visitor.get(address).status == status
            assert (inviting.find_live(session, EMAIL) is None) is (status == 422)
    assert "This invitation has expired" in visitor.text


def test_an_invitation_works_once(visitor: Visitor, session: Session, lead: Person) -> None:
    invite(session, lead)
    arrive(visitor, session).press("Accept the invitation", name="Mo New", terms="accepted")
    visitor.get(mailbox.link_in(mailbox.last(session, "invitation")))
    assert visitor.status == 422 or "accepted already" in visitor.text
    visitor.client.cookies.clear()
    visitor.get(mailbox.link_in(mailbox.last(session, "invitation")))
    assert visitor.status == 422
    assert "This invitation has been accepted already" in visitor.text


@pytest.mark.parametrize("token", ["unknown", "x" * 500, "<script>"])
def test_a_link_that_never_was_says_so(visitor: Visitor, token: str) -> None:
    visitor.get(f"/invitations/{token}")
    assert visitor.status in (404, 422)
    assert "script" not in visitor.text


def test_of_two_acceptances_at_once_one_counts(session: Session, lead: Person) -> None:
    invitation = invite(session, lead)
    person = factories.make_person(session, email=EMAIL)
    accepting.accept(session, invitation, by=person, name="Mo")
    with pytest.raises(inviting.InvitationUsed):
        accepting.accept(session, invitation, by=person, name="Mo")
    assert len(session.exec(select(Membership).where(Membership.person_id == person.id)).all()) == 1


def test_a_deputy_invites_members_only_and_looks_after_their_invitations_only(
    visitor: Visitor, session: Session, organisation: Organisation, lead: Person
) -> None:
    deputy = factories.make_member(session, organisation, standing=Standing.DEPUTY)
    for_deputy = invite(session, lead, "second@example.org", InvitedAs.DEPUTY)
    visitor.sign_in(session, deputy).get("/organisation/invite")
    visitor.post("/organisation/invite", {"email": EMAIL, "invited_as": "deputy"})
    assert visitor.status == 403
    visitor.get("/organisation/invite").press("Send the invitation", email=EMAIL)
    assert "We have sent an invitation" in visitor.text
    for act in ("resend", "revoke"):
        visitor.post(f"/organisation/invitations/{for_deputy.id}/{act}")
        assert visitor.status == 404
    visitor.post("/organisation/invite", {"email": "third@example.org", "invited_as": "lead"})
    assert visitor.status == 422


def test_another_organisation_s_lead_learns_of_no_invitation(visitor: Visitor, session: Session, lead: Person) -> None:
    invitation = invite(session, lead)
    other = factories.make_member(session, standing=Standing.LEAD)
    visitor.sign_in(session, other).get("/organisation")
    assert EMAIL not in visitor.response.text
    for act in ("resend", "revoke"):
        visitor.post(f"/organisation/invitations/{invitation.id}/{act}")
        assert visitor.status == 404
    session.refresh(invitation)
    assert invitation.revoked_at is None


def test_the_inviter_learns_nothing_about_an_address_that_belongs_elsewhere(
    visitor: Visitor, session: Session, lead: Person
) -> None:
    elsewhere = factories.make_organisation(session, name="Openfeed")
    taken = factories.make_member(session, elsewhere)
    visitor.sign_in(session, lead)
    answers = []
    for email in (EMAIL, taken.email, factories.make_staff(session).email):
        session.commit()
        visitor.get("/organisation/invite").press("Send the invitation", email=email, invited_as="member")
        assert visitor.path == "/organisation"
        answers.append(visitor.text.split("How", 1)[0].replace(email, "…").split("Brightplay")[0])
    assert len(set(answers)) == 1
    assert [mail.to for mail in mailbox.mails(session, "invitation")][1] == taken.email


def test_who_belongs_elsewhere_is_told_to_leave_first_and_then_may_join(
    visitor: Visitor, session: Session, lead: Person
) -> None:
    elsewhere = factories.make_organisation(session, name="Openfeed")
    taken = factories.make_member(session, elsewhere)
    invitation = invite(session, lead, taken.email)
    visitor.sign_in(session, taken).get(f"/your-invitations/{invitation.id}")
    assert visitor.status == 409
    assert "You belong to Openfeed" in visitor.text
    visitor.post(f"/your-invitations/{invitation.id}", {"name": "Mo", "terms": "accepted"})
    assert visitor.status == 409
    session.expire_all()
    membership.leave(session, place(session, taken), by=taken)
    session.commit()
    visitor.get(f"/your-invitations/{invitation.id}")
    assert "Your name" not in visitor.text, "somebody known here keeps their name"
    before = taken.name
    visitor.post(f"/your-invitations/{invitation.id}", {"name": "Another", "terms": "accepted"})
    assert visitor.path == "/organisation"
    session.expire_all()
    assert taken.name == before


def test_staff_cannot_accept(visitor: Visitor, session: Session, lead: Person) -> None:
    staff = factories.make_staff(session)
    invitation = invite(session, lead, staff.email)
    visitor.sign_in(session, staff).get(f"/your-invitations/{invitation.id}")
    assert visitor.status == 409
    assert "You work for the authority" in visitor.text


def test_nobody_joins_a_suspended_organisation(
    visitor: Visitor, session: Session, organisation: Organisation, lead: Person
) -> None:
    invitation = invite(session, lead)
    person = factories.make_person(session, email=EMAIL)
    organisation.suspended_at = clock.now()
    session.add(organisation)
    visitor.sign_in(session, person).get(f"/your-invitations/{invitation.id}")
    assert visitor.status == 409
    assert "not taking part at the moment" in visitor.text


def test_a_colleague_or_somebody_invited_is_not_invited_again(visitor: Visitor, session: Session, lead: Person) -> None:
    invite(session, lead)
    for email, words in ((EMAIL, "has been invited already"), (lead.email, "belongs to the organisation already")):
        visitor.sign_in(session, lead).get("/organisation/invite")
        visitor.press("Send the invitation", email=email, invited_as="member")
        assert visitor.status == 422
        assert words in visitor.text
    assert len(mailbox.mails(session, "invitation")) == 1


def test_only_the_digest_of_a_link_is_kept_and_the_record_names_nobody(session: Session, lead: Person) -> None:
    invite(session, lead)
    token = mailbox.link_in(mailbox.last(session, "invitation")).rpartition("/")[2]
    kept = session.exec(select(Invitation)).one()
    assert token not in str(kept.model_dump())
    events = session.exec(select(AuditEvent).where(AuditEvent.action == "invited")).all()
    assert len(events) == 1
    assert EMAIL not in events[0].subject + events[0].detail


def test_accepting_needs_the_terms_and_a_name(visitor: Visitor, session: Session, lead: Person) -> None:
    invite(session, lead)
    arrive(visitor, session).press("Accept the invitation", name=" ")
    assert visitor.status == 422
    assert "Enter your name" in visitor.text
    assert "Select that you accept the terms" in visitor.text
    session.commit()
    assert queries.find_place(queries.person(session, EMAIL)) is None


def test_inviting_again_after_it_ran_out_replaces_the_old_one_in_the_list(
    visitor: Visitor, session: Session, lead: Person
) -> None:
    old = invite(session, lead)
    old_link = mailbox.link_in(mailbox.last(session, "invitation"))
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        invite(session, lead)
        visitor.sign_in(session, lead).get("/organisation")
        assert visitor.response.text.count(f"<strong>{EMAIL}</strong>") == 1
        session.refresh(old)
        assert old.replaced_by_id
        visitor.client.cookies.clear()
        assert "A newer invitation" in visitor.get(old_link).text


def test_the_database_keeps_nobody_in_two_places(session: Session, lead: Person) -> None:
    elsewhere = factories.make_organisation(session)
    session.add(Membership(organisation_id=elsewhere.id, person_id=lead.id))
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_specialist_who_comes_back_with_another_field_has_it_on_public_pages(
    visitor: Visitor, session: Session
) -> None:
    framework = factories.make_framework(session)
    person = factories.make_specialist(session)
    person.specialist_until = clock.now()
    session.add(person)
    invitation = inviting.invite_specialist(
        session, email=person.email, expertise="Law", type_code="academia",
        constituency=Constituency.SPECIALISTS, by=factories.make_staff(session),
    )  # fmt: skip
    session.commit()
    name = activity.of_framework(framework.slug)
    before = counters.read(session, name).get("", 0)
    visitor.sign_in(session, person).get(f"/your-invitations/{invitation.id}")
    visitor.press("Accept the invitation", terms="accepted")
    session.commit()
    session.expire_all()
    assert (person.expertise, person.is_specialist) == ("Law", True)
    assert counters.read(session, name)[""] > before


def test_a_specialist_accepts_the_terms_once(session: Session) -> None:
    person = factories.make_specialist(session)
    for _ in range(2):
        terms.accept(session, person, None)
    assert len(session.exec(select(TermsAcceptance)).all()) == 1
