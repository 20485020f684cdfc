"""Everybody concerned hears once that a round is open, that it closes later, and that it has closed early."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend import worker
from backend.core import clock
from backend.core.db import Database
from backend.following import round_news, subscribing
from backend.following.models import RoundNews
from backend.notifications.models import OutboxMessage
from backend.people.models import Digest
from backend.releases import rounds
from tests import factories
from tests.sending.team import Team, make_team
from tests.together import together

DAY = timedelta(days=1)


@pytest.fixture
def team(session: Session) -> Team:
    """Brightplay, while its round is open."""
    return make_team(session)


def told(session: Session) -> dict[str, OutboxMessage]:
    """Who is written to now, and what; looking again changes nothing."""
    seen = set(session.exec(select(OutboxMessage.id)))
    round_news.tell(session)
    assert round_news.tell(session) == 0
    found = [mail for mail in session.exec(select(OutboxMessage)) if mail.id not in seen]
    assert len({mail.to for mail in found}) == len(found), "one mail for each person"
    return {mail.to: mail for mail in found}


def test_who_takes_part_and_who_follows_hear_that_a_round_is_open(session: Session, team: Team) -> None:
    framework = team.round_.release.framework
    specialist, follower = factories.make_specialist(session), factories.make_person(session)
    factories.make_person(session, email="nobody@asked.example")
    factories.make_staff(session)
    subscribing.follow(session, follower, framework)
    found = told(session)
    taking_part = {team.lead.email, team.deputy.email, team.member.email, specialist.email}
    assert found.keys() == {*taking_part, follower.email}
    assert "comment, rate and suggest better words" in found[specialist.email].text
    assert "how to take part" in found[follower.email].text
    assert found[team.lead.email].subject.startswith("“First round” is open until")
    assert f"/frameworks/{framework.slug}" in found[team.lead.email].text


def test_they_hear_when_more_time_is_given_and_when_it_is_closed_early_with_the_reason(
    session: Session, team: Team
) -> None:
    assert len(told(session)) == 3
    rounds.extend(session, team.round_, until=team.round_.closes_at + DAY, because="A holiday.", by=team.lead)
    extended = told(session)[team.lead.email]
    assert extended.subject.startswith("“First round” now closes on")
    assert "There is more time" in extended.text
    assert "The reason: A holiday." in extended.text
    rounds.close(session, team.round_, because="An emergency.", by=team.lead)
    closed = told(session)[team.lead.email]
    assert closed.subject.startswith("“First round” closed on")
    assert "closed earlier than planned" in closed.text
    assert "The reason: An emergency." in closed.text


def test_nobody_hears_before_it_opens_nor_when_it_closes_as_planned(session: Session) -> None:
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework, opened_days_ago=-2, closes_in_days=9)
    factories.make_specialist(session)
    assert told(session) == {}
    rounds.extend(session, round_, until=round_.closes_at + DAY, because="More time.", by=factories.make_staff(session))
    with time_machine.travel(round_.opens_at, tick=False):
        [mail] = told(session).values()
        assert "is open" in mail.text
        assert "More time." not in mail.text
    with time_machine.travel(round_.closes_at, tick=False):
        assert told(session) == {}


def test_nobody_hears_of_a_round_that_has_closed_before_anybody_could_be_told(session: Session, team: Team) -> None:
    with time_machine.travel(team.round_.closes_at, tick=False):
        assert told(session) == {}


def test_they_are_told_as_often_as_they_have_chosen(session: Session, team: Team) -> None:
    team.member.digest, team.deputy.digest = Digest.NONE, Digest.WEEKLY
    found = told(session)
    assert found.keys() == {team.lead.email, team.deputy.email}
    weekly = found[team.deputy.email].due_at
    assert weekly
    assert clock.in_london(weekly).strftime("%A %H:%M") == "Monday 08:00"


def test_an_organisation_that_does_not_take_part_for_now_is_not_told(session: Session, team: Team) -> None:
    team.organisation.suspended_at = clock.now()
    session.flush()
    assert told(session) == {}


def test_the_worker_tells_them_and_of_many_workers_one(live: Database) -> None:
    with live.transaction() as session:
        make_team(session)
    written = together(live, lambda session, _: round_news.tell(session))
    assert sorted(written) == [0, 0, 0, 0, 0, 3]
    assert round_news.tell in {job for job, _ in worker.JOBS}


def test_a_worker_that_dies_on_the_way_has_told_nobody(session: Session, team: Team) -> None:
    session.commit()
    assert round_news.tell(session) == 3
    session.rollback()
    assert session.exec(select(RoundNews)).first() is None
    assert round_news.tell(session) == 3
