"""Deciding on points."""

from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select
from time_machine import travel

from backend.answers import answering, deciding, queries
from backend.answers.deciding import AsksForChange, CarriedBefore, NoReason, NotInScope, RoundStillOpen
from backend.answers.linking import NoChangedWords
from backend.answers.models import Decision, Outcome
from backend.comments.independence import OwnContribution
from backend.comments.models import Kind, State
from backend.core import clock
from backend.people.models import Membership
from backend.releases import queries as release_queries
from backend.releases.revising import NotADraft
from tests import factories
from tests.answers.scene import Scene


def test_the_newest_decision_counts_and_the_older_ones_stay(session: Session) -> None:
    scene = Scene(session)
    scene.decide(Outcome.NOT_CHANGED)
    scene.decide(Outcome.OUT_OF_SCOPE, reason="For another body.")
    assert queries.current_decisions(session, [scene.comment])[scene.comment.id].outcome is Outcome.OUT_OF_SCOPE
    assert [decision.outcome for decision in queries.history(session, scene.comment)] == [
        Outcome.NOT_CHANGED, Outcome.OUT_OF_SCOPE,
    ]  # fmt: skip


@pytest.mark.parametrize("statement", ["UPDATE decision SET reason = 'x'", "DELETE FROM decision"])
def test_the_database_refuses_to_change_a_decision(session: Session, statement: str) -> None:
    Scene(session).decide()
    session.flush()
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(statement))


def test_a_decision_needs_a_reason(session: Session) -> None:
    with pytest.raises(NoReason):
        Scene(session).decide(reason="  ")


def test_changed_needs_words_that_changed(session: Session) -> None:
    scene = Scene(session)
    with pytest.raises(NoChangedWords):
        scene.decide(Outcome.CHANGED)
    scene.change()
    decision = scene.decide(Outcome.CHANGED)
    assert decision.entry_id == scene.entry.id


def test_changed_may_point_at_another_entry_that_changed(session: Session) -> None:
    scene = Scene(session)
    scene.change("CCHF-02")
    other = release_queries.entry(session, "CCHF-02")
    with pytest.raises(NoChangedWords):
        scene.decide(Outcome.CHANGED, entry=other, field="section:description")
    assert scene.decide(Outcome.CHANGED_IN_PART, entry=other, field="title").entry_id == other.id


def test_support_is_noted_only_where_nothing_was_asked(session: Session) -> None:
    scene = Scene(session)
    scene.decide(Outcome.SUPPORT_NOTED)
    scene.comment.kind = Kind.WORDING
    session.add(scene.comment)
    session.flush()
    with pytest.raises(AsksForChange):
        scene.decide(Outcome.SUPPORT_NOTED)


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.ESCALATED, State.DRAFT])
def test_what_is_not_in_scope_is_not_decided(session: Session, state: State) -> None:
    scene = Scene(session)
    scene.comment.state = state
    session.add(scene.comment)
    session.flush()
    with pytest.raises(NotInScope):
        scene.decide()
    assert queries.progress(session, scene.draft).in_scope == 0


@pytest.mark.parametrize("state", [State.HELD, State.PUBLISHED, State.KEPT, State.WITHHELD])
def test_every_point_that_was_sent_and_stands_is_in_scope(session: Session, state: State) -> None:
    scene = Scene(session)
    scene.comment.state = state
    session.add(scene.comment)
    session.flush()
    assert queries.progress(session, scene.draft).undecided == 1


def test_nobody_decides_on_their_own_point_nor_their_organisations(session: Session) -> None:
    scene = Scene(session)
    with pytest.raises(OwnContribution):
        scene.decide(by=scene.author)
    session.add(Membership(organisation_id=scene.organisation.id, person_id=scene.staff.id))
    session.flush()
    session.refresh(scene.staff)
    with pytest.raises(OwnContribution):
        scene.decide()


def test_nobody_makes_the_decision_on_their_own_point_final(session: Session) -> None:
    scene = Scene(session)
    scene.decide()
    with pytest.raises(OwnContribution):
        deciding.make_final(session, scene.draft, scene.author)
    assert deciding.make_final(session, scene.draft, scene.staff) == 1


def test_decisions_are_final_only_after_the_round_has_closed(session: Session) -> None:
    scene = Scene(session, closed=False)
    scene.decide()
    with pytest.raises(RoundStillOpen):
        deciding.make_final(session, scene.draft, scene.staff)
    with travel(clock.now() + timedelta(days=11), tick=False):
        assert deciding.make_final(session, scene.draft, scene.staff) == 1
        assert deciding.make_final(session, scene.draft, scene.staff) == 0


