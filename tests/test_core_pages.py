"""The frame of every page."""

import pytest
import time_machine
from sqlmodel import Session, select

from backend import main
from backend.comments.models import Comment, Draft
from backend.core import text
from backend.releases import rounds
from tests.browsing import Visitor
from tests.factories import make_framework, make_round
from tests.taking_part import hidden, with_members

HTMX = {"HX-Request": "true"}
COMMENT = "/frameworks/harms/entries/CCHF-01/comment"
RATE = "/frameworks/harms/entries/CCHF-01/rate"


def assert_fragment(visitor: Visitor, status: int, words: str) -> None:
    """The answer can be put into a page that has a heading and a main part already."""
    assert visitor.status == status
    assert "<html" not in visitor.response.text and "<main" not in visitor.response.text
    assert not visitor.page.xpath("//h1")
    [alert] = visitor.page.xpath("//*[@role='alert']")
    assert words in alert.text_content()
    assert "HX-Request" in visitor.response.headers["vary"]


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
    assert session.exec(select(Draft)).one().body == written


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


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/frameworks/harms?q=%01", 422, "We did not understand that address"),
        ("/frameworks/harms/entries/CCHF-01/points?after=x", 422, "We did not understand that address"),
        ("/no-such-page", 404, "Page not found"),
        ("/sign-out", 405, "You cannot do that here"),
    ],
)
def test_a_refusal_to_htmx_is_a_part_of_the_page(
    session: Session, visitor: Visitor, address: str, status: int, words: str
) -> None:
    make_round(session, make_framework(session))
    session.commit()
    assert_fragment(visitor.get(address, **HTMX), status, words)
    assert visitor.get(address).status == status and "<main" in visitor.response.text
    visitor.get(address, **HTMX, **{"HX-History-Restore-Request": "true"})
    assert visitor.status == status and "<main" in visitor.response.text


def test_rating_in_place_after_the_close_is_refused_beside_the_form(session: Session, visitor: Visitor) -> None:
    round_ = make_round(session, make_framework(session), closes_in_days=1)
    [member] = with_members(session, "Brightplay")
    visitor.sign_in(session, member).get(RATE)
    with time_machine.travel(round_.closes_at, tick=False):
        visitor.sign_in(session, member).post(
            RATE, {**hidden(visitor), "score_clarity": "4", "reason": "Mine."}, **HTMX
        )
    assert_fragment(visitor, rounds.RoundClosed.status, "The round is closed")


def test_who_has_signed_out_is_shown_the_way_to_sign_in(session: Session, visitor: Visitor) -> None:
    make_round(session, make_framework(session))
    session.commit()
    visitor.post(RATE, {"score_clarity": "4"}, **HTMX, **{"HX-Current-URL": f"https://testserver{RATE}?from=panel"})
    assert_fragment(visitor, 401, "You need to sign in")
    visitor.follow("Sign in")
    assert visitor.status == 200
    assert visitor.page.xpath("//main//input[@name='next']/@value") == [f"{RATE}?from=panel"]
    assert_fragment(visitor.get("/my-panel?a=b", **HTMX), 401, "You need to sign in")
    visitor.follow("Sign in")
    assert visitor.page.xpath("//main//input[@name='next']/@value") == ["/my-panel?a=b"]


def test_the_way_to_sign_in_leads_to_no_other_site(visitor: Visitor) -> None:
    visitor.get("/my-panel", **HTMX, **{"HX-Current-URL": "https://evil.test//evil.test/x"})
    assert_fragment(visitor, 401, "You need to sign in")
    assert visitor.page.xpath("//a/@href")[0] == "/sign-in?next=%2F"


def test_a_comment_with_nothing_to_see_is_not_sent(session: Session, visitor: Visitor) -> None:
    make_round(session, make_framework(session))
    [member] = with_members(session, "Brightplay")
    visitor.sign_in(session, member).get(COMMENT)
    who = {"kind": "error", "speaking_for": "organisation", "publish_as": "publish-named"}
    visitor.post(COMMENT, {**hidden(visitor), **who, "body": "\u200b\u00a0\u2060", "step": "send"})
    assert visitor.status == 422
    assert session.exec(select(Comment)).all() == []
