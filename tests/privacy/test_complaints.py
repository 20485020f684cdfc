"""Complaining without an account: a reference, a clock of 30 days, and an outcome that is told."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend.accounts import limits
from backend.core import i18n
from backend.core.clock import LONDON
from backend.notifications.models import OutboxMessage
from backend.people.models import StaffRole
from backend.privacy import complaints
from backend.privacy.models import Complaint, ComplaintOutcome, ComplaintWords
from tests import factories
from tests.browsing import Visitor

NOON = datetime(2026, 7, 1, 12, tzinfo=LONDON)
SAID = {
    "went_wrong": "You published my name.",
    "would_help": "Take it away.",
    "name": "Casey",
    "email": "Casey@Example.org",
    "point": "bcdf2222",
}


def mails(session: Session, kind: str) -> list[OutboxMessage]:
    return list(session.exec(select(OutboxMessage).where(OutboxMessage.kind == kind)))


def test_somebody_complains_without_an_account_and_follows_it_by_the_link(session: Session, visitor: Visitor) -> None:
    with time_machine.travel(NOON, tick=False):
        visitor.get("/complaints").press("Send your complaint", **SAID)
        assert "We have your complaint" in visitor.text
        assert "We acknowledge it by 31 July 2026 at the latest" in visitor.text
        made = session.exec(select(Complaint)).one()
        assert re.fullmatch(r"[A-Z0-9]{8}", made.reference) and made.reference in visitor.text
        (mail,) = mails(session, "complaint-received")
        assert mail.to == "casey@example.org" and made.reference in mail.subject
        link = re.search(r"/complaints/\S+", mail.text)
        assert link
        visitor.client.cookies.clear()
        visitor.get(link[0])
        assert "You published my name." in visitor.text and "About point BCDF2222." in visitor.text


def test_the_mail_that_confirms_quotes_nothing(session: Session) -> None:
    said = {"went_wrong": "Buy pills at evil.example", "name": "Evil Spammer", "would_help": "Click now"}
    factories.make_complaint(session, **said)
    (mail,) = mails(session, "complaint-received")
    assert not [words for words in said.values() if words in mail.text + mail.subject]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("went_wrong", " ", "Enter what went wrong"),
        ("name", "", "Enter your name"),
        ("email", "nobody", "Enter an email address in the correct format"),
        ("point", "12", "Enter the 8 letters and digits"),
    ],
)
def test_mistakes_are_said_and_nothing_typed_is_lost(
    field: str, value: str, words: str, session: Session, visitor: Visitor
) -> None:
    visitor.get("/complaints").press("Send your complaint", **{**SAID, field: value})
    assert visitor.status == 422 and words in visitor.text
    assert visitor.page.get_element_by_id("would_help").text.strip() == "Take it away."
    assert not session.exec(select(Complaint)).all()


def test_hostile_text_is_shown_as_it_was_typed(session: Session, visitor: Visitor) -> None:
    hostile = "<script>alert(1)</script> {{ site }} [x](javascript:alert(1))"
    made = factories.make_complaint(session, went_wrong=hostile, name=hostile)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR))
    for address in (complaints.address_of(made), f"/staff/complaints/{made.id}", "/staff/complaints"):
        response = visitor.client.get(address)
        assert response.status_code == 200
        assert "&lt;script&gt;alert(1)" in response.text and "<script>alert" not in response.text


def test_a_link_that_was_guessed_or_changed_shows_nothing(session: Session, visitor: Visitor) -> None:
    one, other = factories.make_complaint(session), factories.make_complaint(session)
    session.commit()
    signature = complaints.address_of(one).partition("-")[2]
    for token in (one.reference, f"{one.reference}-", f"{other.reference}-{signature}", f"-{signature}", "é-é"):
        assert visitor.get(f"/complaints/{token}").status == 404
        assert visitor.get(f"/complaints/{token}/sent").status == 404
    assert visitor.get(f"/complaints/{one.reference}-{signature}").status == 200


def test_the_same_form_sent_twice_is_one_complaint(session: Session, visitor: Visitor) -> None:
    visitor.get("/complaints")
    token = visitor.page.get_element_by_id("main-content").xpath(".//input[@name='form_token']/@value")[0]
    for _ in range(2):
        visitor.post("/complaints", {**SAID, "form_token": token})
        assert "We have your complaint" in visitor.text
    visitor.post("/complaints", {**SAID, "went_wrong": "Something else.", "form_token": token})
    assert len(session.exec(select(Complaint)).all()) == 2
    assert len(mails(session, "complaint-received")) == 2


def test_staff_see_the_clock_and_what_is_overdue(session: Session, visitor: Visitor) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        factories.make_complaint(session)
        administrator = factories.make_staff(session, StaffRole.ADMINISTRATOR)
        visitor.sign_in(session, administrator).get("/staff/more").follow("Complaints")
        assert "Acknowledge it by 31 July 2026: 30 days left." in visitor.text
        time.shift(timedelta(days=30))
        visitor.sign_in(session, administrator).get("/staff/complaints")
        assert "0 days left" in visitor.text and "overdue" not in visitor.text
        time.shift(timedelta(seconds=1))
        visitor.get("/staff/complaints")
        assert "1 complaint is overdue." in visitor.text
        assert "It had to be acknowledged by 31 July 2026." in visitor.text
        made = session.exec(select(Complaint)).one()
        assert "We should have acknowledged it by 31 July 2026" in visitor.get(complaints.address_of(made)).text


def test_the_desk_of_whoever_answers_complaints_says_what_waits(session: Session, visitor: Visitor) -> None:
    with time_machine.travel(NOON, tick=False):
        factories.make_complaint(session)
    factories.make_complaint(session)
    factories.make_framework(session)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR)).get("/staff/desk")
    assert "1 of them is overdue." in visitor.text
    assert "To acknowledge (2)" in visitor.follow("Complaints to acknowledge").text
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR)).get("/staff/desk")
    assert "omplaints" not in visitor.text


def test_those_with_the_least_time_left_stand_first_and_none_that_is_acknowledged_among_them(
    session: Session, visitor: Visitor
) -> None:
    first, second, third = (factories.make_complaint(session) for _ in range(3))
    staff = factories.make_staff(session, StaffRole.ADMINISTRATOR)
    complaints.acknowledge(session, first, "We look at it.", by=staff)
    visitor.sign_in(session, staff).get("/staff/complaints")
    assert [link.text for link in visitor.page.xpath("//strong/a")] == [second.reference, third.reference]
    visitor.follow("Acknowledged (1)")
    assert [link.text for link in visitor.page.xpath("//strong/a")] == [first.reference]


def test_the_page_after_sending_gives_the_link_itself_and_is_true_where_no_mail_was_sent(
    session: Session, visitor: Visitor
) -> None:
    for number in range(limits.COMPLAINT_MAILS.amount + 1):
        visitor.get("/complaints").press("Send your complaint", **{**SAID, "went_wrong": f"Number {number}."})
        assert "We also send it to your email address, unless that address has had 5 such emails today." in visitor.text
        [link] = visitor.page.xpath("//main//a[contains(@href, '/complaints/')]")
        assert link.text == f"http://localhost:8000{link.get('href')}"
        assert f"Number {number}." in visitor.get(link.get("href")).text
    assert len(mails(session, "complaint-received")) == limits.COMPLAINT_MAILS.amount


def test_staff_see_in_which_language_a_complaint_was_made_and_that_the_answer_is_to_be_in_it(
    session: Session, visitor: Visitor
) -> None:
    made = factories.make_complaint(session, went_wrong="Cyhoeddwyd fy enw.")
    made.language = "cy"
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR))
    visitor.get("/staff/complaints")
    assert visitor.page.xpath("//*[@lang='cy' and contains(., 'Cyhoeddwyd')]")
    visitor.follow(made.reference)
    assert "Made inWelsh" in visitor.text
    assert visitor.page.xpath("//*[@lang='cy' and contains(., 'Cyhoeddwyd')]")
    assert visitor.text.count("in an email that is otherwise in this language: Welsh.") == 2
    visitor.press("Acknowledge", acknowledgement="Rydym yn edrych arno.")
    visitor.get(complaints.address_of(made))
    assert visitor.page.xpath("//*[@lang='cy' and contains(., 'Rydym yn edrych')]")


def test_it_is_acknowledged_noted_and_closed_and_the_outcome_is_told(session: Session, visitor: Visitor) -> None:
    made = factories.make_complaint(session)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR))
    visitor.get("/staff/complaints").follow(made.reference)
    visitor.press("Acknowledge", acknowledgement="We look at it by Friday.")
    assert "We look at it by Friday." in mails(session, "complaint-acknowledged")[0].text
    visitor.press("Save the note", note="Ask the web team.")
    visitor.press("Close the complaint", outcome="", explanation="We took your name away.")
    assert visitor.status == 422 and "Select the outcome" in visitor.text
    visitor.press("Close the complaint", outcome="upheld", explanation="We took your name away.")
    (mail,) = mails(session, "complaint-closed")
    assert "Upheld" in mail.text and "We took your name away." in mail.text and mail.to == "casey@example.org"
    assert "Close it with an outcome" not in visitor.text and "Acknowledge it" not in visitor.text
    assert "No complaint waits to be acknowledged." in visitor.get("/staff/complaints").text
    assert made.reference in visitor.get("/staff/complaints").follow("Closed").text
    visitor.client.cookies.clear()
    visitor.get(complaints.address_of(made))
    assert "Outcome: Upheld" in visitor.text and "We took your name away." in visitor.text
    assert "Ask the web team." not in visitor.text


def test_who_is_second_is_told_and_nobody_is_written_to_twice(session: Session, visitor: Visitor) -> None:
    made, staff = factories.make_complaint(session), factories.make_staff(session, StaffRole.ADMINISTRATOR)
    complaints.close(session, made, ComplaintOutcome.NOT_UPHELD, "We were right.", by=staff)
    visitor.sign_in(session, staff)
    at = f"/staff/complaints/{made.id}"
    assert visitor.post(f"{at}/close", {"outcome": "upheld", "explanation": "No, wrong."}).status == 409
    assert "No, wrong." in visitor.page.text_content()
    assert visitor.post(f"{at}/acknowledge", {"acknowledgement": "Later."}).status == 409
    assert made.acknowledged_at == made.closed_at and made.outcome is ComplaintOutcome.NOT_UPHELD
    assert len(mails(session, "complaint-closed")) == 1 and not mails(session, "complaint-acknowledged")


def test_names_and_words_can_be_emptied_while_the_record_stays(session: Session, visitor: Visitor) -> None:
    made, staff = factories.make_complaint(session), factories.make_staff(session, StaffRole.ADMINISTRATOR)
    words = session.get_one(ComplaintWords, made.id)
    words.name = words.email = words.went_wrong = words.would_help = words.point = ""
    session.add(words)
    complaints.close(session, made, ComplaintOutcome.UPHELD, "You were right.", by=staff)
    assert not mails(session, "complaint-closed")
    visitor.sign_in(session, staff)
    assert "Your words have been erased." in visitor.get(complaints.address_of(made)).text
    assert "The words have been erased." in visitor.get(f"/staff/complaints/{made.id}").text
    assert "The words have been erased." in visitor.get("/staff/complaints?stage=closed").text


def test_one_mailbox_gets_a_few_confirmations_a_day_and_every_complaint_is_taken(session: Session) -> None:
    for _ in range(limits.COMPLAINT_MAILS.amount + 2):
        factories.make_complaint(session)
    assert len(mails(session, "complaint-received")) == limits.COMPLAINT_MAILS.amount
    assert len(session.exec(select(Complaint)).all()) == limits.COMPLAINT_MAILS.amount + 2


def test_complaining_is_limited_for_a_client(session: Session, visitor: Visitor) -> None:
    for number in range(limits.COMPLAINTS.amount):
        visitor.get("/complaints").press("Send your complaint", **{**SAID, "email": f"c{number}@example.org"})
        assert visitor.status == 200
    visitor.get("/complaints").press("Send your complaint", **SAID)
    assert visitor.status == 429
    assert "You published my name." in visitor.page.text_content()


def test_somebody_signed_in_need_not_type_who_they_are(session: Session, visitor: Visitor) -> None:
    member = factories.make_member(session)
    visitor.sign_in(session, member).get("/complaints?point=BCDF2222")
    values = {name: visitor.page.get_element_by_id(name).get("value") for name in ("name", "email", "point")}
    assert values == {"name": member.name, "email": member.email, "point": "BCDF2222"}


def test_it_is_answered_in_the_language_in_which_it_was_made(session: Session) -> None:
    made, staff = factories.make_complaint(session), factories.make_staff(session, StaffRole.ADMINISTRATOR)
    assert made.language == "en"
    made.language = "cy"
    complaints.acknowledge(session, made, "Diolch.", by=staff)
    [mail] = mails(session, "complaint-acknowledged")
    assert not mail.subject.startswith("We are looking into") and made.reference in mail.subject
    assert i18n.language.get() == "en"


def test_long_lists_are_read_page_by_page(session: Session, visitor: Visitor) -> None:
    for number in range(52):
        factories.make_complaint(session, email=f"c{number}@example.org")
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR)).get("/staff/complaints")
    assert len(visitor.page.find_class("app-person")) == 50
    assert len(visitor.follow("Next page").page.find_class("app-person")) == 2
