"""The whole loop, walked by everyone in it, from a point to the changed words and back to who made it."""

import re

import time_machine
from playwright.sync_api import expect
from sqlmodel import col, select

from backend.releases.models import Round
from tests.browser.walking import SCRIPTS_ON_ONE, Walker

FRAMEWORK = "/frameworks/childrens-code-harms-framework"
POINT = "Our own figures show the same after a change of defaults."
WHY = "Say who is asked, and when."
NEW_WORDS = "- Ask the child each time, in words that a child of that age knows"
SETTLED = (
    "Younger children rarely stop without help, while teenagers report staying late and knowing that it is too long."
)


@SCRIPTS_ON_ONE
def test_a_point_travels_from_a_member_to_the_next_release(walker: Walker) -> None:
    walker.goes_to("/").presses("Read the framework").follows("Endless feeds and autoplay")
    walker.sees("Illustrative draft").sees("What people say")
    comment, suggestion = a_member_takes_part(walker)
    the_lead_signs_off(walker, comment, suggestion)
    a_moderator_checks_everything(walker)
    a_releaser_prepares_the_release(walker, suggestion)
    with walker.database.session() as session:
        signed = session.exec(select(Round).order_by(col(Round.id).desc())).first()
        assert signed
        after_signing = signed.signing_ends_at
    with time_machine.travel(after_signing):
        a_releaser_decides_the_rest(walker)
        a_releaser_publishes(walker)
        anyone_finds_out_what_happened(walker, comment, suggestion)


def a_member_takes_part(walker: Walker) -> tuple[str, str]:
    """Comment on a section, rate the entry, suggest words; the two references."""
    walker.is_now("member@brightplay.example").goes_to("/my-panel").sees("Second round")
    walker.goes_to(f"{FRAMEWORK}/entries/CCHF-09/comment?section=description")
    walker.presses("Preview").sees("There is a problem").sees("Enter your point")
    walker.chooses("Evidence").types("Your point", POINT).presses("Preview").sees(POINT).sees("Brightplay")
    if walker.scripts:
        walker.presses("Change it")
        walker.page.get_by_label("Your point").press_sequentially(" Twice")
        expect(walker.page.locator("#saved")).to_have_text(re.compile("Saved at"))
        walker.types("Your point", POINT).presses("Preview")
    walker.presses("Add to our feedback").sees("Your point has been added to your organisation’s feedback")
    comment = walker.reference()

    walker.goes_to(f"{FRAMEWORK}/entries/CCHF-12/rate")
    walker.chooses("Agree", within="Clarity").chooses("Cannot say", within="Likelihood").chooses("Research")
    walker.presses("Save ratings").sees("Your ratings have been saved")

    walker.goes_to(f"{FRAMEWORK}/entries/CCHF-18/suggest?field=section:mitigations")
    words = walker.page.get_by_label("Mitigations").input_value()
    walker.types("Mitigations", f"{words}\n{NEW_WORDS}").types("Why?", WHY).presses("Preview")
    walker.sees("Ask the child each time").presses("Add to our feedback").sees("signs it off")
    suggestion = walker.reference()

    walker.goes_to("/my-feedback").sees(comment).sees(suggestion).sees("Ready to be signed off")
    walker.goes_to(f"/comments/{comment}").sees("Priya Nambiar (lead)").follows("Change this draft")
    walker.goes_to(f"/comments/{comment}/discard").follows("Keep it").sees("Ready to be signed off")
    return comment, suggestion


def the_lead_signs_off(walker: Walker, comment: str, suggestion: str) -> None:
    """Nobody else has seen the points before; then they are sent."""
    walker.is_now("moderator@authority.example").goes_to("/staff/check").does_not_see(comment)
    walker.is_now("lead@brightplay.example").goes_to("/organisation/feedback/check").sees(POINT).sees(WHY)
    walker.chooses("I am authorised to send this for Brightplay", within="Declaration")
    walker.presses("Sign off and send").sees("has been sent").sees(comment).sees(suggestion)
    walker.is_now("member@brightplay.example").goes_to(f"/comments/{comment}").sees("Waiting to be checked")


