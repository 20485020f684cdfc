"""Feeds are in the language of their address, whoever asks, and every feed reader can read them."""

import pytest
from lxml import etree
from sqlmodel import Session

from backend.core import clock, cookies, i18n
from tests import factories
from tests.answers.scene import Scene
from tests.answers.test_routes import answer_all
from tests.browsing import Visitor

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FEEDS = ("releases", "answers", "workshops")


@pytest.fixture
def told(session: Session) -> None:
    """A release with an answer, and a workshop that has been cancelled."""
    scene = Scene(session)
    answer_all(scene, title="Autoplay")
    scene.publish()
    factories.make_workshop(session, cancelled_at=clock.now())
    session.commit()


def feed(visitor: Visitor, address: str) -> etree._Element:
    """A feed as a feed reader sees it."""
    return etree.fromstring(visitor.get(address).response.content)


def words(found: etree._Element) -> str:
    """All that a feed says."""
    return " ".join(found.itertext())


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_is_in_the_language_of_its_address_whatever_the_browser_was_asked_to_keep(
    name: str, visitor: Visitor, told: None
) -> None:
    english = visitor.get(f"/{name}.atom").response.content
    visitor.client.cookies.set(cookies.LANGUAGE.name, "cy", domain="testserver.local")
    assert visitor.get(f"/{name}.atom").response.content == english
    welsh = visitor.get(f"/{name}.atom?lang=cy").response.content
    visitor.client.cookies.clear()
    assert visitor.get(f"/{name}.atom?lang=cy").response.content == welsh
    assert etree.fromstring(english).get(LANG) == "en"
    assert etree.fromstring(welsh).get(LANG) == "cy"
    with i18n.speaking("cy"):
        title = i18n.gettext({"releases": "%(service)s: releases", "answers": "%(service)s: you said, we did",
                              "workshops": "%(service)s: workshops"}[name])  # fmt: skip
    assert title.partition(": ")[2] in words(etree.fromstring(welsh))
    assert english != welsh


@pytest.mark.parametrize("name", FEEDS)
def test_the_two_languages_of_a_feed_lead_to_each_other_and_are_two_feeds_of_the_same_things(
    name: str, visitor: Visitor, told: None
) -> None:
    english, welsh = feed(visitor, f"/{name}.atom"), feed(visitor, f"/{name}.atom?lang=cy")
    for here, other, code in ((english, welsh, "cy"), (welsh, english, "en")):
        there = here.find(f"{{*}}link[@hreflang='{code}']")
        assert there is not None
        assert there.get("href") == other.find("{*}link[@rel='self']").get("href")
    assert english.findtext("{*}id") != welsh.findtext("{*}id")
    ids = [[entry.findtext("{*}id") for entry in each.iterfind("{*}entry")] for each in (english, welsh)]
    assert ids[0] == ids[1] != []


@pytest.mark.parametrize("name", FEEDS)
def test_every_page_leads_feed_readers_to_each_feed_in_its_language(name: str, visitor: Visitor) -> None:
    for language in ("en", "cy"):
        visitor.client.cookies.set(cookies.LANGUAGE.name, language, domain="testserver.local")
        found = visitor.get("/contact").page.xpath("//link[@type='application/atom+xml']/@href")
        assert f"/{name}.atom?lang={language}" in found
        assert feed(visitor, f"/{name}.atom?lang={language}").get(LANG) == language


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_can_be_read_whatever_characters_somebody_once_wrote(
    name: str, visitor: Visitor, session: Session
) -> None:
    strange = "Before\ufffeand\uffffafter"
    scene = Scene(session)
    answer_all(scene, title=strange)
    scene.draft.title = strange
    scene.publish()
    factories.make_workshop(session, title=strange)
    session.commit()
    assert "Before\ufffdand\ufffdafter" in words(feed(visitor, f"/{name}.atom"))
