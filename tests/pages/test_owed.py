"""The pages that are owed: what they say now, what they said before, and who writes them."""

from datetime import datetime, timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlmodel import Session

from backend import main
from backend.core import clock
from backend.core.clock import LONDON
from backend.core.db import Database
from backend.pages import filling, queries, writing
from backend.pages.models import Owed, PageVersion
from backend.pages.sections import sections
from backend.people.models import StaffRole
from tests import factories
from tests.browsing import Visitor
from tests.conftest import migrate

NOON = datetime(2026, 3, 2, 12, tzinfo=LONDON)
THROUGH = {
    "title": "Privacy notice",
    "body": "What we do now.",
    "because": "A new law.",
    "welsh_title": "Hysbysiad preifatrwydd",
    "welsh_body": "Yr hyn a wnawn yn awr.",
    "welsh_because": "Deddf newydd.",
}


@pytest.fixture
def administrator(session: Session, visitor: Visitor) -> Visitor:
    return visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR))


def test_a_page_says_when_and_why_it_last_changed(session: Session, visitor: Visitor) -> None:
    with time_machine.travel(NOON, tick=False):
        factories.make_page(session, because="First written.")
    session.commit()
    visitor.get("/privacy")
    assert "Last changed on 2 March 2026. First written." in visitor.text
    visitor.follow("Earlier versions")
    assert "This page has not changed since it was first written." in visitor.text


def test_a_page_that_nobody_has_written_says_so(visitor: Visitor) -> None:
    assert visitor.get("/privacy").status == 404
    assert "This page has not been written yet" in visitor.text
    assert visitor.get("/privacy/versions").status == 404


def test_earlier_versions_stay_readable_and_are_compared(session: Session, visitor: Visitor) -> None:
    for words in ("We keep it for one year.", "We keep it for two years.", "We keep it for three years."):
        factories.make_page(session, body=words)
    session.commit()
    visitor.get("/privacy/versions")
    assert [piece.text_content() for piece in visitor.page.iter("ins")] == ["added: three end of added words "]
    visitor.press("Compare", old="1", new="3")
    assert "From version 1 to version 3:" in visitor.text
    visitor.get("/privacy/versions").follow("Version 1")
    assert "We keep it for one year." in visitor.text and "This is an earlier version." in visitor.text
    visitor.follow("Read what holds now")
    assert "We keep it for three years." in visitor.text
    assert visitor.get("/privacy/versions/4").status == 404


def test_a_version_takes_effect_by_itself_and_is_known_to_nobody_before(session: Session, visitor: Visitor) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        factories.make_page(session, body="The old rule.")
        factories.make_page(session, body="The new rule.", holds_from=NOON + timedelta(days=3))
        session.commit()
        for address in ("/privacy", "/privacy/versions"):
            assert "new rule" not in visitor.get(address).text
        assert visitor.get("/privacy/versions/2").status == 404
        time.shift(timedelta(days=3))
        assert "The new rule." in visitor.get("/privacy").text
        assert visitor.get("/privacy/versions/2").status == 200


def test_what_was_replaced_before_its_day_was_never_said(session: Session, visitor: Visitor) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        factories.make_page(session, body="First.")
        factories.make_page(session, body="Planned.", holds_from=NOON + timedelta(days=3))
        time.shift(timedelta(minutes=1))
        factories.make_page(session, body="Urgent.")
        session.commit()
        time.shift(timedelta(days=4))
        assert "Urgent." in visitor.get("/privacy").text
        held = queries.that_held(queries.versions(session, Owed.PRIVACY))
    assert [version.number for version in held] == [3, 1]


def test_welsh_is_shown_where_it_is_there_and_else_said_to_be_missing(session: Session, visitor: Visitor) -> None:
    page = factories.make_page(session).page_id
    factories.make_page(session, Owed.TERMS)
    session.add(
        PageVersion(
            page_id=page + 1,
            number=2,
            holds_from=clock.now(),
            title="Terms of use",
            body="Be kind.",
            because="Long ago.",
            welsh_title="",
            welsh_body="",
            welsh_because="",
        )  # fmt: skip
    )
    session.commit()
    visitor.get("/privacy").press("Cymraeg")
    assert visitor.page.find(".//h1").get("lang") == "cy"
    assert "Yr hyn a wnawn." in visitor.text and "Mae’r gyfraith wedi newid." in visitor.text
    assert "Mae’r gyfraith wedi newid." in visitor.get("/privacy/versions").text
    visitor.get("/terms")
    assert visitor.page.get("lang") == "cy" and visitor.page.find(".//h1").get("lang") == "en"
    assert "Be kind." in visitor.text and visitor.page.find_class("govuk-inset-text")
    assert visitor.page.xpath("//span[@lang='en' and text()='Long ago.']")
    visitor.get("/privacy").press("English")
    assert "What we do." in visitor.text


def test_settings_are_filled_in_when_shown(session: Session, visitor: Visitor) -> None:
    factories.make_page(session, body="{authority} answers at [{contact}](mailto:{contact}).")
    session.commit()
    visitor.get("/privacy")
    assert "Example Regulator answers at contact@authority.example." in visitor.text
    assert visitor.page.xpath("//main//a[@href='mailto:contact@authority.example']")


