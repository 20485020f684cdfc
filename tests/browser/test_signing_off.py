"""An organisation's feedback in a real browser: written, discussed, sent back, signed off, kept as a receipt."""

import pytest
from sqlmodel import Session, select

from backend.people import queries as people_queries
from backend.people.access import viewer_for
from backend.people.models import Organisation
from backend.releases import queries
from backend.releases.models import Round
from backend.submissions import queries as submission_queries
from backend.submissions import speaking
from backend.submissions.models import PublishAs, SpeakingFor
from tests.browser.walking import SCRIPTS_ON_ONE, Walker
from tests.sending.team import Team

pytestmark = SCRIPTS_ON_ONE
LEAD, MEMBER = "lead@brightplay.example", "member@brightplay.example"


def brightplay(session: Session) -> Team:
    """The demonstration's Brightplay as a team, in the round that is open."""
    framework = queries.consulted_framework(session)
    round_: Round | None = queries.find_round(session, framework)
    assert round_ and round_.is_open
    organisation = session.exec(select(Organisation).where(Organisation.slug == "brightplay")).one()
    lead, member = (people_queries.person(session, email) for email in (LEAD, MEMBER))
    submission = submission_queries.find_submission(session, round_, f"organisation:{organisation.id}")
    submission = submission or speaking.speak(
        session, round_, viewer_for(lead), speaking_for=SpeakingFor.ORGANISATION, publish_as=PublishAs.NAMED
    )
    entries = [line.entry for line in queries.manifest(session, round_.release)]
    return Team(round_, organisation, lead, lead, member, submission, entries)


@pytest.fixture
def reference(walker: Walker) -> str:
    """The reference of a point that is ready, as are a suggestion and ratings; another draft is not."""
    with walker.database.transaction() as session:
        team = brightplay(session)
        point = team.draft(session, "A point to send back.", entry=20)
        team.suggest(session, "Other words for it.", entry=20)
        team.rate(session, 4, entry=21)
        team.draft(session, "Half a thought.", entry=22, ready=False)
        return point.reference


def test_feedback_is_discussed_sent_back_and_signed_off(walker: Walker, reference: str) -> None:
    walker.is_now(MEMBER).goes_to("/organisation/feedback").sees("20 minutes?").sees("Half a thought.")
    walker.types("Add a note", "Shall we send this?").presses("Leave the note").sees("Shall we send this?")
    walker.goes_to("/organisation/feedback/check").sees("Your lead or a deputy signs this off")
    walker.is_now(LEAD).goes_to(f"/organisation/feedback/items/{reference}")
    walker.presses("Send it back", exact=True).sees("There is a problem")
    walker.types("What should be looked at again?", "Name the source.").presses("Send it back", exact=True)
    walker.sees("has been sent back").sees("Name the source.")
    walker.presses("Sign off and send").sees("Confirm that you are authorised")
    walker.chooses("I am authorised to send this for Brightplay", within="Declaration")
    walker.presses("Sign off and send").sees("has been sent").sees("SHA-256 of these words")
    walker.follows("Everything that was sent").sees("Other words for it.")
    walker.goes_to("/organisation/feedback").sees("signed off by")
    walker.goes_to("/organisation/feedback/items/no-such-item")


def test_the_second_lead_sees_what_the_first_has_signed(walker: Walker, reference: str) -> None:
    walker.is_now(LEAD).goes_to("/organisation/feedback/check")
    other = walker.page.context.new_page()
    other.goto("/organisation/feedback/check")
    other.get_by_label("I am authorised").check()
    other.get_by_label(f"Send {reference}").uncheck()
    other.get_by_role("button", name="Sign off and send").click()
    other.wait_for_load_state()
    other.close()
    walker.chooses("I am authorised to send this for Brightplay", within="Declaration")
    walker.presses("Sign off and send").sees("You have sent nothing just now").sees("was signed off by")
