from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, func, select

from backend.comments.models import Comment, CommentText, Draft, State
from backend.core import tokens
from backend.notifications.models import OutboxMessage
from backend.people.models import Person, Standing
from backend.releases.models import Framework, Round
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_organisation, make_round, make_specialist, make_staff
from tests.taking_part import HOSTILE, assert_inert, hidden, sign_off_all

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
    make_member(session, brightplay, name="Lea Lead", standing=Standing.LEAD)
    make_member(session, brightplay, name="Dee Deputy", standing=Standing.DEPUTY)
    return visitor.sign_in(session, make_member(session, brightplay, name="Mo Member"))


@pytest.fixture
def specialist(session: Session, open_round: Round, visitor: Visitor) -> Visitor:
    return visitor.sign_in(session, make_specialist(session, name="Dr Ana"))


OWN = {**POINT, "speaking_for": "specialist"}


def comments(session: Session) -> list[Comment]:
    session.expire_all()
    return list(session.exec(select(Comment).order_by(col(Comment.id))))


def test_a_specialist_comments_on_a_section_and_gets_a_reference_and_a_receipt(
    session: Session, specialist: Visitor
) -> None:
    specialist.get(FORM)
    assert "Keep it off by default" in specialist.text and "It starts switched on" not in specialist.text
    specialist.press("Preview", **OWN)
    assert "Dr Ana (Child development, verified)" in specialist.text and "Add to our feedback" not in specialist.text
    assert specialist.page.xpath("//main//strong[text()='autoplay']")
    assert comments(session) == []
    specialist.press("Send your comment")
    assert specialist.path.endswith("/sent") and "Your point has been sent" in specialist.text
    [comment] = comments(session)
    assert comment.reference in specialist.text
    assert (comment.state, comment.section, comment.revision is not None) == (State.HELD, "mitigations", True)
    receipt = session.exec(select(OutboxMessage)).one()
    assert "Say more about **autoplay**." in receipt.text
    assert comment.digest in receipt.text and comment.revision.digest in receipt.text


