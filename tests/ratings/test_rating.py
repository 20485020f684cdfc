from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, col, select

from backend.comments import commenting
from backend.comments.models import Comment, Kind, State
from backend.core import clock
from backend.notifications.models import OutboxMessage
from backend.people.models import Constituency, Person, Standing
from backend.ratings import queries, rating, tallies
from backend.ratings.models import Rating, RatingEvent
from backend.releases import queries as release_queries
from backend.releases import revising, rounds
from backend.releases.models import Entry, Framework, Revision, Round
from tests.browsing import Visitor
from tests.factories import (
    make_content,
    make_draft,
    make_framework,
    make_member,
    make_organisation,
    make_ratings,
    make_round,
    make_specialist,
    make_submission,
    sign_everything,
)
from tests.taking_part import hidden, sign_off_all

FORM = "/frameworks/harms/entries/CCHF-01/rate"
WHO = {"speaking_for": "organisation", "publish_as": "publish-named"}
OWN = {**WHO, "speaking_for": "specialist"}


@pytest.fixture
def framework(session: Session) -> Framework:
    return make_framework(session)


@pytest.fixture
def open_round(session: Session, framework: Framework) -> Round:
    return make_round(session, framework, closes_in_days=1)


@pytest.fixture
def entry(session: Session, open_round: Round) -> Entry:
    return session.exec(select(Entry).where(Entry.code == "CCHF-01")).one()


@pytest.fixture
def member(session: Session, open_round: Round, visitor: Visitor) -> Visitor:
    brightplay = make_organisation(session, name="Brightplay")
    make_member(session, brightplay, name="Lea Lead", standing=Standing.LEAD)
    return visitor.sign_in(session, make_member(session, brightplay))


@pytest.fixture
def specialist(session: Session, open_round: Round, visitor: Visitor) -> Visitor:
    return visitor.sign_in(session, make_specialist(session))


def scores(session: Session) -> dict[str, int | None]:
    session.expire_all()
    return {each.criterion.code: each.score for each in session.exec(select(Rating).order_by(col(Rating.id)))}


def revision_of(session: Session, framework: Framework, entry: Entry) -> Revision:
    line = release_queries.find_line(session, release_queries.current_release(session, framework), entry)
    assert line
    return line.revision


def test_a_member_rates_and_changes_their_mind(session: Session, member: Visitor) -> None:
    member.get(FORM)
    assert member.page.xpath("//input[@checked]") == []
    member.press("Save ratings", score_clarity="4", score_likelihood="cannot-say", grounds=["research"], **WHO)
    assert member.path == FORM and "Your ratings have been saved." in member.page.text_content()
    assert scores(session) == {"clarity": 4, "likelihood": None}
    assert "These are your organisation’s ratings as they stand" in member.text
    assert member.page.xpath("//input[@name='score_clarity'][@checked]/@value") == ["4"]
    assert member.page.xpath("//input[@name='grounds'][@checked]/@value") == ["research"]
    member.press("Save ratings", score_clarity="2", grounds=["own-data"])
    assert scores(session) == {"clarity": 2, "likelihood": None}
    assert not session.exec(select(RatingEvent)).all() and not session.exec(select(OutboxMessage)).all()
    sign_off_all(session)
    member.press("Save ratings", score_clarity="4")
    sign_off_all(session)
    events = session.exec(select(RatingEvent).order_by(col(RatingEvent.id))).all()
    assert [(event.score, event.constituency) for event in events] == [
        (2, Constituency.ONLINE_SERVICES), (None, Constituency.ONLINE_SERVICES), (4, Constituency.ONLINE_SERVICES),
    ]  # fmt: skip
    assert all(rating.grounds == ["own-data"] for rating in session.exec(select(Rating)))


def test_a_specialists_scores_are_sent_as_they_are_given(session: Session, specialist: Visitor) -> None:
    specialist.get(FORM).press("Save ratings", score_clarity="4", **OWN)
    assert "signs them off" not in specialist.page.text_content() and "Set by" not in specialist.text
    specialist.press("Save ratings", score_clarity="2")
    assert [event.score for event in session.exec(select(RatingEvent).order_by(col(RatingEvent.id)))] == [4, 2]


