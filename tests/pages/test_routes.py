"""The front door."""

from datetime import datetime, timedelta

import time_machine
from sqlmodel import Session

from backend.comments.models import State
from backend.core.clock import LONDON
from tests import factories
from tests.browsing import Visitor
from tests.releases.examples import make_second_release


def test_home_says_what_is_open_until_when_and_what_feedback_is_for(session: Session, visitor: Visitor) -> None:
    framework = factories.make_framework(session)
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=LONDON), tick=False):
        factories.make_round(session, framework, closes_in_days=14)
        session.commit()
        visitor.get("/")
    assert "Open for feedback until 15 June 2026 at midday (UK time)" in visitor.text
    for words in ("The words of entries.", "The code itself.", "We read every point."):
        assert words in visitor.text
    assert "This is not a way to report a child at risk." in visitor.text


def test_home_says_when_the_round_has_closed(session: Session, visitor: Visitor) -> None:
    round_ = factories.make_round(session, factories.make_framework(session))
    session.commit()
    with time_machine.travel(round_.closes_at + timedelta(seconds=1)):
        visitor.get("/")
    assert "Closed on" in visitor.text and "Open for feedback" not in visitor.text


def test_home_shows_each_person_their_next_step(session: Session, visitor: Visitor) -> None:
    factories.make_round(session, factories.make_framework(session))
    member, staff = factories.make_member(session), factories.make_staff(session)
    session.commit()
    visitor.get("/").follow("Read the framework")
    assert visitor.path == "/frameworks/harms"
    visitor.sign_in(session, member).get("/")
    assert "Go to your panel" in visitor.text
    visitor.sign_in(session, staff).get("/")
    assert "Go to your desk" in visitor.text


def test_home_counts_what_was_promised(session: Session, visitor: Visitor) -> None:
    round_ = factories.make_round(session, factories.make_framework(session))
    person = factories.make_specialist(session)
    submission = factories.make_submission(session, round_, person=person)
    for state in (State.PUBLISHED, State.HELD, State.WITHDRAWN):
        factories.make_comment(session, submission, person, state=state)
    session.commit()
    board = {
        facts.findtext("dt"): facts.findtext("dd") for facts in visitor.get("/").page.find_class("app-promises")[0]
    }
    assert board == {"Received": "2", "Decided": "0", "Carried to a later release": "0", "Late": "0"}


def test_home_lists_the_latest_releases_and_leads_to_the_changes(session: Session, visitor: Visitor) -> None:
    make_second_release(session, factories.make_framework(session))
    session.commit()
    visitor.get("/").follow("Harms framework 0.2")
    assert visitor.path == "/frameworks/harms/releases/0.2"
    visitor.get("/").follow("What changed in the newest release")
    assert visitor.path == "/frameworks/harms/compare/0.1...0.2"


def test_an_empty_site_says_so(visitor: Visitor) -> None:
    assert "Nothing is under consultation at the moment." in visitor.get("/").text
    assert "No round is open at the moment." in visitor.get("/take-part").text
    assert visitor.get("/frameworks").status == 200
    assert visitor.get("/releases.atom").status == 200
    assert visitor.get("/what-changed").status == 404


def test_take_part_says_what_happens_and_leads_to_signing_in(session: Session, visitor: Visitor) -> None:
    factories.make_round(session, factories.make_framework(session))
    session.commit()
    visitor.get("/take-part")
    assert "Open for feedback until" in visitor.text
    assert "Each point gets a decision with a public reason." in visitor.text
    visitor.follow("Sign in")
    assert visitor.path.startswith("/sign-in")


def test_with_one_release_only_what_changed_leads_to_it(session: Session, visitor: Visitor) -> None:
    factories.make_framework(session)
    session.commit()
    visitor.get("/what-changed")
    assert visitor.path == "/frameworks/harms/releases/0.1"


def test_you_said_we_did_leads_to_the_answers_of_the_newest_release(session: Session, visitor: Visitor) -> None:
    make_second_release(session, factories.make_framework(session))
    session.commit()
    visitor.get("/you-said-we-did")
    assert visitor.path == "/frameworks/harms/releases/0.2/answers"


def test_a_planned_round_says_when_it_opens(session: Session, visitor: Visitor) -> None:
    factories.make_round(session, factories.make_framework(session), opened_days_ago=-3)
    session.commit()
    for address in ("/", "/take-part"):
        assert "Opens on" in visitor.get(address).text
    assert "Suggest new words" not in visitor.get("/CCHF-01").text


def test_staff_find_the_pages_they_may_open_under_more(session: Session, visitor: Visitor) -> None:
    visitor.sign_in(session, factories.make_staff(session)).get("/staff/desk").follow("More")
    addresses = visitor.page.xpath("//main//a/@href")
    assert addresses
    for address in addresses:
        assert visitor.get(address).status == 200, address
