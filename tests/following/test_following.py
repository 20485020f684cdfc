"""People follow what they read, see what they follow, stop, and nobody else can tell."""

import pytest
from sqlmodel import Session, select

from backend.answers.models import Outcome
from backend.comments.models import State
from backend.following.models import Subscription
from backend.notifications.models import OutboxMessage
from backend.people.models import Digest, Person
from tests import factories
from tests.answers.scene import Scene
from tests.browsing import Visitor


@pytest.fixture
def scene(session: Session) -> Scene:
    """A closed round, a public point in it, and the draft that answers it."""
    return Scene(session)


@pytest.fixture
def reader(session: Session) -> Person:
    """Somebody with an account and no part."""
    return factories.make_person(session, name="Rhys Reader")


def pages(scene: Scene) -> dict[str, str]:
    """What can be followed, and where."""
    return {
        "framework": "/frameworks/harms",
        "entry": "/frameworks/harms/entries/CCHF-01",
        "point": f"/comments/{scene.comment.reference}",
    }


@pytest.mark.parametrize("what", ["framework", "entry", "point"])
def test_it_is_followed_and_stopped_by_a_button(
    what: str, visitor: Visitor, session: Session, scene: Scene, reader: Person
) -> None:
    page = pages(scene)[what]
    visitor.sign_in(session, reader).get(page).press(f"Follow this {what}")
    assert visitor.path == page
    assert f"You follow this {what}." in visitor.response.text
    visitor.post(f"{page}/follow")
    visitor.get("/account").follow("What you follow")
    assert len(session.exec(select(Subscription)).all()) == 1
    visitor.press("Stop following")
    assert visitor.path == "/account/following"
    assert "You follow nothing yet" in visitor.text
    visitor.post(f"{page}/stop-following")
    assert visitor.path == page
    assert "Follow this" in visitor.text


def test_what_is_followed_is_listed_with_its_name(
    visitor: Visitor, session: Session, scene: Scene, reader: Person
) -> None:
    visitor.sign_in(session, reader)
    for page in pages(scene).values():
        visitor.post(f"{page}/follow")
    visitor.get("/account/following")
    assert "Harms framework Framework. Followed since" in visitor.text
    assert "CCHF-01: Harm number 1 Entry." in visitor.text
    assert f"Point {scene.comment.reference} Point about CCHF-01." in visitor.text
    assert "How often: As soon as it happens" in visitor.text


def test_people_who_are_not_signed_in_see_no_button(visitor: Visitor, scene: Scene, session: Session) -> None:
    session.commit()
    for page in pages(scene).values():
        assert "Follow this" not in visitor.get(page).text


def test_who_wants_no_mail_is_told_that_following_does_nothing(
    visitor: Visitor, session: Session, scene: Scene
) -> None:
    reader = factories.make_person(session, digest=Digest.NONE)
    visitor.sign_in(session, reader).get("/frameworks/harms")
    assert "nothing comes of following until you change that" in visitor.text


@pytest.mark.parametrize("state", [State.HELD, State.KEPT, State.WITHHELD, State.DRAFT, State.ESCALATED])
def test_a_point_that_is_not_public_is_followed_like_one_that_does_not_exist(
    state: State, visitor: Visitor, session: Session, scene: Scene, reader: Person
) -> None:
    scene.comment.state = state
    visitor.sign_in(session, reader)
    for act in ("follow", "stop-following"):
        known = visitor.post(f"/comments/{scene.comment.reference}/{act}")
        assert known.status == 404
        assert known.text == visitor.post(f"/comments/BCDF2222/{act}").text


def test_a_followed_point_that_is_not_public_any_more_can_still_be_stopped(
    visitor: Visitor, session: Session, scene: Scene, reader: Person
) -> None:
    visitor.sign_in(session, reader).get(pages(scene)["point"]).press("Follow this point")
    scene.comment.state = State.WITHHELD
    session.commit()
    visitor.get("/account/following")
    assert "(not public any more)" in visitor.text
    visitor.press("Stop following")
    assert "You follow nothing yet" in visitor.text


def test_an_entry_that_only_a_draft_holds_cannot_be_followed(
    visitor: Visitor, session: Session, scene: Scene, reader: Person
) -> None:
    from_draft = factories.revising.add_entry(
        session, scene.draft, code="CCHF-99", content=factories.make_content(99), by=scene.staff, because="New"
    )
    assert from_draft
    visitor.sign_in(session, reader).post("/frameworks/harms/entries/CCHF-99/follow")
    assert visitor.status == 404


def test_nobody_is_sent_to_another_site(visitor: Visitor, session: Session, scene: Scene, reader: Person) -> None:
    visitor.sign_in(session, reader)
    for address in ("https://evil.example", "https://evil.example//evil.example", "https://testserver/\\evil.example"):
        visitor.post("/frameworks/harms/follow", Referer=address)
        assert visitor.path == "/frameworks/harms" and visitor.response.url.host == "testserver"


def test_closing_the_account_leaves_nothing_of_what_was_followed(
    visitor: Visitor, session: Session, scene: Scene, reader: Person
) -> None:
    visitor.sign_in(session, reader).get("/frameworks/harms").press("Follow this framework")
    visitor.get("/account/close").press("Close")
    assert session.exec(select(Subscription)).all() == []
    scene.change()
    scene.decide(Outcome.NOT_CHANGED)
    scene.publish()
    assert session.exec(select(OutboxMessage.to).where(OutboxMessage.kind == "digest")).all() == [scene.author.email]
