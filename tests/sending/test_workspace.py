"""The organisation's workspace: who writes what, what is ready, what has gone, and until when."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event
from sqlmodel import Session

from backend.comments import drafting
from backend.releases import rounds
from backend.sending import queries, signing_off
from backend.submissions import looking
from backend.submissions.models import PublishAs, SpeakingFor
from tests import factories
from tests.browsing import Visitor
from tests.sending.team import JUST_AFTER, Team, make_team

FEEDBACK = "/organisation/feedback"


@pytest.fixture
def team(session: Session) -> Team:
    """Brightplay with a point that is ready and one that is being written."""
    team = make_team(session)
    team.draft(session, "First point.")
    team.draft(session, "Half a thought.", entry=1, ready=False)
    session.commit()
    return team


def test_everybody_sees_who_writes_what(visitor: Visitor, session: Session, team: Team) -> None:
    drafting.save(
        session, team.drafts[1], by=team.as_(team.deputy), seen=1, body="Half a thought, and more.",
        publish_as=PublishAs.NAMED,
    )  # fmt: skip
    session.commit()
    visitor.sign_in(session, team.member).get(FEEDBACK)
    assert "Mo Member has written about CCHF-01" in visitor.text
    assert "Dee Deputy is writing about CCHF-02: Harm number 2, last saved at" in visitor.text
    assert "1 item waits for your lead or a deputy to sign it off" in visitor.text


def test_progress_is_told_entry_by_entry(visitor: Visitor, session: Session, team: Team) -> None:
    looking.choose_entries(session, team.submission, team.entries)
    keys = [item.key for item in queries.waiting(session, team.submission) if item.is_ready]
    signing_off.sign_off(session, team.submission, keys, by=team.as_(team.lead))
    team.rate(session, entry=1)
    session.commit()
    visitor.sign_in(session, team.lead).get(FEEDBACK)
    lines = [" ".join(line.text_content().split()) for line in visitor.page.xpath("//main//li")]
    assert "CCHF-01: Harm number 1 1 signed off" in lines
    assert "CCHF-02: Harm number 2 1 being written Rated" in lines
    assert "CCHF-03: Harm number 3 Not started" in lines


def test_what_was_sent_in_earlier_rounds_is_found_again(visitor: Visitor, session: Session, team: Team) -> None:
    keys = [item.key for item in queries.waiting(session, team.submission) if item.is_ready]
    signing_off.sign_off(session, team.submission, keys, by=team.as_(team.lead))
    session.commit()
    with time_machine.travel(team.round_.signing_ends_at + JUST_AFTER):
        again = factories.make_round(session, team.round_.release.framework, opened_days_ago=0)
        session.commit()
        visitor.sign_in(session, team.lead).get(FEEDBACK)
        assert again.is_open and "Nothing has been written yet" in visitor.text
        visitor.follow(f"What was sent in First round, {team.submission.reference}")
    assert "First point." in visitor.text


def test_another_organisation_sees_nothing_of_it(visitor: Visitor, session: Session, team: Team) -> None:
    other = make_team(session, name="Openfeed", round_=team.round_)
    session.commit()
    visitor.sign_in(session, other.lead).get(FEEDBACK)
    assert "Brightplay" not in visitor.text and "First point." not in visitor.text
    visitor.get(f"{FEEDBACK}/check")
    assert "First point." not in visitor.text


def test_what_somebody_says_for_themselves_is_not_shown(visitor: Visitor, session: Session, team: Team) -> None:
    drafting.begin(
        session, team.as_(team.member), team.round_, kind=team.drafts[0].kind, body="My own view.",
        speaking_for=SpeakingFor.PRIVATE, publish_as=PublishAs.SUMMARY_ONLY, entry=team.entries[0],
    )  # fmt: skip
    session.commit()
    visitor.sign_in(session, team.lead).get(FEEDBACK)
    assert "My own view." not in visitor.text
    assert "My own view." not in visitor.get(f"{FEEDBACK}/check").text


def test_it_says_until_when(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(FEEDBACK)
    assert "You can write until" in visitor.text and "can still be signed off, but not changed" in visitor.text
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False):
        visitor.sign_in(session, team.lead).get(FEEDBACK)
        assert "Closed on" in visitor.text and "2 items can be signed off" in visitor.text
        assert "is writing" not in visitor.text and "Choose entries" not in visitor.text
    with time_machine.travel(team.round_.signing_ends_at + JUST_AFTER, tick=False):
        visitor.sign_in(session, team.lead).get(FEEDBACK)
        assert "The time for signing off ended on" in visitor.text
        assert "Not sent" in visitor.text and "they were not sent" in visitor.text and "First point." in visitor.text
        assert "can be signed off." not in visitor.text


def test_before_a_round_it_says_why_it_is_empty(visitor: Visitor, session: Session) -> None:
    factories.make_framework(session)
    lead = factories.make_member(session)
    session.commit()
    visitor.sign_in(session, lead).get(FEEDBACK)
    assert "No round has been planned yet" in visitor.text
    assert visitor.get(f"{FEEDBACK}/check").status == 200


def test_a_planned_round_says_when_it_opens(visitor: Visitor, session: Session) -> None:
    factories.make_round(session, factories.make_framework(session), opened_days_ago=-3)
    lead = factories.make_member(session)
    session.commit()
    visitor.sign_in(session, lead).get(FEEDBACK)
    assert "Opens on" in visitor.text and "wrote nothing" not in visitor.text


def test_who_wrote_nothing_is_told_so(visitor: Visitor, session: Session) -> None:
    round_ = factories.make_round(session, factories.make_framework(session))
    lead = factories.make_member(session)
    session.commit()
    with time_machine.travel(round_.signing_ends_at + JUST_AFTER, tick=False):
        visitor.sign_in(session, lead).get(FEEDBACK)
        assert "Your organisation wrote nothing in this round" in visitor.text


def test_the_round_that_can_still_be_signed_comes_before_the_next(
    visitor: Visitor, session: Session, team: Team
) -> None:
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False):
        release = team.round_.release
        rounds.open_round(
            session, release, title="Second round", opens_at=team.round_.closes_at + timedelta(days=20),
            closes_at=team.round_.closes_at + timedelta(days=40), use_statement="x", can_change="x",
            cannot_change="x", questions=[], by=None,
        )  # fmt: skip
        session.commit()
        visitor.sign_in(session, team.lead).get(FEEDBACK)
        assert "First round" in visitor.text and "2 items can be signed off" in visitor.text


@pytest.mark.parametrize("page", [FEEDBACK, f"{FEEDBACK}/check"])
def test_the_number_of_reads_does_not_grow(page: str, visitor: Visitor, session: Session, team: Team) -> None:
    reads: list[str] = []

    def count() -> int:
        visitor.sign_in(session, team.lead).get(page)
        connection = session.connection()
        listen = lambda *args: reads.append(args[2])  # noqa: E731
        event.listen(connection, "before_cursor_execute", listen)
        reads.clear()
        visitor.get(page)
        event.remove(connection, "before_cursor_execute", listen)
        return len(reads)

    before = count()
    for number in range(12):
        team.draft(session, f"Point {number}.", entry=number % 3, ready=number % 2 == 0)
        team.suggest(session, f"Words {number}.")
    for number in range(3):
        team.rate(session, entry=number)
    session.commit()
    assert before > 5 and count() <= before + 3


def test_a_list_of_three_hundred_is_read_and_signed(visitor: Visitor, session: Session, team: Team) -> None:
    for number in range(300):
        team.draft(session, f"Point {number}.", entry=number % 3)
    session.commit()
    visitor.sign_in(session, team.lead).get(f"{FEEDBACK}/check")
    assert visitor.status == 200
    visitor.press("Sign off and send the selected items", authorised="yes")
    assert visitor.status == 200 and "301 items of Brightplay" in visitor.text
