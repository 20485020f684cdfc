"""Offers: answered by a link, lapsing by themselves, passed on to the reserve, and leading into the pilot once."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend import worker
from backend.accounts.models import Invitation
from backend.core import clock
from backend.core.db import Database
from backend.people.models import Organisation, Person, StaffRole
from backend.registrations import offering, queries, selecting, withdrawing
from backend.registrations.models import Application, Call, OfferState, Purpose, Selected
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import applications, link, mails, make_call, make_schemes, withdraw_link


@pytest.fixture
def moderator(session: Session) -> Person:
    return factories.make_staff(session, StaffRole.MODERATOR)


@pytest.fixture
def call(session: Session) -> Call:
    make_schemes(session)
    return make_call(session, places=1)


def applicant(session: Session, call: Call, by: Person, selected: Selected, name: str = "Ada") -> Application:
    application = factories.make_application(session, call, name=name)
    selecting.choose(session, application, selected, because="x", by=by)
    return application


def offered(session: Session) -> list[str]:
    """The links in all offers, the first one first."""
    return [link(message, "/offers") for message in mails(session, "place-offered")]


def state(session: Session, application: Application) -> tuple[Selected, OfferState | None]:
    session.commit()
    session.expire_all()
    newest = queries.selections(session, application.call)[application.id][0].selected
    offer = queries.offers(session, application.call).get(application.id)
    return newest, offer.state if offer else None


def test_everybody_chosen_is_offered_a_place_and_accepts_it(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    applicant(session, call, moderator, Selected.DECLINED)
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    visitor.press("Offer places to everybody chosen", reply_days="soon")
    assert visitor.status == 422 and "Enter the number of days" in visitor.text
    visitor.press("Offer places to everybody chosen", reply_days="3")
    assert "1 offer is on its way by email." in visitor.text
    visitor.press("Offer places to everybody chosen")
    assert visitor.status == 409, "nobody is offered two"
    (address,) = offered(session)
    visitor.client.cookies.clear()
    visitor.get(address)
    assert state(session, ada) == (Selected.CHOSEN, OfferState.OPEN), "opening the link accepts nothing"
    visitor.press("Accept the place")
    assert "You have a place" in visitor.text
    assert state(session, ada) == (Selected.CHOSEN, OfferState.ACCEPTED)
    visitor.post(address, {"answer": "accept"})
    assert visitor.status == 200
    assert len(mails(session, "place-accepted")) == 1
    assert visitor.post(address, {"answer": "perhaps"}).status == 422
    visitor.sign_in(session, moderator)
    visitor.post(f"/staff/calls/{call.id}/applications/{ada.id}", {"selected": "declined", "because": "x"})
    assert visitor.status == 409


def test_what_is_turned_down_goes_to_the_first_of_the_reserve(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    bo = applicant(session, call, moderator, Selected.RESERVE)
    cy = applicant(session, call, moderator, Selected.RESERVE)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    visitor.get(offered(session)[0]).press("Turn it down")
    assert "You have turned the place down" in visitor.text
    assert state(session, ada) == (Selected.NOT_TAKEN, OfferState.DECLINED)
    assert state(session, bo) == (Selected.CHOSEN, OfferState.OPEN)
    assert state(session, cy) == (Selected.RESERVE, None)
    visitor.get(offered(session)[1]).press("Accept the place")
    visitor.press("Give the place back")
    assert state(session, cy) == (Selected.CHOSEN, OfferState.OPEN), "so does what is given back"


def test_what_is_not_answered_in_time_lapses_and_is_passed_on_once(
    visitor: Visitor, session: Session, database: Database, call: Call, moderator: Person
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    bo = applicant(session, call, moderator, Selected.RESERVE)
    cy = applicant(session, call, moderator, Selected.RESERVE)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    (address,) = offered(session)
    reply_by = queries.offers(session, call)[ada.id].reply_by
    assert clock.in_london(reply_by).strftime("%H:%M") == "23:59"
    with time_machine.travel(reply_by - timedelta(seconds=1), tick=False):
        worker.work_once(database)
        assert visitor.get(address).status == 200
    with time_machine.travel(reply_by, tick=False):
        visitor.post(address, {"answer": "accept"})
        assert visitor.status == 422, "also before the worker has come by"
        worker.work_once(database)
        worker.work_once(database)
        assert state(session, ada) == (Selected.NOT_TAKEN, OfferState.LAPSED)
        assert state(session, bo) == (Selected.CHOSEN, OfferState.OPEN)
        assert state(session, cy) == (Selected.RESERVE, None)
        assert len(offered(session)) == 2
        assert "This offer has ended" in visitor.get(address).text


def test_a_pair_needs_two_places_and_the_next_who_fits_gets_one(
    session: Session, call: Call, moderator: Person, visitor: Visitor
) -> None:
    applicant(session, call, moderator, Selected.CHOSEN)
    pair = applicant(session, call, moderator, Selected.RESERVE)
    factories.make_application(session, call, second_to=pair)
    single = applicant(session, call, moderator, Selected.RESERVE)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    visitor.get(offered(session)[0]).press("Turn it down")
    assert state(session, pair) == (Selected.RESERVE, None)
    assert state(session, single) == (Selected.CHOSEN, OfferState.OPEN)


def test_both_of_a_pair_are_told_and_one_who_withdraws_frees_one_place(
    session: Session, database: Database, moderator: Person, visitor: Visitor
) -> None:
    make_schemes(session)
    call = make_call(session, places=2)
    pair = applicant(session, call, moderator, Selected.CHOSEN)
    factories.make_application(session, call, second_to=pair)
    reserve = applicant(session, call, moderator, Selected.RESERVE)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    visitor.get(offered(session)[0])
    assert "For you and the colleague who comes with you" in visitor.text
    visitor.press("Accept the place")
    told = mails(session, "place-accepted")
    assert len({message.to for message in told}) == 2
    visitor.get(withdraw_link(told[1])).press("Withdraw everything")
    worker.work_once(database)
    assert state(session, pair) == (Selected.CHOSEN, OfferState.ACCEPTED)
    assert state(session, reserve) == (Selected.CHOSEN, OfferState.OPEN)
    visitor.get(withdraw_link(told[0])).press("Withdraw everything")
    assert [each.id for each in applications(session)] == [reserve.id], "with all that was decided and offered"


def test_of_two_offers_for_one_place_the_first_to_accept_has_it(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    bo = applicant(session, call, moderator, Selected.CHOSEN)
    assert offering.offer_places(session, call, reply_days=7, by=moderator) == 2
    first, second = offered(session)
    visitor.get(second).press("Accept the place")
    visitor.get(first).press("Accept the place")
    assert visitor.status == 409 and "accepted before you" in visitor.text
    assert state(session, ada)[1] is OfferState.OPEN and state(session, bo)[1] is OfferState.ACCEPTED
    visitor.get(second).press("Give the place back")
    visitor.get(first).press("Accept the place")
    assert state(session, ada)[1] is OfferState.ACCEPTED


def accepted(visitor: Visitor, session: Session, call: Call, by: Person) -> Application:
    application = applicant(session, call, by, Selected.CHOSEN)
    offering.offer_places(session, call, reply_days=7, by=by)
    visitor.client.cookies.clear()
    visitor.get(offered(session)[-1]).press("Accept the place")
    return application


def test_who_accepted_is_invited_to_lead_their_organisation_once(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    application = accepted(visitor, session, call, moderator)
    address = f"/staff/calls/{call.id}/applications/{application.id}"
    factories.make_organisation(session, name="Playful").name_key = "playful"
    visitor.sign_in(session, moderator).get(address).follow("Invite to the pilot")
    visitor.press("Send the invitation", part="lead")
    assert visitor.status == 422 and "There is an organisation with this name already" in visitor.text
    visitor.press("Send the invitation", part="lead", organisation_name="Playful Games")
    assert "The invitation is on its way by email." in visitor.text
    session.commit()
    invitation = session.exec(select(Invitation)).one()
    assert invitation.email == application.registration.email
    assert session.exec(select(Organisation).where(Organisation.name == "Playful Games")).one()
    visitor.post(f"{address}/invite", {"part": "lead", "organisation_name": "Another"})
    assert visitor.status == 409
    assert visitor.get(f"{address}/invite").status == 409
    assert "Invited to the pilot on" in visitor.get(address).text
    assert len(session.exec(select(Invitation)).all()) == 1


def test_who_accepted_can_be_invited_as_a_specialist(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    application = accepted(visitor, session, call, moderator)
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/applications/{application.id}/invite")
    visitor.press("Send the invitation", part="specialist")
    assert visitor.status == 422 and "Enter their field" in visitor.text
    visitor.press("Send the invitation", part="specialist", expertise="Child psychology")
    session.commit()
    assert session.exec(select(Invitation.expertise)).one() == "Child psychology"


def test_only_an_accepted_place_in_the_pilot_leads_to_an_invitation(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    workshop = make_call(session, is_for=Purpose.WORKSHOP, places=1)
    came = accepted(visitor, session, workshop, moderator)
    chosen = applicant(session, call, moderator, Selected.CHOSEN)
    visitor.sign_in(session, moderator)
    for application in (came, chosen):
        address = f"/staff/calls/{application.call_id}/applications/{application.id}/invite"
        assert visitor.get(address).status == 409
        assert visitor.post(address, {"part": "specialist", "expertise": "x"}).status == 409


def test_withdrawing_takes_the_offer_along_and_the_place_is_passed_on(
    session: Session, database: Database, call: Call, moderator: Person, visitor: Visitor
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    bo = applicant(session, call, moderator, Selected.RESERVE)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    (address,) = offered(session)
    withdrawing.withdraw(session, ada.registration.reference, [Purpose.PILOT])
    session.commit()
    assert visitor.get(address).status == 422
    worker.work_once(database)
    assert state(session, bo) == (Selected.CHOSEN, OfferState.OPEN)
