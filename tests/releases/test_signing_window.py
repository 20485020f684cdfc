"""The two working days in which what was drafted in time can still be signed off."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend.answers import deciding
from backend.comments import drafting
from backend.comments.models import State
from backend.core import clock
from backend.core.clock import LONDON
from backend.publishing import gate
from backend.ratings import tallies
from backend.releases import queries, rounds
from backend.releases.models import Release, Round
from tests import factories
from tests.browsing import Visitor
from tests.sending.team import JUST_AFTER, Team, make_team


@pytest.fixture
def team(session: Session) -> Team:
    """Brightplay with one draft."""
    team = make_team(session)
    team.draft(session)
    session.commit()
    return team


def next_draft(session: Session) -> Release:
    return factories.make_draft(session, queries.consulted_framework(session))


def unsigned(session: Session, draft: Release) -> list[gate.Obstacle]:
    return [obstacle for obstacle in gate.obstacles(session, draft) if obstacle.what == "unsigned"]


def closing_at(session: Session, *day: int) -> Round:
    """A round that closes at five in the afternoon of this day."""
    round_ = factories.make_round(session, factories.make_framework(session))
    round_.closes_at = datetime(*day, 17, tzinfo=LONDON)  # type: ignore[arg-type,misc]
    session.add(round_)
    session.flush()
    session.refresh(round_)
    return round_


@pytest.mark.parametrize(
    ("closes", "ends"),
    [((2026, 12, 24), "2026-12-30"), ((2027, 3, 25), "2027-03-31"), ((2026, 12, 31), "2027-01-06"),
     ((2027, 1, 15), "2027-01-19")],
)  # fmt: skip
def test_it_passes_over_holidays_and_weekends(session: Session, closes: tuple[int, ...], ends: str) -> None:
    round_ = closing_at(session, *closes)
    assert round_.signing_ends_at.astimezone(LONDON).isoformat()[:16] == f"{ends}T17:00"


def test_it_ends_to_the_second(session: Session, team: Team) -> None:
    with time_machine.travel(team.round_.signing_ends_at - JUST_AFTER, tick=False):
        rounds.must_be_signable(team.round_)
    with time_machine.travel(team.round_.signing_ends_at, tick=False), pytest.raises(rounds.SigningOver):
        rounds.must_be_signable(team.round_)
    with time_machine.travel(team.round_.opens_at - JUST_AFTER, tick=False), pytest.raises(rounds.RoundClosed):
        rounds.must_be_signable(team.round_)


def test_an_extension_moves_it(session: Session, team: Team) -> None:
    before = team.round_.signing_ends_at
    until = team.round_.closes_at + timedelta(days=7)
    rounds.extend(session, team.round_, until=until, because="More time.", by=factories.make_staff(session))
    assert team.round_.signing_ends_at > before


def test_an_early_close_begins_it(session: Session, team: Team) -> None:
    rounds.close(session, team.round_, because="All have spoken.", by=factories.make_staff(session))
    assert clock.now() < team.round_.signing_ends_at < clock.now() + timedelta(days=12)
    factories.sign_everything(session, team.submission, team.lead)
    session.refresh(team.drafts[0])
    assert team.drafts[0].state is State.HELD


def test_nothing_is_drafted_in_it(session: Session, team: Team) -> None:
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False), pytest.raises(rounds.RoundClosed):
        drafting.offer(session, team.drafts[0], by=team.as_(team.member))


def test_decisions_wait_for_what_is_unsigned(session: Session, team: Team) -> None:
    draft, releaser = next_draft(session), factories.make_staff(session)
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False):
        with pytest.raises(deciding.StillBeingSigned):
            deciding.make_final(session, draft, releaser)
        [obstacle] = unsigned(session, draft)
        assert "organisations may sign off what they had drafted" in obstacle.words
        factories.sign_everything(session, team.submission, team.lead)
        assert not unsigned(session, draft)
        deciding.make_final(session, draft, releaser)


def test_ratings_that_are_unsigned_are_waited_for_too(session: Session, team: Team) -> None:
    factories.sign_everything(session, team.submission, team.lead)
    team.rate(session)
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False):
        assert unsigned(session, next_draft(session))


def test_afterwards_nothing_is_waited_for(session: Session, team: Team) -> None:
    draft = next_draft(session)
    with time_machine.travel(team.round_.signing_ends_at, tick=False):
        assert not unsigned(session, draft)
        deciding.make_final(session, draft, factories.make_staff(session))


def test_a_private_draft_holds_nothing_up(session: Session) -> None:
    round_ = factories.make_round(session, factories.make_framework(session))
    specialist = factories.make_specialist(session)
    own = factories.make_submission(session, round_, person=specialist)
    factories.make_comment(session, own, specialist, state=State.DRAFT)
    with time_machine.travel(round_.closes_at + JUST_AFTER, tick=False):
        assert not unsigned(session, next_draft(session))


def test_tallies_are_told_only_after_it(session: Session, team: Team) -> None:
    factories.make_ratings(session, team.round_, team.entries[0], [1, 2, 3, 4, 5])
    framework = queries.consulted_framework(session)
    line = queries.find_line(session, session.exec(select(Release)).one(), team.entries[0])
    assert line
    for moment, is_told in (
        (team.round_.closes_at + JUST_AFTER, False),
        (team.round_.signing_ends_at - JUST_AFTER, False),
        (team.round_.signing_ends_at + JUST_AFTER, True),
    ):
        with time_machine.travel(moment, tick=False):
            tallies.forget()
            assert bool(tallies.shown(session, framework, line.revision).now) is is_told


def test_the_pages_of_the_round_say_until_when(visitor: Visitor, session: Session, team: Team) -> None:
    staff = factories.make_staff(session)
    session.commit()
    assert "Signing off until" in visitor.sign_in(session, staff).get("/staff/rounds").text
    visitor.sign_in(session, team.member).get("/my-panel")
    assert "Organisations can sign off what they drafted until" in visitor.text
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False):
        visitor.sign_in(session, staff).get("/staff/rounds")
        assert "Decisions can be made final once that time is over" in visitor.text
        visitor.sign_in(session, team.member).get("/my-panel")
        assert "your lead or a deputy can sign off what you drafted" in visitor.text
    with time_machine.travel(team.round_.signing_ends_at, tick=False):
        visitor.sign_in(session, staff).get("/staff/rounds")
        assert "Decisions can be made final once" not in visitor.text


def test_the_next_round_opens_only_after_it(visitor: Visitor, session: Session, team: Team) -> None:
    staff = factories.make_staff(session)
    session.commit()
    ends = team.round_.signing_ends_at
    form = {"title": "Second round", "use_statement": "We read.", "can_change": "Words.", "cannot_change": "The code.",
            "questions": "", "closes_on": str((ends + timedelta(days=30)).date())}  # fmt: skip
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False):
        with pytest.raises(rounds.CannotOpenRound):
            factories.make_round(session, team.round_.release.framework, opened_days_ago=0)
        visitor.sign_in(session, staff).post("/staff/rounds/new", {**form, "opens_on": str(clock.today())})
        assert visitor.status == 422 and "feedback on the last round can be signed off" in visitor.text
        visitor.post("/staff/rounds/new", {**form, "opens_on": str((ends + timedelta(days=1)).date())})
        assert visitor.status == 200 and "The round is planned" in visitor.text
