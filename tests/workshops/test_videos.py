"""Recordings: nothing is asked of the video host before somebody presses play, and then by that one page alone."""

import pytest
from sqlmodel import Session, select

from backend.core import middleware
from backend.people.models import StaffRole
from backend.workshops import videos
from backend.workshops.models import WorkshopSession
from tests import factories
from tests.browsing import Visitor

PLAYER = "https://www.youtube-nocookie.com/embed/abcdefghijk"


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/watch?v=abcdefghijk", "https://youtube.com/watch?t=4&v=abcdefghijk",
        "https://youtu.be/abcdefghijk?si=x", PLAYER, "https://m.youtube.com/live/abcdefghijk",
    ],
)  # fmt: skip
def test_every_way_to_write_the_address_gives_the_id(address: str) -> None:
    assert videos.id_in(address) == "abcdefghijk"


@pytest.mark.parametrize(
    "address",
    [
        "http://youtu.be/abcdefghijk", "https://youtube.com.evil.example/watch?v=abcdefghijk",
        "https://evil.example/?https://youtu.be/abcdefghijk", "https://user@youtu.be/abcdefghijk",
        "https://youtu.be:444/abcdefghijk", "https://youtu.be/abcdefghij", "https://youtu.be/abcdefghijk/x",
        "https://www.youtube.com/watch?v=abcdefghij%22", "https://www.youtube.com/playlist?list=abcdefghijk",
        "javascript:abcdefghijk", "https://[youtu.be/abcdefghijk", "abcdefghijk", "https://youtu.be/",
    ],
)  # fmt: skip
def test_no_other_address_is_taken(address: str) -> None:
    assert videos.id_in(address) is None


def test_staff_give_the_address_and_it_is_kept_as_an_id(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    form = visitor.get(f"/staff/workshops/{workshop.slug}/sessions/1")
    form.press("Save", video="https://vimeo.example/123")
    assert visitor.status == 422 and "Enter the https address of one recording" in visitor.text
    form.press("Save", video="https://youtu.be/zyxwvutsrqp")
    session.expire_all()
    assert session.exec(select(WorkshopSession.video_id)).one() == "zyxwvutsrqp"
    form.get(f"/staff/workshops/{workshop.slug}/sessions/1").press("Save")
    assert session.exec(select(WorkshopSession.video_id)).one() == "zyxwvutsrqp", "saving the form as it is"
    form.get(f"/staff/workshops/{workshop.slug}/sessions/1").press("Save", video="")
    assert visitor.get(f"/workshops/{workshop.slug}/sessions/1/video").status == 404


def test_the_player_comes_with_the_answer_to_play_alone(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session, in_days=-3)
    session.commit()
    page, video = f"/workshops/{workshop.slug}", f"/workshops/{workshop.slug}/sessions/1/video"
    for address in (page, video):
        visitor.get(address)
        assert "youtube" not in visitor.response.headers["content-security-policy"]
        assert "youtube-nocookie" not in visitor.response.text
        assert "internet (IP) address" in visitor.text and "may store data on your device" in visitor.text
    visitor.get(page).press("Play “Talk 1”")
    [frame] = visitor.page.iter("iframe")
    assert frame.get("src") == PLAYER and "Talk 1" in frame.get("title", "")
    policy = visitor.response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and policy.endswith(f"; frame-src {videos.HOST}")
    assert "set-cookie" not in visitor.response.headers
    visitor.get(video)
    assert not list(visitor.page.iter("iframe")), "no choice is remembered"


def test_the_transcript_stands_open_beside_the_player(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session, in_days=-3)
    session.exec(select(WorkshopSession)).one().transcript = "Said in full."
    session.commit()
    visitor.get(f"/workshops/{workshop.slug}").press("Play “Talk 1”")
    assert "Said in full." in visitor.text and not list(visitor.page.iter("details"))
    assert visitor.text.count("Transcript") == 1
    [back] = visitor.page.xpath("//form[@action='/language']//input[@name='next']/@value")
    assert back == f"/workshops/{workshop.slug}/sessions/1/video", "another language keeps the session"


def test_every_other_answer_keeps_the_policy_without_frames(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session)
    session.commit()
    visitor.get(f"/workshops/{workshop.slug}").press("Play “Talk 1”")
    for address in ("/", "/workshops", "/no-such-page", f"/workshops/{workshop.slug}/sessions/9/video"):
        policy = visitor.get(address).response.headers["content-security-policy"]
        assert policy.split("; ") == middleware.CONTENT_SECURITY_POLICY.format(
            nonce=policy.partition("nonce-")[2].partition("'")[0]
        ).split("; ")
