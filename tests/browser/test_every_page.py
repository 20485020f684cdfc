"""Every page that no journey passes is looked at as well, by someone who may; and signing in is walked itself."""

import re

import pytest
from playwright.sync_api import expect
from sqlmodel import col, select

from backend.comments.models import Comment, State
from backend.core.i18n import LANGUAGES
from backend.notifications import mailers
from backend.notifications.models import OutboxMessage
from backend.pages.models import Owed
from backend.people.models import Organisation
from backend.submissions.models import Submission
from tests.browser.walking import Walker

FRAMEWORK = "/frameworks/childrens-code-harms-framework"
LAUNCH = "/workshops/applying-the-childrens-code-managing-data-enabled-risks"
COMING, HELD = "/workshops/working-session-location-and-nudges", "/workshops/evening-table-what-helps-in-practice"
PAGES = {
    "nobody": [
        "/", "/frameworks", "/take-part", "/sign-in", FRAMEWORK, f"{FRAMEWORK}?term=code-standards:7&q=location",
        f"{FRAMEWORK}?q=nothing-at-all", f"{FRAMEWORK}/entries/CCHF-11", f"{FRAMEWORK}/entries/CCHF-07/points",
        f"{FRAMEWORK}/points", f"{FRAMEWORK}/releases", f"{FRAMEWORK}/releases/0.2",
        f"{FRAMEWORK}/releases/0.1/entries/CCHF-11", f"{FRAMEWORK}/compare/0.1...0.2",
        f"{FRAMEWORK}/releases/0.2/answers", f"{FRAMEWORK}/releases/0.2/ledger",
        "/frameworks/information-sharing-guide", "/frameworks/childrens-code-strategy/entries/STRAT-01",
        *(f"/{page}" for page in Owed),
        "/privacy/versions", "/privacy/versions/1", "/cookies", "/promises", "/status", "/complaints",
        "/no-such-page", f"{FRAMEWORK}?term=nonsense", "/workshops", LAUNCH,
        COMING, HELD, f"{COMING}/book", f"{COMING}/book/asked",
        "/register-interest",
        "/register-interest/check-your-email", "/calls/1",
        "/register-interest/confirmed",
    ],
    "lead@brightplay.example": [
        "/", "/account", "/account/name", "/account/emails", "/account/signed-in", "/account/email-address",
        "/account/following", "/account/leave", "/account/close", "/account-closed", "/change-stopped",
        "/organisation", "/organisation/profile", "/organisation/invite", "/organisation/hand-over",
        "/organisation/people/2/remove", "/your-invitations", "/terms-of-participation",
        "/my-panel", "/my-panel/how-you-take-part", "/my-panel/entries", "/my-panel/entries/CCHF-05",
        "/my-feedback", f"{FRAMEWORK}/entries/CCHF-31/suggest?field=terms:uncrc-articles",
        f"{FRAMEWORK}/entries/CCHF-31/suggest?field=title", f"{FRAMEWORK}/comment",
        f"{FRAMEWORK}/questions/new-entry/comment", "/staff/desk",
        "/organisation/feedback", "/organisation/feedback/check", "/organisation/feedback/check?select=none",
        "/organisation/feedback/items/CCHF-05",
    ],
    "member@brightplay.example": ["/organisation/feedback", "/organisation/feedback/check"],
    "lead@gigglebox.example": ["/account", "/my-panel"],
    "moderator@authority.example": [
        "/staff/desk", "/staff/more", "/staff/check", "/staff/decide", "/staff/answers", "/staff/rounds",
        "/staff/permissions", "/staff/calls", "/staff/calls/new",
        "/staff/calls/1/select", "/staff/calls/1/select?nation=wales&selected=chosen", "/staff/calls/1/targets",
        "/staff/calls/1/applications/5", "/staff/calls/1/applications/20", "/staff/calls/2/select",
        "/staff/calls/2/applications/21", "/staff/calls/1/change", "/staff/registrations", "/staff/registrations/3",
        "/staff/registrations/3/invite", f"{HELD}/table/CCHF-07/hands/clarity",
        f"/staff{COMING}/sessions/1/remove", f"/staff{COMING}/remove",
        "/staff/organisations", "/staff/organisations?stage=invited&nation=wales", "/staff/organisations/mix",
        "/staff/organisations/new", "/staff/organisations/brightplay", "/staff/organisations/gigglebox",
        "/staff/organisations/pennywhistle-pictures", "/staff/organisations/openfeed/suspend",
        "/staff/organisations/openfeed/correct", "/staff/organisations/openfeed/invite-lead", "/staff/people",
        "/staff/people/invite-specialist", "/staff/people/5/correct", "/staff/people/5/stop",
        "/staff/workshops", "/staff/workshops/new", f"/staff{LAUNCH}", f"/staff{LAUNCH}/edit",
        f"/staff{LAUNCH}/sessions/new", f"/staff{LAUNCH}/sessions/1", f"/staff{COMING}", f"/staff{COMING}/places",
        f"/staff{COMING}/cancel", f"/staff{COMING}/table", f"{COMING}/table", f"{HELD}/table/CCHF-07",
    ],
    "admin@authority.example": ["/staff/more", "/staff/mail", "/staff/announcements",
                                "/account/second-step", "/account/second-step/set-up", "/account/second-step/app",
                                "/confirm-it-is-you?next=/staff/desk", "/staff/people", "/staff/people/appoint",
                                "/staff/people/1/roles", "/staff/more", "/staff/pages", "/staff/pages/privacy",
                                "/staff/complaints", "/staff/complaints?state=closed", "/staff/complaints/1",
                                "/staff/complaints/2"],
    "releaser@authority.example": [
        "/staff/release", "/staff/release/publish", "/staff/release/entries/CCHF-09", "/staff/release/add-entry",
        "/staff/release/entries/CCHF-01/retire", "/staff/answers/new", "/staff/rounds/2/extend",
        "/staff/rounds/2/close", "/staff/announcements", "/staff/announcements/new",
        "/staff/release/entries/CCHF-01/welsh", "/staff/welsh", "/staff/welsh/framework/1", "/staff/welsh/round/2",
    ],
}  # fmt: skip


pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
"""What is looked at here is the same whatever the database: the journeys that change much are walked on both."""
WITH_SCRIPTS = pytest.mark.parametrize("scripts", [True], ids=["with scripts"], indirect=True)


@WITH_SCRIPTS
@pytest.mark.parametrize("who", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_and_fits_a_phone(walker: Walker, language: str, who: str) -> None:
    look_at_all(walker, language, who)


@pytest.mark.parametrize("scripts", [False], ids=["without scripts"], indirect=True)
def test_every_page_is_there_without_scripts(walker: Walker) -> None:
    for who in PAGES:
        walker.page.context.clear_cookies()
        look_at_all(walker, "cy", who)


def look_at_all(walker: Walker, language: str, who: str) -> None:
    """Go to every page of this person in this language."""
    if who != "nobody":
        walker.is_now(who)
    walker.reads(language)
    for page in PAGES[who]:
        walker.goes_to(page)


LINKS = {
    "interest-confirm": "/register-interest/confirm/", "place-offered": "/offers/",
    "place-accepted": "/register-interest/withdraw/", "workshop-confirm": "/workshop-bookings/",
    "workshop-place": "/workshop-places/", "complaint-received": "/complaints/", "digest": "/unsubscribe/",
}  # fmt: skip
"""What a page is opened by that nobody signs in for: the kind of mail, and the link in it."""


@WITH_SCRIPTS
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_that_a_mail_leads_to_is_accessible_and_fits_a_phone(walker: Walker, language: str) -> None:
    walker.reads(language)
    for kind in LINKS:
        walker.goes_to(link_in_newest(walker, kind))
    walker.goes_to(f"{link_in_newest(walker, 'workshop-place')}/give-up")


def link_in_newest(walker: Walker, kind: str) -> str:
    """The link in the newest mail of this kind."""
    with walker.database.session() as session:
        mails = select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(col(OutboxMessage.id).desc())
        message = session.exec(mails).first()
        assert message, f"nobody in the demonstration gets {kind}"
        said = f"{message.text} {mailers.as_mail(message)['List-Unsubscribe']}"
    found = re.search(rf"{LINKS[kind]}[\w.-]+", said)
    assert found, said
    return found[0]


@WITH_SCRIPTS
def test_every_state_of_ones_own_points_is_shown(walker: Walker) -> None:
    walker.is_now("lead@brightplay.example")
    with walker.database.session() as session:
        references = session.exec(
            select(Comment.reference)
            .join(Submission)
            .join(Organisation)
            .where(Organisation.slug == "brightplay", col(Comment.state).in_((State.DRAFT, State.WITHHELD, State.HELD)))
        ).all()
    assert references
    for reference in references:
        walker.goes_to(f"/comments/{reference}").goes_to(f"/comments/{reference}/edit")
        walker.goes_to(f"/comments/{reference}/withdraw")


def test_someone_signs_in_by_the_link_in_their_mail_and_signs_out(walker: Walker) -> None:
    walker.goes_to("/my-panel").types("Email address", "lead@openfeed.example").presses("Send me a link")
    walker.sees("Check your email")
    with walker.database.session() as session:
        mail = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "sign-in")).one().text
    found = re.search(r"/sign-in/link/\S+", mail)
    assert found
    walker.goes_to(found.group()).presses("Sign in", exact=True).sees("Second round")
    walker.goes_to("/account").sees("Openfeed").presses("Sign out").goes_to("/account").sees("Email address")


def test_the_keyboard_reaches_the_words_first(walker: Walker) -> None:
    walker.goes_to(f"{FRAMEWORK}/entries/CCHF-07")
    walker.page.keyboard.press("Tab")
    focused = walker.page.evaluate("document.activeElement.textContent.trim()")
    assert focused == "Skip to main content"
    walker.page.keyboard.press("Enter")
    expect(walker.page).to_have_url(re.compile("#main-content$"))


def test_an_administrator_changes_a_notice_and_everybody_sees_what_changed(walker: Walker) -> None:
    walker.is_now("admin@authority.example").goes_to("/staff/pages/contact")
    walker.types("Text", "## Write to us\n\nWrite to {contact}, or call us.")
    walker.types("Why does the page change?", "People asked for a telephone number.")
    walker.types("Why does the page change? In Welsh", "Gofynnodd pobl am rif ffôn.").presses("Preview")
    walker.sees("Check the new version before you publish it").presses("Publish this version")
    walker.goes_to("/contact").sees("or call us").goes_to("/contact/versions").sees("From version 1 to version 2")


def test_somebody_complains_and_follows_it(walker: Walker) -> None:
    walker.goes_to("/complaints").presses("Send your complaint").sees("Enter what went wrong")
    walker.types("What went wrong?", "My name was published.").types("Your name", "Casey")
    walker.types("Email address", "casey@example.org").presses("Send your complaint")
    walker.sees("We have your complaint").page.get_by_role("link", name="/complaints/").click()
    walker.sees("What has happened")
