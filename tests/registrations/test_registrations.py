"""Staff see who is interested, erase who asks for it, and invite people to the pilot, once."""

import pytest
from sqlmodel import Session, select

from backend.accounts.models import Invitation
from backend.people.models import Organisation, Person, StaffRole
from backend.registrations.kinds import ConsentAct, Method
from backend.registrations.models import ConsentRecord, Registration
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import (
    make_call,
    make_schemes,
    register,
    register_and_confirm,
    registrations,
)


@pytest.fixture
def moderator(session: Session) -> Person:
    make_schemes(session)
    return factories.make_staff(session, StaffRole.MODERATOR)


@pytest.fixture
def ada(visitor: Visitor, session: Session, moderator: Person) -> Registration:
    return register_and_confirm(visitor, session, topics=["privacy-control"])


def test_staff_find_who_has_confirmed_and_nobody_else(
    visitor: Visitor, session: Session, ada: Registration, moderator: Person
) -> None:
    register(visitor, name="Wanda Waiting", email="wanda@example.org")
    visitor.sign_in(session, moderator).get("/staff/calls").follow("See who is interested")
    assert "Ada Example" in visitor.text and "Wanda" not in visitor.text
    for query, is_there in (
        ("purpose=pilot", True), ("purpose=workshop", False), ("type=online-games", True),
        ("type=childrens-charity", False), ("topic=privacy-control", True), ("topic=physical-safety", False),
        ("type=nonsense", True),
    ):  # fmt: skip
        assert ("Ada Example" in visitor.get(f"/staff/registrations?{query}").text) is is_there, query
    visitor.get("/staff/registrations").follow("Ada Example")
    assert ada.email in visitor.text
    assert visitor.text.count("Confirmed") == 2, "each purpose, with its wording and language"
    waiting = next(each for each in registrations(session) if each.confirmed_at is None)
    assert visitor.get(f"/staff/registrations/{waiting.id}").status == 404


def test_a_long_list_goes_on(visitor: Visitor, session: Session, moderator: Person) -> None:
    call = make_call(session)
    for number in range(51):
        factories.make_application(session, call, name=f"Person {number}")
    session.commit()
    visitor.sign_in(session, moderator).get("/staff/registrations?purpose=pilot")
    assert "Person 50" in visitor.text and "Person 0 " not in visitor.text
    visitor.follow("Older registrations")
    assert "Person 0" in visitor.text and "Person 50" not in visitor.text
    assert visitor.path.startswith("/staff/registrations?purpose=pilot&")


def test_staff_erase_somebody_who_telephones_and_the_record_says_how(
    visitor: Visitor, session: Session, ada: Registration, moderator: Person
) -> None:
    visitor.sign_in(session, moderator).get(f"/staff/registrations/{ada.id}").press("Erase everything")
    assert visitor.status == 422 and "Confirm that the person has asked for it" in visitor.text
    visitor.press("Erase everything", asked="yes")
    assert "Everything that this person had registered is erased." in visitor.text
    assert registrations(session) == []
    withdrawn = session.exec(select(ConsentRecord).where(ConsentRecord.act == ConsentAct.WITHDRAWN)).all()
    assert {row.method for row in withdrawn} == {Method.ASKED_STAFF} and len(withdrawn) == 2


def test_whoever_is_interested_in_the_pilot_is_invited_to_lead_once(
    visitor: Visitor, session: Session, ada: Registration, moderator: Person
) -> None:
    factories.make_organisation(session, name="Playful").name_key = "playful"
    address = f"/staff/registrations/{ada.id}"
    visitor.sign_in(session, moderator).get(address).follow("Invite to the pilot")
    visitor.press("Send the invitation", part="lead")
    assert visitor.status == 422 and "There is an organisation with this name already" in visitor.text
    visitor.press("Send the invitation", part="lead", organisation_name="Playful Games")
    assert "The invitation is on its way by email." in visitor.text
    assert "Invited to the pilot on" in visitor.text
    session.commit()
    assert session.exec(select(Invitation.email)).one() == ada.email
    assert session.exec(select(Organisation).where(Organisation.name == "Playful Games")).one()
    visitor.post(f"{address}/invite", {"part": "lead", "organisation_name": "Another"})
    assert visitor.status == 409
    assert visitor.get(f"{address}/invite").status == 409
    assert len(session.exec(select(Invitation)).all()) == 1


def test_they_can_be_invited_as_a_specialist(
    visitor: Visitor, session: Session, ada: Registration, moderator: Person
) -> None:
    visitor.sign_in(session, moderator).get(f"/staff/registrations/{ada.id}/invite")
    visitor.press("Send the invitation", part="specialist")
    assert visitor.status == 422 and "Enter their field" in visitor.text
    visitor.press("Send the invitation", part="specialist", expertise="Child psychology")
    session.commit()
    assert session.exec(select(Invitation.expertise)).one() == "Child psychology"


def test_nobody_is_invited_who_has_not_asked_about_the_pilot(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    cy = register_and_confirm(visitor, session, purposes=["updates"])
    visitor.sign_in(session, moderator)
    assert "Invite to the pilot" not in visitor.get(f"/staff/registrations/{cy.id}").text
    assert visitor.get(f"/staff/registrations/{cy.id}/invite").status == 409
    assert visitor.post(f"/staff/registrations/{cy.id}/invite", {"part": "specialist", "expertise": "x"}).status == 409
    session.commit()
    assert session.exec(select(Invitation)).all() == []
