"""An entry's words in Welsh: beside the English, for the same revision, and asked for before publishing."""

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, func, select, text

from backend.core import cookies, counters
from backend.people.models import Person
from backend.publishing import gate
from backend.releases import queries, revising, translating
from backend.releases.content import EntryContent
from backend.releases.models import Framework, ReleaseEntry, Revision, RevisionTranslation
from tests import factories
from tests.browsing import Visitor

ENTRY = "/frameworks/harms/entries/CCHF-01"
FORM = "/staff/release/entries/CCHF-01/welsh"
TEITL = "Niwed rhif 1"


@pytest.fixture
def framework(session: Session) -> Framework:
    return factories.make_framework(session)


@pytest.fixture
def releaser(session: Session, framework: Framework) -> Person:
    return factories.make_staff(session)


def line_of(session: Session, framework: Framework) -> ReleaseEntry:
    session.commit()
    return queries.manifest(session, queries.current_release(session, framework))[0]


def in_welsh(visitor: Visitor) -> Visitor:
    visitor.client.cookies.set(cookies.LANGUAGE.name, "cy", domain="testserver.local")
    return visitor


def test_welsh_is_read_in_welsh_with_the_english_under_it(
    visitor: Visitor, session: Session, framework: Framework, releaser: Person
) -> None:
    visitor.sign_in(session, releaser).get(FORM)
    visitor.press("Save the Welsh", title=TEITL, section_description="Mae gwasanaeth yn rhannu gormod.")
    assert "The Welsh of CCHF-01 is saved." in visitor.text
    visitor.client.cookies.clear()
    in_welsh(visitor).get(ENTRY)
    assert visitor.page.xpath("//h1")[0].text_content() == TEITL
    assert "Mae gwasanaeth yn rhannu gormod." in visitor.text
    english = visitor.page.xpath("//details//*[@lang='en']")
    assert any("A service shares what harm 1 needs." in each.text_content() for each in english)
    visitor.client.cookies.clear()
    visitor.get(ENTRY)
    assert TEITL not in visitor.page.text_content()


def test_an_entry_without_welsh_is_read_in_english_and_marked_so(
    visitor: Visitor, session: Session, framework: Framework
) -> None:
    session.commit()
    in_welsh(visitor).get(ENTRY)
    assert visitor.page.xpath("//h1/@lang") == ["en"]
    assert set(visitor.page.xpath("//*[contains(@class, 'app-words')]/@lang")) == {"en"}


def test_adding_welsh_makes_no_revision_and_moves_the_page(
    session: Session, framework: Framework, releaser: Person
) -> None:
    line = line_of(session, framework)
    before, moved = session.exec(select(func.count()).select_from(Revision)).one(), counters.read(session, "page:")
    translating.translate(session, line.revision, EntryContent(title=TEITL), seen=0, by=releaser)
    session.commit()
    assert session.exec(select(func.count()).select_from(Revision)).one() == before
    after = counters.read(session, "page:")
    assert after["entry:CCHF-01"] == moved.get("entry:CCHF-01", 0) + 1


def test_two_translators_at_once_see_both_texts(
    visitor: Visitor, session: Session, framework: Framework, releaser: Person
) -> None:
    line = line_of(session, framework)
    visitor.sign_in(session, releaser).get(FORM)
    other = EntryContent(title="Teitl arall", sections={"description": "Geiriau eraill."})
    translating.translate(session, line.revision, other, seen=0, by=None)
    session.commit()
    visitor.press("Save the Welsh", title=TEITL, section_description="Fy ngeiriau i.")
    assert visitor.status == 409
    assert "Somebody else has saved the Welsh since you opened it." in visitor.text
    assert "Geiriau eraill" in visitor.page.text_content() and "Fy ngeiriau i." in visitor.page.text_content()
    visitor.press("Save the Welsh", section_description="Fy ngeiriau i, ac eraill.")
    assert "is saved" in visitor.text
    session.expire_all()
    found = translating.find(session, line.revision)
    assert found and found.number == 2 and found.content.sections["description"] == "Fy ngeiriau i, ac eraill."


def test_saving_twice_keeps_one_wording_and_a_title_is_asked_for(
    visitor: Visitor, session: Session, framework: Framework, releaser: Person
) -> None:
    visitor.sign_in(session, releaser).get(FORM).press("Save the Welsh", section_description="Geiriau.")
    assert visitor.status == 422 and "Enter the title in Welsh" in visitor.text
    assert "Geiriau." in visitor.page.text_content()
    visitor.press("Save the Welsh", title=TEITL)
    visitor.press("Save the Welsh")
    assert session.exec(select(func.count()).select_from(RevisionTranslation)).one() == 1


def test_a_new_revision_begins_with_the_welsh_of_the_one_before(
    visitor: Visitor, session: Session, framework: Framework, releaser: Person
) -> None:
    line = line_of(session, framework)
    translating.translate(session, line.revision, EntryContent(title=TEITL), seen=0, by=releaser)
    draft = factories.make_draft(session, framework, "0.2")
    content = line.revision.content.with_field("title", "Other words")
    revising.revise(session, draft, line.entry, content, seen=line.revision, by=releaser, because="Clearer.")
    session.commit()
    visitor.sign_in(session, releaser).get(FORM)
    assert "The English has changed since it was put into Welsh." in visitor.text
    assert visitor.page.xpath("//input[@name='title']/@value") == [TEITL]


def test_the_gate_stays_shut_until_every_entry_has_its_welsh(
    session: Session, framework: Framework, releaser: Person
) -> None:
    draft = factories.make_draft(session, framework, "0.2")
    assert "welsh" not in [obstacle.what for obstacle in gate.obstacles(session, draft)]
    framework.asks_for_welsh = True
    session.add(framework)
    lines = queries.manifest(session, draft)
    for done, line in enumerate(lines):
        missing = next(obstacle for obstacle in gate.obstacles(session, draft) if obstacle.what == "welsh")
        assert missing.number == len(lines) - done
        translating.translate(session, line.revision, EntryContent(title=TEITL), seen=0, by=releaser)
    left = [obstacle.address for obstacle in gate.obstacles(session, draft) if obstacle.what == "welsh"]
    assert left == ["/staff/welsh"], "the title of the release"


@pytest.mark.parametrize("act", ["UPDATE revision_translation SET language = 'x'", "DELETE FROM revision_translation"])
def test_no_wording_is_ever_changed(session: Session, framework: Framework, releaser: Person, act: str) -> None:
    line = line_of(session, framework)
    translating.translate(session, line.revision, EntryContent(title=TEITL), seen=0, by=releaser)
    session.commit()
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(act))