def test_a_day_of_changes_makes_one_receipt_with_the_last_scores(session: Session, specialist: Visitor) -> None:
    specialist.get(FORM).press("Save ratings", score_clarity="4", **OWN)
    specialist.press("Save ratings", score_clarity="1")
    receipt = session.exec(select(OutboxMessage)).one()
    assert "Clarity: Strongly disagree" in receipt.text and "Agree\n" not in receipt.text
    assert "CCHF-01" in receipt.text


def test_a_reason_is_shown_before_it_is_sent_and_has_its_own_reference(session: Session, specialist: Visitor) -> None:
    specialist.get(FORM).press("Save ratings", score_clarity="5", reason="So **clear**.", **OWN)
    assert "Check your reason before you send it" in specialist.text and "Dr Ana Specialist" in specialist.text
    assert scores(session) == {}
    data = hidden(specialist)
    specialist.press("Save ratings and send the reason")
    specialist.post(FORM, {**data, "step": "send"})
    comment = session.exec(select(Comment)).one()
    assert (comment.kind, comment.state) == (Kind.REASON, State.HELD)
    assert comment.reference in specialist.page.text_content()
    assert scores(session) == {"clarity": 5}


def test_a_members_reason_is_added_to_the_organisations_feedback(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Save ratings", score_clarity="5", reason="So **clear**.", **WHO)
    assert "Check your reason before you add it" in member.text and "Brightplay" in member.text
    member.press("Save ratings and add the reason to our feedback")
    comment = session.exec(select(Comment)).one()
    assert (comment.kind, comment.state) == (Kind.REASON, State.DRAFT)
    told = member.page.text_content()
    assert f"{comment.reference}, has been added to your organisation’s feedback" in told
    member.get(f"/comments/{comment.reference}").follow("Change this draft")
    assert not member.page.xpath("//input[@name='kind']")
    member.press("Preview", body="So very clear.").press("Add to our feedback")
    sign_off_all(session)
    session.refresh(comment)
    assert (comment.kind, comment.text.body, scores(session)) == (Kind.REASON, "So very clear.", {"clarity": 5})


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Select an answer to one of the questions at least."),
        ({"score_clarity": "6"}, "Select one of the answers to “Clarity”."),
        ({"score_likelihood": "4"}, "Select one of the answers to “Likelihood”."),
        ({"score_clarity": "0"}, "Select one of the answers"),
        ({"score_beauty": "3"}, "We did not understand part of what was sent"),
        ({"score_clarity": "3", "grounds": "hearsay"}, "Select what your view rests on from the list"),
        ({"score_clarity": "3", "reason": "x" * 20_001}, "You have used 20,001"),
        ({"score_clarity": "3", "reason": "a\x00b"}, "Remove the invisible control characters"),
        ({"score_clarity": "3", "speaking_for": "specialist"}, "Select who you are speaking for"),
    ],
)
def test_a_mistake_is_said_in_words_and_keeps_what_was_chosen(
    session: Session, member: Visitor, typed: dict[str, str], words: str
) -> None:
    member.get(FORM)
    member.post(FORM, {**hidden(member), **WHO, "step": "save", "score_standards_mapping": "", **typed})
    assert member.status == 422 and words in member.text
    if typed.get("score_clarity") == "3":
        assert member.page.xpath("//input[@name='score_clarity'][@checked]/@value") == ["3"]
    assert scores(session) == {}


def test_rules_refuse_what_no_form_offers(
    session: Session, open_round: Round, entry: Entry, framework: Framework
) -> None:
    brightplay = make_organisation(session)
    submission, by = make_submission(session, open_round, organisation=brightplay), make_member(session, brightplay)
    revision = revision_of(session, framework, entry)
    refused: list[tuple[dict[str, int | None], type[Exception]]] = [
        ({}, rating.NothingRated),
        ({"beauty": 3}, rating.UnknownCriterion),
        ({"clarity": 9}, rating.NotOnTheScale),
    ]
    for given, refusal in refused:
        with pytest.raises(refusal):
            rating.rate(session, submission, revision, given, by=by)
    with pytest.raises(rating.UnknownGround):
        rating.rate(session, submission, revision, {"clarity": 3}, by=by, grounds=["hearsay"])
    with time_machine.travel(open_round.closes_at, tick=False), pytest.raises(rounds.RoundClosed):
        rating.rate(session, submission, revision, {"clarity": 3}, by=by)


