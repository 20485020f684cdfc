"""Two colleagues on one draft, and on one answer, in a real browser."""

import re

import pytest
from playwright.sync_api import Route, expect
from sqlmodel import select

from backend.comments import drafting
from backend.comments.models import Comment, Draft
from backend.people import queries as people_queries
from backend.people.access import viewer_for
from backend.ratings import rating
from backend.releases import queries
from backend.submissions import queries as submission_queries
from tests.browser.walking import Walker

pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
"""What is looked at here is the same whatever the database: the journeys that change much are walked on both."""

FRAMEWORK = "/frameworks/childrens-code-harms-framework"
LEAD, MEMBER = "lead@brightplay.example", "member@brightplay.example"


def the_lead_writes(walker: Walker, reference: str) -> None:
    """Other words for the draft, from another browser."""
    with walker.database.transaction() as session:
        comment = session.exec(select(Comment).where(Comment.reference == reference)).one()
        lead = viewer_for(people_queries.person(session, LEAD))
        seen = session.get_one(Draft, comment.id).number
        drafting.save(session, comment, by=lead, seen=seen, body="By the lead.", publish_as=comment.publish_as)


def the_lead_answers(walker: Walker, score: int) -> None:
    """An answer to the first question about CCHF-12, from another browser."""
    with walker.database.transaction() as session:
        lead = people_queries.person(session, LEAD)
        framework = queries.consulted_framework(session)
        round_ = queries.find_round(session, framework)
        assert round_
        submission = submission_queries.find_choice(session, round_, viewer_for(lead))
        line = queries.find_line(session, round_.release, queries.entry(session, "CCHF-12"))
        assert submission and line
        rating.rate(session, submission, line.revision, {"clarity": score}, by=lead)


def test_two_hands_on_one_draft_see_both_texts(walker: Walker) -> None:
    walker.is_now(MEMBER).goes_to(f"{FRAMEWORK}/entries/CCHF-20/comment")
    walker.chooses("Evidence").types("Your point", "By the member.").presses("Save as draft").sees("Being written")
    reference = walker.page.url.rpartition("/")[2]
    walker.follows("Finish this draft")
    the_lead_writes(walker, reference)
    if walker.scripts:
        walker.page.get_by_label("Your point").press_sequentially(" And more.")
        expect(walker.page.locator("#saved")).to_have_text(re.compile("Priya Nambiar has changed this draft"))
        walker.presses("Compare the two texts")
    else:
        walker.types("Your point", "By the member. And more.").presses("Save as draft")
    walker.sees("Somebody else has changed these words").sees("By the lead.")
    walker.types("Your point", "By both.").presses("Preview").sees("By both.").presses("Add to our feedback")
    walker.sees("added to your organisation’s feedback")
    walker.goes_to(f"/comments/{reference}").sees("By both.").follows("Throw this draft away")
    walker.presses("Throw this draft away").sees("My feedback")


def test_two_hands_on_one_answer_see_both_answers(walker: Walker) -> None:
    the_lead_answers(walker, 2)
    walker.is_now(MEMBER).goes_to(f"{FRAMEWORK}/entries/CCHF-12/rate").sees("Set by Priya Nambiar")
    the_lead_answers(walker, 1)
    walker.chooses("Agree", within="Clarity")
    if walker.scripts:
        expect(walker.page.locator("#saved")).to_have_text(re.compile("has answered “Clarity” meanwhile"))
        walker.presses("Compare the answers")
    else:
        walker.presses("Save ratings")
    walker.sees("A colleague has answered meanwhile").sees("Strongly disagree").presses("Save my answers")
    walker.sees("Set by Tom Ashdown")


def _expects_trouble(walker: Walker) -> None:
    """What the browser says of the trouble that was made is no complaint."""
    walker.complaints = [each for each in walker.complaints if "Failed to" not in each]


def test_words_are_saved_once_the_network_is_back(walker: Walker) -> None:
    if not walker.scripts:
        return
    walker.is_now(MEMBER).goes_to(f"{FRAMEWORK}/entries/CCHF-20/comment").chooses("Evidence")
    words, saved = walker.page.get_by_label("Your point"), walker.page.locator("#saved")
    words.press_sequentially("With a network.")
    expect(saved).to_have_text("Not saved yet", timeout=1_500)
    expect(saved).to_have_text(re.compile("^\\s*Saved at"))
    walker.page.context.set_offline(True)
    words.press_sequentially(" And without.")
    expect(saved).to_have_text("Not saved. Trying again…")
    walker.page.context.set_offline(False)
    expect(saved).to_have_text(re.compile("^\\s*Saved at"))
    with walker.database.session() as session:
        draft = session.exec(select(Draft).where(Draft.body == "With a network. And without.")).first()
        assert draft is not None
    _expects_trouble(walker)


def test_an_answer_of_somebody_in_between_never_comes_into_the_page(walker: Walker) -> None:
    if not walker.scripts:
        return

    def bad_gateway(route: Route) -> None:
        route.fulfill(status=502, content_type="text/html", body="<p>Bad gateway</p>")

    where = re.compile("/(comment|rate)$")
    for page, begin in (
        ("comment", lambda: walker.chooses("Evidence").page.get_by_label("Your point").press_sequentially("Kept.")),
        ("rate", lambda: walker.chooses("Agree", within="Clarity")),
    ):
        walker.is_now(LEAD).goes_to(f"{FRAMEWORK}/entries/CCHF-12/{page}")
        walker.page.route(where, bad_gateway)
        begin()
        expect(walker.page.locator("#saved")).to_have_text("Not saved. Trying again…")
        walker.does_not_see("Bad gateway")
        walker.page.unroute(where)
        expect(walker.page.locator("#saved")).to_have_text(re.compile("^\\s*Saved at"), timeout=15_000)
    _expects_trouble(walker)


def test_nobody_leaves_unsaved_words_without_a_warning(walker: Walker) -> None:
    if not walker.scripts:
        return
    asked: list[str] = []
    walker.is_now(MEMBER).goes_to(f"{FRAMEWORK}/entries/CCHF-20/comment").chooses("Evidence")
    walker.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    walker.page.get_by_label("Your point").press_sequentially("Almost lost.")
    walker.page.reload()
    assert asked == ["beforeunload"]
    walker.chooses("Evidence").page.get_by_label("Your point").press_sequentially("Safe.")
    expect(walker.page.locator("#saved")).to_have_text(re.compile("^\\s*Saved at"))
    walker.page.reload()
    assert asked == ["beforeunload"]


def test_the_line_of_saving_is_right_beneath_the_words_and_says_once_that_one_is_signed_out(walker: Walker) -> None:
    if not walker.scripts:
        return
    walker.is_now(MEMBER).goes_to(f"{FRAMEWORK}/entries/CCHF-20/comment").chooses("Evidence")
    box, line = (walker.page.locator(where).bounding_box() for where in ("#body", "#saved"))
    assert box and line and 0 <= line["y"] - box["y"] - box["height"] < 60
    who = walker.page.get_by_role("group", name="Who are you speaking for?").bounding_box()
    assert who and who["y"] < box["y"]
    walker.sees("Your colleagues at Brightplay see this draft").chooses("Myself, privately")
    walker.sees("Only you see this draft while you write it.").chooses("My organisation")
    walker.sees("Your colleagues at Brightplay see this draft").is_nobody()
    walker.page.get_by_label("Your point").press_sequentially("Signed out.")
    expect(walker.page.get_by_text("Sign in to continue")).to_have_count(1)
    walker.page.wait_for_timeout(1_000)
    expect(walker.page.get_by_text("Sign in to continue")).to_have_count(1)
