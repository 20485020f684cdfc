"""Reading entries as they stand now, and as they are cited."""

from typing import Any

import pytest
from lxml import etree
from sqlalchemy import event
from sqlmodel import Session

from backend.comments.models import State
from backend.core import clock
from backend.releases import queries, revising
from backend.releases.models import Framework
from backend.submissions.models import PanelEntry
from tests import factories
from tests.browsing import Visitor
from tests.releases.examples import HOSTILE, listed, make_second_release


def test_an_entry_shows_its_words_its_terms_and_how_to_cite_it(framework: Framework, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms/entries/CCHF-02")
    assert "A service shares what harm 2 needs." in visitor.text
    assert "(illustrative)" in visitor.text and "http://localhost:8000/CCHF-02@0.2" in visitor.text
    visitor.follow("12. Code standards 12")
    assert listed(visitor) == ["CCHF-02"]


@pytest.mark.parametrize("address", ["/CCHF-02", "/cchf-02", "/Cchf-02", "/frameworks/harms/entries/cchf-02"])
def test_the_short_address_of_an_entry_works_in_any_case(framework: Framework, visitor: Visitor, address: str) -> None:
    visitor.get(address)
    assert (visitor.status, visitor.path) == (200, "/frameworks/harms/entries/CCHF-02")


def test_a_cited_address_leads_to_the_words_of_that_release_for_ever(
    session: Session, framework: Framework, visitor: Visitor
) -> None:
    visitor.get("/cchf-01@0.1")
    assert visitor.path == "/frameworks/harms/releases/0.1/entries/CCHF-01"
    digest = queries.history(session, queries.entry(session, "CCHF-01"))[-1].revision.digest
    assert f"Text digest SHA-256 {digest[:12]}." in visitor.text


@pytest.mark.parametrize(
    "address",
    ["/CCHF-99", "/CCHF-02@0.1", "/CCHF-02@0.9", "/NOPE-01@0.1", "/frameworks/nope", "/frameworks/harms/entries/X-1",
     "/frameworks/harms/entries/CCHF-99", "/frameworks/nope/entries/CCHF-01", "/frameworks/harms/releases/0.9",
     "/frameworks/harms/releases/0.1/entries/CCHF-02", "/frameworks/harms/releases/0.9.json",
     "/frameworks/harms/compare/0.1...0.9", "/frameworks/harms/compare/0.1", "/frameworks/harms/compare/...",
     "/frameworks/harms/releases/0.9.csv", "/frameworks/nope/releases"],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(framework: Framework, visitor: Visitor, address: str) -> None:
    assert visitor.get(address).status == 404


def test_an_entry_of_another_framework_is_not_found(session: Session, visitor: Visitor) -> None:
    factories.make_framework(session, entries=1)
    other = Framework(
        slug="other", title="Other", code_prefix="OTHER", summary="", notice="", sections=[], schemes=[], position=1
    )
    session.add(other)
    session.flush()
    draft = factories.make_draft(session, other, "1.0")
    revising.freeze(session, draft, by=None)
    session.commit()
    assert visitor.get("/frameworks/other/entries/CCHF-01").status == 404
    assert "0 entries" in visitor.get("/frameworks/other").text


def test_a_draft_is_nowhere_to_be_seen(session: Session, framework: Framework, visitor: Visitor) -> None:
    draft = factories.make_draft(session, framework, "0.3")
    content = factories.make_content(9, title="A secret so far")
    revising.add_entry(session, draft, code="CCHF-09", content=content, by=None, because="New")
    revising.retire(session, draft, queries.entry(session, "CCHF-01"), because="Soon", superseded_by=None, by=None)
    session.commit()
    for address in ("/CCHF-09", "/frameworks/harms/entries/CCHF-09", "/frameworks/harms/releases/0.3",
                    "/frameworks/harms/releases/0.3.json", "/frameworks/harms/compare/0.2...0.3"):  # fmt: skip
        assert visitor.get(address).status == 404
    for address in ("/", "/frameworks/harms", "/frameworks/harms/releases", "/releases.atom"):
        text = visitor.get(address).response.text
        assert "/0.3" not in text and "framework 0.3" not in text  # a bare 0.3 may stand in a time
    visitor.get("/CCHF-01")
    assert visitor.status == 200 and "retired" not in visitor.text


def test_a_retired_entry_keeps_its_page_with_reason_successor_and_last_words(
    session: Session, visitor: Visitor
) -> None:
    make_second_release(session, factories.make_framework(session))
    session.commit()
    visitor.get("/CCHF-03")
    assert visitor.status == 200
    assert "This entry has been retired." in visitor.text
    assert "It said the same as another" in visitor.text
    assert "A service shares what harm 3 needs." in visitor.text
    visitor.follow("Read CCHF-02, which takes its place")
    assert visitor.path == "/frameworks/harms/entries/CCHF-02"


def test_an_entry_says_what_changed_why_and_who_prompted_it(session: Session, visitor: Visitor) -> None:
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework, opened_days_ago=40, closes_in_days=-20)
    person = factories.make_specialist(session)
    submission = factories.make_submission(session, round_, person=person)
    entry = queries.entry(session, "CCHF-01")
    published = factories.make_comment(session, submission, person, entry=entry, state=State.PUBLISHED)
    hidden = factories.make_comment(session, submission, person, entry=entry, state=State.KEPT)
    release = make_second_release(session, framework)
    line = queries.find_line(session, release, entry)
    assert line
    for comment in (published, hidden):
        factories.make_cause(session, line.revision, comment, "section:description")
    session.commit()
    visitor.get("/CCHF-01")
    assert "These words changed in release 0.2: Description, Code standards." in visitor.text
    assert "Need was the wrong word" in visitor.text
    assert f'href="/comments/{published.reference}"' in visitor.response.text
    assert f"point {published.reference} by Dr Ana Specialist" in visitor.text
    assert hidden.reference not in visitor.response.text
    assert "points that are not published in full" in visitor.text
    for address in ("/frameworks/harms/releases/0.2", "/frameworks/harms/compare/0.1...0.2", "/CCHF-01@0.2"):
        visitor.get(address)
        assert published.reference in visitor.text and hidden.reference not in visitor.text
    assert "This entry was added in release 0.2." in visitor.get("/CCHF-04").text
    assert "What changed and why" not in visitor.get("/CCHF-02").text


def test_each_section_can_be_commented_on_only_while_a_round_is_open(
    session: Session, framework: Framework, visitor: Visitor
) -> None:
    assert "Suggest new words" not in visitor.get("/CCHF-01").text
    factories.make_round(session, framework)
    session.commit()
    visitor.get("/CCHF-01")
    assert "Open for feedback until" in visitor.text and "(UK time)" in visitor.text
    links = {link.get("href") for link in visitor.page.iter("a")}
    assert "/frameworks/harms/entries/CCHF-01/comment?section=mitigations" in links
    assert "/frameworks/harms/entries/CCHF-01/suggest?field=section:description" in links
    assert "Suggest new words" not in visitor.get("/CCHF-01@0.1").text
    visitor.get("/frameworks/harms").follow("Which harms are missing?")
    assert visitor.path.startswith("/sign-in?next=%2Fframeworks%2Fharms%2Fquestions%2Fmissing%2Fcomment")


def test_hostile_words_in_an_entry_come_out_inert(session: Session, visitor: Visitor) -> None:
    framework = factories.make_framework(session, entries=1)
    draft = factories.make_draft(session, framework)
    content = factories.make_content(
        2, title="<script>alert(2)</script>", sections={"description": HOSTILE, "mitigations": HOSTILE}
    )
    revising.add_entry(session, draft, code="CCHF-02", content=content, by=None, because="<b onclick=x>Because</b>")
    draft.introduction = HOSTILE
    revising.freeze(session, draft, by=None)
    session.commit()
    for address in ("/CCHF-02", "/CCHF-02@0.2", "/frameworks/harms", "/frameworks/harms/releases/0.2",
                    "/frameworks/harms/compare/0.1...0.2", "/frameworks/harms?q=%3Cscript%3E"):  # fmt: skip
        page = visitor.get(address).page
        main = page.find(".//main")
        assert main is not None
        assert not list(main.iter("script", "style", "img", "iframe")), address
        assert not main.xpath(".//*[@data-hx-get='/x'] | .//*[@onclick] | .//a[starts-with(@href, 'javascript')]")
    etree.fromstring(visitor.get("/releases.atom").response.content)


def test_the_entry_page_asks_the_database_the_same_number_of_questions_however_much_was_said(
    session: Session, framework: Framework, visitor: Visitor
) -> None:
    round_ = factories.make_round(session, framework)
    person = factories.make_specialist(session)
    submission = factories.make_submission(session, round_, person=person)
    entry = queries.entry(session, "CCHF-01")
    other = queries.entry(session, "CCHF-02")
    factories.make_comment(session, submission, person, entry=entry, state=State.PUBLISHED)
    session.commit()

    def asked() -> int:
        statements: list[str] = []

        def note(*facts: Any) -> None:
            statements.append(facts[2])

        event.listen(session.get_bind(), "before_cursor_execute", note)
        visitor.get("/CCHF-01")
        event.remove(session.get_bind(), "before_cursor_execute", note)
        assert visitor.status == 200
        return len(statements)

    before = asked()
    for _ in range(8):
        factories.make_comment(session, submission, person, entry=entry, state=State.PUBLISHED)
        factories.make_comment(session, submission, person, entry=other, state=State.PUBLISHED)
    session.commit()
    assert asked() == before


def test_someone_who_takes_part_sees_how_far_they_are(session: Session, framework: Framework, visitor: Visitor) -> None:
    round_ = factories.make_round(session, framework)
    person = factories.make_specialist(session)
    submission = factories.make_submission(session, round_, person=person)
    for code, looked_at in {"CCHF-01": clock.now(), "CCHF-02": None}.items():
        entry = queries.entry(session, code)
        session.add(PanelEntry(submission_id=submission.id, entry_id=entry.id, looked_at=looked_at))
    session.commit()
    visitor.get("/CCHF-03")
    assert "your panel" not in visitor.text
    visitor.sign_in(session, person).get("/CCHF-03")
    assert "You have looked at 1 of the 2 entries of your panel." in visitor.text


def test_staff_are_not_offered_what_only_participants_may_do(session: Session, visitor: Visitor) -> None:
    framework = factories.make_framework(session)
    factories.make_round(session, framework)
    session.commit()
    pages = ("/frameworks/harms", "/frameworks/harms/entries/CCHF-01")
    assert all("/comment" in visitor.get(page).response.text for page in pages)
    visitor.sign_in(session, factories.make_staff(session))
    assert not any("/comment" in visitor.get(page).response.text for page in pages)
