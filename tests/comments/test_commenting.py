from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, func, select

from backend.comments.models import Comment, CommentText, State
from backend.core import tokens
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from backend.releases.models import Framework, Round
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_organisation, make_round, make_staff
from tests.taking_part import HOSTILE, assert_inert

FORM = "/frameworks/harms/entries/CCHF-01/comment?section=mitigations"
POINT = {
    "kind": "missing-activity",
    "body": "Say more about **autoplay**.",
    "speaking_for": "organisation",
    "publish_as": "publish-named",
}


@pytest.fixture
def framework(session: Session) -> Framework:
    return make_framework(session)


@pytest.fixture
def open_round(session: Session, framework: Framework) -> Round:
    return make_round(session, framework, closes_in_days=1)


@pytest.fixture
def member(session: Session, open_round: Round, visitor: Visitor) -> Visitor:
    brightplay = make_organisation(session, name="Brightplay")
    return visitor.sign_in(session, make_member(session, brightplay, name="Mo Member"))


def comments(session: Session) -> list[Comment]:
    session.expire_all()
    return list(session.exec(select(Comment).order_by(col(Comment.id))))


def test_a_member_comments_on_a_section_and_gets_a_reference_and_a_receipt(session: Session, member: Visitor) -> None:
    member.get(FORM)
    assert "Keep it off by default" in member.text and "It starts switched on" not in member.text
    member.press("Preview", **POINT)
    assert "Brightplay" in member.text and "Mo Member" not in member.text
    assert member.page.xpath("//main//strong[text()='autoplay']")
    assert comments(session) == []
    member.press("Send")
    assert member.path.endswith("/sent"), member.text
    comment = comments(session)[0]
    assert comment.reference in member.text
    assert (comment.state, comment.section, comment.revision is not None) == (State.HELD, "mitigations", True)
    receipt = session.exec(select(OutboxMessage)).one()
    assert "Say more about **autoplay**." in receipt.text
    assert comment.digest in receipt.text and comment.revision.digest in receipt.text


def test_change_it_brings_back_everything_that_was_typed(member: Visitor) -> None:
    member.get(FORM).press("Preview", **POINT).press("Change it")
    assert member.page.xpath("//textarea[@name='body']")[0].text.strip() == POINT["body"]
    assert member.page.xpath("//input[@name='kind'][@checked]/@value") == ["missing-activity"]
    assert member.page.xpath("//input[@name='publish_as'][@checked]/@value") == ["publish-named"]


def test_nothing_is_preset_to_publish(member: Visitor) -> None:
    member.get(FORM)
    assert member.page.xpath("//input[@checked]") == []
    member.press("Preview", kind="error", body="A slip.")
    assert member.status == 422
    assert "Select who you are speaking for" in member.text and "Select what may be published" in member.text


def test_the_choice_is_asked_once(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Preview", **POINT).press("Send")
    member.get(FORM)
    assert member.page.xpath("//input[@checked]/@value") == ["organisation", "publish-named"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"body": ""}, "Enter your point"),
        ({"body": " \r\n "}, "Enter your point"),
        ({"body": "x" * 20_001}, "Use 20,000 characters or fewer. You have used 20,001."),
        ({"body": "a\x00b"}, "Remove the invisible control characters"),
        ({"kind": "reason"}, "Select what kind of point it is"),
        ({"kind": "poem"}, "Select what kind of point it is"),
        ({"speaking_for": "everyone"}, "Select who you are speaking for"),
        ({"speaking_for": "specialist"}, "Select who you are speaking for"),
        ({"publish_as": "loudly"}, "Select what may be published"),
        ({"on_behalf_of": "two\nlines"}, "in one line"),
        ({"revision": "another text"}, "The words have changed since you opened this form"),
        ({"step": "dance"}, "We did not understand part of what was sent"),
        ({"colour": "red"}, "We did not understand part of what was sent"),
    ],
)
def test_a_mistake_is_said_in_words_and_nothing_typed_is_lost(
    session: Session, member: Visitor, typed: dict[str, str], words: str
) -> None:
    member.get(FORM)
    hidden = {field.get("name"): field.get("value") for field in member.page.xpath("//main//input[@type='hidden']")}
    member.post(FORM, {**hidden, **POINT, "step": "send", **typed})
    assert member.status == 422 and words in member.text
    body = {**POINT, **typed}["body"].replace("\r\n", "\n").replace("\x00", "")
    if body.strip() and "\x00" not in typed.get("body", ""):
        assert member.page.xpath("//textarea[@name='body']")[0].text.strip() == body
    assert comments(session) == []