def test_an_entry_that_the_release_does_not_hold_cannot_be_rated(
    session: Session, member: Visitor, framework: Framework
) -> None:
    draft = make_draft(session, framework)
    added = revising.add_entry(session, draft, code="CCHF-99", content=make_content(99), by=None, because="New")
    session.commit()
    for page in ("rate", "comment", "suggest"):
        member.get(f"/frameworks/harms/entries/CCHF-99/{page}")
        assert member.status in (404, 422), page
        member.post(f"/frameworks/harms/entries/CCHF-99/{page}", {"body": "Mine.", "reason": "Mine."})
        assert member.status in (404, 422)
    submission = make_submission(
        session, release_queries.rounds(session, framework)[0], organisation=make_organisation(session)
    )
    with pytest.raises(commenting.EntryNotInRelease):
        rating.rate(session, submission, added, {"clarity": 3}, by=session.exec(select(Person)).first())


def test_nobody_sees_a_score_while_the_round_is_open(
    session: Session, visitor: Visitor, open_round: Round, entry: Entry
) -> None:
    make_ratings(session, open_round, entry, [4, 4, 4, 4, 4, 5])
    session.commit()
    page = "/frameworks/harms/entries/CCHF-01"
    visitor.get(page)
    assert "Ratings are shown once, after the round has closed" in visitor.text and "Mean" not in visitor.text
    with time_machine.travel(open_round.signing_ends_at - timedelta(seconds=1), tick=False):
        assert "Mean" not in visitor.get(page).text
    with time_machine.travel(open_round.signing_ends_at, tick=False):
        visitor.get(page)
        assert "Online services 0 0 0 5 1 0 4.2 ± 0.4" in visitor.text


def test_a_small_group_is_joined_with_another(
    session: Session, open_round: Round, entry: Entry, framework: Framework
) -> None:
    make_ratings(session, open_round, entry, [4, 4, 5, 5, 3, None])
    make_ratings(session, open_round, entry, [1, 1, 1], constituency=Constituency.CIVIL_SOCIETY)
    make_ratings(session, open_round, entry, [2, 2, 2, 2, 2, 3], constituency=Constituency.SPECIALISTS)
    make_ratings(session, open_round, entry, [2, 2], criterion="likelihood")
    revision = revision_of(session, framework, entry)
    with time_machine.travel(open_round.signing_ends_at, tick=False):
        [clarity, likelihood] = tallies.shown(session, framework, revision).now
    assert [(group.constituencies, group.voices, group.cannot_say) for group in clarity.groups] == [
        ((Constituency.SPECIALISTS,), 6, 0),
        ((Constituency.ONLINE_SERVICES, Constituency.CIVIL_SOCIETY), 8, 1),
    ]
    assert likelihood.groups == ()


def test_only_the_last_word_of_a_voice_counts(
    session: Session, open_round: Round, entry: Entry, framework: Framework
) -> None:
    make_ratings(session, open_round, entry, [1, 1, 1, 1])
    brightplay = make_organisation(session)
    submission = make_submission(session, open_round, organisation=brightplay)
    by = make_member(session, brightplay, standing=Standing.LEAD)
    revision = revision_of(session, framework, entry)
    for score in (5, None, 3):
        rating.rate(session, submission, revision, {"clarity": score}, by=by)
        sign_everything(session, submission, by)
    rating.rate(session, submission, revision, {"clarity": 5}, by=by)
    with time_machine.travel(open_round.signing_ends_at, tick=False):
        [tally] = tallies.shown(session, framework, revision).now
    assert dict(tally.groups[0].scores) == {1: 4, 3: 1} and tally.groups[0].cannot_say == 0


def next_release(session: Session, framework: Framework, entry: Entry, **fields: object) -> Revision:
    draft = make_draft(session, framework)
    seen = revision_of(session, framework, entry)
    revision = revising.revise(session, draft, entry, make_content(1, **fields), seen=seen, by=None, because="Better")
    revising.freeze(session, draft, by=None)
    return revision


