"""Loading the drafts of the pages that are owed."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from backend.core import periods
from backend.pages import filling, queries
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


def test_the_privacy_notice_tells_every_period_by_which_the_worker_erases(
    session: Session, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers are not typed into the notice, so they cannot be others than those of the code."""
    pages.load(session, CONTENT / "pages")
    session.commit()
    (version,) = queries.versions(session, Owed.PRIVACY)
    told = {opening for opening in filling.OPEN if opening.startswith(("{days", "{months"))}
    for body in (version.body, version.welsh_body):
        assert told <= set(filling.IN_BRACES.findall(body))
    assert "24 months after the outcome" in visitor.get("/privacy").text
    assert "24 mis ar ôl y canlyniad" in visitor.press("Cymraeg").text
    kept = {name for name, value in vars(periods).items() if isinstance(value, timedelta)}
    assert len(told) == len(kept)
    monkeypatch.setattr(periods, "COMPLAINT", timedelta(days=365))
    assert "12 mis ar ôl y canlyniad" in visitor.get("/privacy").text


PURPOSES = (
    "Registering your interest", "Choosing who takes part", "Booking a place", "What you need in order to take part",
    "Playing a recording", "Writing to you", "Complaints", "Taking part in a round",
)  # fmt: skip
OWED_BY_LAW = (
    "our data protection officer at", "complain to the Information Commissioner", "leaves the United Kingdom",
    "until you press play", "waiting list", "explicit consent, article 9(2)(a)",
)  # fmt: skip


def test_the_privacy_notice_goes_purpose_by_purpose_in_both_languages(session: Session, visitor: Visitor) -> None:
    pages.load(session, CONTENT / "pages")
    session.commit()
    visitor.get("/privacy")
    headings = " ".join(heading.text_content() for heading in visitor.page.xpath("//main//h3"))
    assert not [purpose for purpose in PURPOSES if purpose not in headings]
    assert not [words for words in OWED_BY_LAW if words not in visitor.text]
    shape = [element.tag for element in visitor.page.xpath("//main//*[self::h2 or self::h3 or self::li]")]
    visitor.press("Cymraeg")
    assert shape == [element.tag for element in visitor.page.xpath("//main//*[self::h2 or self::h3 or self::li]")]


def test_welsh_drafts_use_the_words_of_the_rest_of_the_site() -> None:
    for path in (CONTENT / "pages").glob("*.yaml"):
        welsh = path.read_text(encoding="utf-8").partition("welsh_title:")[2].lower()
        others = [word for word in ("ebost", "graddau", "fersiwn gyhoeddedig", "fersiwn nesaf") if word in welsh]
        assert not others, (path.name, others)


def test_loading_again_changes_nothing(session: Session) -> None:
    assert len(pages.load(session, CONTENT / "pages")) == len(Owed)
    assert pages.load(session, CONTENT / "pages") == []


def test_what_staff_have_written_is_theirs(session: Session) -> None:
    staff = factories.make_staff(session)
    factories.make_page(session, body="Our own words.", by=staff)
    pages.load(session, CONTENT / "pages")
    assert [version.body for version in queries.versions(session, Owed.PRIVACY)] == ["Our own words."]
