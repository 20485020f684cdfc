"""Notes: colleagues talk about what is not sent, and nobody else ever hears of it."""

import pytest
import time_machine
from sqlmodel import Session, select

from backend.comments import drafting
from backend.comments.models import Draft
from backend.core import clock
from backend.core.errors import NotFound
from backend.notifications.models import OutboxMessage
from backend.ratings.models import Rating
from backend.releases import rounds
from backend.sending import notes, queries, sending_back
from backend.sending.models import Note
from backend.submissions import signing
from tests import factories
from tests.browsing import Visitor
from tests.sending.team import JUST_AFTER, Team, make_team

FEEDBACK = "/organisation/feedback"
SECRET = "Legal has not seen this yet."


@pytest.fixture
def team(session: Session) -> Team:
    """Brightplay with a point and ratings that are ready."""
    team = make_team(session)
    team.draft(session, "First point.")
    team.rate(session, entry=2)
    session.commit()
    return team


def item(team: Team) -> str:
    return f"{FEEDBACK}/items/{team.drafts[0].reference}"


def mails(session: Session) -> list[OutboxMessage]:
    session.commit()
    return list(session.exec(select(OutboxMessage).where(OutboxMessage.kind == "sent-back")))


def test_a_note_on_an_item_is_read_by_colleagues(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).get(item(team)).press("Leave the note", body=SECRET)
    assert SECRET in visitor.text
    visitor.sign_in(session, team.lead).get(FEEDBACK)
    assert SECRET in visitor.text and f"About point {team.drafts[0].reference}" in visitor.text


def test_a_note_on_the_whole_is_read_on_the_workspace(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).get(FEEDBACK).press("Leave the note", body=SECRET)
    assert visitor.path == FEEDBACK and SECRET in visitor.text


def test_notes_are_never_seen_outside(visitor: Visitor, session: Session, team: Team) -> None:
    other = make_team(session, name="Openfeed", round_=team.round_)
    notes.leave(session, team.submission, by=team.as_(team.member), words=SECRET)
    notes.leave(session, team.submission, by=team.as_(team.member), words=SECRET, about=team.drafts[0])
    session.commit()
    visitor.sign_in(session, other.lead).get(item(team))
    assert visitor.status == 404
    assert SECRET not in visitor.get(FEEDBACK).text
    for staff in (factories.make_staff(session), factories.make_specialist(session)):
        session.commit()
        visitor.sign_in(session, staff)
        for path in (FEEDBACK, f"{FEEDBACK}/check", item(team), f"{FEEDBACK}/{team.submission.reference}"):
            visitor.get(path)
            assert visitor.status in (403, 404) and SECRET not in visitor.response.text


