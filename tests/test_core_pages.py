"""The frame of every page."""

from sqlmodel import Session, select

from backend import main
from backend.comments.models import Comment
from backend.core import text
from tests.browsing import Visitor
from tests.factories import make_framework, make_round
from tests.taking_part import hidden, with_members

COMMENT = "/frameworks/harms/entries/CCHF-01/comment"


def test_an_unknown_address_gets_a_page_in_words(visitor: Visitor) -> None:
    visitor.get("/no-such-page")
    assert visitor.status == 404
    assert "check that it is correct" in visitor.text


def test_a_form_from_another_site_is_refused(visitor: Visitor) -> None:
    visitor.post("/sign-out", **{"Sec-Fetch-Site": "cross-site"})
    assert visitor.status == 403


def test_a_text_of_the_greatest_length_is_accepted_in_any_script(session: Session, visitor: Visitor) -> None:
    make_round(session, make_framework(session))
    [member] = with_members(session, "Brightplay")
    visitor.sign_in(session, member).get(COMMENT)
    written = "👍" * text.LONGEST
    who = {"kind": "error", "speaking_for": "organisation", "publish_as": "publish-named"}
    visitor.post(COMMENT, {**hidden(visitor), **who, "body": written, "step": "send"})
    assert visitor.status == 200
    assert session.exec(select(Comment)).one().text.body == written


def test_the_largest_form_is_not_too_large(visitor: Visitor) -> None:
    visitor.post("/no-such-page", {f"field_{number}": "👍" * text.LONGEST for number in range(8)})
    assert visitor.status == 404


def test_more_than_any_form_holds_is_refused_in_words(visitor: Visitor) -> None:
    visitor.post("/sign-in", {"email": "x" * main.LARGEST_BODY})
    assert visitor.status == 413
    assert visitor.response.headers["content-type"].startswith("text/html")
    assert "larger than we can accept" in visitor.text
    assert visitor.response.headers["x-frame-options"] == "DENY"


def test_what_does_not_say_its_length_is_counted(visitor: Visitor) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    pieces = (b"x" * 100_000 for _ in range(main.LARGEST_BODY // 100_000 + 2))
    answer = visitor.client.post("/sign-in", content=pieces, headers=headers)
    assert answer.status_code == 413
    assert answer.headers["x-frame-options"] == "DENY"