def test_a_double_submit_makes_one_comment_and_one_receipt(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Preview", **POINT)
    data = {field.get("name"): field.get("value") for field in member.page.xpath("//main//input[@type='hidden']")}
    first = member.post(FORM, {**data, "step": "send"}).path
    second = member.post(FORM, {**data, "step": "send"}).path
    assert first == second and len(comments(session)) == 1
    assert session.exec(select(func.count()).select_from(OutboxMessage)).one() == 1
    assert session.exec(select(func.count()).select_from(CommentText)).one() == 1


def test_going_back_and_writing_something_else_makes_a_second_comment(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Preview", **POINT)
    data = {field.get("name"): field.get("value") for field in member.page.xpath("//main//input[@type='hidden']")}
    member.post(FORM, {**data, "step": "send"})
    member.post(FORM, {**data, "body": "Another point.", "step": "send"})
    assert len(comments(session)) == 2


def test_a_round_closes_to_the_second_and_what_was_typed_is_shown(
    session: Session, member: Visitor, open_round: Round
) -> None:
    member.get(FORM).press("Preview", **POINT)
    closes, me = open_round.closes_at, session.exec(select(Person)).one()
    data = {field.get("name"): field.get("value") for field in member.page.xpath("//main//input[@type='hidden']")}
    session.commit()
    with time_machine.travel(closes, tick=False):
        member.sign_in(session, me)
        member.post(FORM, {**data, "step": "send"})
        assert member.status == 422 and "This round is not open" in member.text
        assert POINT["body"] in member.page.xpath("//textarea")[0].text
        member.get(FORM)
        assert member.status == 422
    assert comments(session) == []
    with time_machine.travel(closes - timedelta(seconds=1), tick=False):
        member.sign_in(session, me)
        member.post(FORM, {**data, "step": "send"})
    assert len(comments(session)) == 1


def test_words_are_shown_as_they_will_look_while_they_are_written(session: Session, member: Visitor) -> None:
    member.post("/preview", {"body": f"**Bold** {HOSTILE}", "kind": "error"})
    assert member.page.xpath("//main//strong[text()='Bold']")
    assert_inert(member.page)
    member.post("/preview", {"body": "*Soft*"}, **{"HX-Request": "true"})
    assert "<em>Soft</em>" in member.response.text and "<html" not in member.response.text
    assert comments(session) == []


def test_a_draft_is_kept_for_later_and_sent_once_it_is_finished(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Save as draft", **POINT)
    assert "Nothing has been sent yet" in member.text
    [draft] = comments(session)
    assert (draft.state, draft.sent_at) == (State.DRAFT, None)
    assert not session.exec(select(OutboxMessage)).all()
    member.get("/my-feedback?state=draft").follow(draft.reference).follow("Finish and send this draft")
    member.press("Preview", body="Say more about autoplay and streaks.").press("Send")
    assert "Your point has been sent" in member.text
    [sent] = comments(session)
    assert sent.state is State.HELD and sent.sent_at is not None
    assert len(session.exec(select(OutboxMessage)).all()) == 1


def test_a_draft_is_seen_by_its_own_voice_alone(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Save as draft", **POINT)
    [draft] = comments(session)
    other = make_member(session, make_organisation(session, name="Openfeed"))
    assert member.sign_in(session, other).get(f"/comments/{draft.reference}").status == 404
    assert member.sign_in(session, make_staff(session)).get(f"/staff/check/{draft.reference}").status == 404
    assert draft.reference not in member.get("/staff/check").text


def test_a_reference_that_is_taken_is_never_given_twice(
    session: Session, member: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    member.get(FORM).press("Save as draft", **POINT)
    [first] = comments(session)
    offered = iter([first.reference, first.reference, "BC4DF7GH"])
    monkeypatch.setattr(tokens, "reference", lambda: next(offered))
    member.get(FORM).press("Save as draft", **POINT | {"body": "Another point."})
    assert [comment.reference for comment in comments(session)] == [first.reference, "BC4DF7GH"]