def test_an_administrator_previews_and_publishes_a_version(session: Session, administrator: Visitor) -> None:
    administrator.get("/staff/more").follow("Pages that we owe")
    assert administrator.text.count("Not written yet.") == len(Owed)
    administrator.follow("Write a new version: Privacy").press("Preview", **THROUGH)
    assert administrator.status == 200
    assert "It takes effect at once." in administrator.text
    assert administrator.page.xpath("//*[@lang='cy' and contains(., 'Yr hyn a wnawn yn awr.')]")
    assert administrator.page.xpath("//li[@lang='cy' and text()='Deddf newydd.']")
    assert queries.versions(session, Owed.PRIVACY) == []
    administrator.press("Change it")
    assert administrator.page.get_element_by_id("body").text.strip() == "What we do now."
    administrator.press("Preview").press("Publish this version")
    assert "Version 1 is saved." in administrator.page.text_content()
    assert "What we do now." in administrator.get("/privacy").text


def test_a_version_for_a_day_in_the_future_begins_at_midnight(session: Session, administrator: Visitor) -> None:
    with time_machine.travel(NOON, tick=False):
        administrator.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR))
        administrator.get("/staff/pages/privacy").press("Preview", **THROUGH, holds_from="2026-07-01")
        assert "It takes effect on 1 July 2026 at midnight (UK time)." in administrator.text
        administrator.press("Publish this version")
        assert "Version 1 takes effect on 1 July 2026" in administrator.text
        administrator.follow("Write a new version: Privacy")
        assert "What you write now takes its place" in administrator.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "Enter a title"),
        ("body", "", "Enter what the page says"),
        ("body", "Ask {boss}.", "{boss} cannot be filled in. Use only {authority}, {contact}, {"),
        ("because", "", "Enter why the page changes"),
        ("holds_from", "2001-01-01", "Enter today or a day in the future"),
        ("holds_from", "soon", "Enter a day, or leave it empty"),
        ("welsh_title", "", "Enter a title in Welsh"),
        ("welsh_body", " ", "it is published in both languages"),
        ("welsh_body", "Gofynnwch i {boss}.", "{boss} cannot be filled in."),
        ("welsh_because", "", "Enter why the page changes, in Welsh"),
    ],
)
def test_mistakes_are_said_and_nothing_typed_is_lost(
    field: str, value: str, words: str, session: Session, administrator: Visitor
) -> None:
    typed = {**THROUGH, field: value}
    administrator.get("/staff/pages/privacy").press("Preview", **typed)
    assert administrator.status == 422
    assert administrator.post("/staff/pages/privacy/publish", {**typed, "seen": "0"}).status == 422
    assert words in administrator.text
    assert (administrator.page.get_element_by_id("because").text or "").strip() == typed["because"]
    assert queries.versions(session, Owed.PRIVACY) == []


def test_whoever_publishes_second_is_shown_both_texts(session: Session, administrator: Visitor) -> None:
    factories.make_page(session, body="What we did.")
    session.commit()
    administrator.get("/staff/pages/privacy").press("Preview", **THROUGH)
    factories.make_page(session, body="What they say.")
    session.commit()
    administrator.press("Publish this version")
    assert administrator.status == 409
    assert "What they say." in administrator.page.find_class("app-words-of")[0].text_content()
    assert administrator.page.get_element_by_id("body").text.strip() == "What we do now."
    administrator.press("Preview").press("Publish this version")
    assert "Version 3 is saved." in administrator.page.text_content()


def test_hostile_text_is_harmless(session: Session, visitor: Visitor) -> None:
    body = "<script>alert(1)</script>\n\n## <img src=x onerror=alert(1)>\n\n| a |\n|---|\n| [x](javascript:alert(1)) |"
    factories.make_page(session, body=body, title="<b>Bold</b>")
    session.commit()
    visitor.get("/privacy")
    assert visitor.status == 200
    assert not visitor.page.xpath("//main//script | //main//img | //main//b | //main//a[contains(@href, 'javascript')]")


def test_sections_are_told_from_code_and_keep_every_word() -> None:
    found = sections("Before.\n\n## One\n\nFirst.\n\n```\n## Not one\n```\n\n### Below\n\n## Two\nSecond.")
    assert [section.heading for section in found] == ["", "One", "Two"]
    assert "## Not one" in found[1].body
    assert '<h3 class="govuk-heading-s">Below</h3>' in found[1].html


def test_only_a_small_fixed_set_can_be_left_open() -> None:
    assert filling.unknown("{authority} {contact} {site} {service} {x} {x} { } {}") == ["{x}", "{ }", "{}"]
    assert filling.filled("{service} {x}", "en") == "Framework Pilot {x}"


def test_a_kept_page_changes_when_its_next_version_takes_effect(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('kept')}/pilot.db")
    migrate(database.engine)
    with time_machine.travel(NOON, tick=False) as time:
        with database.transaction() as session:
            factories.make_page(session, body="The old rule.")
            factories.make_page(session, body="The new rule.", holds_from=NOON + timedelta(hours=2))
        with TestClient(main.behind_middleware(main.create_api(database), 8), base_url="https://testserver") as client:
            first = [client.get("/privacy") for _ in range(3)][-1]
            assert "The old rule." in first.text and "etag" in first.headers
            time.shift(timedelta(hours=2))
            assert "The new rule." in client.get("/privacy").text
            with database.transaction() as session:
                factories.make_page(session, body="The newest rule.")
            assert "The newest rule." in client.get("/privacy").text
    database.engine.dispose()


def test_the_last_version_decides_and_nothing_is_written_over(session: Session) -> None:
    factories.make_page(session, body="One.")
    with pytest.raises(writing.PageMovedOn):
        factories.make_page(session, body="Two.", seen=0)
    with pytest.raises(writing.NotInWelsh):
        factories.make_page(session, welsh_body="")
    with pytest.raises(writing.InThePast):
        factories.make_page(session, holds_from=clock.now() - timedelta(days=1))
    assert [version.body for version in queries.versions(session, Owed.PRIVACY)] == ["One."]
