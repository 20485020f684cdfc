"""Reading about workshops, and keeping what stands about them right."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
import yaml
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sqlmodel import Session, col, select

from backend.audit.models import AuditEvent
from backend.core import clock
from backend.people.models import StaffRole
from backend.workshops import durations
from backend.workshops.models import Workshop, WorkshopSession
from seed.loading import load
from tests import factories
from tests.browsing import Visitor

LAUNCH = "/workshops/applying-the-childrens-code-managing-data-enabled-risks"
CONTENT = Path(__file__).parents[2] / "seed" / "content"
FIELDS = {"title": "Autoplay", "day": "2027-02-03", "starts": "14:00", "ends": "16:30", "venue": "Cardiff"}


def test_the_launch_workshop_is_there_with_its_four_sessions_and_nothing_made_up(
    visitor: Visitor, session: Session
) -> None:
    load(session)
    session.commit()
    visitor.get("/").follow("All workshops").follow("Applying the Children's Code")
    for words in ("26 November 2020", "120 organisations", "5Rights Foundation (partner)", "Illustrative draft"):
        assert words in visitor.text
    for words in ("2 minutes 45 seconds", "8 minutes 45 seconds", "20 minutes 10 seconds", "28 minutes"):
        assert words in visitor.text
    assert "Title as publishedA Childrens Code refresher" in visitor.text
    assert visitor.text.count("There is no transcript yet.") == visitor.text.count("There is no recording here.") == 1
    [published] = visitor.page.xpath("//main//a[starts-with(@href, 'https://')]/@href")
    assert published == yaml.safe_load((CONTENT / "workshops" / "launch.yaml").read_text(encoding="utf-8"))["page"]
    assert "am to" not in visitor.text, "the page gives no times"


def test_loading_again_leaves_what_staff_have_changed(session: Session) -> None:
    load(session)
    workshop = session.exec(select(Workshop)).one()
    workshop.organisations_attended = 121
    load(session)
    assert session.exec(select(Workshop.organisations_attended)).all() == [121]


def test_what_is_coming_and_what_was_held_stand_apart(visitor: Visitor, session: Session) -> None:
    factories.make_workshop(session, title="Still to come")
    factories.make_workshop(session, title="Long over", in_days=-100)
    session.commit()
    coming, past = visitor.get("/workshops").text.split("Past")
    assert "Still to come" in coming and "Long over" in past
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        assert "Still to come" in visitor.get("/workshops").text.split("Past")[1]


def test_pages_say_so_where_there_is_nothing(visitor: Visitor, session: Session) -> None:
    factories.make_workshop(session, sessions=0)
    session.commit()
    assert "The programme will be added here" in visitor.get("/workshops").follow("Location and nudges").text
    assert "No workshop has been held yet" in visitor.get("/workshops").text


def test_the_feed_lists_every_workshop(visitor: Visitor, session: Session) -> None:
    assert etree.fromstring(visitor.get("/workshops.atom").response.content) is not None
    factories.make_workshop(session, title="Still <to> come")
    session.commit()
    feed = etree.fromstring(visitor.get("/workshops.atom").response.content)
    assert feed.findtext("{*}entry/{*}title") == "Still <to> come"


def test_staff_announce_a_workshop_and_its_sessions(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get("/staff/more").follow("Workshops").follow("Announce a workshop")
    visitor.press("Announce it", **FIELDS, hosts="One host\n\nAnother", audience="Anybody").follow("Add a session")
    visitor.press("Add it", title="First talk", minutes="61", seconds="5", transcript="## Kim\n\nHello.")
    visitor.get("/workshops/autoplay")
    assert "3 February 2027, 2:00pm to 4:30pm (UK time)" in visitor.text
    assert "One host; Another" in visitor.text
    assert "1 hour 1 minute 5 seconds" in visitor.text
    assert "Transcript of “First talk”" in visitor.text
    actions = session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id)))
    assert list(actions) == ["workshop arranged", "workshop session added"]


def test_two_workshops_of_one_name_have_addresses_of_their_own(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.ADMINISTRATOR))
    for _ in range(2):
        visitor.get("/staff/workshops/new").press("Announce it", **{**FIELDS, "title": "New"})
    assert list(session.exec(select(Workshop.slug).order_by(Workshop.slug))) == ["new-2", "new-3"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": ""}, "Enter a title"),
        ({"day": "soon"}, "Enter the day"),
        ({"ends": "13:00"}, "Enter a time after the workshop starts"),
        ({"ends": ""}, "Enter both times"),
        ({"organisations_attended": "many"}, "Enter a whole number"),
    ],
)
def test_a_mistake_in_the_form_is_said_and_nothing_is_lost(
    visitor: Visitor, session: Session, wrong: dict[str, str], words: str
) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get("/staff/workshops/new").press("Announce it", **{**FIELDS, "summary": "Kept words", **wrong})
    assert visitor.status == 422
    assert words in visitor.text and "Kept words" in visitor.response.text
    assert session.exec(select(Workshop)).first() is None


def test_the_day_is_enough_where_the_times_are_not_known(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get("/staff/workshops/new").press("Announce it", **{**FIELDS, "starts": "", "ends": ""})
    assert "When 3 February 2027 WhereCardiff" in visitor.get("/workshops/autoplay").text
    visitor.get("/staff/workshops/autoplay/edit").press("Save", venue="Swansea")
    assert "When 3 February 2027 WhereSwansea" in visitor.get("/workshops/autoplay").text


def test_the_programme_tells_when_each_session_begins_as_far_as_that_is_known(
    visitor: Visitor, session: Session
) -> None:
    starts_at = datetime(2027, 2, 3, 11, 45, tzinfo=UTC)
    workshop = factories.make_workshop(session, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), sessions=4)
    for part, length in zip(workshop.sessions, ("PT15M", "PT1H15M", "", "PT5M"), strict=True):
        part.duration = length
    session.commit()
    visitor.get(f"/workshops/{workshop.slug}")
    begins = [term.getnext().text for term in visitor.page.iter("dt") if term.text == "Begins"]
    assert "Programme" in visitor.text and begins == ["11:45am", "midday", "1:15pm"]


def test_sessions_are_put_in_another_order_and_taken_out(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session, sessions=3)
    page = f"/staff/workshops/{workshop.slug}"
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR)).get(page)
    visitor.press("Move session 3 up").press("Move session 2 up")
    titles = select(WorkshopSession.title).order_by(col(WorkshopSession.number))
    assert session.exec(titles).all() == ["Talk 3", "Talk 1", "Talk 2"]
    visitor.follow("Remove session 2")
    assert "Talk 1" in visitor.text
    visitor.press("Remove it")
    assert session.exec(titles).all() == ["Talk 3", "Talk 2"]
    assert session.exec(select(WorkshopSession.number).order_by(col(WorkshopSession.number))).all() == [1, 2]


def test_a_workshop_announced_by_mistake_is_removed_unless_somebody_has_booked(
    visitor: Visitor, session: Session
) -> None:
    mistaken, booked = factories.make_workshop(session), factories.make_workshop(session, capacity=3)
    factories.make_place(session, booked)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get(f"/staff/workshops/{mistaken.slug}").follow("Remove the workshop").press("Remove it")
    assert visitor.path == "/staff/workshops" and "The workshop is removed." in visitor.text
    assert session.exec(select(Workshop.id)).all() == [booked.id]
    assert "Remove the workshop" not in visitor.get(f"/staff/workshops/{booked.slug}").text
    assert visitor.post(f"/staff/workshops/{booked.slug}/remove").status == 409


def test_two_who_change_one_session_see_both_texts_and_neither_is_lost(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session)
    page = f"/staff/workshops/{workshop.slug}/sessions/1"
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR)).get(page)
    first = dict(next(iter(visitor.page.xpath("//form[@id='form']"))).form_values())
    visitor.press("Save", transcript="What the first typed.")
    visitor.post(page, {**first, "transcript": "What the second typed."})
    assert visitor.status == 409 and "What the first typed." in visitor.text
    assert "What the second typed." in visitor.response.text
    session.expire_all()
    assert session.exec(select(WorkshopSession.transcript)).one() == "What the first typed."
    visitor.press("Save", transcript="What both typed.")
    session.expire_all()
    assert session.exec(select(WorkshopSession.transcript)).one() == "What both typed."


def test_two_who_change_one_workshop_see_both_texts(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session)
    page = f"/staff/workshops/{workshop.slug}/edit"
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR)).get(page)
    first = dict(next(iter(visitor.page.xpath("//form[@id='form']"))).form_values())
    visitor.press("Save", summary="The first summary.")
    visitor.post(page, {**first, "venue": "Swansea"})
    assert visitor.status == 409 and "The first summary." in visitor.text and "Swansea" in visitor.response.text
    session.expire_all()
    assert (workshop.summary, workshop.venue) == ("The first summary.", "")


def test_a_form_sent_twice_announces_one_workshop_and_adds_one_session(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    for address, form in (
        ("/staff/workshops/new", {**FIELDS, "form_token": "one"}),
        ("/staff/workshops/autoplay/sessions/new", {"title": "Talk", "form_token": "two"}),
    ):
        for _ in range(2):
            assert visitor.post(address, form).status == 200
    assert session.exec(select(Workshop.slug)).all() == ["autoplay"]
    assert session.exec(select(WorkshopSession.title)).all() == ["Talk"]
    visitor.post("/staff/workshops/new", {**FIELDS, "title": "Other", "form_token": "one"})
    assert len(session.exec(select(Workshop.slug)).all()) == 2, "the same form, gone back to and changed"


def test_what_is_written_in_welsh_is_read_in_welsh_and_the_rest_is_marked(visitor: Visitor, session: Session) -> None:
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get("/staff/workshops/new").press("Announce it", **FIELDS, summary="In English.", welsh_title="Awtochwarae")
    visitor.get("/staff/workshops/autoplay/sessions/new")
    visitor.press("Add it", title="Talk", transcript="Hello.", welsh_title="Sgwrs", welsh_transcript="Helo.")
    visitor.client.cookies.clear()
    visitor.get("/workshops/autoplay")
    assert "Awtochwarae" not in visitor.text and not visitor.page.xpath("//main//*[@lang]")
    visitor.press("Cymraeg")
    assert visitor.page.findtext(".//h1") == "Awtochwarae" and "Sgwrs" in visitor.text and "Helo." in visitor.text
    [marked] = visitor.page.xpath("//main//*[@lang='en']")
    assert " ".join(marked.text_content().split()) == "In English."


def test_nothing_is_asked_about_a_cancelled_workshop_whose_day_has_passed(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session, in_days=-3, cancelled_at=clock.now(), cancelled_because="Snow.")
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    for page in (f"/workshops/{workshop.slug}", f"/staff/workshops/{workshop.slug}"):
        assert "no transcript" not in visitor.get(page).text
    assert visitor.get(f"/staff/workshops/{workshop.slug}/edit").status == 409


def test_a_long_transcript_is_shown_to_its_last_word(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(session, in_days=-3)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    said = "\n\n".join(f"Sentence {number} of many that were said." for number in range(1500))
    visitor.get(f"/staff/workshops/{workshop.slug}/sessions/1").press("Save", transcript=said)
    assert "Sentence 1499 of many" in visitor.get(f"/workshops/{workshop.slug}").text
    visitor.get(f"/staff/workshops/{workshop.slug}/sessions/1").press("Save", transcript="x" * 100_001)
    assert "Use 100,000 characters or fewer" in visitor.text


def test_hostile_words_are_words(visitor: Visitor, session: Session) -> None:
    workshop = factories.make_workshop(
        session, title="<script>alert(1)</script>", summary="<img src=x onerror=y> [a](javascript:b)"
    )
    session.exec(select(WorkshopSession)).one().transcript = "<iframe src=https://evil.example></iframe>"
    session.commit()
    visitor.get(f"/workshops/{workshop.slug}")
    assert "<script>alert" not in visitor.response.text
    assert not list(visitor.page.iter("iframe"))


@pytest.mark.parametrize(
    ("written", "words"),
    [("PT8M45S", "8 minutes 45 seconds"), ("PT1H1S", "1 hour 1 second"), ("", ""), ("PT90M", "1 hour 30 minutes")],
)
def test_durations_are_told_in_words(written: str, words: str) -> None:
    assert durations.in_words(written) == words


@given(minutes=st.integers(0, durations.MOST_MINUTES), seconds=st.integers(0, 59))
def test_every_length_that_the_form_accepts_is_read_back_as_it_was(minutes: int, seconds: int) -> None:
    assert durations.parsed(durations.written(minutes, seconds)) == timedelta(minutes=minutes, seconds=seconds)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ({"minutes": "10000"}, "Enter a whole number of minutes up to 1,440"),
        ({"seconds": "60"}, "Enter a whole number of seconds up to 59"),
        ({"minutes": "1440", "seconds": "59"}, ""),
    ],
)
def test_a_session_lasts_a_day_at_most(visitor: Visitor, session: Session, length: dict[str, str], words: str) -> None:
    workshop = factories.make_workshop(session, sessions=0)
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    visitor.get(f"/staff/workshops/{workshop.slug}/sessions/new").press("Add it", title="Long talk", **length)
    assert (visitor.status, words in visitor.text) == (422 if words else 200, True)
    assert visitor.get(f"/workshops/{workshop.slug}").status == 200


@pytest.mark.parametrize("wrong", ["P1D", "PT", "8:45", "PT-1M", "PT8M45S "])
def test_what_is_no_duration_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        durations.parsed(wrong)
