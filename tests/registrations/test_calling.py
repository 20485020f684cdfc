"""Staff change a call, give it more time, or close it; nobody overwrites what they have not seen."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session

from backend.core import clock, cookies
from backend.people.models import Person, StaffRole
from backend.registrations import offering, queries, selecting
from backend.registrations.kinds import CallState, Selected
from backend.registrations.models import Call
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import ADA, applications, apply, close, link, mails, make_call, make_schemes


@pytest.fixture
def moderator(session: Session) -> Person:
    make_schemes(session)
    return factories.make_staff(session, StaffRole.MODERATOR)


@pytest.fixture
def call(session: Session, moderator: Person) -> Call:
    return make_call(session)


def now(session: Session, call: Call) -> Call:
    """The call as it stands."""
    session.commit()
    session.refresh(call)
    return call


def test_a_call_is_given_more_time_and_places(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    until = (clock.now() + timedelta(days=30)).date().isoformat()
    visitor.sign_in(session, moderator).get("/staff/calls").follow("Change the call")
    visitor.press("Save the changes", places="0", closes_on=until)
    assert visitor.status == 422 and visitor.page.xpath("//input[@name='closes_on']/@value") == [until]
    visitor.press("Save the changes", places="5", closes_on=until, closes_time="18:30")
    assert "The call is changed." in visitor.text
    changed = now(session, call)
    assert changed.places == 5 and changed.closes_at.astimezone(clock.LONDON).strftime("%H:%M") == "18:30"
    visitor.get(f"/staff/calls/{call.id}/change")
    visitor.press("Save the changes", closes_on="2020-01-01")
    assert visitor.status == 422 and "Enter a time that lies ahead" in visitor.text


def test_only_a_planned_call_can_open_at_another_time(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    planned = make_call(session, opens_at=clock.now() + timedelta(days=2))
    visitor.sign_in(session, moderator)
    assert "Opens on" not in visitor.get(f"/staff/calls/{call.id}/change").text
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    visitor.get(f"/staff/calls/{planned.id}/change").press("Save the changes", opens_on=tomorrow, opens_time="09:00")
    assert "The call is changed." in visitor.text
    assert now(session, planned).opens_at.astimezone(clock.LONDON).date().isoformat() == tomorrow


def test_a_closed_call_keeps_its_end_when_its_words_are_corrected(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/change").press("Close the call now")
    closed = now(session, call).closes_at
    assert call.state is CallState.CLOSED
    visitor.get(f"/staff/calls/{call.id}/change").press("Save the changes", about="Said better.")
    assert now(session, call).closes_at == closed and call.about == "Said better."


def test_who_applies_after_it_was_closed_loses_nothing(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    visitor.get(f"/calls/{call.id}")
    form = visitor.page
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        visitor.sign_in(session, moderator).post(f"/staff/calls/{call.id}/close", {})
        visitor.post(f"/staff/calls/{call.id}/close", {})
        visitor.client.cookies.clear()
        visitor.page = form
        visitor.press("Apply", name=ADA["name"])
    assert visitor.status == 409 and visitor.page.xpath("//input[@name='name']/@value") == [ADA["name"]]
    assert applications(session) == []


def test_of_two_who_change_a_call_the_second_sees_what_the_first_did(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/change")
    seen = visitor.page.xpath("//input[@name='seen']/@value")[0]
    visitor.press("Save the changes", title="The first title")
    visitor.get(f"/staff/calls/{call.id}/change").press("Save the changes", title="The second title", seen=seen)
    assert visitor.status == 409 and "Somebody else changed this call" in visitor.text
    assert "The first title" in visitor.text
    assert visitor.page.xpath("//input[@name='title']/@value") == ["The second title"]
    visitor.press("Save the changes")
    assert now(session, call).title == "The second title"


def test_there_are_never_fewer_places_than_people_who_accepted(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    for _ in range(2):
        application = factories.make_application(session, call)
        selecting.choose(session, application, Selected.CHOSEN, because="x", by=moderator)
    close(session, call)
    offering.offer_places(session, call, reply_days=7, by=moderator)
    for message in mails(session, "place-offered"):
        visitor.get(link(message, "/offers")).press("Accept the place")
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/change")
    visitor.press("Save the changes", places="1")
    assert visitor.status == 422 and "2 people have accepted a place already" in visitor.text
    assert now(session, call).places == 2


def test_nobody_else_changes_a_call(visitor: Visitor, session: Session, call: Call) -> None:
    visitor.sign_in(session, factories.make_specialist(session))
    assert visitor.get(f"/staff/calls/{call.id}/change").status == 403
    assert visitor.post(f"/staff/calls/{call.id}/close", {}).status == 403
    assert apply(visitor, call).path == "/register-interest/check-your-email"


def test_a_call_speaks_both_languages_and_keeps_answers_in_one(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    visitor.sign_in(session, moderator).get("/staff/calls/new")
    fields = {
        "title": "Six places", "welsh_title": "Chwe lle", "is_for": "pilot", "places": "6", "opens_on": "2026-01-01",
        "closes_on": "2199-01-01", "about": "In English only.", "how_chosen": "By mix.",
        "welsh_how_chosen": "Yn ôl cymysgedd.", "prompt_1": "Been before?", "options_1": "Yes\nNo",
        "welsh_prompt_1": "Wedi bod?", "welsh_options_1": "Do",
    }  # fmt: skip
    visitor.press("Plan the call", **fields)
    assert visitor.status == 422 and "as many answers in Welsh as in English" in visitor.text
    visitor.press("Plan the call", welsh_options_1="Do\nNaddo")
    call = queries.calls(session)[0]
    visitor.client.cookies.clear()
    visitor.client.cookies.set(cookies.LANGUAGE.name, "cy", domain="testserver.local")
    visitor.get(f"/calls/{call.id}")
    assert all(words in visitor.text for words in ("Chwe lle", "Yn ôl cymysgedd.", "Wedi bod?", "Naddo"))
    assert visitor.page.xpath("//div[@lang='en']//p[.='In English only.']"), "what has no Welsh is marked as English"
    name = f"answer_{call.questions[0].id}"
    assert visitor.page.xpath(f"//input[@name='{name}']/@value") == ["Yes", "No"], "the answer is kept in English"
    visitor.client.cookies.clear()
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/change").press(
        "Save the changes", welsh_about="Yn Gymraeg.", welsh_title=""
    )
    assert now(session, call).welsh == {"about": "Yn Gymraeg.", "how_chosen": "Yn ôl cymysgedd."}
