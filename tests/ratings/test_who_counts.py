"""Whose ratings a tally counts: each organisation once it has signed, each specialist once, and nobody else."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session, col, select

from backend.core import clock
from backend.people.models import Constituency, Organisation, Person, Standing
from backend.ratings import rating, tallies
from backend.ratings.models import Rating, RatingEvent
from backend.ratings.tallies import Group
from backend.releases import queries as release_queries
from backend.releases.models import Framework, Revision, Round
from backend.submissions import speaking
from backend.submissions.models import PublishAs, SpeakingFor, Submission
from tests.browsing import Visitor
from tests.factories import (
    make_framework,
    make_member,
    make_organisation,
    make_person,
    make_ratings,
    make_round,
    make_specialist,
    sign_everything,
)
from tests.taking_part import viewer_of

MINUTE = timedelta(minutes=1)
FORM = "/frameworks/harms/entries/CCHF-01/rate"


@pytest.fixture
def framework(session: Session) -> Framework:
    return make_framework(session)


@pytest.fixture
def open_round(session: Session, framework: Framework) -> Round:
    return make_round(session, framework, closes_in_days=1)


@pytest.fixture
def revision(session: Session, framework: Framework, open_round: Round) -> Revision:
    return release_queries.manifest(session, open_round.release)[0].revision


def rated(
    session: Session, round_: Round, revision: Revision, person: Person, speaking_for: SpeakingFor, score: int
) -> Submission:
    """What this person thinks of the text, speaking so."""
    viewer = viewer_of(session, person)
    submission = speaking.speak(session, round_, viewer, speaking_for=speaking_for, publish_as=PublishAs.SUMMARY_ONLY)
    rating.rate(session, submission, revision, {"clarity": score}, by=person, speaking_for=speaking_for)
    session.flush()
    return submission


def groups(session: Session, framework: Framework, round_: Round, revision: Revision) -> dict[Constituency, Group]:
    """What is shown of the clarity of the text once everything of the round is in, for groups shown by themselves."""
    with time_machine.travel(round_.signing_ends_at + MINUTE):
        shown = tallies.shown(session, framework, revision).now
    found = [group for tally in shown if tally.code == "clarity" for group in tally.groups]
    return {group.constituencies[0]: group for group in found if len(group.constituencies) == 1}


def test_a_private_individual_is_in_no_tally(
    session: Session, framework: Framework, open_round: Round, revision: Revision
) -> None:
    make_ratings(session, open_round, revision.entry, [1, 2, 3, 4, 5])
    colleague = make_member(session, make_organisation(session))
    rated(session, open_round, revision, colleague, SpeakingFor.PRIVATE, 5)
    found = groups(session, framework, open_round, revision)
    assert found.keys() == {Constituency.ONLINE_SERVICES}
    assert found[Constituency.ONLINE_SERVICES].scores == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1}


def test_a_member_who_speaks_as_a_specialist_counts_as_one_and_not_for_the_organisation(
    session: Session, framework: Framework, open_round: Round, revision: Revision
) -> None:
    make_ratings(session, open_round, revision.entry, [1, 2, 3, 4])
    for score in (1, 2, 2, 3):
        rated(session, open_round, revision, make_specialist(session), SpeakingFor.SPECIALIST, score)
    organisation = make_organisation(session)
    both = make_member(session, organisation, standing=Standing.LEAD)
    both.expertise, both.constituency = "Child development", Constituency.SPECIALISTS
    session.flush()
    rated(session, open_round, revision, both, SpeakingFor.SPECIALIST, 5)
    ours = rated(session, open_round, revision, both, SpeakingFor.ORGANISATION, 4)
    sign_everything(session, ours, both)
    found = groups(session, framework, open_round, revision)
    assert found[Constituency.SPECIALISTS].scores == {1: 1, 2: 2, 3: 1, 5: 1}
    assert found[Constituency.ONLINE_SERVICES].scores == {1: 1, 2: 1, 3: 1, 4: 2}


def test_colleagues_who_rate_in_turn_are_one_voice(
    session: Session, framework: Framework, open_round: Round, revision: Revision
) -> None:
    make_ratings(session, open_round, revision.entry, [1, 2, 3, 4])
    organisation: Organisation = make_organisation(session)
    lead = make_member(session, organisation, standing=Standing.LEAD)
    rated(session, open_round, revision, lead, SpeakingFor.ORGANISATION, 1)
    ours = rated(session, open_round, revision, make_member(session, organisation), SpeakingFor.ORGANISATION, 5)
    sign_everything(session, ours, lead)
    found = groups(session, framework, open_round, revision)
    assert found[Constituency.ONLINE_SERVICES].scores == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1}


def test_what_was_never_signed_off_counts_nowhere(
    session: Session, framework: Framework, open_round: Round, revision: Revision
) -> None:
    make_ratings(session, open_round, revision.entry, [1, 2, 3, 4, 5])
    lead = make_member(session, make_organisation(session), standing=Standing.LEAD)
    rated(session, open_round, revision, lead, SpeakingFor.ORGANISATION, 5)
    found = groups(session, framework, open_round, revision)
    assert found[Constituency.ONLINE_SERVICES].voices == 5


def test_what_is_signed_off_after_the_closing_counts_and_nothing_is_told_before(
    session: Session, framework: Framework, open_round: Round, revision: Revision
) -> None:
    make_ratings(session, open_round, revision.entry, [1, 2, 3, 4])
    lead = make_member(session, make_organisation(session), standing=Standing.LEAD)
    ours = rated(session, open_round, revision, lead, SpeakingFor.ORGANISATION, 5)
    with time_machine.travel(open_round.signing_ends_at - MINUTE):
        assert tallies.shown(session, framework, revision).now == ()
        sign_everything(session, ours, lead)
    found = groups(session, framework, open_round, revision)
    assert found[Constituency.ONLINE_SERVICES].scores == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1}


def test_someone_without_a_role_has_no_voice(session: Session, open_round: Round, revision: Revision) -> None:
    with pytest.raises(speaking.CannotSpeak):
        rated(session, open_round, revision, make_person(session), SpeakingFor.PRIVATE, 3)


def opinions(session: Session) -> list[tuple[Constituency | None, int | None]]:
    """The group and the score of each event in turn."""
    session.expire_all()
    return [(each.constituency, each.score) for each in session.exec(select(RatingEvent).order_by(col(RatingEvent.id)))]


@pytest.mark.parametrize("order", [("specialist", "private"), ("private", "specialist")])
def test_the_form_says_whether_a_specialist_counts_whichever_way_they_began(
    session: Session, open_round: Round, visitor: Visitor, order: tuple[str, str]
) -> None:
    visitor.sign_in(session, make_specialist(session))
    group = {"specialist": Constituency.SPECIALISTS, "private": None}
    for speaking_for in order:
        visitor.get(FORM).press(
            "Save ratings", score_clarity="4", speaking_for=speaking_for, publish_as="publish-named"
        )
        [chosen] = visitor.page.xpath("//input[@name='speaking_for'][@checked]/@value")
        assert chosen == speaking_for
    visitor.press("Save ratings", score_clarity="4")
    assert opinions(session) == [(group[each], 4) for each in order]
    assert session.exec(select(Rating)).one().constituency is group[order[1]]


def test_who_is_no_specialist_any_more_does_not_go_on_counting_as_one(
    session: Session, open_round: Round, visitor: Visitor
) -> None:
    both = make_member(session, make_organisation(session))
    both.expertise, both.constituency = "Child development", Constituency.SPECIALISTS
    session.commit()
    visitor.sign_in(session, both).get(FORM)
    visitor.press("Save ratings", score_clarity="4", speaking_for="specialist", publish_as="publish-named")
    session.refresh(both)
    both.specialist_until = clock.now()
    session.add(both)
    session.commit()
    visitor.get(FORM).press("Save ratings", score_clarity="5", speaking_for="private", publish_as="summary-only")
    assert opinions(session) == [(Constituency.SPECIALISTS, 4), (None, 5)]


@pytest.mark.parametrize("is_private_last", [True, False])
def test_the_last_way_of_speaking_decides_whether_a_voice_counts(
    session: Session, framework: Framework, open_round: Round, revision: Revision, is_private_last: bool
) -> None:
    for score in (1, 2, 2, 3, 4):
        rated(session, open_round, revision, make_specialist(session), SpeakingFor.SPECIALIST, score)
    ana = make_specialist(session)
    order = [SpeakingFor.SPECIALIST, SpeakingFor.PRIVATE]
    for speaking_for in order if is_private_last else reversed(order):
        rated(session, open_round, revision, ana, speaking_for, 5)
    scores = {1: 1, 2: 2, 3: 1, 4: 1} if is_private_last else {1: 1, 2: 2, 3: 1, 4: 1, 5: 1}
    assert groups(session, framework, open_round, revision)[Constituency.SPECIALISTS].scores == scores


def test_who_speaks_privately_from_now_on_has_moved_the_group_they_leave() -> None:
    first, second = clock.now(), clock.now() + 10 * MINUTE

    def event(person: int, at: datetime, group: Constituency | None, score: int = 3) -> RatingEvent:
        return RatingEvent(
            voice=f"person:{person}", author_id=1, revision_id=1, criterion_id=1, round_id=1, constituency=group,
            score=score, at=at,
        )  # fmt: skip

    counted = Constituency.SPECIALISTS
    before = [event(person, first - MINUTE, counted) for person in range(6)]
    private = [event(person, first + MINUTE, None) for person in range(6)]
    assert tallies.last_told([*before, *private[:1]], [first, second]) == first
    assert tallies.last_told([*before, *private[:5]], [first, second]) == second
    there_and_back = [event(person, first + 2 * MINUTE, counted) for person in range(4)]
    assert tallies.last_told([*before, *private[:5], *there_and_back], [first, second]) == first
    never_counted = [event(person, first + MINUTE, None) for person in range(10, 20)]
    assert tallies.last_told([*before, *never_counted], [first, second]) == first


def test_six_voices_that_each_move_one_of_three_questions_retell_none_of_them(
    session: Session, framework: Framework, open_round: Round, revision: Revision
) -> None:
    """Else the difference of the two tallies of a question would be the answers of two."""
    questions = ["clarity", "standards-mapping", "likelihood"]
    voices = [make_specialist(session) for _ in range(6)]

    def rate(round_: Round, person: Person, scores: dict[str, int]) -> None:
        viewer = viewer_of(session, person)
        how = {"speaking_for": SpeakingFor.SPECIALIST, "publish_as": PublishAs.SUMMARY_ONLY}
        submission = speaking.speak(session, round_, viewer, **how)
        rating.rate(session, submission, revision, scores, by=person, speaking_for=SpeakingFor.SPECIALIST)
        session.flush()

    def told(round_: Round) -> list[tuple[str, tuple[Group, ...]]]:
        with time_machine.travel(round_.signing_ends_at + MINUTE):
            return [(tally.code, tally.groups) for tally in tallies.shown(session, framework, revision).now]

    for place, person in enumerate(voices):
        rate(open_round, person, dict.fromkeys(questions, 1 + place % 3))
    before = told(open_round)
    assert [sum(group.voices for group in groups) for _, groups in before] == [6, 6, 6]
    with time_machine.travel(open_round.signing_ends_at + MINUTE):
        again = make_round(session, framework, opened_days_ago=0, closes_in_days=1)
        for place, person in enumerate(voices):
            rate(again, person, {questions[place % 3]: 1 + (place + 1) % 3})
    assert told(again) == before
