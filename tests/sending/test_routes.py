from typing import Any

import pytest
import time_machine
from sqlalchemy import event
from sqlmodel import Session, col, select

from backend.comments import commenting, moderation, queries
from backend.comments.models import Comment, CommentText, State, WithheldBecause
from backend.core import counters
from backend.notifications.models import OutboxMessage
from backend.people.models import Organisation, Person, Standing
from backend.releases.models import Entry, Framework, Round
from backend.submissions.models import PublishAs, SignOff
from tests.browsing import Visitor
from tests.factories import (
    make_comment,
    make_framework,
    make_member,
    make_organisation,
    make_round,
    make_specialist,
    make_staff,
    make_submission,
)
from tests.taking_part import HOSTILE, assert_inert, hidden, viewer_of


@pytest.fixture
def framework(session: Session) -> Framework:
    return make_framework(session)


@pytest.fixture
def open_round(session: Session, framework: Framework) -> Round:
    return make_round(session, framework, closes_in_days=1)


@pytest.fixture
def brightplay(session: Session) -> Organisation:
    return make_organisation(session, name="Brightplay")


@pytest.fixture
def member(session: Session, brightplay: Organisation) -> Person:
    return make_member(session, brightplay)


@pytest.fixture
def lead(session: Session, brightplay: Organisation) -> Person:
    return make_member(session, brightplay, standing=Standing.LEAD, name="Lea Lead")


@pytest.fixture
def point(session: Session, open_round: Round, brightplay: Organisation, member: Person) -> Comment:
    submission = make_submission(session, open_round, organisation=brightplay)
    entry = session.exec(select(Entry).where(Entry.code == "CCHF-01")).one()
    comment = make_comment(session, submission, member, entry=entry, body="Say more about autoplay.")
    counters.add(session, commenting.count_name(comment, State.HELD))
    return comment


def address(comment: Comment) -> str:
    return f"/comments/{comment.reference}"


def publish(session: Session, comment: Comment) -> None:
    moderation.publish_or_keep(session, comment, make_staff(session))
    session.commit()


def test_the_public_sees_a_point_once_it_is_published(session: Session, visitor: Visitor, point: Comment) -> None:
    session.commit()
    assert visitor.get(address(point)).status == 404
    publish(session, point)
    visitor.get(address(point))
    assert visitor.status == 200
    for words in (
        "Brightplay",
        "Say more about autoplay.",
        "Signed off and sent",
        "Checked",
        "still to come",
        "as in release 0.1",
    ):
        assert words in visitor.text
    assert "Mo Member" not in visitor.text and "Change this point" not in visitor.text
    visitor.get("/frameworks/harms/entries/CCHF-01")
    assert "Say more about autoplay." in visitor.text


def test_colleagues_see_a_held_point_and_nobody_else_does(
    session: Session, visitor: Visitor, point: Comment, brightplay: Organisation
) -> None:
    visitor.sign_in(session, make_member(session, brightplay)).get(address(point))
    assert "Say more about autoplay." in visitor.text and "Waiting to be checked" in visitor.text
    visitor.sign_in(session, make_member(session))
    for page in (address(point), f"{address(point)}/sent", f"{address(point)}/edit", f"{address(point)}/withdraw"):
        assert visitor.get(page).status == 404
    for page in (f"{address(point)}/edit", f"{address(point)}/withdraw"):
        assert visitor.post(page, {}).status == 404
    assert session.get_one(Comment, point.id).state is State.HELD


