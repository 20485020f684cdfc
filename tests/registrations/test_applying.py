"""Calls for expressions of interest: opened by staff, answered by anybody, closed to the second."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session

from backend.core import clock
from backend.people.models import StaffRole
from backend.registrations import queries
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import (
    EMAIL,
    agree,
    applications,
    apply,
    confirm_link,
    mails,
    make_call,
    make_schemes,
    register,
    registrations,
    withdraw_link,
)

PARTNER = "bo@playful.example"
CALL = {
    "title": "A place at the table", "is_for": "workshop", "places": "12", "opens_on": "2026-12-01",
    "opens_time": "09:30", "closes_on": "2027-07-01", "closes_time": "17:00", "about": "A day in **Cardiff**.",
    "how_chosen": "By mix.", "allows_pairs": "yes", "prompt_1": "Why?", "longest_1": "50", "prompt_2": "Been before?",
    "options_2": "Yes\nNo\n\nNo",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _schemes(session: Session) -> None:
    make_schemes(session)


def answer(session: Session, number: int) -> str:
    """The name of a field for an answer."""
    (call,) = queries.calls(session)
    return f"answer_{call.questions[number].id}"


def test_staff_open_a_call_and_the_public_finds_it(visitor: Visitor, session: Session) -> None:
    with time_machine.travel("2026-11-27 10:00:00+00:00", tick=False):
        visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
        visitor.get("/staff/more").follow("Calls and registrations").follow("Open a call")
        visitor.press("Plan the call", **CALL)
        assert visitor.path == "/staff/calls"
        (call,) = queries.calls(session)
        assert call.opens_at.isoformat() == "2026-12-01T09:30:00+00:00"
        assert call.closes_at.isoformat() == "2027-07-01T16:00:00+00:00", "UK time in summer"
        asked = [(each.prompt, each.options, each.longest) for each in call.questions]
        assert asked == [("Why?", [], 50), ("Been before?", ["Yes", "No"], None)]
        visitor.client.cookies.clear()
        assert "A place at the table" not in visitor.get("/register-interest").text
        assert "You can apply from 1 December 2026 at 9:30am" in visitor.get(f"/calls/{call.id}").text
    with time_machine.travel("2026-12-01 09:30:00+00:00", tick=False):
        visitor.get("/register-interest").follow("A place at the table")
        assert "By mix." in visitor.text and "12" in visitor.text


def test_a_call_with_mistakes_is_not_opened_and_keeps_everything(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR))
    wrong = {"closes_on": "2026-12-01", "closes_time": "09:30", "prompt_1": "", "options_2": "Only one", "places": "0"}
    visitor.post("/staff/calls/new", {**CALL, **wrong})
    assert visitor.status == 422
    assert "as a number from 1 to 1,000" in visitor.text
    assert visitor.page.xpath("//input[@name='title']/@value") == ["A place at the table"]
    visitor.post("/staff/calls/new", {**CALL, **wrong, "places": "3"})
    for words in ("after the call opens", "question that this belongs to", "two answers or more"):
        assert words in visitor.text
    assert queries.calls(session) == []


def test_calls_are_for_moderators_and_administrators(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.RELEASER))
    assert visitor.get("/staff/calls").status == 403
    assert visitor.post("/staff/calls/new", CALL).status == 403


def test_somebody_applies_and_confirms(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    apply(visitor, call, **{answer(session, 0): "To learn from others", answer(session, 1): "No"})
    assert visitor.path == "/register-interest/check-your-email"
    assert queries.applicants(session, call) == []
    visitor.get(confirm_link(mails(session)[0]))
    for words in ("Places in the pilot", "To learn from others", "Fewer than 10 people", "Wales"):
        assert words in visitor.text
    visitor.press("Confirm")
    session.commit()
    (applied,) = queries.applicants(session, call)
    assert (applied.size_band, applied.nation, applied.discipline) == ("under-10", "wales", "design")
    assert sorted(applied.answers.values()) == ["No", "To learn from others"]
    assert registrations(session)[0].purposes == ["pilot"]


def test_a_form_with_mistakes_keeps_every_answer(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    words = "One two three four five <b>six</b>"
    apply(visitor, call, **{answer(session, 0): words, "name": "", "partner_name": "Bo"})
    assert visitor.status == 422
    assert "Answer in 5 words or fewer" in visitor.text and "Enter your name" in visitor.text
    assert words in visitor.text
    apply(visitor, call, partner_name="Bo")
    assert "Enter both the name and the address of your colleague" in visitor.text
    apply(visitor, call, partner_name="Bo", partner_email=EMAIL.upper())
    assert "which is not your own" in visitor.text
    visitor.post(f"/calls/{call.id}", {answer(session, 1): "Perhaps"})
    assert "Select one of the answers" in visitor.text
    assert applications(session) == []


def test_a_call_closes_to_the_second_and_a_late_form_loses_nothing(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    why = answer(session, 0)
    visitor.get(f"/calls/{call.id}")
    with time_machine.travel(call.closes_at - timedelta(seconds=1), tick=False):
        apply(visitor, call, email="in.time@example.org")
        assert visitor.path == "/register-interest/check-your-email"
        visitor.get(f"/calls/{call.id}")
    with time_machine.travel(call.closes_at, tick=False):
        visitor.press("Apply", name="Cy Late", role="Designer", **{why: "My <i>words</i>"})
        assert visitor.status == 409
        assert "It was not open when your form reached us, so nothing was sent" in visitor.text
        assert "My <i>words</i>" in visitor.text
        assert visitor.page.xpath("//input[@name='name']/@value") == ["Cy Late"]
        assert len(applications(session)) == 1
        visitor.get(confirm_link(mails(session)[0])).press("Confirm")
        assert len(queries.applicants(session, call)) == 1, "what was sent in time can be confirmed later"
        assert "nobody can apply any more" in visitor.get(f"/calls/{call.id}").text


def test_applying_again_replaces_the_words_and_keeps_the_place(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    why = answer(session, 0)
    apply(visitor, call, **{why: "First words"})
    apply(visitor, call, **{why: "Second words"})
    assert len(mails(session)) == 1
    visitor.get(confirm_link(mails(session)[0])).press("Confirm")
    before = applications(session)[0].id
    apply(visitor, call, **{why: "Third words"})
    assert queries.applicants(session, call)[0].answers != {}
    visitor.get(confirm_link(mails(session)[1])).press("Confirm")
    (applied,) = applications(session)
    assert applied.id == before and "Third words" in applied.answers.values()


def test_who_withdraws_from_the_pilot_takes_their_application_back(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    apply(visitor, call, partner_name="Bo", partner_email=PARTNER)
    visitor.get(confirm_link(mails(session)[0])).press("Confirm")
    visitor.get(confirm_link(mails(session)[1]))
    agree(visitor, call, applications(session)[0])
    visitor.get(withdraw_link(mails(session)[0])).press("Withdraw everything")
    (left,) = applications(session)
    assert left.registration.email == PARTNER and left.second_to_id is None, "the colleague stands alone"


def test_what_nobody_confirms_vanishes_with_its_application(visitor: Visitor, session: Session) -> None:
    call = make_call(session)
    apply(visitor, call)
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1), tick=False):
        register(visitor)
        assert applications(session) == []
        assert len(registrations(session)) == 1