def test_a_changed_text_starts_anew_and_shows_the_old_tally(
    session: Session, visitor: Visitor, open_round: Round, entry: Entry, framework: Framework
) -> None:
    make_ratings(session, open_round, entry, [4, 4, 4, 4, 5])
    with time_machine.travel(open_round.signing_ends_at + timedelta(hours=1), tick=False):
        revision = next_release(session, framework, entry, title="Another title")
        shown = tallies.shown(session, framework, revision)
        assert shown.now == () and shown.earlier[0].groups[0].voices == 5 and shown.earlier_release == "0.1"
        session.commit()
        visitor.get("/frameworks/harms/entries/CCHF-01")
        assert "On the text as it is: no ratings have been counted yet." in visitor.text
        assert "On the earlier text, up to release 0.1" in visitor.text


def test_ratings_of_the_words_carry_over_where_only_links_change(
    session: Session, visitor: Visitor, open_round: Round, entry: Entry, framework: Framework
) -> None:
    brightplay = make_organisation(session)
    member = make_member(session, brightplay, standing=Standing.LEAD)
    submission = make_submission(session, open_round, organisation=brightplay)
    rating.rate(
        session, submission, revision_of(session, framework, entry), {"clarity": 4, "standards-mapping": 2}, by=member
    )
    sign_everything(session, submission, member)
    make_ratings(session, open_round, entry, [4, 4, 4, 4])
    make_ratings(session, open_round, entry, [4, 4, 4, 4, 4], criterion="standards-mapping")
    with time_machine.travel(open_round.signing_ends_at + timedelta(hours=1), tick=False):
        revision = next_release(session, framework, entry, terms={"code-standards": ("1",)})
        standing = queries.current(session, submission.voice, revision)
        assert [(each.criterion.code, each.score) for each in standing] == [("clarity", 4)]
        assert [tally.code for tally in tallies.shown(session, framework, revision).now] == ["clarity"]
        make_round(session, framework, opened_days_ago=0)
        session.commit()
        visitor.sign_in(session, member)
    with time_machine.travel(open_round.signing_ends_at + timedelta(hours=2), tick=False):
        visitor.get("/my-panel/how-you-take-part").press("See what will appear", **WHO).press("Save and go")
        visitor.get(FORM)
        assert "You are not asked again: the text is unchanged since you rated it." in visitor.text


def test_a_rating_after_the_close_never_moves_a_tally(
    session: Session, open_round: Round, entry: Entry, framework: Framework
) -> None:
    make_ratings(session, open_round, entry, [4, 4, 4, 4, 5])
    revision, closed_at = revision_of(session, framework, entry), open_round.signing_ends_at
    with time_machine.travel(closed_at + timedelta(hours=1), tick=False):
        before = tallies.shown(session, framework, revision).now
        second = make_round(session, framework, opened_days_ago=0)
        make_ratings(session, second, entry, [1, 1, 1, 1, 1, 1])
        tallies.forget()
        assert tallies.shown(session, framework, revision).now == before
        assert clock.now() > closed_at


@pytest.mark.parametrize(("newcomers", "voices"), [(1, 5), (5, 10)])
def test_a_later_count_is_shown_only_when_enough_voices_have_moved(
    session: Session, open_round: Round, entry: Entry, framework: Framework, newcomers: int, voices: int
) -> None:
    make_ratings(session, open_round, entry, [4, 4, 4, 4, 5])
    revision = revision_of(session, framework, entry)
    with time_machine.travel(open_round.signing_ends_at + timedelta(hours=1), tick=False):
        second = make_round(session, framework, opened_days_ago=0)
        make_ratings(session, second, entry, [1, 2, 1, 2, 1][:newcomers])
    with time_machine.travel(second.signing_ends_at + timedelta(hours=1), tick=False):
        [tally] = tallies.shown(session, framework, revision).now
    assert [group.voices for group in tally.groups] == [voices]


def test_htmx_saves_a_rating_in_place_and_leaves_the_reason_unsent(session: Session, member: Visitor) -> None:
    member.get(FORM).press("Save ratings", score_clarity="4", **WHO)
    data = {**hidden(member), **WHO, "score_clarity": "5", "reason": "Not finished"}
    member.post(FORM, data, **{"HX-Request": "true"})
    assert member.status == 200 and "Saved at" in member.response.text and "<html" not in member.response.text
    assert scores(session) == {"clarity": 5} and session.exec(select(Comment)).all() == []
    member.post(FORM, {**data, "score_clarity": "9"}, **{"HX-Request": "true"})
    assert member.status == 422 and "Not saved. Select one of the answers" in member.text