def test_only_lead_and_deputies_change_what_the_organisation_has_sent(
    session: Session, visitor: Visitor, point: Comment, member: Person, lead: Person
) -> None:
    visitor.sign_in(session, member).get(address(point))
    assert "It can be changed or withdrawn by: Lea Lead (lead)." in visitor.text
    for act in ("edit", "withdraw"):
        assert visitor.get(f"{address(point)}/{act}").path == address(point)
    typed = {"body": "Mine alone.", "publish_as": "publish-named", "seen": "1", "step": "send"}
    visitor.post(f"{address(point)}/edit", typed)
    assert visitor.status == 403 and "Your lead or a deputy does this" in visitor.text
    assert "Mine alone." in visitor.page.xpath("//textarea")[0].text
    assert visitor.post(f"{address(point)}/withdraw").status == 403
    session.expire_all()
    assert (point.state, point.text_number) == (State.HELD, 1)
    visitor.sign_in(session, lead).get(address(point)).follow("Change this point").press("Preview", body="Ours.")
    visitor.press("Sign off and send")
    session.expire_all()
    part = session.exec(select(SignOff)).one()
    assert (point.text.body, point.text.sign_off_id, part.signed_by_id) == ("Ours.", part.id, lead.id)


def test_one_organisation_never_meets_the_unpublished_points_of_another(
    session: Session, visitor: Visitor, point: Comment
) -> None:
    visitor.sign_in(session, make_member(session))
    for page in (
        "/my-feedback", "/my-panel", "/my-panel/entries/CCHF-01", "/frameworks/harms/entries/CCHF-01",
        "/frameworks/harms/entries/CCHF-01/points", "/frameworks/harms/points",
    ):  # fmt: skip
        assert "autoplay" not in visitor.get(page).text and point.reference not in visitor.text, page


def test_a_point_kept_out_of_public_stays_out(session: Session, visitor: Visitor, open_round: Round) -> None:
    ana = make_specialist(session)
    submission = make_submission(session, open_round, person=ana, publish_as=PublishAs.SUMMARY_ONLY)
    comment = make_comment(session, submission, ana, body="Between us.")
    publish(session, comment)
    assert comment.state is State.KEPT
    assert visitor.get(address(comment)).status == 404
    visitor.sign_in(session, ana).get(address(comment))
    assert "Between us." in visitor.text and "Checked, not for publication" in visitor.text


def test_a_withheld_comment_tells_its_author_why_and_can_be_sent_again(
    session: Session, visitor: Visitor, point: Comment, lead: Person
) -> None:
    moderation.withhold(
        session, point, by=make_staff(session), because=WithheldBecause.PERSONAL_DATA, words="Leave out the name."
    )
    visitor.sign_in(session, lead).get(address(point))
    assert "It holds personal data" in visitor.text and "Leave out the name." in visitor.text
    visitor.follow("Change this point").press("Preview", body="A better text.")
    visitor.press("Sign off and send")
    assert "Waiting to be checked" in visitor.text and "A better text." in visitor.text
    session.expire_all()
    assert (point.state, point.text_number) == (State.HELD, 2)


def test_new_words_of_a_published_point_wait_to_be_checked(
    session: Session, visitor: Visitor, point: Comment, lead: Person
) -> None:
    publish(session, point)
    visitor.sign_in(session, lead).get(f"{address(point)}/edit")
    assert "leaves the public pages until a moderator has checked them" in visitor.text
    visitor.press("Preview", body="Entirely new words.", publish_as="publish-by-type")
    assert "Online services" in visitor.text and "Entirely new words." in visitor.text
    visitor.press("Sign off and send")
    assert "Earlier texts (1)" in visitor.text and "Say more about autoplay." in visitor.text
    receipts = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "receipt")).all()
    assert len(receipts) == 1 and "Entirely new words." in receipts[0].text
    visitor.client.cookies.clear()
    assert visitor.get(address(point)).status == 404
    assert "autoplay" not in visitor.get("/frameworks/harms/entries/CCHF-01").text
    session.expire_all()
    publish(session, point)
    assert "Entirely new words." in visitor.get(address(point)).text
    assert "autoplay" not in visitor.text


