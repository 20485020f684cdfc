"""What everybody may read of answers and decisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from sqlalchemy import event
from sqlmodel import Session

from backend.answers import answering, deciding, ledger
from backend.answers.models import Outcome
from backend.comments.models import State
from backend.core.db import Database
from backend.releases import revising
from backend.submissions.models import PublishAs
from tests import factories
from tests.answers.scene import Scene
from tests.browsing import Visitor

ANSWERS = "/frameworks/harms/releases/0.2/answers"
LEDGER = "/frameworks/harms/releases/0.2/ledger"


def answer_all(scene: Scene, **facts: object) -> None:
    """One answer that decides every point."""
    words = {"title": "Autoplay", "you_said": "Say **more**.", "we_did": "It is off now.", **facts}
    answer = answering.write(
        scene.session, scene.draft, outcome=Outcome.NOT_CHANGED, by=scene.staff, **words  # type: ignore[arg-type]
    )  # fmt: skip
    answering.attach(scene.session, answer, scene.comments, scene.staff)


def test_the_feed_tells_of_the_themes_of_published_releases_alone(session: Session, visitor: Visitor) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    scene = Scene(session)
    answer_all(scene, title="Autoplay & <b>others</b>")
    session.commit()
    root = etree.fromstring(visitor.get("/answers.atom").response.content)
    assert visitor.response.headers["content-type"].startswith("application/atom+xml")
    assert root.findall(f"{atom}entry") == []
    scene.publish()
    root = etree.fromstring(visitor.get("/answers.atom").response.content)
    [entry] = root.findall(f"{atom}entry")
    assert entry.findtext(f"{atom}title") == "Harms framework 0.2: Autoplay & <b>others</b>"
    content = html.fragment_fromstring(entry.findtext(f"{atom}content"), create_parent=True)
    assert [words.text_content() for words in content.iter("h2", "strong")] == ["You said", "more", "We did"]
    address = entry.find(f"{atom}link").get("href")
    page, _, place = address.removeprefix("http://localhost:8000").partition("#")
    assert entry.findtext(f"{atom}id") == f"tag:localhost,2026:harms/0.2/{place}"
    assert visitor.get(page).page.get_element_by_id(place) is not None


def test_nothing_of_an_answer_shows_before_the_release_is_published(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=2)
    answer_all(scene, title="Secret until then")
    session.commit()
    assert visitor.get(ANSWERS).status == 404
    assert visitor.get(LEDGER).status == 404
    deciding.make_final(session, scene.draft, scene.staff)
    session.commit()
    for address in (ANSWERS, LEDGER, "/frameworks/harms/releases/0.1/answers", "/frameworks/harms/releases/0.1/ledger"):
        assert "Secret" not in visitor.get(address).text and "It is off now" not in visitor.text
    scene.publish()
    assert "Secret until then" in visitor.get(ANSWERS).text
    for reference in (comment.reference for comment in scene.comments):
        assert reference in visitor.text
        assert reference in visitor.get(LEDGER).text
        visitor.get(ANSWERS)


def test_the_ledger_shows_each_point_with_its_decision_and_who_said_it(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    scene.change()
    scene.decide(Outcome.CHANGED, reason="Thank you: it is clearer now.")
    scene.publish()
    visitor.get(LEDGER)
    for words in ("Brightplay", "Point number 0", "Changed", "it is clearer now", "Received1", "Decided1"):
        assert words in visitor.text
    visitor.follow("CCHF-01 in release 0.2")
    assert visitor.status == 200 and "New title of CCHF-01" in visitor.text


def test_what_its_author_does_not_publish_is_only_counted(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=2)
    scene.comments[1].publish_as = PublishAs.SUMMARY_ONLY
    scene.comments[1].state = State.KEPT
    session.add(scene.comments[1])
    session.flush()
    answer_all(scene)
    scene.publish()
    visitor.get(LEDGER)
    assert scene.comments[0].reference in visitor.text
    assert scene.comments[1].reference not in visitor.text and "Point number 1" not in visitor.text
    assert "All outcomes: fewer than five" in visitor.text
    visitor.get(ANSWERS)
    assert "1 published point and fewer than five that are not published" in visitor.text
    assert scene.comments[1].reference not in visitor.text


def test_a_carried_point_stands_beside_the_title(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    scene.decide(Outcome.CARRIED, reason="We await a study.")
    scene.publish()
    assert "Carried to a later release1" in visitor.get(LEDGER).text
    following = factories.make_draft(session, scene.framework, "0.3")
    scene.decide(Outcome.NOT_CHANGED, reason="The study says no.", release=following)
    scene.draft = following
    scene.publish()
    assert "We await a study" in visitor.get(LEDGER).text
    assert "The study says no" in visitor.get("/frameworks/harms/releases/0.3/ledger").text


def test_the_ledger_can_be_filtered_and_read_page_by_page(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=ledger.PAGE + 5)
    answer_all(scene)
    scene.publish()
    visitor.get(LEDGER)
    assert len(visitor.page.findall(".//tbody/tr")) == ledger.PAGE
    visitor.follow("Next page")
    assert len(visitor.page.findall(".//tbody/tr")) == 5
    assert "No published point fits" in visitor.get(f"{LEDGER}?entry=CCHF-02").text
    assert "No published point fits" in visitor.get(f"{LEDGER}?outcome=changed").text
    assert "No published point fits" in visitor.get(f"{LEDGER}?kind=error").text
    visitor.get(f"{LEDGER}?entry=cchf-01&kind=evidence&outcome=not+changed")
    assert len(visitor.page.findall(".//tbody/tr")) == ledger.PAGE
    assert "entry=cchf-01" in visitor.response.text
    assert visitor.get(f"{LEDGER}?outcome=<script>").status == 200
    fragment = visitor.get(LEDGER, **{"HX-Request": "true"}).response.text
    assert "<!DOCTYPE" not in fragment and "<h1" not in fragment


@pytest.mark.parametrize("address", [ANSWERS, LEDGER])
def test_a_page_of_many_points_takes_as_many_reads_as_one_of_few(
    session: Session, visitor: Visitor, database: Database, address: str
) -> None:
    scene = Scene(session, points=42)
    answer_all(scene)
    for comment in scene.comments[2:]:
        comment.state = State.KEPT
        session.add(comment)
    scene.publish()
    few = _reads(visitor, database, address)
    for comment in scene.comments[2:]:
        comment.state = State.PUBLISHED
        session.add(comment)
    session.commit()
    assert _reads(visitor, database, address) == few
    assert scene.comments[10].reference in visitor.text


def test_hostile_words_in_answers_are_inert(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    hostile = "<script>alert(1)</script> <div data-hx-get=/x data-hx-trigger=load></div> [x](javascript:alert(1))"
    answer_all(scene, title=hostile, you_said=hostile, we_did=hostile)
    scene.publish()
    for address in (ANSWERS, LEDGER):
        main = visitor.get(address).page.find(".//main")
        assert main is not None and "alert(1)" in visitor.text
        assert not main.xpath(".//script") and not main.xpath(".//*[@data-hx-trigger='load']")
        assert not main.xpath(".//a[contains(@href, 'javascript')]")


@given(st.dictionaries(st.sampled_from(list(Outcome)), st.integers(0, 12)))
def test_no_number_of_unpublished_points_is_small(totals: dict[Outcome, int]) -> None:
    found = ledger.combined(totals)
    told = [total.number for total in found if total.number is not None]
    assert all(number >= ledger.ENOUGH for number in told)
    everything = sum(totals.values())
    named = {outcome for total in found for outcome in total.outcomes}
    assert named == (
        {outcome for outcome, number in totals.items() if number} if everything >= ledger.ENOUGH else set()
    )
    assert sum(told) == everything or (everything < ledger.ENOUGH and not told)


def _reads(visitor: Visitor, database: Database, address: str) -> int:
    seen: list[object] = []

    def count(*args: object) -> None:
        seen.append(args[2])

    event.listen(database.engine, "before_cursor_execute", count)
    assert visitor.get(address).status == 200
    event.remove(database.engine, "before_cursor_execute", count)
    return len(seen)


def test_a_change_that_retired_an_entry_links_to_where_that_can_be_read(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    revising.retire(session, scene.draft, scene.entry, because="It was twice here.", superseded_by=None, by=scene.staff)
    scene.decide(Outcome.CHANGED, reason="You were right.")
    scene.publish()
    visitor.get(LEDGER).follow("CCHF-01 in release 0.2")
    assert visitor.status == 200 and "It was twice here." in visitor.text
    visitor.get(f"/comments/{scene.comment.reference}").follow("Read the words in CCHF-01")
    assert visitor.status == 200 and "It was twice here." in visitor.text
