"""Coming with a colleague: each for themselves, with one place each, and told when the other does not come."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, select

from backend import worker
from backend.core import clock
from backend.core.db import Database
from backend.people.models import Person, StaffRole
from backend.registrations import offering, queries, selecting
from backend.registrations.kinds import OfferState, Selected
from backend.registrations.models import Application, Call, ConsentRecord
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import (
    EMAIL,
    agree,
    applications,
    apply,
    close,
    confirm_link,
    link,
    mails,
    make_call,
    make_closed_call,
    make_schemes,
    register,
    registrations,
    withdraw_link,
)

PARTNER = "bo@playful.example"


@pytest.fixture(autouse=True)
def moderator(session: Session) -> Person:
    make_schemes(session)
    return factories.make_staff(session, StaffRole.MODERATOR)


def answer(session: Session, number: int) -> str:
    """The name of a field for an answer."""
    (call,) = queries.calls(session)
    return f"answer_{call.questions[number].id}"


def of(session: Session, email: str) -> Application | None:
    """Their application, confirmed or not."""
    return next((each for each in applications(session) if each.registration.email == email), None)


def confirm(visitor: Visitor, session: Session) -> Visitor:
    """Open the newest mail to confirm something, and do so."""
    return visitor.get(confirm_link(mails(session)[-1])).press("Confirm")


def name_bo(visitor: Visitor, session: Session, call: Call, **fields: str) -> Application:
    """Ada, or who is said, applies with Bo and confirms; her application."""
    apply(visitor, call, **{"partner_name": "Bo", "partner_email": PARTNER, **fields})
    confirm(visitor, session)
    found = of(session, fields.get("email", EMAIL))
    assert found
    return found


def offer(session: Session, call: Call, application: Application, by: Person) -> str:
    """Choose them and offer them a place; the link."""
    selecting.choose(session, application, Selected.CHOSEN, because="x", by=by)
    close(session, call)
    offering.offer_places(session, call, reply_days=7, by=by)
    return link(mails(session, "place-offered")[-1], "/offers")


def ended(session: Session) -> list[tuple[str, str]]:
    """Who was told that their colleague does not come, and what that means for them."""
    words = {"is gone": "place is gone", "keep your place": "keeps the place", "by yourself now": "applies alone"}
    return [
        (mail.to, next(short for long, short in words.items() if long in mail.text))
        for mail in mails(session, "pair-ended")
    ]


def test_the_second_of_a_pair_is_asked_by_themselves_and_confirms(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    apply(visitor, call, partner_name="Bo Buy-Now", partner_email=PARTNER)
    assert [message.to for message in mails(session)] == [EMAIL], "nobody is mailed before the first has confirmed"
    visitor.get(confirm_link(mails(session)[0])).press("Confirm")
    first, second = applications(session)
    message = mails(session)[1]
    assert message.to == PARTNER and "Buy-Now" not in message.text
    visitor.get(confirm_link(message))
    assert "A colleague has named you to come with them" in visitor.text
    assert "Ada Example" in visitor.text and "Write to me about taking part in the pilot" in visitor.text
    field = f"discipline_{call.id}"
    visitor.press("Confirm")
    assert visitor.status == 422 and "Select that you would come" in visitor.text
    visitor.press("Confirm", second_to=str(first.id))
    assert visitor.status == 422 and "18 or over" in visitor.text and "Select your field" in visitor.text
    visitor.press("Confirm", of_age="yes", **{field: "research", answer(session, 1): "Yes"})
    assert visitor.path == "/register-interest/confirmed"
    assert [each.id for each in queries.applicants(session, call)] == [first.id, second.id]
    came = applications(session)[1]
    assert came.second_to_id == first.id
    assert came.discipline == "research" and list(came.answers.values()) == ["Yes"], "they answer for themselves"
    assert registrations(session)[1].purposes == ["pilot"]


def test_a_second_who_knows_us_already_keeps_their_words_and_may_say_no(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    register(visitor, email=PARTNER, name="Bo Themselves", purposes="updates")
    visitor.get(confirm_link(mails(session)[0])).press("Confirm")
    apply(visitor, call, partner_name="Bobby", partner_email=PARTNER)
    visitor.get(confirm_link(mails(session)[1])).press("Confirm")
    visitor.get(confirm_link(mails(session)[2]))
    assert "Bo Themselves" in visitor.text and "Bobby" not in visitor.text
    register(visitor, email=PARTNER, name="Bo Themselves", purposes="workshop")
    visitor.get(confirm_link(mails(session)[2])).press("Confirm")
    assert visitor.path == "/register-interest/confirmed"
    assert len(applications(session)) == 1, "who does not tick it does not come"
    bo = next(each for each in registrations(session) if each.email == PARTNER)
    assert bo.purposes == ["workshop", "updates"]


@pytest.mark.parametrize("partner", ["right@playful.example", ""])
def test_who_corrects_the_address_of_a_colleague_lets_the_first_go(
    visitor: Visitor, session: Session, partner: str
) -> None:
    call = make_call(session)
    ada = name_bo(visitor, session, call, partner_email="typo@playful.example")
    typo = confirm_link(mails(session)[-1])
    apply(visitor, call, partner_name="Bo" if partner else "", partner_email=partner)
    confirm(visitor, session) if not partner else visitor.get(confirm_link(mails(session)[-1])).press("Confirm")
    assert visitor.path == "/register-interest/confirmed"
    second = queries.find_second(session, ada)
    assert (second.registration.email if second else "") == partner
    assert "typo@playful.example" not in [each.email for each in registrations(session)], "nothing is kept of them"
    assert visitor.get(typo).status == 410


def test_who_is_let_go_has_nothing_to_confirm_or_withdraw(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    name_bo(visitor, session, call)
    message = mails(session)[-1]
    theirs, way_out = confirm_link(message), withdraw_link(message)
    apply(visitor, call)
    confirm(visitor, session)
    assert visitor.get(theirs).status == 410
    assert "Nothing is registered under this link any more" in visitor.get(way_out).text


def test_nobody_loses_their_own_application_because_they_are_named(visitor: Visitor, session: Session) -> None:
    call = make_call(session, questions=[])
    apply(visitor, call, email=PARTNER, name="Bo Themselves")
    theirs = confirm_link(mails(session)[0])
    name_bo(visitor, session, call)
    assert "Bo Themselves" in visitor.get(theirs).text
    visitor.press("Confirm")
    assert visitor.path == "/register-interest/confirmed"
    kept = of(session, PARTNER)
    assert kept and kept.second_to_id is None and kept.registration.purposes == ["pilot"]


def test_nobody_loses_their_own_application_because_who_named_them_withdraws(
    visitor: Visitor, session: Session
) -> None:
    call = make_call(session, questions=[])
    apply(visitor, call, email=PARTNER, name="Bo Themselves")
    theirs = confirm_link(mails(session)[0])
    name_bo(visitor, session, call)
    visitor.get(withdraw_link(mails(session)[1])).press("Withdraw everything")
    visitor.get(theirs).press("Confirm")
    kept = of(session, PARTNER)
    assert kept and kept.second_to_id is None and kept.registration.confirmed_at


def test_a_page_from_before_somebody_was_named_confirms_nothing(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    apply(visitor, call, email=PARTNER)
    theirs = confirm_link(mails(session)[0])
    shown = visitor.get(theirs).page.xpath("//input[@name='shown']/@value")[0]
    name_bo(visitor, session, call)
    assert visitor.post(theirs, {"shown": shown}).status == 409
    named = of(session, PARTNER)
    assert named and named.second_to_id is not None


def test_who_was_only_named_cannot_confirm_another_number(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    name_bo(visitor, session, call)
    visitor.get(confirm_link(mails(session)[-1]))
    shown = visitor.page.xpath("//input[@name='shown']/@value")[0]
    visitor.post(visitor.path, {"shown": shown, "second_to": "999", "of_age": "yes"})
    assert visitor.status == 422 and "Select that you would come" in visitor.text
    assert [each.email for each in registrations(session) if each.confirmed_at] == [EMAIL]
    session.commit()
    given = session.exec(select(ConsentRecord.reference).order_by(col(ConsentRecord.id))).all()
    assert set(given) == {registrations(session)[0].reference}


@pytest.mark.parametrize("accepts_first", [True, False])
def test_an_offer_is_renewed_for_two_when_the_colleague_confirms_after_it(
    visitor: Visitor, session: Session, moderator: Person, accepts_first: bool
) -> None:
    call = make_call(session, places=2)
    ada = name_bo(visitor, session, call)
    theirs = confirm_link(mails(session)[-1])
    address = offer(session, call, ada, moderator)
    if accepts_first:
        visitor.get(address).press("Accept the place")
    agree(visitor.get(theirs), call, ada)
    assert queries.people_with_places(session, call) == 2
    if not accepts_first:
        assert visitor.get(address).status == 404, "a new link replaces it"
        visitor.get(link(mails(session, "place-offered")[-1], "/offers"))
        assert "For you and the colleague who comes with you" in visitor.text
        visitor.press("Accept the place")
    assert {each.to for each in mails(session, "place-accepted")} == {EMAIL, PARTNER}
    assert queries.people_with_places(session, call, accepted=True) == 2
    given_back = [each for each in mails(session, "place-accepted") if "/offers/" in each.text]
    assert {each.to for each in given_back} == {EMAIL}, "the first answers for both"


def test_where_there_is_no_room_for_two_each_stands_alone_and_both_know(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    call = make_call(session, places=1)
    ada = name_bo(visitor, session, call)
    theirs = confirm_link(mails(session)[-1])
    offer(session, call, ada, moderator)
    agree(visitor.get(theirs), call, ada)
    assert "no place left for a colleague, so you apply by yourself" in visitor.text
    bo = of(session, PARTNER)
    assert bo and bo.second_to_id is None and bo.registration.confirmed_at
    assert ended(session) == [(EMAIL, "applies alone")]
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/applications/{bo.id}")
    visitor.press("Save the decision", selected="reserve", because="x")
    assert visitor.status == 200


def test_who_has_a_place_cannot_take_another_as_a_second(visitor: Visitor, session: Session, moderator: Person) -> None:
    call = make_call(session, places=3)
    apply(visitor, call, email=PARTNER, name="Bo")
    confirm(visitor, session)
    apply(visitor, call, partner_name="Bo", partner_email=PARTNER)
    adas = confirm_link(mails(session)[-1])
    bo = of(session, PARTNER)
    assert bo
    visitor.get(offer(session, call, bo, moderator)).press("Accept the place")
    visitor.get(adas).press("Confirm")
    ada = of(session, EMAIL)
    assert ada and queries.find_second(session, ada) is None
    assert [each.to for each in mails(session)].count(PARTNER) == 1, "nobody is asked what they cannot agree to"


def test_who_comes_with_one_colleague_cannot_come_with_another(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    call = make_call(session, places=4)
    ada = name_bo(visitor, session, call)
    agree(visitor.get(confirm_link(mails(session)[-1])), call, ada)
    name_bo(visitor, session, call, email="cy@playful.example", name="Cy")
    bo = of(session, PARTNER)
    assert bo and bo.second_to_id == ada.id
    assert [each.to for each in mails(session)].count(PARTNER) == 1


def test_what_was_named_before_is_refused_when_a_place_has_come_in_between(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    call = make_call(session, places=3)
    apply(visitor, call, email=PARTNER, name="Bo")
    confirm(visitor, session)
    bo = of(session, PARTNER)
    assert bo
    ada = name_bo(visitor, session, call)
    theirs = confirm_link(mails(session)[-1])
    visitor.get(theirs)
    page = visitor.page
    offer(session, call, bo, moderator)
    visitor.page = page
    agree(visitor, call, ada)
    assert visitor.status == 409 and "You cannot come with this colleague" in visitor.text
    assert "You cannot: you have been offered a place" in visitor.get(theirs).text
    assert queries.find_second(session, ada) is not None and of(session, PARTNER)


def test_a_colleague_who_never_answers_changes_nothing(
    visitor: Visitor, session: Session, database: Database, moderator: Person
) -> None:
    call = make_call(session)
    ada = name_bo(visitor, session, call)
    selecting.choose(session, ada, Selected.CHOSEN, because="x", by=moderator)
    session.commit()
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        worker.work_once(database)
        assert [each.registration.email for each in applications(session)] == [EMAIL]
        assert ended(session) == []
        visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
        assert "Changed since decided" not in visitor.text


def test_the_second_of_a_pair_is_never_on_the_reserve_list(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    call = make_call(session)
    apply(visitor, call, email=PARTNER, name="Bo")
    confirm(visitor, session)
    bo = of(session, PARTNER)
    assert bo
    selecting.choose(session, bo, Selected.RESERVE, because="x", by=moderator)
    ada = name_bo(visitor, session, call)
    agree(visitor.get(confirm_link(mails(session)[-1])), call, ada)
    assert selecting.reserve(session, call) == []
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    assert "Tell them by email" not in visitor.text


def test_the_other_of_a_pair_is_told_once_whoever_leaves(visitor: Visitor, session: Session, moderator: Person) -> None:
    call = make_closed_call(session, places=6)
    firsts = [factories.make_application(session, call, name=f"First {number}") for number in range(3)]
    seconds = [factories.make_application(session, call, name="Second", second_to=first) for first in firsts]
    for first in firsts:
        selecting.choose(session, first, Selected.CHOSEN, because="x", by=moderator)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    links = [link(message, "/offers") for message in mails(session, "place-offered")]
    ways_out = [withdraw_link(message) for message in mails(session, "place-offered")]
    for address in links:
        visitor.get(address).press("Accept the place")
    emails = [each.registration.email for each in seconds]
    second_way_out = next(withdraw_link(each) for each in mails(session, "place-accepted") if each.to == emails[2])
    visitor.get(links[0]).press("Give the place back")
    visitor.post(links[0], {"answer": "turn-down"})
    visitor.get(ways_out[1]).press("Withdraw everything")
    visitor.get(second_way_out).press("Withdraw everything")
    third = firsts[2].registration.email
    assert ended(session) == [(emails[0], "place is gone"), (emails[1], "place is gone"), (third, "keeps the place")]
    session.commit()
    assert queries.people_with_places(session, call) == 1
    offers = queries.offers(session, call)
    assert offers[firsts[2].id].state is OfferState.ACCEPTED