def test_two_colleagues_who_change_one_point_lose_neither_text(
    session: Session, visitor: Visitor, point: Comment, lead: Person
) -> None:
    visitor.sign_in(session, lead).get(f"{address(point)}/edit").press("Preview", body="The first one.")
    first = hidden(visitor)
    visitor.get(f"{address(point)}/edit").press("Preview", body="The second one.").press("Sign off and send")
    visitor.post(f"{address(point)}/edit", {**first, "step": "send"})
    assert visitor.status == 409 and "Somebody else has changed these words" in visitor.text
    assert "The second one." in visitor.text
    assert visitor.page.xpath("//textarea[@name='body']")[0].text.strip() == "The first one."
    visitor.press("Preview", body="Both together.").press("Sign off and send")
    texts = session.exec(select(CommentText).order_by(col(CommentText.number))).all()
    assert [text.body for text in texts] == ["Say more about autoplay.", "The second one.", "Both together."]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"body": ""}, "Enter your point"),
        ({"body": "x" * 20_001}, "You have used 20,001"),
        ({"publish_as": "x"}, "Select what may be published"),
        ({"seen": "first"}, "We did not understand part of what was sent"),
    ],
)
def test_a_mistake_in_a_change_is_said_in_words(
    session: Session, visitor: Visitor, point: Comment, lead: Person, typed: dict[str, str], words: str
) -> None:
    good = {"body": "New words.", "publish_as": "publish-named", "seen": "1", "step": "send"}
    visitor.sign_in(session, lead).post(f"{address(point)}/edit", {**good, **typed})
    assert visitor.status == 422 and words in visitor.text
    session.expire_all()
    assert point.text_number == 1


def test_what_is_withdrawn_is_gone_for_everyone_and_counted_no_more(
    session: Session, visitor: Visitor, point: Comment, lead: Person
) -> None:
    publish(session, point)
    visitor.sign_in(session, lead).get(address(point)).follow("Withdraw this point")
    visitor.press("Withdraw this point")
    assert visitor.path == "/my-feedback" and "has been withdrawn" in visitor.page.text_content()
    assert visitor.get(address(point)).status == 410
    visitor.client.cookies.clear()
    assert visitor.get(address(point)).status == 410 and "autoplay" not in visitor.text
    session.expire_all()
    counts = counters.read(session, f"points:{point.round_id}:{point.entry_id}:")
    assert {state: number for state, number in counts.items() if number} == {"withdrawn": 1}


def test_an_unpublished_point_that_was_withdrawn_never_existed_for_others(
    session: Session, visitor: Visitor, point: Comment, lead: Person
) -> None:
    commenting.withdraw(session, point, by=viewer_of(session, lead))
    session.commit()
    assert visitor.get(address(point)).status == 404
    assert visitor.sign_in(session, lead).get(address(point)).status == 410
    assert visitor.get(f"{address(point)}/edit").status == 410


def test_after_the_round_nothing_can_be_changed_and_what_was_typed_is_shown(
    session: Session, visitor: Visitor, point: Comment, lead: Person
) -> None:
    session.commit()
    with time_machine.travel(point.round.closes_at, tick=False):
        visitor.sign_in(session, lead)
        typed = {"body": "Too late.", "publish_as": "publish-named", "seen": "1", "step": "send"}
        visitor.post(f"{address(point)}/edit", typed)
        assert visitor.status == 422 and visitor.page.xpath("//textarea")[0].text.strip() == "Too late."
        assert visitor.get(f"{address(point)}/withdraw").status == 422
        assert visitor.post(f"{address(point)}/withdraw").status == 422
        assert "Change this point" not in visitor.get(address(point)).text
    session.expire_all()
    assert (point.state, point.text_number) == (State.HELD, 1)


def test_a_point_with_the_safeguarding_lead_looks_to_its_author_as_if_it_waits(
    session: Session, visitor: Visitor, point: Comment, lead: Person
) -> None:
    commenting.move(session, point, State.ESCALATED)
    visitor.sign_in(session, lead).get(address(point))
    assert "Waiting to be checked" in visitor.text and "safeguarding" not in visitor.text
    assert visitor.get(f"{address(point)}/edit").status == 409


