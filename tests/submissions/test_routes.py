from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend.people.models import Person
from backend.releases.models import Framework, Round
from backend.submissions.models import PanelEntry
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_organisation, make_person, make_round
from tests.taking_part import hidden


@pytest.fixture
def framework(session: Session) -> Framework:
    return make_framework(session)


@pytest.fixture
def open_round(session: Session, framework: Framework) -> Round:
    return make_round(session, framework, closes_in_days=1)


@pytest.fixture
def member(session: Session, open_round: Round, visitor: Visitor) -> Visitor:
    return visitor.sign_in(session, make_member(session, make_organisation(session, name="Brightplay")))


def choose(member: Visitor) -> None:
    member.get("/my-panel/how-you-take-part")
    member.press("See what will appear", speaking_for="organisation", publish_as="publish-named")


def test_one_is_asked_once_and_sees_what_will_appear(member: Visitor) -> None:
    member.get("/my-panel").follow("How you take part")
    assert member.page.xpath("//input[@checked]") == []
    choose(member)
    assert "exactly this under it: Brightplay" in member.text
    member.press("Change it")
    assert member.page.xpath("//input[@checked]/@value") == ["organisation", "publish-named"]
    choose(member)
    member.press("Save and go to my panel")
    assert member.path == "/my-panel" and "You speak for: My organisation." in member.text


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"speaking_for": "king", "publish_as": "publish-named"},
        {"speaking_for": "specialist", "publish_as": "publish-named"},
    ],
)
def test_a_choice_that_is_not_offered_is_a_mistake_in_words(member: Visitor, typed: dict[str, str]) -> None:
    member.post("/my-panel/how-you-take-part", {**typed, "step": "save"})
    assert member.status == 422 and "Select who you are speaking for" in member.text


def test_the_panel_shows_the_round_and_leads_through_its_entries(session: Session, member: Visitor) -> None:
    choose(member)
    member.press("Save and go to my panel")
    for words in ("First round", "(UK time)", "The words of entries.", "The code itself.", "We read every point."):
        assert words in member.text
    member.follow("Choose entries for my panel").press("Save my panel", entries=["CCHF-01", "CCHF-03"])
    assert "You have looked at 0 of 2" in member.text and member.text.count("Not started") == 2
    assert "CCHF-02" not in member.text
    member.follow("CCHF-01").press("Save and next")
    assert member.path == "/my-panel/entries/CCHF-03"
    member.press("Save and next")
    assert member.path == "/my-panel" and "You have looked at every entry" in member.text
    assert "You have looked at 2 of 2" in member.text
    member.get("/my-panel/entries").press("Save my panel", entries=["CCHF-03"])
    assert [line.entry.code for line in session.exec(select(PanelEntry))] == ["CCHF-03"]
    assert "You have looked at 1 of 1" in member.text


def test_progress_tells_commented_and_rated_apart(member: Visitor) -> None:
    choose(member)
    member.press("Save and go to my panel")
    member.get("/my-panel/entries").press("Save my panel", entries=["CCHF-01", "CCHF-02"])
    member.get("/frameworks/harms/entries/CCHF-01/comment").press("Preview", kind="error", body="A slip.").press(
        "Add to our"
    )
    member.follow("Next entry in my panel")
    assert member.path == "/my-panel/entries/CCHF-02"
    member.get("/frameworks/harms/entries/CCHF-02/rate").press("Save ratings", score_clarity="4")
    member.get("/my-panel")
    items = [" ".join(item.text_content().split()) for item in member.page.find_class("govuk-task-list__item")]
    assert items == ["CCHF-01: Harm number 1 Commented", "CCHF-02: Harm number 2 Rated"]


def test_an_unknown_entry_in_the_panel_is_a_mistake_in_words(member: Visitor) -> None:
    choose(member)
    member.press("Save and go to my panel")
    member.post("/my-panel/entries", {"entries": ["CCHF-01", "NOPE-01"]})
    assert member.status == 422 and "Select entries from the list" in member.text
    assert member.page.xpath("//input[@checked]/@value") == ["CCHF-01"]
    assert member.get("/my-panel/entries/NOPE-01").status == 404


def test_round_questions_and_the_framework_take_comments(session: Session, member: Visitor) -> None:
    member.get("/my-panel").follow("Which harms are missing?")
    assert "Name one or two." in member.text
    who = {"speaking_for": "organisation", "publish_as": "summary-only"}
    member.press("Preview", kind="question", body="Chatbots.", **who)
    assert "will not be published" in member.text
    member.press("Add to our feedback")
    assert "added to your organisation’s feedback" in member.text
    member.get("/my-panel").follow("Comment on the framework as a whole")
    member.press("Preview", kind="error", body="Too long.").press("Add to our feedback")
    assert "added to your organisation’s feedback" in member.text
    assert member.get("/frameworks/harms/questions/no-such/comment").status == 404


def test_when_no_round_is_open_the_panel_says_what_happens_next(
    session: Session, member: Visitor, open_round: Round
) -> None:
    me, closes, opens = session.exec(select(Person)).one(), open_round.closes_at, open_round.opens_at
    with time_machine.travel(closes, tick=False):
        member.sign_in(session, me).get("/my-panel")
        assert "No round is open" in member.text and "gets a decision with a reason" in member.text
        assert member.get("/my-panel/how-you-take-part").status == 422
    with time_machine.travel(opens - timedelta(days=1), tick=False):
        member.sign_in(session, me).get("/my-panel")
        assert "opens on" in member.text


def test_someone_who_does_not_take_part_has_no_panel(session: Session, framework: Framework, visitor: Visitor) -> None:
    assert visitor.get("/my-panel").path.startswith("/sign-in")
    assert visitor.sign_in(session, make_person(session)).get("/my-panel").status == 403


def test_looking_at_an_entry_without_having_chosen_asks_first(member: Visitor) -> None:
    member.get("/my-panel/entries/CCHF-01")
    assert hidden(member) == {}
    assert member.press("Save and next").path == "/my-panel/how-you-take-part"
