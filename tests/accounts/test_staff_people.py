"""Specialists are invited, corrected and stopped; staff roles are given and taken away by administrators alone."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend.accounts import appointing, inviting, sessions
from backend.audit.models import AuditEvent
from backend.core import clock
from backend.people import queries
from backend.people.access import PERMISSIONS, Permission, viewer_for
from backend.people.models import Appointment, Constituency, Person, StaffRole, Standing
from tests import factories
from tests.accounts import mailbox
from tests.accounts.test_staff_organisations import make_types
from tests.browsing import Visitor


@pytest.fixture
def admin(session: Session) -> Person:
    make_types(session, [("academia", "childrens-rights-specialists"), ("law-consultancy", "public-and-professional")])
    person = factories.make_staff(session, StaffRole.ADMINISTRATOR)
    person.name = "Ada Admin"
    return person


def roles(session: Session, person: Person) -> set[StaffRole]:
    session.commit()
    return {each.role for each in session.exec(select(Appointment).where(Appointment.person_id == person.id))}


def test_a_specialist_is_invited_with_their_verified_field(visitor: Visitor, session: Session, admin: Person) -> None:
    visitor.sign_in(session, admin).get("/staff/people").follow("Invite a specialist")
    visitor.press("Send the invitation", email="ana@uni.example", expertise="Child development")
    assert visitor.status == 422
    assert "Select their kind" in visitor.text
    facts = {"type_code": "academia", "constituency": "childrens-rights-specialists"}
    visitor.press("Send the invitation", **facts)
    assert "Specialists invited" in visitor.text
    assert "Your field, as we have it: Child development." in mailbox.last(session, "invitation").text
    visitor.get("/staff/people/invite-specialist")
    visitor.press("Send the invitation", email="ana@uni.example", expertise="Child development", **facts)
    assert "has been invited already" in visitor.text
    visitor.get("/staff/people").press("Send it again").press("Take it back")
    assert "ana@uni.example" not in visitor.text


def test_the_verified_label_is_shown_corrected_and_ended(visitor: Visitor, session: Session, admin: Person) -> None:
    ana = factories.make_specialist(session, name="Dr Ana <b>S</b>")
    sessions.open_session(session, ana)
    visitor.sign_in(session, admin).get("/staff/people")
    assert "Dr Ana <b>S</b>, specialist in Child development (verified)" in visitor.text
    visitor.follow("Correct").press(
        "Save", expertise="Child law", type_code="law-consultancy", constituency="public-and-professional"
    )
    assert "specialist in Child law (verified)" in visitor.text
    visitor.follow("Stop").press("End their part")
    assert "Enter why. They will read it" in visitor.text
    visitor.press("End their part", because="You asked us to.")
    assert "No specialist takes part yet" in visitor.text
    session.commit()
    session.refresh(ana)
    assert not ana.is_specialist
    assert (ana.expertise, ana.constituency) == ("Child law", Constituency.PUBLIC_AND_PROFESSIONAL)
    assert Permission.TAKE_PART not in viewer_for(ana).permissions
    assert sessions.open_sessions(session, ana) == []
    assert mailbox.last(session, "specialist-stopped").to == ana.email
    assert "You asked us to." in mailbox.last(session, "specialist-stopped").text
    for page in ("correct", "stop"):
        assert visitor.get(f"/staff/people/{ana.id}/{page}").status == 404


def test_an_administrator_appoints_somebody_new(visitor: Visitor, session: Session, admin: Person) -> None:
    visitor.sign_in(session, admin).get("/staff/people").follow("Give somebody a staff role")
    visitor.press("Give the role", email="New@Authority.example", role="moderator")
    assert visitor.status == 422
    assert "Enter their name" in visitor.text
    visitor.press("Give the role", name="Nia New")
    assert "Nia New" in visitor.text
    new = queries.person(session, "new@authority.example")
    assert roles(session, new) == {StaffRole.MODERATOR}
    message = mailbox.last(session, "role-changed")
    assert message.to == new.email
    assert "- Moderator" in message.text
    visitor.get("/staff/people/appoint").press("Give the role", email=new.email, role="moderator")
    assert "They have this role already" in visitor.text


def test_a_role_change_signs_out_everywhere_is_recorded_and_told(
    visitor: Visitor, session: Session, admin: Person
) -> None:
    moderator = factories.make_staff(session, StaffRole.MODERATOR)
    sessions.open_session(session, moderator)
    visitor.sign_in(session, admin).get(f"/staff/people/{moderator.id}/roles").press("Take the role away")
    assert roles(session, moderator) == set()
    assert sessions.open_sessions(session, moderator) == []
    assert "You have no staff role any more" in mailbox.last(session, "role-changed").text
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "role taken away")).one()
    assert event.subject == f"person {moderator.id}"
    assert moderator.email not in event.detail


def test_roles_need_a_fresh_confirmation(visitor: Visitor, session: Session, admin: Person) -> None:
    moderator = factories.make_staff(session, StaffRole.MODERATOR)
    visitor.sign_in(session, admin)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        visitor.get("/staff/people/appoint")
        assert visitor.path.startswith("/confirm-it-is-you?next=")
        visitor.post(f"/staff/people/{moderator.id}/remove-role", {"role": "moderator"})
        assert visitor.status == 403
        assert "Confirm that it is you" in visitor.text
    assert roles(session, moderator) == {StaffRole.MODERATOR}


def test_nobody_changes_their_own_roles(visitor: Visitor, session: Session, admin: Person) -> None:
    factories.make_staff(session, StaffRole.ADMINISTRATOR)
    visitor.sign_in(session, admin).get(f"/staff/people/{admin.id}/roles")
    assert not visitor.page.xpath("//main//form")
    visitor.post(f"/staff/people/{admin.id}/remove-role", {"role": "administrator"})
    assert visitor.status == 403
    visitor.get("/staff/people/appoint").press("Give the role", email=admin.email, role="releaser")
    assert visitor.status == 403
    assert roles(session, admin) == {StaffRole.ADMINISTRATOR}


def test_the_last_administrator_stays(session: Session, admin: Person) -> None:
    other = factories.make_staff(session, StaffRole.ADMINISTRATOR)
    appointing.dismiss(session, other, StaffRole.ADMINISTRATOR, by=admin)
    with pytest.raises(appointing.LastAdministrator):
        appointing.dismiss(session, admin, StaffRole.ADMINISTRATOR, by=other)


def test_who_takes_part_cannot_be_appointed_and_is_told_why(visitor: Visitor, session: Session, admin: Person) -> None:
    for person in (factories.make_member(session, standing=Standing.LEAD), factories.make_specialist(session)):
        visitor.sign_in(session, admin).get("/staff/people/appoint")
        visitor.press("Give the role", email=person.email, role="moderator")
        assert visitor.status == 422
        assert "nobody can be both" in visitor.text
        assert roles(session, person) == set()


def test_a_moderator_sees_the_staff_and_changes_no_role(visitor: Visitor, session: Session, admin: Person) -> None:
    moderator = factories.make_staff(session, StaffRole.MODERATOR)
    visitor.sign_in(session, moderator).get("/staff/people")
    assert "Ada Admin" in visitor.text
    assert not visitor.page.xpath("//a[contains(@href, '/roles')]")
    for path in ("/staff/people/appoint", f"/staff/people/{admin.id}/roles"):
        assert visitor.get(path).status == 403


def test_the_table_of_permissions_says_what_the_guards_ask(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.RELEASER)).get("/staff/permissions")
    rows = visitor.page.xpath("//main//tbody/tr")
    assert len(rows) == len(Permission)
    for permission, row in zip(Permission, rows, strict=True):
        assert row.xpath("./th")[0].text_content() == permission.label
        said = [cell.text_content().strip() == "Yes" for cell in row.xpath("./td")]
        assert said == [permission in allowed | PERMISSIONS["anyone signed in"] for allowed in PERMISSIONS.values()]


def test_a_specialist_who_was_stopped_can_be_invited_again(session: Session, admin: Person) -> None:
    ana = factories.make_specialist(session)
    ana.specialist_until = clock.now()
    session.add(ana)
    session.flush()
    invitation = inviting.invite_specialist(
        session, email=ana.email, expertise="Law", type_code="academia", constituency=Constituency.SPECIALISTS, by=admin
    )
    assert invitation.id


def test_who_checks_a_specialist_s_point_sees_their_verified_field(visitor: Visitor, session: Session) -> None:
    round_ = factories.make_round(session, factories.make_framework(session))
    ana = factories.make_specialist(session)
    comment = factories.make_comment(session, factories.make_submission(session, round_, person=ana), ana)
    moderator = factories.make_staff(session, StaffRole.MODERATOR)
    for page in ("/staff/check", f"/staff/check/{comment.reference}"):
        visitor.sign_in(session, moderator).get(page)
        assert "Dr Ana Specialist (specialist in Child development, verified)" in visitor.text