def test_a_new_decision_after_the_final_one_has_to_be_made_final_again(session: Session) -> None:
    scene = Scene(session)
    scene.decide()
    deciding.make_final(session, scene.draft, scene.staff)
    assert queries.progress(session, scene.draft).final == 1
    scene.decide(Outcome.NEEDS_EVIDENCE, reason="Which study?")
    progress = queries.progress(session, scene.draft)
    assert (progress.final, progress.drafted) == (0, 1)


def test_a_point_is_carried_once(session: Session) -> None:
    scene = Scene(session)
    scene.decide(Outcome.CARRIED, reason="We await a study.")
    scene.publish()
    following = factories.make_draft(session, scene.framework, "0.3")
    assert queries.progress(session, following).undecided == 1
    with pytest.raises(CarriedBefore):
        scene.decide(Outcome.CARRIED, release=following)
    scene.decide(Outcome.NOT_CHANGED, release=following)
    assert queries.published_decisions(session, [scene.comment])[scene.comment.id].outcome is Outcome.CARRIED


def test_what_was_answered_with_a_release_is_not_asked_again(session: Session) -> None:
    scene = Scene(session)
    scene.decide()
    scene.publish()
    with pytest.raises(NotADraft):
        scene.decide()
    following = factories.make_draft(session, scene.framework, "0.3")
    assert queries.progress(session, following).in_scope == 0
    with pytest.raises(NotInScope):
        scene.decide(release=following)


def test_one_answer_decides_many_points(session: Session) -> None:
    scene = Scene(session, points=3)
    answer = answering.write(
        session, scene.draft, title="Autoplay", you_said="Say more.", we_did="We left it.",
        outcome=Outcome.NOT_CHANGED, by=scene.staff,
    )  # fmt: skip
    answering.attach(session, answer, scene.comments, scene.staff)
    assert queries.attached_counts(session, scene.draft) == {answer.id: 3}
    assert queries.progress(session, scene.draft).drafted == 3
    answering.detach(session, answer, scene.comments[:1], scene.staff)
    assert queries.attached_counts(session, scene.draft) == {answer.id: 2}
    assert queries.progress(session, scene.draft).undecided == 1
    assert len(queries.history(session, scene.comment)) == 2
    answering.edit(
        session, answer, title="Autoplay", you_said="Say more.", we_did="It is for another body.",
        outcome=Outcome.OUT_OF_SCOPE, by=scene.staff,
    )  # fmt: skip
    decisions = queries.current_decisions(session, scene.comments)
    assert {decision.outcome for decision in decisions.values()} == {Outcome.OUT_OF_SCOPE}
    assert {decision.reason for decision in decisions.values()} == {"It is for another body."}


def test_a_published_answer_is_frozen(session: Session) -> None:
    scene = Scene(session)
    answer = answering.write(
        session, scene.draft, title="Autoplay", you_said="Say more.", we_did="We left it.",
        outcome=Outcome.NOT_CHANGED, by=scene.staff,
    )  # fmt: skip
    answering.attach(session, answer, scene.comments, scene.staff)
    scene.publish()
    with pytest.raises(answering.AnswerPublished):
        answering.edit(
            session, answer, title="x", you_said="x", we_did="x", outcome=Outcome.NOT_CHANGED, by=scene.staff
        )
    with pytest.raises(answering.AnswerPublished):
        answering.detach(session, answer, scene.comments, scene.staff)


def test_the_promise_board_counts_what_is_late(session: Session) -> None:
    scene = Scene(session, points=2)
    assert queries.promise_board(session, scene.framework) == queries.Promises(2, 0, 0, 0)
    with travel(clock.now() + timedelta(weeks=13), tick=False):
        assert queries.promise_board(session, scene.framework).late == 2
        scene.decide()
        assert queries.promise_board(session, scene.framework) == queries.Promises(2, 0, 0, 2)
        deciding.decide(
            session, scene.comments[1], outcome=Outcome.CARRIED, reason="Later.", release=scene.draft, by=scene.staff
        )
        scene.publish()
        assert queries.promise_board(session, scene.framework) == queries.Promises(2, 1, 1, 0)


def test_three_hundred_points_become_final_in_as_many_statements_as_three(session: Session) -> None:
    assert _statements_to_settle(session, 300) == _statements_to_settle(session, 3)


def _statements_to_settle(session: Session, points: int) -> int:
    with session.begin_nested() as savepoint:
        scene = Scene(session, points=points)
        deciding.decide_all(
            session, scene.comments, outcome=Outcome.NOT_CHANGED, reason="No.", release=scene.draft, by=scene.staff
        )
        session.flush()
        seen: list[str] = []
        connection = session.connection()

        def count(*args: object) -> None:
            seen.append(str(args[2]))

        event.listen(connection, "before_cursor_execute", count)
        assert deciding.make_final(session, scene.draft, scene.staff) == points
        event.remove(connection, "before_cursor_execute", count)
        finals = session.exec(select(Decision).where(Decision.is_final)).all()
        assert len(finals) == points
        savepoint.rollback()
    return len(seen)
