"""Booking a place: the mailbox says yes, the waiting list moves up, and nothing is kept longer than it is needed."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from icalendar import Calendar
from sqlmodel import Session, col, select

from backend.accounts import limits
from backend.audit.models import AuditEvent
from backend.core import clock, periods
from backend.notifications.models import OutboxMessage
from backend.people.models import Person, StaffRole
from backend.workshops import booking, forgetting, telling
from backend.workshops.models import AccessNeed, Place, PlaceState, Workshop
from tests import factories
from tests.accounts.mailbox import last, mails
from tests.browsing import Visitor

AGREED: dict[str, Any] = {"is_adult": "yes", "agrees": "yes"}
ASHA = {"name": "Asha Example", **AGREED}
MAILBOX = "asha@example.org"
SECRET = "Meet at the blue door"


def link_in(mail: OutboxMessage, kind: str = "places") -> str:
    found = re.search(rf"/workshop-{kind}/\S+", mail.text)
    assert found, mail.text
    return found[0]


def ask(visitor: Visitor, workshop: Workshop, email: str = MAILBOX) -> Visitor:
    """Ask for a place without an account."""
    return visitor.get(f"/workshops/{workshop.slug}/book").press("Send me the link", email=email)


def make(session: Session, capacity: int = 2, **facts: Any) -> Workshop:
    workshop = factories.make_workshop(session, capacity=capacity, joining_details=SECRET, **facts)
    session.commit()
    return workshop


def seat(session: Session, workshop: Workshop, number: int = 1) -> list[Place]:
    """So many people with accounts of their own book one after the other."""
    people = [factories.make_person(session, name=f"Guest {each}") for each in range(1, number + 1)]
    return [booking.book(session, workshop, person, access="A ramp") for person in people]


def test_somebody_without_an_account_books_and_the_mailbox_says_yes(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    visitor.get(f"/workshops/{workshop.slug}").follow("Book a place").press("Send me the link", email=MAILBOX)
    assert visitor.path.endswith("/book/asked") and "You have no place before you have followed it" in visitor.text
    asked = last(session, "workshop-confirm")
    assert asked.to == "asha@example.org" and asked.person_id is None
    visitor.get(link_in(asked, "bookings"))
    assert session.exec(select(Place.state)).one() is PlaceState.ASKED, "opening the link does nothing"
    visitor.press("Confirm", **ASHA)
    assert "You have a place." in visitor.text and SECRET in visitor.text
    session.expire_all()
    place = session.exec(select(Place)).one()
    assert (place.state, place.number, place.wording) == (PlaceState.BOOKED, 1, booking.WORDING)
    assert place.agreed_at and place.confirmed_at
    assert SECRET in last(session, "workshop-place").text
    assert visitor.get(link_in(asked, "bookings")).status == 422 and "has been used" in visitor.text
    assert place.link_seed not in last(session, "workshop-place").text
    link = link_in(last(session, "workshop-place"))
    visitor.get(link).follow("Give up your place")
    assert session.exec(select(Place.state)).one() is PlaceState.BOOKED, "it asks once more"
    visitor.press("Give it up")
    assert visitor.path == f"/workshops/{workshop.slug}" and "2 places are left" in visitor.text
    session.expire_all()
    assert (place.state, place.name, place.email) == (PlaceState.GIVEN_UP, "", "")
    assert visitor.get(link).status == 410


def test_the_answer_is_the_same_for_a_mailbox_that_is_known(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    person = factories.make_person(session, email="known@example.org")
    booking.book(session, workshop, person)
    session.commit()
    answers = set()
    for email in ("unknown@example.org", "KNOWN@example.org"):
        ask(visitor, workshop, email)
        answers.add((visitor.status, visitor.path, visitor.text))
    assert len(answers) == 1
    assert last(session, "workshop-again").to == "known@example.org"
    assert [mail.to for mail in mails(session, "workshop-confirm")] == ["unknown@example.org"]


def test_joining_details_are_for_those_with_a_place(visitor: Visitor, session: Session) -> None:
    workshop = make(session, capacity=1)
    booked, waiting = seat(session, workshop, 2)
    session.commit()
    assert SECRET not in visitor.get(f"/workshops/{workshop.slug}").text
    assert SECRET not in visitor.get(f"/workshops/{workshop.slug}.ics").response.text
    assert SECRET not in visitor.get("/workshops.atom").response.text
    visitor.sign_in(session, waiting.person).get(f"/workshops/{workshop.slug}")
    assert "You are next." in visitor.text and SECRET not in visitor.response.text
    visitor.sign_in(session, booked.person).get(f"/workshops/{workshop.slug}")
    assert SECRET in visitor.text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Enter your name"),
        ({"is_adult": []}, "Confirm that you are 18 or over"),
        ({"agrees": []}, "Agree, or leave this page"),
        ({"access_needs": "A ramp"}, "Tick this to tell the organisers"),
    ],
)
def test_a_mistake_books_nothing(visitor: Visitor, session: Session, wrong: dict[str, Any], words: str) -> None:
    workshop = make(session)
    ask(visitor, workshop).get(link_in(last(session, "workshop-confirm"), "bookings"))
    visitor.press("Confirm", **{**ASHA, **wrong})
    assert visitor.status == 422 and words in visitor.text
    assert session.exec(select(Place.state)).one() is PlaceState.ASKED


def test_an_address_that_cannot_be_is_asked_nothing(visitor: Visitor, session: Session) -> None:
    ask(visitor, make(session), "asha@")
    assert visitor.status == 422 and "Enter an email address in the correct format" in visitor.text
    assert session.exec(select(Place)).first() is None


def test_all_mistakes_are_told_at_once_in_the_order_of_the_page(visitor: Visitor, session: Session) -> None:
    ask(visitor, make(session)).get(link_in(last(session, "workshop-confirm"), "bookings"))
    visitor.press("Confirm", access_needs="A ramp")
    told = [link.get("href") for link in visitor.page.xpath("//*[contains(@class, 'error-summary')]//a")]
    assert told == ["#name", "#access_consent", "#is_adult", "#agrees"]


def test_a_place_that_is_given_up_passes_to_who_has_waited_longest(visitor: Visitor, session: Session) -> None:
    workshop = make(session, capacity=1)
    first, second, third = seat(session, workshop, 3)
    session.commit()
    assert (
        "1 person waits before you." in visitor.sign_in(session, third.person).get(f"/workshops/{workshop.slug}").text
    )
    visitor.sign_in(session, first.person).get(f"/workshops/{workshop.slug}")
    visitor.follow("See or change your place").follow("Give up your place").press("Give it up")
    session.expire_all()
    assert [place.state for place in (first, second, third)] == [
        PlaceState.GIVEN_UP, PlaceState.BOOKED, PlaceState.WAITING,
    ]  # fmt: skip
    told = last(session, "workshop-place")
    assert told.to == second.email and "A place has been given up, and it is yours" in told.text


def test_more_places_go_to_those_who_wait_and_fewer_than_are_taken_cannot_be(
    visitor: Visitor, session: Session
) -> None:
    workshop = make(session, capacity=1)
    seat(session, workshop, 3)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get(f"/staff/workshops/{workshop.slug}/edit").press("Save", capacity="2")
    states = select(Place.state).order_by(col(Place.number))
    session.expire_all()
    assert list(session.exec(states)) == [PlaceState.BOOKED, PlaceState.BOOKED, PlaceState.WAITING]
    visitor.get(f"/staff/workshops/{workshop.slug}/edit").press("Save", capacity="1")
    assert visitor.status == 422 and "Places already taken: 2" in visitor.text


def test_nobody_books_twice(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    [place] = seat(session, workshop)
    visitor.sign_in(session, place.person).get(f"/workshops/{workshop.slug}/book").press("Book", **AGREED)
    assert visitor.status == 409 and "You have booked already" in visitor.text


def test_an_unconfirmed_booking_is_erased_after_seven_days_and_gets_no_second_mail(
    visitor: Visitor, session: Session
) -> None:
    workshop = make(session, in_days=30)
    ask(visitor, workshop)
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23), tick=False):
        assert forgetting.forget_unconfirmed(session) == 0
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1), tick=False):
        assert visitor.get(link_in(last(session, "workshop-confirm"), "bookings")).status == 422
        forgetting.forget(session)
        session.commit()
    assert not session.exec(select(Place)).all() and not session.exec(select(AccessNeed)).all()
    [mail] = session.exec(select(OutboxMessage)).all()
    assert (mail.to, mail.subject, mail.text) == ("", "", ""), "nothing is kept of what it said"


def test_access_needs_are_for_the_organisers_and_are_gone_after_the_workshop(
    visitor: Visitor, session: Session
) -> None:
    workshop = make(session)
    [place] = seat(session, workshop)
    visitor.sign_in(session, place.person)
    assert "A ramp" not in visitor.get(f"/workshops/{workshop.slug}").response.text
    assert visitor.get(f"/staff/workshops/{workshop.slug}/places").status == 403
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR))
    assert "A ramp" in visitor.get(f"/staff/workshops/{workshop.slug}").follow("See who comes").text
    assert forgetting.forget_access_needs(session) == 0
    with time_machine.travel(workshop.ends_at + timedelta(seconds=1), tick=False):
        assert forgetting.forget_access_needs(session) == 1
    session.commit()
    assert not session.exec(select(AccessNeed)).all()
    assert "access needs erased" in session.exec(select(AuditEvent.action)).all()
    with time_machine.travel(workshop.ends_at + periods.ATTENDANCE, tick=False):
        forgetting.forget(session)
    session.commit()
    session.expire_all()
    assert (place.state, place.name, place.email) == (PlaceState.FORGOTTEN, "", "")


def test_a_cancelled_workshop_tells_everybody_why(visitor: Visitor, session: Session) -> None:
    workshop = make(session, capacity=1)
    booked, waiting = seat(session, workshop, 2)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get(f"/staff/workshops/{workshop.slug}").follow("Cancel the workshop")
    visitor.press("Cancel the workshop", because="")
    assert visitor.status == 422
    visitor.press("Cancel the workshop", because="The hall is flooded.", sure="yes")
    told = mails(session, "workshop-cancelled")
    assert {mail.to for mail in told} == {booked.email, waiting.email}
    assert all("The hall is flooded." in mail.text for mail in told)
    visitor.client.cookies.clear()
    assert "The hall is flooded." in visitor.get(f"/workshops/{workshop.slug}").text
    assert visitor.get(f"/workshops/{workshop.slug}/book").status == 409
    event = Calendar.from_ical(visitor.get(f"/workshops/{workshop.slug}.ics").response.text).events[0]
    assert event["status"] == "CANCELLED" and event["sequence"] == 1
    assert "Mark it as cancelled in your calendar" in visitor.get(f"/workshops/{workshop.slug}").text
    assert all(f"/workshops/{workshop.slug}.ics" in mail.text for mail in told)
    visitor.get(telling.page_of(booked)).follow("Have your name forgotten")
    assert "Give up your place" not in visitor.text
    visitor.press("Forget my name and address")
    session.expire_all()
    assert (booked.state, booked.email) == (PlaceState.GIVEN_UP, "")
    assert not mails(session, "workshop-given-up"), "nobody is told to book again soon"
    assert waiting.state is PlaceState.WAITING, "nobody gets a place at what will not take place"


def test_nobody_books_once_it_has_begun(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    ask(visitor, workshop)
    link = link_in(last(session, "workshop-confirm"), "bookings")
    workshop.starts_at = clock.now()
    session.commit()
    assert visitor.get(f"/workshops/{workshop.slug}/book").status == 409
    assert visitor.post(link).status == 409


def test_the_calendar_takes_over_a_new_time(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    [place] = seat(session, workshop)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))

    def event() -> Any:
        return Calendar.from_ical(visitor.get(f"/workshops/{workshop.slug}.ics").response.text).events[0]

    before = event()
    form = {"day": "2027-07-01", "starts": "10:00", "ends": "12:00"}
    visitor.get(f"/staff/workshops/{workshop.slug}/edit").press("Save", **form)
    after = event()
    assert before["uid"] == after["uid"] and (before["sequence"], after["sequence"]) == (0, 1)
    assert after.start.isoformat() == "2027-07-01T10:00:00+01:00" and str(after.start.tzinfo) == "Europe/London"
    assert "1 July 2027, 10:00am to midday (UK time)" in last(session, "workshop-changed").text
    assert last(session, "workshop-changed").to == place.email
    visitor.get(f"/staff/workshops/{workshop.slug}/edit").press("Save", summary="Other words.")
    assert event()["sequence"] == 1 and len(mails(session, "workshop-changed")) == 1


@pytest.mark.parametrize("day", ["2020-02-03", "2026-10-20"])
def test_a_slip_in_the_date_forgets_nobody(visitor: Visitor, session: Session, day: str) -> None:
    with time_machine.travel(datetime(2026, 11, 27, 12, tzinfo=UTC), tick=False):
        workshop = make(session)
        [place] = seat(session, workshop)
        visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
        visitor.get(f"/staff/workshops/{workshop.slug}/edit").press("Save", day=day)
        assert visitor.status == 422 and "Enter a day to come, or cancel it" in visitor.text
        forgetting.forget(session)
        session.commit()
    session.expire_all()
    assert place.email and session.exec(select(AccessNeed.words)).all() == ["A ramp"]


def test_a_workshop_that_is_over_may_be_put_right(visitor: Visitor, session: Session) -> None:
    workshop = make(session, in_days=-3)
    factories.make_place(session, workshop)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get(f"/staff/workshops/{workshop.slug}/edit").press("Save", day="2026-02-03")
    assert "3 February 2026" in visitor.text and not mails(session, "workshop-changed")


def test_a_mailbox_is_asked_once_in_seven_days_and_its_link_goes_on_working(visitor: Visitor, session: Session) -> None:
    workshop = make(session, in_days=30)
    for _ in range(5):
        ask(visitor, workshop)
        assert visitor.path.endswith("/book/asked"), "the answer stays the same"
    [asked] = mails(session, "workshop-confirm")
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1), tick=False):
        ask(visitor, workshop)
        assert len(mails(session, "workshop-confirm")) == 2 and len(session.exec(select(Place)).all()) == 1
        assert visitor.get(link_in(last(session, "workshop-confirm"), "bookings")).status == 200
    assert asked.sent_at is None


def test_a_mailbox_is_told_once_in_seven_days_that_it_has_a_place(visitor: Visitor, session: Session) -> None:
    workshop = make(session, in_days=30)
    [place] = seat(session, workshop)
    session.commit()
    for _ in range(4):
        ask(visitor, workshop, place.email)
        assert visitor.path.endswith("/book/asked")
    assert len(mails(session, "workshop-again")) == 1
    with time_machine.travel(clock.now() + timedelta(days=7), tick=False):
        ask(visitor, workshop, place.email)
    assert len(mails(session, "workshop-again")) == 2


def test_nothing_that_a_stranger_types_is_kept_or_mailed(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    form = {"email": MAILBOX, "name": "Win a prize at evil.example", "access_needs": "x", **AGREED}
    assert visitor.post(f"/workshops/{workshop.slug}/book", form).status == 422
    ask(visitor, workshop)
    asked = last(session, "workshop-confirm")
    assert asked.text.startswith("Hello,\n")
    place = session.exec(select(Place)).one()
    assert (place.name, place.wording) == ("", "")
    token = link_in(asked, "bookings").rsplit("/", 1)[1]
    assert token not in asked.dedupe


def test_giving_up_empties_the_mails_about_the_place(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    ask(visitor, workshop).get(link_in(last(session, "workshop-confirm"), "bookings")).press("Confirm", **ASHA)
    for mail in session.exec(select(OutboxMessage)):
        mail.sent_at, mail.due_at = clock.now(), None
    session.commit()
    visitor.follow("Give up your place").press("Give it up")
    session.expire_all()
    kept = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
    assert [mail.kind for mail in kept if mail.text] == ["workshop-given-up"]
    assert "Asha" not in kept[-1].text and "/workshop-places/" not in kept[-1].text
    assert {mail.to for mail in kept[:-1]} == {""}


def test_people_see_change_and_take_back_what_they_need(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    [place] = seat(session, workshop)
    visitor.sign_in(session, place.person).get(f"/workshops/{workshop.slug}").follow("See or change your place")
    assert "A ramp" in visitor.response.text
    visitor.press("Save what I need", access_needs="A seat")
    assert visitor.status == 422 and "Tick this to tell the organisers" in visitor.text
    visitor.press("Save what I need", access_needs="A seat", access_consent="yes")
    assert session.exec(select(AccessNeed.words)).all() == ["A seat"]
    visitor.press("Save what I need", access_needs="", access_consent=[])
    session.expire_all()
    assert not session.exec(select(AccessNeed)).all() and place.state is PlaceState.BOOKED


def test_booking_is_limited_for_a_client(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    for _ in range(limits.BOOKINGS.amount):
        visitor.post(f"/workshops/{workshop.slug}/book")
    assert visitor.post(f"/workshops/{workshop.slug}/book").status == 429


def test_a_mailbox_with_an_account_finds_its_place_when_signed_in(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    person = factories.make_person(session, email="asha@example.org")
    ask(visitor, workshop)
    visitor.get(link_in(last(session, "workshop-confirm"), "bookings")).press("Confirm", **ASHA)
    assert "You have a place." in visitor.sign_in(session, person).get(f"/workshops/{workshop.slug}").text


def test_who_waits_no_longer_is_told_just_that(visitor: Visitor, session: Session) -> None:
    workshop = make(session, capacity=1)
    _, waiting = seat(session, workshop, 2)
    session.commit()
    visitor.get(telling.page_of(waiting)).follow("Wait no longer").press("Wait no longer")
    assert "You no longer wait for a place." in visitor.text
    told = last(session, "workshop-given-up")
    assert told.subject.startswith("You no longer wait") and "given up your place" not in told.text


def test_a_place_booked_by_mailbox_is_found_by_the_account_that_comes_later(visitor: Visitor, session: Session) -> None:
    workshop = make(session)
    ask(visitor, workshop).get(link_in(last(session, "workshop-confirm"), "bookings")).press("Confirm", **ASHA)
    person = factories.make_person(session, email=MAILBOX)
    assert "You have a place." in visitor.sign_in(session, person).get(f"/workshops/{workshop.slug}").text
    assert visitor.get(f"/workshops/{workshop.slug}/book").press("Book", **AGREED).status == 409
    booking.give_up_all(session, person)
    assert session.exec(select(Place.email)).one() == ""


def test_the_record_names_nobody(session: Session) -> None:
    workshop = make(session)
    seat(session, workshop, 3)
    session.commit()
    details = " ".join(session.exec(select(AuditEvent.detail)))
    assert not any(word in details for person in session.exec(select(Person)) for word in (person.name, person.email))


def test_closing_an_account_frees_its_place_for_who_waits(visitor: Visitor, session: Session) -> None:
    workshop = make(session, capacity=1)
    leaving, waiting = seat(session, workshop, 2)
    assert (leaving.state, waiting.state) == (PlaceState.BOOKED, PlaceState.WAITING)
    visitor.sign_in(session, session.get_one(Person, leaving.person_id)).get("/account/close").press("Close")
    session.expire_all()
    assert waiting.state is PlaceState.BOOKED
    assert (leaving.state, leaving.name, leaving.email) == (PlaceState.GIVEN_UP, "", "")


def test_mail_about_a_place_goes_to_the_address_that_its_owner_has_now(session: Session) -> None:
    workshop = make(session, capacity=1)
    [place] = seat(session, workshop)
    person = session.get_one(Person, place.person_id)
    person.email = "moved@example.org"
    session.add(person)
    booking.give_up(session, place)
    assert last(session, "workshop-given-up").to == "moved@example.org"
