"""Two colleagues on one draft, and on one answer, in a real browser."""

import re

from playwright.sync_api import expect
from sqlmodel import select

from backend.comments import drafting
from backend.comments.models import Comment, Draft
from backend.people import queries as people_queries
from backend.people.access import viewer_for
from backend.ratings import rating
from backend.releases import queries
from backend.submissions import queries as submission_queries
from tests.browser.walking import Walker

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
