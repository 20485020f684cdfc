"""Loading the drafts of the pages that are owed."""

from sqlmodel import Session

from backend.pages import queries
from backend.pages.models import Owed
from backend.pages.sections import sections
from seed import pages
from seed.loading import CONTENT
from tests import factories
from tests.browsing import Visitor


def test_every_page_is_there_in_both_languages_and_says_that_it_is_a_draft(session: Session, visitor: Visitor) -> None:
    pages.load(session, CONTENT / "pages")
    session.commit()
    for page in Owed:
        visitor.get(f"/{page}")
        assert visitor.status == 200
        assert "This is an illustrative draft." in visitor.text
        visitor.press("Cymraeg")
        assert "drafft i gyfieithydd" in visitor.text
        visitor.press("English")
    for page in Owed:
        (version,) = queries.versions(session, page)
        english, welsh = sections(version.body), sections(version.welsh_body)
        assert len(english) == len(welsh), page


def test_loading_again_changes_nothing(session: Session) -> None:
    assert len(pages.load(session, CONTENT / "pages")) == len(Owed)
    assert pages.load(session, CONTENT / "pages") == []


def test_what_staff_have_written_is_theirs(session: Session) -> None:
    staff = factories.make_staff(session)
    factories.make_page(session, body="Our own words.", by=staff)
    pages.load(session, CONTENT / "pages")
    assert [version.body for version in queries.versions(session, Owed.PRIVACY)] == ["Our own words."]