def test_a_members_comment_is_added_signed_off_by_the_lead_and_then_held(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Preview", **POINT)
    assert "Brightplay" in member.text and "Mo Member" not in member.text and "Send your comment" not in member.text
    assert "What will appear, once it has been signed off and checked" in member.text
    assert comments(session) == []
    member.press("Add to our feedback")
    assert member.path.endswith("/sent") and "added to your organisation’s feedback" in member.text
    assert "Lea Lead (lead) or Dee Deputy (deputy)" in member.text
    [comment] = comments(session)
    assert comment.reference in member.text
    assert (comment.state, comment.sent_at, comment.submission.first_sent_at) == (State.DRAFT, None, None)
    assert session.exec(select(Draft)).one().ready_at is not None
    assert not session.exec(select(OutboxMessage)).all() and not session.exec(select(CommentText)).all()
    sign_off_all(session)
    [comment] = comments(session)
    assert (comment.state, comment.text.body) == (State.HELD, POINT["body"])
    assert comment.submission.first_sent_at is not None and not session.exec(select(Draft)).all()


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
    member.get(FORM).press("Preview", **POINT).press("Add to our feedback")
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
    member.post(FORM, {**hidden(member), **POINT, "step": "send", **typed})
    assert member.status == 422 and words in member.text
    body = {**POINT, **typed}["body"].replace("\r\n", "\n").replace("\x00", "")
    if body.strip() and "\x00" not in typed.get("body", ""):
        assert member.page.xpath("//textarea[@name='body']")[0].text.strip() == body
    assert comments(session) == []


def test_a_double_submit_makes_one_comment_and_one_receipt(session: Session, specialist: Visitor) -> None:
    specialist.get(FORM).press("Preview", **OWN)
    data = {**hidden(specialist), "step": "send"}
    first = specialist.post(FORM, data).path
    second = specialist.post(FORM, data).path
    assert first == second and len(comments(session)) == 1
    assert session.exec(select(func.count()).select_from(OutboxMessage)).one() == 1
    assert session.exec(select(func.count()).select_from(CommentText)).one() == 1


def test_a_double_submit_adds_one_point_to_the_feedback(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Preview", **POINT)
    data = {**hidden(member), "step": "send"}
    first = member.post(FORM, data).path
    second = member.post(FORM, data).path
    assert first == second and first.endswith("/sent") and len(comments(session)) == 1
    assert session.exec(select(Draft)).one().ready_at is not None
    sign_off_all(session)
    assert member.post(FORM, data).path == first and len(comments(session)) == 1


def test_going_back_and_writing_something_else_makes_a_second_comment(session: Session, specialist: Visitor) -> None:
    specialist.get(FORM).press("Preview", **OWN)
    data = {**hidden(specialist), "step": "send"}
    specialist.post(FORM, data)
    specialist.post(FORM, {**data, "body": "Another point."})
    assert len(comments(session)) == 2


def test_going_back_before_the_sign_off_writes_on_the_same_draft(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Preview", **POINT)
    data = {**hidden(member), "step": "send"}
    member.post(FORM, data)
    member.post(FORM, {**data, "body": "Better words."})
    assert session.exec(select(Draft)).one().body == "Better words." and len(comments(session)) == 1
    sign_off_all(session)
    member.post(FORM, {**data, "body": "Words that came too late."})
    assert member.status == 409 and "This has been sent already" in member.text
    assert "Words that came too late." in member.page.xpath("//textarea")[0].text
    assert member.follow("Open the point").status == 200


def test_a_round_closes_to_the_second_and_what_was_typed_is_shown(
    session: Session, member: Visitor, open_round: Round
) -> None:
    member.get(FORM).press("Preview", **POINT)
    closes, me = open_round.closes_at, session.exec(select(Person).where(Person.name == "Mo Member")).one()
    data = hidden(member)
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


def test_a_draft_of_ones_own_is_kept_for_later_and_sent_once_it_is_finished(
    session: Session, specialist: Visitor
) -> None:
    specialist.get(FORM).press("Save as draft", **OWN)
    assert "Nothing has been sent yet" in specialist.page.text_content()
    [draft] = comments(session)
    assert (draft.state, draft.sent_at) == (State.DRAFT, None)
    assert not session.exec(select(OutboxMessage)).all()
    specialist.get("/my-feedback?state=draft").follow(draft.reference).follow("Finish and send this draft")
    specialist.press("Preview", body="Say more about autoplay and streaks.").press("Send your comment")
    assert "Your point has been sent" in specialist.text
    [sent] = comments(session)
    assert sent.state is State.HELD and sent.text.body == "Say more about autoplay and streaks."
    assert len(session.exec(select(OutboxMessage)).all()) == 1 and not session.exec(select(Draft)).all()


def test_an_organisations_draft_is_not_ready_until_it_is_added(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Save as draft", **POINT)
    assert "Being written" in member.text and session.exec(select(Draft)).one().ready_at is None
    member.follow("Finish this draft").press("Preview", body="Finished.").press("Add to our feedback")
    assert "added to your organisation’s feedback" in member.text
    session.expire_all()
    assert session.exec(select(Draft)).one().ready_at is not None
    member.follow("Your point and where it stands")
    assert "Ready to be signed off" in member.text and "Finished." in member.text
    member.follow("Change this draft").press("Save as draft", body="Not quite.")
    assert "Being written" in member.text


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


@pytest.mark.parametrize("ending", ["comment", "suggest?field=title", "rate"])
def test_who_speaks_is_asked_before_the_words(ending: str, member: Visitor) -> None:
    form = f"{FORM.partition('/comment')[0]}/{ending}"
    member.get(form)
    names = [field.get("name") for field in member.page.xpath("//main//form//*[@name]")]
    writing = next(name for name in names if name in ("body", "replacement") or name.startswith("score_"))
    assert names.index("speaking_for") < names.index(writing)
    if ending != "rate":
        assert "your colleagues at Brightplay see this draft while you write it. Otherwise only you do." in member.text
    member.post(form, {"step": "save" if ending == "rate" else "preview"})
    summary = [link.get("href") for link in member.page.xpath("//*[@class='govuk-error-summary']//a")]
    assert summary[0] == "#speaking_for" and member.status == 422


def test_a_part_of_a_page_says_that_it_is_ours(member: Visitor) -> None:
    form = {**hidden(member.get(FORM)), **POINT, "step": "autosave"}
    saved = member.post(FORM, form, **{"HX-Request": "true"})
    assert saved.response.headers["part"] == "saved"
    assert "part" not in member.get(FORM).response.headers