def a_moderator_checks_everything(walker: Walker) -> None:
    """Withhold one point with words to its author, and pass the rest."""
    walker.is_now("moderator@authority.example").goes_to("/staff/desk").sees("What is left")
    walker.follows("Points to check").follows("Withhold")
    walker.chooses("It holds personal data").types("Words to the author", "Please leave the name out.")
    walker.presses("Withhold and tell the author")
    walker.goes_to("/staff/check")
    passing = walker.page.get_by_role("button", name=re.compile("^(Publish|Mark as checked)"))
    while left := passing.count():
        passing.first.click()
        expect(passing).to_have_count(left - 1)
    walker.looks()


def a_releaser_prepares_the_release(walker: Walker, suggestion: str) -> None:
    """Merge one suggestion, settle another by hand, close the round, decide every point."""
    walker.is_now("releaser@authority.example").goes_to("/staff/release").sees("0.3")
    walker.goes_to(f"/staff/release/suggestions/{suggestion}").presses("Accept the suggestion")
    conflict = walker.reference_of_suggestion("CCHF-09", "section:description")
    walker.goes_to(f"/staff/release/suggestions/{conflict}").sees("The draft and the suggestion disagree")
    draft = walker.page.get_by_label("What the entry should say").input_value()
    settled = re.sub(r"Younger children find it hard.*?too long\.", SETTLED, draft)
    walker.types("What the entry should say", settled).presses("Save these words")
    walker.goes_to(f"/staff/decide/{suggestion}").chooses("Changed", within="What do you decide?")
    walker.types("Reason", "The measures now ask for words that a child knows.").presses("Decide", exact=True)

    walker.goes_to("/staff/rounds").follows("Close it now")
    walker.types("Why is it closed now?", "Everyone who was invited has sent their feedback.")
    walker.chooses("Yes, close the round now").presses("Close the round").sees("losed")


def a_releaser_decides_the_rest(walker: Walker) -> None:
    """When the time for signing off is over as well, nothing more can come in."""
    walker.is_now("releaser@authority.example")
    decide_all(walker, "entry=CCHF-09", "Changed", "The description now says what happens at night.")
    decide_all(walker, "", "Not changed", "We read this and kept the words as they are.")


def decide_all(walker: Walker, which: str, outcome: str, reason: str) -> None:
    """Decide every undecided point of these alike, a page at a time."""
    while walker.goes_to(f"/staff/decide?status=undecided&{which}").page.locator("input[name=points]").count():
        for box in walker.page.locator("input[name=points]").all():
            box.check()
        walker.page.get_by_label("Or decide them alike").select_option(label=outcome)
        walker.types("Reason", reason).presses("Decide", exact=True)


def a_releaser_publishes(walker: Walker) -> None:
    """The gate says what is missing; then the release is published."""
    walker.goes_to("/staff/release/publish").presses("Make all drafted decisions final")
    walker.goes_to("/staff/release/publish").presses("Publish release 0.3").sees("0.3")


def anyone_finds_out_what_happened(walker: Walker, comment: str, suggestion: str) -> None:
    """Signed out: what changed and why, what was said, and what became of one's own point."""
    walker.is_nobody().goes_to("/what-changed").sees("Ask the child each time").sees("rarely stop without help")
    walker.goes_to("/you-said-we-did").sees("We asked").sees("You said").sees("We did")
    walker.goes_to(f"{FRAMEWORK}/releases/0.3/ledger").sees("Decision and reason")
    walker.goes_to(f"/comments/{comment}").sees(POINT).sees("Brightplay").sees("what happens at night")
    walker.goes_to(f"/comments/{suggestion}").sees("Changed").sees("0.3")
    walker.goes_to("/CCHF-18").sees("Ask the child each time").sees("Release 0.3")
    walker.goes_to("/CCHF-18@0.2").does_not_see("Ask the child each time")
