"""What staff write beside entries has Welsh beside it, on one page; a framework can ask for it before it publishes."""

import pytest
from sqlmodel import Session

from backend.core import cookies
from backend.people.models import Person, StaffRole
from backend.publishing import gate
from backend.releases import queries
from backend.releases.models import Framework, Release
from tests import factories
from tests.answers.scene import Scene
from tests.browsing import Visitor


@pytest.fixture
def scene(session: Session) -> Scene:
    made = Scene(session, points=1)
    session.commit()
    return made


@pytest.fixture
def releaser(session: Session) -> Person:
    return factories.make_staff(session, StaffRole.RELEASER)


def in_welsh(visitor: Visitor) -> Visitor:
    visitor.client.cookies.clear()
    visitor.client.cookies.set(cookies.LANGUAGE.name, "cy", domain="testserver.local")
    return visitor


def test_the_welsh_of_a_framework_is_written_and_read(
    visitor: Visitor, session: Session, scene: Scene, releaser: Person
) -> None:
    title = session.get_one(Framework, scene.framework.id).title
    visitor.sign_in(session, releaser).get("/staff/more").follow("Welsh")
    assert "texts have no Welsh" in visitor.text
    visitor.follow(title).press("Save the Welsh", welsh_0="Fframwaith <b>niwed</b>")
    assert "The Welsh is saved." in visitor.text
    in_welsh(visitor).get("/frameworks/harms")
    assert visitor.page.xpath("//h1")[0].text_content() == "Fframwaith <b>niwed</b>"
    assert not visitor.page.xpath("//h1//*[@lang]")
    visitor.client.cookies.clear()
    assert visitor.get("/frameworks/harms").page.xpath("//h1")[0].text_content() == title


def test_english_on_a_welsh_page_says_that_it_is(visitor: Visitor, scene: Scene) -> None:
    in_welsh(visitor).get("/frameworks/harms")
    assert visitor.page.xpath("//h1/span/@lang") == ["en"]
    assert "<span" not in (visitor.page.findtext(".//title") or "")


def test_of_two_who_write_at_once_neither_loses_words(
    visitor: Visitor, session: Session, scene: Scene, releaser: Person
) -> None:
    address = f"/staff/welsh/release/{scene.draft.id}"
    visitor.sign_in(session, releaser).get(address)
    seen = visitor.page.xpath("//input[@name='seen']/@value")[0]
    visitor.press("Save the Welsh", welsh_0="Y cyntaf")
    visitor.get(address).press("Save the Welsh", welsh_0="Yr ail", seen=seen)
    assert visitor.status == 409 and "Somebody else has changed these texts" in visitor.text
    assert visitor.page.xpath("//input[@name='welsh_0']/@value") == ["Yr ail"]
    session.expire_all()
    assert session.get_one(Release, scene.draft.id).welsh == {"title": "Y cyntaf"}
    visitor.press("Save the Welsh")
    session.expire_all()
    assert session.get_one(Release, scene.draft.id).welsh == {"title": "Yr ail"}


def test_an_empty_field_takes_the_welsh_away(
    visitor: Visitor, session: Session, scene: Scene, releaser: Person
) -> None:
    address = f"/staff/welsh/release/{scene.draft.id}"
    visitor.sign_in(session, releaser).get(address).press("Save the Welsh", welsh_0="Teitl")
    visitor.get(address).press("Save the Welsh", welsh_0=" ")
    session.expire_all()
    assert session.get_one(Release, scene.draft.id).welsh == {}


def test_a_framework_can_ask_for_all_of_it_before_it_publishes(
    visitor: Visitor, session: Session, scene: Scene, releaser: Person
) -> None:
    draft_id = scene.draft.id

    def stops() -> list[int]:
        session.commit()
        session.expire_all()
        found = gate.obstacles(session, session.get_one(Release, draft_id))
        return [obstacle.number for obstacle in found if obstacle.what == "welsh"]

    assert stops() == []
    visitor.sign_in(session, releaser).get("/staff/welsh").press("Save your choice", asked="yes")
    entries, texts = stops()
    assert entries == len(queries.manifest(session, session.get_one(Release, draft_id))) and texts == 1
    visitor.get(f"/staff/welsh/release/{draft_id}").press("Save the Welsh", welsh_0="Y nesaf")
    assert stops() == [entries]
    visitor.get("/staff/welsh").press("Save your choice", asked=[])
    assert stops() == []


def test_members_and_moderators_write_none(visitor: Visitor, session: Session, scene: Scene) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    assert visitor.get("/staff/welsh").status == 403
    assert visitor.post("/staff/welsh/ask", {"asked": "yes"}).status == 403
    assert visitor.get(f"/staff/welsh/answer/{10**6}").status == 403


def test_what_is_not_there_has_no_page(visitor: Visitor, session: Session, scene: Scene, releaser: Person) -> None:
    visitor.sign_in(session, releaser)
    assert visitor.get("/staff/welsh/answer/999999").status == 404
    assert visitor.get("/staff/welsh/nonsense/1").status in (404, 422)