def test_hostile_words_come_out_inert_everywhere(
    session: Session, visitor: Visitor, open_round: Round, brightplay: Organisation, lead: Person
) -> None:
    submission = make_submission(session, open_round, organisation=brightplay)
    entry = session.exec(select(Entry).where(Entry.code == "CCHF-01")).one()
    comment = make_comment(session, submission, lead, entry=entry, body=HOSTILE)
    publish(session, comment)
    pages = ("/frameworks/harms/entries/CCHF-01", "/frameworks/harms/entries/CCHF-01/points", address(comment))
    for page in pages:
        assert_inert(visitor.get(page).page)
    visitor.sign_in(session, lead)
    for page in (address(comment), f"{address(comment)}/edit", f"{address(comment)}/withdraw", "/my-feedback"):
        assert_inert(visitor.get(page).page)
    visitor.get("/frameworks/harms/entries/CCHF-01/comment")
    visitor.press("Preview", kind="error", body=HOSTILE, speaking_for="organisation", publish_as="publish-named")
    assert_inert(visitor.page)
    assert_inert(visitor.press("Add to our feedback").follow("Your point and where it stands").page)
    assert_inert(visitor.follow("Throw this draft away").page)
    assert_inert(visitor.follow("Keep it").follow("Change this draft").page)
    assert_inert(visitor.press("Preview").page)
    assert_inert(visitor.get("/my-feedback").page)


def test_my_feedback_lists_everything_of_ones_voices_page_by_page(
    session: Session, visitor: Visitor, open_round: Round, brightplay: Organisation, member: Person
) -> None:
    submission = make_submission(session, open_round, organisation=brightplay)
    for number in range(queries.PAGE + 5):
        make_comment(session, submission, member, body=f"Point number {number}.")
    own = make_submission(session, open_round, person=member)
    make_comment(session, own, member, body="My private view.", state=State.WITHHELD)
    visitor.sign_in(session, member).get("/my-feedback")
    assert "My private view." in visitor.text and "Point number 24." in visitor.text
    assert "Point number 5." not in visitor.text
    visitor.follow("More of my feedback")
    assert "Point number 5." in visitor.text and "Point number 0." in visitor.text
    assert "Point number 6." not in visitor.text
    visitor.get("/my-feedback?state=withheld")
    assert "My private view." in visitor.text and "Point number" not in visitor.text
    visitor.sign_in(session, make_member(session, brightplay)).get("/my-feedback")
    assert "Point number 24." in visitor.text and "My private view." not in visitor.text


def test_a_page_number_that_no_list_can_have_is_refused_in_words(visitor: Visitor, point: Comment) -> None:
    for after in ("x", "-1", "99999999999999999999"):
        visitor.get(f"/frameworks/harms/entries/CCHF-01/points?after={after}")
        assert visitor.status == 422 and "did not understand that address" in visitor.text


def test_more_points_take_no_more_reads(
    session: Session, open_round: Round, visitor: Visitor, framework: Framework
) -> None:
    def reads(page: str) -> int:
        session.commit()
        seen: list[str] = []

        def note(*args: Any) -> None:
            seen.append(args[2])

        bind = session.get_bind()
        event.listen(bind, "before_cursor_execute", note)
        visitor.get(page)
        event.remove(bind, "before_cursor_execute", note)
        return len(seen)

    entry = session.exec(select(Entry).where(Entry.code == "CCHF-01")).one()

    def add(number: int) -> None:
        for _ in range(number):
            organisation = make_organisation(session)
            submission = make_submission(session, open_round, organisation=organisation)
            author = make_member(session, organisation)
            make_comment(session, submission, author, entry=entry, state=State.PUBLISHED)

    add(2)
    page = "/frameworks/harms/entries/CCHF-01/points"
    before = reads(page)
    add(10)
    assert reads(page) == before
    assert len(visitor.page.find_class("app-point")) == 12