def test_a_note_is_in_no_mail_and_not_in_the_record(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(item(team)).press("Send it back", reason=SECRET)
    session.commit()
    assert all(SECRET not in mail.text for mail in session.exec(select(OutboxMessage)))
    from_record = visitor.sign_in(session, factories.make_staff(session)).get("/staff/desk").text
    assert SECRET not in from_record


def test_the_author_alone_removes_a_note(visitor: Visitor, session: Session, team: Team) -> None:
    note = notes.leave(session, team.submission, by=team.as_(team.member), words=SECRET)
    session.commit()
    visitor.sign_in(session, team.lead).get(FEEDBACK)
    assert "Remove this note" not in visitor.text
    visitor.post(f"{FEEDBACK}/notes/{note.id}/remove")
    assert visitor.status == 404
    visitor.sign_in(session, team.member).get(FEEDBACK).press("Remove this note")
    assert SECRET not in visitor.text
    session.commit()
    assert not session.exec(select(Note)).all()


@pytest.mark.parametrize("note_id", ["0", "-1", "-99999999999999999999", "999999", "99999999999999999999", "x"])
def test_a_note_that_is_not_there_is_not_removed(note_id: str, visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).post(f"{FEEDBACK}/notes/{note_id}/remove")
    assert visitor.status in (404, 422)


@pytest.mark.parametrize(
    ("body", "says"), [("", "Enter your note"), (" \u200b ", "Enter your note"), ("x" * 2001, "Use 2000 characters")]
)
def test_a_note_is_neither_empty_nor_long(body: str, says: str, visitor: Visitor, session: Session, team: Team) -> None:
    for page in (FEEDBACK, item(team)):
        visitor.sign_in(session, team.member).get(page).press("Leave the note", body=body)
        assert visitor.status == 422
        assert "There is a problem" in visitor.text and says in visitor.text
    session.commit()
    assert not session.exec(select(Note)).all()


def test_hostile_words_stay_words(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).get(item(team))
    visitor.press("Leave the note", body="<script>alert(1)</script> [x](javascript:alert(1))")
    assert "<script>alert(1)" in visitor.text
    assert not [a for a in visitor.page.iter("a") if "javascript" in (a.get("href") or "")]


def test_notes_stay_possible_after_the_closing(visitor: Visitor, session: Session, team: Team) -> None:
    with time_machine.travel(team.round_.signing_ends_at + JUST_AFTER, tick=False):
        visitor.sign_in(session, team.member).get(FEEDBACK).press("Leave the note", body="Too late, sadly.")
        assert "Too late, sadly." in visitor.text


def test_a_note_on_what_was_thrown_away_stays_without_a_link(visitor: Visitor, session: Session, team: Team) -> None:
    notes.leave(session, team.submission, by=team.as_(team.lead), words=SECRET, about=team.drafts[0])
    drafting.discard(session, team.drafts[0], by=team.as_(team.member))
    session.commit()
    visitor.sign_in(session, team.lead).get(FEEDBACK)
    assert SECRET in visitor.text and "which is not part of this any more" in visitor.text
    assert visitor.get(item(team)).status == 404


def test_an_item_sent_back_waits_until_it_is_offered_again(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(item(team)).press("Send it back", reason="Name the source.")
    assert "has been sent back" in visitor.text
    reference = team.drafts[0].reference
    assert "Sent back" in visitor.text and "Name the source." in visitor.text
    ready = [item.name for item in queries.waiting(session, team.submission) if item.is_ready]
    assert reference not in ready
    visitor.sign_in(session, team.member).get(FEEDBACK)
    assert "Sent back by Lea Lead" in visitor.text and "“Name the source.”" in visitor.text
    drafting.offer(session, team.drafts[0], by=team.as_(team.member))
    assert reference in [item.name for item in queries.waiting(session, team.submission) if item.is_ready]


def test_its_author_is_told_once(visitor: Visitor, session: Session, team: Team) -> None:
    form = {"reason": "Name the source."}
    visitor.sign_in(session, team.lead).post(f"{item(team)}/send-back", form)
    visitor.post(f"{item(team)}/send-back", form)
    assert visitor.status == 409 and "not waiting any more" in visitor.text
    [mail] = mails(session)
    assert mail.to == team.member.email and team.drafts[0].reference in mail.text
    assert f"/organisation/feedback/items/{team.drafts[0].reference}" in mail.text


def test_ratings_are_sent_back_to_who_rated(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.deputy).get(f"{FEEDBACK}/items/CCHF-03").press("Send it back", reason="All agree?")
    [mail] = mails(session)
    assert mail.to == team.member.email and "CCHF-03" in mail.subject
    assert not any(rating.ready for rating in session.exec(select(Rating)))
    team.rate(session, entry=2)
    session.commit()
    assert all(rating.ready for rating in session.exec(select(Rating).execution_options(populate_existing=True)))


def test_who_sends_their_own_item_back_gets_no_mail(session: Session, team: Team) -> None:
    mine = team.draft(session, "By the lead.", by=team.lead)
    sending_back.send_back(session, team.submission, mine.reference, by=team.as_(team.lead), because="Later.")
    assert not mails(session)


def test_a_mail_is_promised_only_where_one_is_sent(visitor: Visitor, session: Session, team: Team) -> None:
    mine = team.draft(session, "By the lead.", by=team.lead)
    session.commit()
    visitor.sign_in(session, team.lead).get(item(team))
    assert "Its author is told by email" in visitor.text
    visitor.get(f"{FEEDBACK}/items/{mine.reference}")
    assert "told by email that" not in visitor.text and "Nobody is told by email" in visitor.text
    visitor.press("Send it back", reason="Later.")
    assert f"{mine.reference} has been sent back." in visitor.text and "Its author is told" not in visitor.text


def test_a_note_sent_twice_is_left_once(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member)
    for address in (f"{item(team)}/notes", f"{FEEDBACK}/notes"):
        for words in ("Twice?", "Twice?", "Another."):
            assert visitor.post(address, {"body": words}).status == 303 or visitor.status == 200
    session.commit()
    assert len(session.exec(select(Note)).all()) == 4
    visitor.sign_in(session, team.lead).post(f"{FEEDBACK}/notes", {"body": "Twice?"})
    session.commit()
    assert len(session.exec(select(Note)).all()) == 5


def test_who_has_left_is_told_nothing(session: Session, team: Team) -> None:
    team.member.memberships[0].left_at = clock.now()
    session.add(team.member.memberships[0])
    session.flush()
    reference = team.drafts[0].reference
    sending_back.send_back(session, team.submission, reference, by=team.as_(team.lead), because="Who goes on?")
    assert not mails(session)


def test_a_member_sends_nothing_back(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).get(item(team))
    assert "Send it back" not in visitor.text
    assert visitor.post(f"{item(team)}/send-back", {"reason": "x"}).status == 403
    with pytest.raises(signing.NeedsSignOff):
        sending_back.send_back(session, team.submission, "x", by=team.as_(team.member), because="x")


def test_nothing_is_sent_back_when_nobody_could_offer_it_again(session: Session, team: Team) -> None:
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False), pytest.raises(rounds.RoundClosed):
        sending_back.send_back(
            session, team.submission, team.drafts[0].reference, by=team.as_(team.lead), because="Too late."
        )
    assert session.get_one(Draft, team.drafts[0].id).ready_at


def test_another_organisations_note_is_out_of_reach(session: Session, team: Team) -> None:
    other = make_team(session, name="Openfeed", round_=team.round_)
    note = notes.leave(session, other.submission, by=other.as_(other.lead), words="Ours.")
    with pytest.raises(NotFound):
        notes.remove(session, team.submission, note.id, by=other.as_(other.lead))
