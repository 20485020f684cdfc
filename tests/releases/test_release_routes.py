"""Reading releases, and what changed between two."""

import pytest
from sqlmodel import Session

from backend.core import clock
from backend.releases import queries, revising
from backend.releases.kinds import ReleaseState
from backend.releases.models import Framework, Release
from tests import factories
from tests.browsing import Visitor
from tests.releases.examples import make_second_release


@pytest.fixture
def second(session: Session) -> Release:
    """Release 0.2, in which one entry changed, one left and one came."""
    release = make_second_release(session, factories.make_framework(session))
    session.commit()
    return release


def test_the_release_list_leads_to_each_release_and_to_what_changed(second: Release, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms").follow("All releases")
    assert visitor.path == "/frameworks/harms/releases"
    visitor.follow("What changed from 0.1 to 0.2")
    assert visitor.path == "/frameworks/harms/compare/0.1...0.2"
    visitor.get("/frameworks/harms/releases").follow("0.1 “Beta”")
    assert "3 entries in this release" in visitor.text


def test_an_older_release_says_that_there_is_a_newer_one(second: Release, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms/releases/0.1")
    assert "There is a newer release." in visitor.text
    visitor.follow("Go to release 0.2")
    assert "There is a newer release." not in visitor.text
    assert "There is a newer release." in visitor.get("/CCHF-01@0.1").text


def test_a_release_shows_its_notes_its_manifest_and_its_digest(second: Release, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms/releases/0.2")
    assert second.digest and second.digest in visitor.text
    assert "Changed: CCHF-01 Harm number 1 (Description, Code standards) Why: Need was the wrong word" in visitor.text
    assert "Retired: CCHF-03 Harm number 3 It said the same as another" in visitor.text
    assert "Added: CCHF-04 Harm number 4 Why: Asked for by three" in visitor.text
    assert "3 entries in this release" in visitor.text


def test_a_withdrawn_release_stays_readable_under_a_banner(session: Session, second: Release, visitor: Visitor) -> None:
    second.state = ReleaseState.WITHDRAWN
    second.withdrawn_at = clock.now()
    second.withdrawn_because = "It went out by mistake."
    session.commit()
    for address in ("/frameworks/harms/releases/0.2", "/CCHF-04@0.2"):
        visitor.get(address)
        assert "This release was withdrawn on" in visitor.text and "It went out by mistake." in visitor.text
        visitor.follow("Read release 0.1 instead")
    assert "It went out by mistake." in visitor.get("/frameworks/harms/releases").text
    assert "Need was the wrong word" not in visitor.get("/CCHF-01").text
    visitor.get("/CCHF-04")
    assert visitor.status == 200 and "The release that held it has been withdrawn." in visitor.text


def test_an_entry_stays_as_it_was_in_its_release(second: Release, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms/releases/0.1/entries/CCHF-01")
    assert "what harm 1 needs" in visitor.text
    visitor.follow("Read the entry as it stands now")
    assert "what harm 1 wants" in visitor.text
    assert "what harm 3 needs" in visitor.get("/CCHF-03@0.1").text


def test_a_comparison_shows_every_change_word_by_word_and_readable_without_colour(
    second: Release, visitor: Visitor
) -> None:
    visitor.get("/frameworks/harms/compare/0.1...0.2")
    assert "3 entries differ" in visitor.text
    section = visitor.page.get_element_by_id("CCHF-01")
    assert [ins.text_content() for ins in section.iter("ins")] == [
        "added: wants end of added words ",
        "12. Code standards 12",
    ]
    assert [de.text_content() for de in section.iter("del")] == [
        "removed: needs end of removed words ",
        "7. Code standards 7",
    ]
    said = " ".join(section.text_content().split())
    assert "Removed: 7. Code standards 7" in said and "Added: 12. Code standards 12" in said
    assert "Why: Need was the wrong word" in said
    retired = " ".join(visitor.page.get_element_by_id("CCHF-03").text_content().split())
    assert "It said the same as another" in retired and "what harm 3 needs" in retired
    assert "what harm 4 needs" in visitor.page.get_element_by_id("CCHF-04").text_content()
    assert "CCHF-02" not in [element.get("id") for element in visitor.page.iter("section")]


def test_a_comparison_the_wrong_way_round_is_turned(second: Release, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms/compare/0.2...0.1")
    assert visitor.path == "/frameworks/harms/compare/0.1...0.2"
    assert "Nothing differs" in visitor.get("/frameworks/harms/compare/0.2...0.2").text


def test_a_comparison_over_several_releases_tells_every_reason(
    session: Session, second: Release, visitor: Visitor
) -> None:
    draft = factories.make_draft(session, second.framework, "0.3")
    entry = queries.entry(session, "CCHF-01")
    line = queries.find_line(session, draft, entry)
    assert line
    content = line.revision.content.with_field("title", "Another title")
    revising.revise(session, draft, entry, content, seen=line.revision, by=None, because="The title was too long")
    revising.freeze(session, draft, by=None)
    session.commit()
    whole = " ".join(
        visitor.get("/frameworks/harms/compare/0.1...0.3").page.get_element_by_id("CCHF-01").text_content().split()
    )
    assert "Why: Need was the wrong word The title was too long" in whole
    assert "It said the same as another" in visitor.text
    visitor.get("/frameworks/harms/compare/0.2...0.3")
    assert "The title was too long" in visitor.text and "Need was the wrong word" not in visitor.text


def test_a_framework_without_a_standing_release_shows_the_withdrawn_one(
    session: Session, framework: Framework, visitor: Visitor
) -> None:
    for release in queries.releases(session, framework):
        release.state = ReleaseState.WITHDRAWN
        release.withdrawn_at = clock.now()
    session.commit()
    visitor.get("/frameworks/harms")
    assert visitor.status == 200 and "This release was withdrawn on" in visitor.text
    assert visitor.get("/CCHF-01").status == 200
    assert "No release stands at the moment." in visitor.get("/frameworks").text
