"""Before a round closes, those who have something unfinished or unsigned are reminded, a week and a day before."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend import worker
from backend.comments.models import State
from backend.core import clock
from backend.core.db import Database
from backend.following import reminding, round_news
from backend.following.models import RoundReminder
from backend.notifications import delivery
from backend.notifications.models import OutboxMessage
from backend.people.access import viewer_for
from backend.people.models import Digest, Membership, Standing
from backend.releases import rounds
from backend.sending import sending_back
from tests import factories
from tests.sending.team import Team, make_team

DAY = timedelta(days=1)
Changes = Callable[[Session, Team], object]


@pytest.fixture
def team(session: Session) -> Team:
    """Brightplay, two weeks before its round closes."""
    return make_team(session)


def reminded(session: Session, team: Team, before: timedelta) -> dict[str, str]:
    """Who is written to at that time before the round closes, and what."""
    seen = set(session.exec(select(OutboxMessage.id)))
    with time_machine.travel(team.round_.closes_at - before, tick=False):
        reminding.remind(session)
        reminding.remind(session)
    found = [mail for mail in session.exec(select(OutboxMessage)) if mail.id not in seen]
    assert all(mail.kind == "reminder" for mail in found)
    assert len({mail.to for mail in found}) == len(found), "one mail for each person"
    return {mail.to: mail.text for mail in found}


def test_authors_hear_of_what_is_theirs_and_signers_of_what_waits(session: Session, team: Team) -> None:
    team.draft(session, ready=False)
    team.draft(session)
    team.rate(session, entry=1)
    team.rate(session, entry=2)
    found = reminded(session, team, 7 * DAY)
    assert found.keys() == {team.lead.email, team.deputy.email, team.member.email}
    assert "1 point of yours is not finished." in found[team.member.email]
    assert "sign" not in found[team.member.email].replace("signed off", "")
    assert "1 point waits for a lead or deputy to sign it off." in found[team.lead.email]
    assert "The ratings of 2 entries wait for a lead or deputy to sign them off." in found[team.lead.email]
    assert "The round “First round” closes on" in found[team.lead.email]
    assert "/organisation/feedback" in found[team.lead.email]
    assert "autoplay" not in "".join(found.values()), "drafts stay inside"


def test_they_are_reminded_a_week_and_a_day_before_once_each(session: Session, team: Team) -> None:
    team.draft(session, ready=False)
    times = [7 * DAY + timedelta(seconds=1), 7 * DAY, 6 * DAY, DAY + timedelta(seconds=1), DAY, timedelta(hours=1)]
    assert [len(reminded(session, team, before)) for before in times] == [0, 1, 0, 0, 1, 0]


@pytest.mark.parametrize("before", [timedelta(0), -DAY])
def test_nobody_is_reminded_of_a_round_that_has_closed(session: Session, team: Team, before: timedelta) -> None:
    team.draft(session, ready=False)
    assert reminded(session, team, before) == {}


def test_a_worker_that_comes_late_reminds_once(session: Session, team: Team) -> None:
    team.draft(session, ready=False)
    assert len(reminded(session, team, timedelta(hours=5))) == 1


def test_who_has_finished_is_left_alone(session: Session, team: Team) -> None:
    team.draft(session)
    factories.sign_everything(session, team.submission, team.lead)
    assert reminded(session, team, 7 * DAY) == {}


def test_an_extended_round_is_reminded_of_again_before_its_new_end(session: Session, team: Team) -> None:
    team.draft(session, ready=False)
    assert len(reminded(session, team, 7 * DAY)) == 1
    with time_machine.travel(team.round_.closes_at - 5 * DAY, tick=False):
        rounds.extend(session, team.round_, until=clock.now() + 20 * DAY, because="More time", by=team.lead)
    assert reminded(session, team, 8 * DAY) == {}
    [text] = reminded(session, team, 7 * DAY).values()
    assert "First round" in text
    assert len(reminded(session, team, DAY)) == 1


def leaves(session: Session, team: Team) -> None:
    """The author belongs to the organisation no more."""
    session.exec(select(Membership).where(Membership.person_id == team.member.id)).one().left_at = clock.now()


def is_suspended(session: Session, team: Team) -> None:
    """The organisation does not take part for now."""
    team.organisation.suspended_at = clock.now()


def wants_no_mail(session: Session, team: Team) -> None:
    """The author has chosen not to be told by mail."""
    team.member.digest = Digest.NONE


def wants_no_reminders(session: Session, team: Team) -> None:
    """The author has stopped reminders alone."""
    team.member.reminders = False


@pytest.mark.parametrize("change", [leaves, is_suspended, wants_no_mail, wants_no_reminders])
def test_some_are_not_reminded(session: Session, team: Team, change: Changes) -> None:
    team.draft(session, ready=False)
    change(session, team)
    session.flush()
    assert reminded(session, team, 7 * DAY) == {}


@pytest.mark.parametrize("chosen", [Digest.DAILY, Digest.WEEKLY])
def test_a_reminder_does_not_wait_for_the_day_of_digests(session: Session, team: Team, chosen: Digest) -> None:
    team.member.digest = chosen
    team.draft(session, ready=False)
    reminded(session, team, DAY)
    due = session.exec(select(OutboxMessage.due_at)).one()
    assert due == team.round_.closes_at - DAY


def test_ratings_that_were_sent_back_are_the_raters(session: Session, team: Team) -> None:
    team.rate(session)
    session.commit()
    sending_back.send_back(session, team.submission, team.entries[0].code, by=viewer_for(team.lead), because="Look")
    session.exec(select(OutboxMessage)).one()
    found = reminded(session, team, 7 * DAY)
    assert found.keys() == {team.member.email}
    assert "Your ratings of 1 entry were sent back to you." in found[team.member.email]


def test_a_specialist_is_reminded_of_their_own_draft(session: Session, team: Team) -> None:
    specialist, private = factories.make_specialist(session), factories.make_person(session)
    for person in (specialist, private):
        own = factories.make_submission(session, team.round_, person=person)
        factories.make_comment(session, own, person, state=State.DRAFT)
    found = reminded(session, team, 7 * DAY)
    assert found.keys() == {specialist.email}, "who takes part no more is left alone"
    assert "/my-feedback?state=draft" in found[specialist.email]


def test_who_signs_off_hears_that_their_organisation_has_not_begun(session: Session, team: Team) -> None:
    team.draft(session)
    factories.sign_everything(session, team.submission, team.lead)
    idle = factories.make_organisation(session, name="Idle")
    lead = factories.make_member(session, idle, standing=Standing.LEAD)
    factories.make_member(session, idle)
    found = reminded(session, team, 7 * DAY)
    assert found.keys() == {lead.email}
    assert "You have not begun yet." in found[lead.email]
    assert "what you have written" not in found[lead.email]
    assert "/frameworks/harms" in found[lead.email]
    with time_machine.travel(team.round_.closes_at - 2 * DAY, tick=False):
        factories.make_submission(session, team.round_, organisation=idle)
    assert reminded(session, team, DAY) == {}, "they have begun, and left nothing unfinished"


def test_specialists_who_have_not_begun_are_reminded_by_themselves(session: Session, team: Team) -> None:
    idle, busy = factories.make_specialist(session), factories.make_specialist(session)
    former, gone = factories.make_specialist(session), factories.make_specialist(session)
    factories.make_submission(session, team.round_, person=busy)
    former.specialist_until, gone.closed_at = clock.now(), clock.now()
    colleague = factories.make_member(session, team.organisation)
    colleague.expertise = "Sleep"
    session.flush()
    found = reminded(session, team, 7 * DAY)
    assert found.keys() == {idle.email}, "a specialist in an organisation is reminded with it"


def test_the_worker_reminds(database: Database, session: Session, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.draft(session, ready=False)
    round_news.tell(session)
    delivery.note_all_sent(session)
    session.commit()
    sent: list[str] = []
    monkeypatch.setattr(worker.mailers, "mailer", lambda: lambda mail: sent.append(mail.kind))
    with time_machine.travel(team.round_.closes_at - DAY, tick=False):
        worker.work_once(database)
        worker.work_once(database)
    assert sent == ["reminder"]


def test_a_worker_that_dies_on_the_way_has_reminded_nobody(session: Session, team: Team) -> None:
    team.draft(session, ready=False)
    session.commit()
    with time_machine.travel(team.round_.closes_at - DAY, tick=False):
        assert reminding.remind(session) == 1
        session.rollback()
        assert session.exec(select(RoundReminder)).first() is None
        assert reminding.remind(session) == 1
