"""“20 minutes?”: the entries that most lack this constituency's view, from what was sent alone."""

import pytest
from sqlmodel import Session, select

from backend.comments.models import State
from backend.people.models import Constituency
from backend.sending import proposing
from backend.submissions import looking
from backend.submissions.models import SpeakingFor, Submission
from tests import factories
from tests.browsing import Visitor
from tests.sending.team import Team, make_team


@pytest.fixture
def team(session: Session) -> Team:
    """Brightplay among six entries, with nothing said."""
    return make_team(session, entries=6)


def proposed(session: Session, team: Team) -> list[str]:
    lines = proposing.propose(session, team.round_, team.organisation, team.submission)
    return [line.entry.code for line in lines]


def test_of_entries_that_are_alike_the_first_three_are_proposed(session: Session, team: Team) -> None:
    assert proposed(session, team) == ["CCHF-01", "CCHF-02", "CCHF-03"]


def test_entries_with_fewer_voices_of_the_constituency_come_first(session: Session, team: Team) -> None:
    factories.make_ratings(session, team.round_, team.entries[0], [4, 5])
    factories.make_ratings(session, team.round_, team.entries[1], [4])
    assert proposed(session, team) == ["CCHF-03", "CCHF-04", "CCHF-05"]
    for entry in team.entries[2:]:
        factories.make_ratings(session, team.round_, entry, [1, 2, 3])
    assert proposed(session, team)[:2] == ["CCHF-02", "CCHF-01"]


def test_other_constituencies_do_not_count(session: Session, team: Team) -> None:
    factories.make_ratings(session, team.round_, team.entries[0], [4, 5], constituency=Constituency.CIVIL_SOCIETY)
    assert proposed(session, team)[0] == "CCHF-01"


def test_what_others_have_drafted_changes_nothing(session: Session, team: Team) -> None:
    other = make_team(session, name="Openfeed", round_=team.round_)
    other.draft(session, entry=0)
    other.rate(session, entry=1)
    assert proposed(session, team) == ["CCHF-01", "CCHF-02", "CCHF-03"]
    factories.sign_everything(session, other.submission, other.lead)
    assert proposed(session, team) == ["CCHF-03", "CCHF-04", "CCHF-05"]


def test_what_was_taken_back_or_said_privately_does_not_count(session: Session, team: Team) -> None:
    other = make_team(session, name="Openfeed", round_=team.round_)
    factories.make_comment(session, other.submission, other.member, entry=team.entries[0], state=State.WITHDRAWN)
    private = factories.make_comment(session, other.submission, other.member, entry=team.entries[1])
    private.speaking_for = SpeakingFor.PRIVATE
    session.add(private)
    session.flush()
    assert proposed(session, team) == ["CCHF-01", "CCHF-02", "CCHF-03"]


def test_one_organisation_is_one_voice_however_much_it_says(session: Session, team: Team) -> None:
    other, third = (make_team(session, name=name, round_=team.round_) for name in ("Openfeed", "Third"))
    for _ in range(3):
        factories.make_comment(session, other.submission, other.member, entry=team.entries[0])
    for each in (other, third):
        factories.make_comment(session, each.submission, each.member, entry=team.entries[1])
    for entry in team.entries[2:]:
        factories.make_ratings(session, team.round_, entry, [1, 2, 3])
    assert proposed(session, team)[:2] == ["CCHF-01", "CCHF-02"]


def test_ones_own_entries_are_not_proposed(session: Session, team: Team) -> None:
    team.draft(session, entry=0, ready=False)
    team.rate(session, entry=1)
    looking.note_looked_at(session, team.submission, team.entries[2])
    looking.choose_entries(session, team.submission, team.entries)
    assert proposed(session, team) == ["CCHF-04", "CCHF-05", "CCHF-06"]


def test_the_panel_comes_before_the_framework(session: Session, team: Team) -> None:
    looking.choose_entries(session, team.submission, [team.entries[4], team.entries[1]])
    assert proposed(session, team) == ["CCHF-02", "CCHF-05"]


def test_an_organisation_that_has_not_begun_is_proposed_something_too(visitor: Visitor, session: Session) -> None:
    team = make_team(session, entries=4)
    session.delete(session.exec(select(Submission)).one())
    session.commit()
    visitor.sign_in(session, team.member).get("/organisation/feedback")
    assert "20 minutes? These 3 entries need you" in visitor.text and "Nothing has been written yet" in visitor.text


def test_no_number_of_others_is_told(visitor: Visitor, session: Session, team: Team) -> None:
    factories.make_ratings(session, team.round_, team.entries[5], [1, 2, 3, 4, 5, 5, 5])
    session.commit()
    visitor.sign_in(session, team.member).get("/organisation/feedback")
    section = " ".join(visitor.page.get_element_by_id("proposed").getparent().text_content().split())
    assert "7" not in section and "CCHF-06" not in section
    visitor.follow("Rate CCHF-01")
    assert visitor.status == 200
    visitor.get("/organisation/feedback").follow("Suggest words for CCHF-01")
    assert visitor.status == 200
    visitor.get("/organisation/feedback").follow("Comment on CCHF-01")
    assert visitor.status == 200
