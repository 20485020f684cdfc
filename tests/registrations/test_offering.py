"""Offers: answered by a link, lapsing by themselves, passed on to the reserve, and leading into the pilot once."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session

from backend import worker
from backend.core import clock, cookies
from backend.core.db import Database
from backend.people.models import Person, StaffRole
from backend.registrations import offering, passing_on, queries, selecting, withdrawing
from backend.registrations.kinds import OfferState, Purpose, Selected
from backend.registrations.models import Application, Call
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import (
    applications,
    link,
    mails,
    make_call,
    make_closed_call,
    make_schemes,
    withdraw_link,
)


@pytest.fixture
def moderator(session: Session) -> Person:
    return factories.make_staff(session, StaffRole.MODERATOR)


@pytest.fixture
def call(session: Session) -> Call:
    make_schemes(session)
    return make_closed_call(session, places=1)


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
    assert "Offer places to everybody chosen" not in visitor.text
    fields = {"reply_days": "7", "passes_until": clock.today().isoformat()}
    assert visitor.post(f"/staff/calls/{call.id}/offer", fields).status == 409, "nobody is offered two"
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
        assert visitor.status == 410, "also before the worker has come by"
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
    call = make_closed_call(session, places=2)
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


def test_an_open_offer_is_sent_again_with_a_link_that_replaces_the_first(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    address = f"/staff/calls/{call.id}/applications/{ada.id}"
    visitor.sign_in(session, moderator).get(address).press("Send the offer again")
    assert "The offer is on its way by email again." in visitor.text
    before, after = offered(session)
    assert "replaces the one in our earlier email" in mails(session, "place-offered")[1].text
    visitor.client.cookies.clear()
    assert visitor.get(before).status == 404
    visitor.get(after).press("Accept the place")
    assert state(session, ada) == (Selected.CHOSEN, OfferState.ACCEPTED)
    visitor.sign_in(session, moderator)
    assert visitor.post(f"{address}/send-offer-again", {}).status == 409
    assert len(offered(session)) == 2


def test_what_followed_by_itself_is_said_in_the_language_of_who_reads_it(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    visitor.client.cookies.set(cookies.LANGUAGE.name, "cy", domain="testserver.local")
    visitor.post(offered(session)[0], {"answer": "turn-down"})
    visitor.client.cookies.clear()
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/applications/{ada.id}")
    assert "The offer was turned down." in visitor.text


def test_withdrawing_takes_the_offer_along_and_the_place_is_passed_on(
    session: Session, database: Database, call: Call, moderator: Person, visitor: Visitor
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    bo = applicant(session, call, moderator, Selected.RESERVE)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    (address,) = offered(session)
    withdrawing.withdraw(session, ada.registration.reference, [Purpose.PILOT])
    session.commit()
    assert visitor.get(address).status == 404
    worker.work_once(database)
    assert state(session, bo) == (Selected.CHOSEN, OfferState.OPEN)


def test_places_are_offered_once_the_call_has_closed(visitor: Visitor, session: Session, moderator: Person) -> None:
    make_schemes(session)
    call = make_call(session)
    applicant(session, call, moderator, Selected.CHOSEN)
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    assert "Offer places to everybody chosen" not in visitor.text
    fields = {"reply_days": "7", "passes_until": "2199-01-01"}
    assert visitor.post(f"/staff/calls/{call.id}/offer", fields).status == 409
    assert "The call is still open" in visitor.text


def test_what_comes_back_is_passed_on_until_the_day_that_staff_say(
    visitor: Visitor, session: Session, database: Database, call: Call, moderator: Person
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    bo = applicant(session, call, moderator, Selected.RESERVE)
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    visitor.press("Offer places to everybody chosen", passes_until="2020-01-01")
    assert visitor.status == 422 and "Enter a day from today" in visitor.text
    last = clock.today() + timedelta(days=30)
    visitor.press("Offer places to everybody chosen", passes_until=last.isoformat())
    assert "1 offer is on its way" in visitor.text
    visitor.client.cookies.clear()
    visitor.get(offered(session)[0]).press("Accept the place")
    with time_machine.travel(clock.now() + timedelta(days=31, hours=12), tick=False):
        withdrawing.withdraw(session, ada.registration.reference, [Purpose.PILOT])
        worker.work_once(database)
        assert state(session, bo) == (Selected.RESERVE, None)


def test_one_place_is_passed_on_once_also_when_staff_fill_it_by_hand(
    visitor: Visitor, session: Session, database: Database, moderator: Person
) -> None:
    make_schemes(session)
    call = make_closed_call(session, places=10)
    for name in ("Ada", "Bo", "Cy"):
        applicant(session, call, moderator, Selected.CHOSEN, name=name)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    visitor.get(offered(session)[0]).press("Turn it down")
    applicant(session, call, moderator, Selected.CHOSEN, name="Instead")
    offering.offer_places(session, call, reply_days=7, by=moderator)
    session.commit()
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    late = applicant(session, call, moderator, Selected.RESERVE, name="Late")
    worker.work_once(database)
    assert state(session, late) == (Selected.RESERVE, None)
    assert queries.people_with_places(session, call) == 3


def test_staff_are_told_that_the_reserve_list_is_offered_a_free_place_by_itself(
    visitor: Visitor, session: Session, database: Database, call: Call, moderator: Person
) -> None:
    applicant(session, call, moderator, Selected.CHOSEN)
    late = factories.make_application(session, call)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    visitor.get(offered(session)[0]).press("Turn it down")
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/applications/{late.id}")
    assert "1 place has come back" in visitor.text
    visitor.press("Save the decision", selected="reserve", because="x")
    worker.work_once(database)
    assert state(session, late) == (Selected.CHOSEN, OfferState.OPEN)


def test_the_worker_looks_only_at_calls_with_something_to_do(session: Session, call: Call, moderator: Person) -> None:
    applicant(session, call, moderator, Selected.CHOSEN)
    applicant(session, call, moderator, Selected.RESERVE)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    assert queries.calls_with_something_to_do(session) == []
    with time_machine.travel(clock.now() + timedelta(days=9), tick=False):
        assert [each.id for each in queries.calls_with_something_to_do(session)] == [call.id]
        passing_on.lapse(session)
        assert queries.calls_with_something_to_do(session) == []


def test_a_place_that_became_an_invitation_is_not_given_back_here(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    ada = applicant(session, call, moderator, Selected.CHOSEN)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    (address,) = offered(session)
    visitor.get(address).press("Accept the place")
    fields = {"part": "specialist", "expertise": "Play"}
    visitor.sign_in(session, moderator).post(f"/staff/registrations/{ada.registration_id}/invite", fields)
    visitor.client.cookies.clear()
    assert "Your place has become an invitation" in visitor.get(address).text
    assert "Give the place back" not in visitor.text
    assert visitor.post(address, {"answer": "turn-down"}).status == 409
    assert state(session, ada)[1] is OfferState.ACCEPTED


def test_a_pair_that_finds_one_place_left_is_told_so(visitor: Visitor, session: Session, moderator: Person) -> None:
    make_schemes(session)
    call = make_closed_call(session, places=3)
    for name in ("Ada", "Bo"):
        first = applicant(session, call, moderator, Selected.CHOSEN, name=name)
        factories.make_application(session, call, second_to=first)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    for address in offered(session):
        visitor.get(address).press("Accept the place")
    assert visitor.status == 409 and "There is no room for two" in visitor.text
