"""At the table of a workshop: notes are of the event, hands are nobody's, and neither is in any tally."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend.audit.models import AuditEvent
from backend.comments import independence, moderation
from backend.comments.models import Comment, State
from backend.people.models import Person, StaffRole
from backend.ratings.models import Rating, RatingEvent
from backend.releases import queries as releases
from backend.releases.models import Entry, Round
from backend.submissions import crediting
from backend.submissions.models import PublishAs, SpeakingFor, Submission
from backend.workshops import hands, showing
from backend.workshops.models import HandCount, Place, Workshop
from tests import factories
from tests.accounts.mailbox import last
from tests.browsing import Visitor


@dataclass
class Scene:
    """A workshop that was held yesterday, during a round, with one entry on its table."""

    workshop: Workshop
    round_: Round
    staff: Person
    guest: Person

    @property
    def table(self) -> str:
        """The page of the table."""
        return f"/workshops/{self.workshop.slug}/table"

    @property
    def entry(self) -> str:
        """The page of its entry."""
        return f"{self.table}/CCHF-01"


@pytest.fixture
def scene(session: Session) -> Scene:
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework)
    entry = releases.entry(session, "CCHF-01")
    workshop = factories.make_workshop(session, title="Cardiff", in_days=-1, capacity=5, entries=[entry])
    guest = factories.make_person(session)
    factories.make_place(session, workshop, guest)
    scene = Scene(workshop, round_, factories.make_staff(session, StaffRole.MODERATOR), guest)
    session.commit()
    return scene


def note(visitor: Visitor, scene: Scene, body: str = "Say more about autoplay.") -> Visitor:
    return visitor.get(scene.entry).press("Send the note", kind="evidence", section="mitigations", body=body)


def test_a_note_is_the_events_and_goes_through_the_same_check(visitor: Visitor, session: Session, scene: Scene) -> None:
    note(visitor.sign_in(session, scene.staff), scene)
    assert "It is checked like every other point" in visitor.text and "Waiting to be checked" in visitor.text
    comment = session.exec(select(Comment)).one()
    submission = session.exec(select(Submission)).one()
    assert (comment.state, comment.speaking_for) == (State.HELD, SpeakingFor.EVENT)
    assert submission.voice == f"workshop:{scene.workshop.id}"
    assert (submission.organisation_id, submission.person_id, submission.event) == (None, None, "Cardiff")
    assert comment.revision_id and comment.section == "mitigations"
    assert independence.is_own(scene.staff, comment), "who takes the note does not check it"
    checker = factories.make_staff(session, StaffRole.MODERATOR)
    visitor.sign_in(session, checker).get(f"/staff/check/{comment.reference}")
    assert "Cardiff" in visitor.text and "Notes of a table at Cardiff" in visitor.text
    assert moderation.publish_or_keep(session, comment, checker) is State.PUBLISHED
    session.commit()
    visitor.client.cookies.clear()
    for page in ("/frameworks/harms/entries/CCHF-01", f"/comments/{comment.reference}"):
        assert "Notes of a table at Cardiff" in visitor.get(page).text
        assert scene.staff.name not in visitor.text
    assert comment.reference in visitor.get(f"/workshops/{scene.workshop.slug}").text


def test_all_notes_of_a_workshop_are_one_voice_in_no_group(visitor: Visitor, session: Session, scene: Scene) -> None:
    visitor.sign_in(session, scene.staff)
    for words in ("One.", "Two."):
        note(visitor, scene, words)
    [submission] = session.exec(select(Submission)).all()
    among = crediting.participants(session, [scene.round_.id])
    assert among.numbers == {(scene.round_.id, ""): 1}
    assert submission.speaker.constituency is None
    assert not session.exec(select(Rating)).all()


def test_a_form_sent_twice_makes_one_note(visitor: Visitor, session: Session, scene: Scene) -> None:
    visitor.sign_in(session, scene.staff)
    form = {"kind": "evidence", "section": "", "body": "Once.", "form_token": "abc"}
    for _ in range(2):
        visitor.post(f"{scene.entry}/note", form)
    assert len(session.exec(select(Comment)).all()) == 1


def test_a_note_that_is_withheld_is_told_to_who_took_it(visitor: Visitor, session: Session, scene: Scene) -> None:
    note(visitor.sign_in(session, scene.staff), scene)
    comment = session.exec(select(Comment)).one()
    checker = factories.make_staff(session, StaffRole.MODERATOR)
    because = moderation.WithheldBecause.PERSONAL_DATA
    moderation.withhold(session, comment, by=checker, because=because, words="A name is in it.")
    told = last(session, "withheld")
    assert told.to == scene.staff.email
    assert "of the table at Cardiff has not been published" in told.text and "Your point" not in told.text
    assert told.subject == f"The note {comment.reference} of the table has not been published"
    link = re.search(r"/table-notes/\S+", told.text)
    assert link and "A name is in it." in visitor.sign_in(session, scene.staff).get(link[0]).text
    visitor.press("Send the changed note", body="Say more about feeds.")
    assert "It waits to be checked" in visitor.text
    session.expire_all()
    assert (comment.state, comment.text_number, comment.text.body) == (State.HELD, 2, "Say more about feeds.")
    assert "Say more about feeds." in visitor.get(scene.entry).text


def test_whoever_sits_at_the_table_corrects_its_notes_and_does_not_check_them(
    visitor: Visitor, session: Session, scene: Scene
) -> None:
    note(visitor.sign_in(session, scene.staff), scene)
    comment = session.exec(select(Comment)).one()
    other = factories.make_staff(session, StaffRole.MODERATOR)
    assert not independence.is_own(other, comment)
    visitor.sign_in(session, other).get(scene.entry).follow(f"Note {comment.reference}")
    visitor.press("Send the changed note", body="Put better.", kind="question")
    session.expire_all()
    assert (comment.text.body, comment.kind) == ("Put better.", "question")
    assert independence.is_own(other, comment) and independence.is_own(scene.staff, comment)
    visitor.sign_in(session, scene.guest)
    assert visitor.get(f"/table-notes/{comment.reference}").status == 404
    assert visitor.post(f"/table-notes/{comment.reference}/withdraw").status == 404


def test_two_who_correct_one_note_see_both_texts(visitor: Visitor, session: Session, scene: Scene) -> None:
    note(visitor.sign_in(session, scene.staff), scene)
    comment = session.exec(select(Comment)).one()
    page = f"/table-notes/{comment.reference}"
    form = {"kind": "evidence", "seen": "1"}
    visitor.post(f"{page}/change", {**form, "body": "The first."})
    visitor.post(f"{page}/change", {**form, "body": "The second."})
    assert visitor.status == 409 and "The first." in visitor.text and "The second." in visitor.response.text
    visitor.press("Send the changed note")
    session.expire_all()
    assert (comment.text.body, comment.text_number) == ("The second.", 3)


def test_a_note_is_withdrawn_while_the_round_is_open(visitor: Visitor, session: Session, scene: Scene) -> None:
    for words in ("Stays.", "Goes."):
        note(visitor.sign_in(session, scene.staff), scene, words)
    stays, goes = session.exec(select(Comment).order_by(Comment.id)).all()  # type: ignore[arg-type]
    visitor.get(f"/table-notes/{goes.reference}").press("Withdraw this note")
    session.expire_all()
    assert goes.state is State.WITHDRAWN and visitor.path == scene.table
    assert visitor.get(f"/table-notes/{goes.reference}").status == 410
    assert visitor.get(scene.entry).status == 200 and "Withdrawn" in visitor.text
    with time_machine.travel(scene.round_.closes_at, tick=False):
        visitor.sign_in(session, scene.staff).get(f"/table-notes/{stays.reference}")
        assert "cannot be changed any more" in visitor.text and "Stays." in visitor.text
        assert visitor.post(f"/table-notes/{stays.reference}/withdraw").status == 422


def test_nothing_but_a_note_of_a_table_is_changed_as_one(visitor: Visitor, session: Session, scene: Scene) -> None:
    specialist = factories.make_specialist(session)
    submission = factories.make_submission(session, scene.round_, person=specialist)
    comment = factories.make_comment(session, submission, specialist, entry=releases.entry(session, "CCHF-01"))
    visitor.sign_in(session, scene.staff)
    assert visitor.get(f"/table-notes/{comment.reference}").status == 404


def test_a_mistake_keeps_what_was_typed(visitor: Visitor, session: Session, scene: Scene) -> None:
    visitor.sign_in(session, scene.staff).get(scene.entry).press("Send the note", body="Kept words")
    assert visitor.status == 422 and "Select what kind of point it is" in visitor.text
    assert "Kept words" in visitor.response.text
    visitor.post(f"{scene.entry}/note", {"kind": "reason", "body": "No such kind is offered."})
    assert visitor.status == 422


def test_the_table_is_for_staff_and_those_whom_they_name(visitor: Visitor, session: Session, scene: Scene) -> None:
    visitor.sign_in(session, scene.guest)
    assert visitor.get(scene.table).status == visitor.get(scene.entry).status == 404
    assert visitor.post(f"{scene.entry}/note", {"kind": "evidence", "body": "x"}).status == 404
    visitor.sign_in(session, scene.staff).get(f"/staff/workshops/{scene.workshop.slug}/places")
    visitor.press(f"Let {scene.guest.name} take notes")
    told = last(session, "workshop-notes")
    assert told.to == scene.guest.email and scene.table in told.text
    visitor.sign_in(session, scene.guest).get("/").follow("Take notes at the table: Cardiff")
    assert visitor.path == scene.table
    visitor.sign_in(session, scene.guest).get(f"/workshops/{scene.workshop.slug}").follow("Go to the table")
    assert note(visitor, scene).status == 200
    visitor.sign_in(session, scene.staff).get(f"/staff/workshops/{scene.workshop.slug}/places").press("no longer")
    assert visitor.sign_in(session, scene.guest).get(scene.table).status == 404


def test_who_booked_by_mailbox_takes_notes_once_they_have_an_account(
    visitor: Visitor, session: Session, scene: Scene
) -> None:
    place = session.exec(select(Place)).one()
    place.person_id, place.email = None, "later@example.org"
    visitor.sign_in(session, scene.staff).get(f"/staff/workshops/{scene.workshop.slug}/places")
    assert "take notes" not in visitor.text
    assert visitor.post(f"{visitor.path}/{place.id}/note-taker", {"may": "yes"}).status == 409
    person = factories.make_person(session, email="later@example.org")
    session.commit()
    visitor.get(f"/staff/workshops/{scene.workshop.slug}/places").press(f"Let {place.name} take notes")
    assert visitor.sign_in(session, person).get(scene.table).status == 200


def test_a_picture_opens_each_entry(visitor: Visitor, session: Session, scene: Scene) -> None:
    visitor.sign_in(session, scene.staff).get(f"/staff/workshops/{scene.workshop.slug}/table")
    visitor.press("Save", codes="CCHF-99")
    assert visitor.status == 422 and "There is no entry CCHF-99" in visitor.text
    framework = scene.round_.release.framework
    session.add(Entry(framework_id=framework.id, code="CCHF-98", position=98))
    session.commit()
    visitor.press("Save", codes="CCHF-98")
    assert visitor.status == 422 and "CCHF-98 is not in the release of the round" in visitor.text
    visitor.press("Save", codes="cchf-02, CCHF-01\nCCHF-02")
    assert visitor.path == scene.table
    codes = [" ".join(heading.text_content().split())[:7] for heading in visitor.page.iter("h2")]
    assert [code for code in codes if code.startswith("CCHF")] == ["CCHF-02", "CCHF-01"]
    assert len(visitor.page.xpath("//*[local-name()='svg' and @class='app-qr']")) == 2
    assert "/CCHF-02" in visitor.text


def test_nothing_is_noted_before_it_begins_or_after_the_round_has_closed(
    visitor: Visitor, session: Session, scene: Scene
) -> None:
    moments = {
        scene.workshop.starts_at - timedelta(minutes=1): ("The workshop has not begun.", 409),
        scene.round_.closes_at: ("The round closed on", 422),
    }
    for moment, (words, status) in moments.items():
        visitor.client.cookies.clear()
        with time_machine.travel(moment, tick=False):
            visitor.sign_in(session, scene.staff).get(scene.entry)
            assert words in visitor.text and "Take a note" not in visitor.text
            assert visitor.page.find(".//main//form") is None
            visitor.post(f"{scene.entry}/note", {"kind": "evidence", "body": "x", "form_token": "x"})
            assert visitor.status == status
            assert visitor.get(f"{scene.entry}/hands/clarity").status == status
            assert visitor.post(f"{scene.entry}/hands/clarity", {"hands_4": "3"}).status == status
    assert not session.exec(select(Comment)).all() and not session.exec(select(HandCount)).all()


def count(visitor: Visitor, scene: Scene, question: str, **raised: str) -> Visitor:
    return visitor.get(scene.entry).follow(question).press("Save the count", **raised)


def rows(session: Session) -> list[tuple[int, int]]:
    found = select(HandCount.score, HandCount.hands).order_by(HandCount.criterion_id, HandCount.score)
    return [tuple(row) for row in session.exec(found)]


def test_hands_are_counted_one_question_at_a_time_and_apart_from_all_ratings(
    visitor: Visitor, session: Session, scene: Scene
) -> None:
    visitor.sign_in(session, scene.staff)
    count(visitor, scene, "Clarity", hands_4="6", hands_2="3", hands_0="1")
    assert visitor.path.startswith(f"{scene.entry}/hands/") and not visitor.path.endswith("clarity"), "the next one"
    count(visitor, scene, "Likelihood", hands_1="4")
    assert "Agree 6" in visitor.get(scene.entry).text
    visitor.follow("Clarity")
    assert visitor.page.xpath("//input[@name='hands_4']/@value") == ["6"]
    visitor.press("Save the count", hands_4="7", hands_2="")
    assert rows(session) == [(0, 1), (4, 7), (1, 4)]
    assert not session.exec(select(Rating)).all() and not session.exec(select(RatingEvent)).all()
    count(visitor, scene, "Clarity", hands_4="minus one")
    assert visitor.status == 422 and "Enter how many hands went up" in visitor.text
    assert "hands counted" in session.exec(select(AuditEvent.action)).all()


def test_a_count_is_never_put_over_one_that_was_not_seen(visitor: Visitor, session: Session, scene: Scene) -> None:
    visitor.sign_in(session, scene.staff)
    page = f"{scene.entry}/hands/clarity"
    visitor.post(page, {"seen": "", "hands_4": "6"})
    visitor.post(page, {"seen": "", "hands_4": "6"})
    assert visitor.status == 200, "the same count again"
    visitor.post(page, {"seen": "", "hands_4": "5", "hands_2": "1"})
    assert visitor.status == 409 and "Saved meanwhile: 6" in visitor.text and rows(session) == [(4, 6)]
    assert visitor.page.xpath("//input[@name='hands_4']/@value") == ["5"]
    visitor.press("Save this count")
    assert rows(session) == [(2, 1), (4, 5)]


def test_hands_are_told_when_the_round_is_over_and_give_nobody_away(
    visitor: Visitor, session: Session, scene: Scene
) -> None:
    page = f"/workshops/{scene.workshop.slug}"
    visitor.sign_in(session, scene.staff)
    count(visitor, scene, "Clarity", hands_4="6", hands_2="3")
    count(visitor, scene, "Likelihood", hands_1="4", hands_2="0")
    visitor.client.cookies.clear()
    assert "Shows of hands" not in visitor.get(page).text
    told_at = hands.told_at(session, scene.workshop)
    assert showing.next_moment(scene.workshop, also=told_at) == scene.round_.signing_ends_at, "no page is kept longer"
    with time_machine.travel(scene.round_.signing_ends_at, tick=False):
        visitor.get(page)
        assert "CCHF-01. Clarity" in visitor.text and "in no tally" in visitor.text
        assert "Likelihood" not in visitor.text, "four hands, all alike, would show who"
        assert "Agree 6" in " ".join(cell.text_content() for cell in visitor.page.iter("th", "td")).replace("\n", " ")
        assert "Likelihood" not in visitor.get("/frameworks/harms/entries/CCHF-01").text


def test_what_a_table_says_can_never_be_offered_to_a_person(visitor: Visitor, session: Session, scene: Scene) -> None:
    specialist = factories.make_specialist(session)
    visitor.sign_in(session, specialist)
    form = {"kind": "evidence", "body": "Mine.", "speaking_for": "event", "publish_as": PublishAs.NAMED, "step": "send",
            "form_token": "x"}  # fmt: skip
    assert visitor.post("/frameworks/harms/entries/CCHF-01/comment", form).status == 422
    assert not session.exec(select(Comment)).all()
