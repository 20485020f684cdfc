"""Many at once, with data that is really committed: nothing fails, is lost or happens twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, text
from sqlmodel import Session, SQLModel, col, select

from backend.comments import commenting, drafting
from backend.comments.models import Comment, CommentText, Draft, Kind, State
from backend.core import counters
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people.access import viewer_for
from backend.people.models import Person
from backend.ratings import queries, rating
from backend.ratings.models import Rating, RatingEvent
from backend.releases import queries as release_queries
from backend.releases.models import Entry, Round
from backend.sending import receipts
from backend.submissions import speaking
from backend.submissions.models import PublishAs, SpeakingFor, Submission
from tests.factories import make_framework, make_member, make_organisation, make_round, make_specialist

WHO = {"speaking_for": SpeakingFor.ORGANISATION, "publish_as": PublishAs.NAMED}
OWN = {"speaking_for": SpeakingFor.SPECIALIST, "publish_as": PublishAs.NAMED}
AT_ONCE = 8


@pytest.fixture
def committed(live: Database) -> Database:
    """An organisation of two and a specialist take part in an open round."""
    with live.transaction() as session:
        make_round(session, make_framework(session))
        brightplay = make_organisation(session)
        make_member(session, brightplay)
        make_member(session, brightplay)
        make_specialist(session)
    return live


def at_once(database: Database, act: Callable[[Session, int], None], times: int = AT_ONCE) -> None:
    """Let as many transactions do it at the same time; any error of any of them fails the test."""

    def one(number: int) -> None:
        with database.transaction() as session:
            act(session, number)

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(one, range(times)))


def the(session: Session, model: type[SQLModel]) -> list[SQLModel]:
    return list(session.exec(select(model)).all())


def people(session: Session) -> list[Person]:
    return list(session.exec(select(Person).order_by(col(Person.id))))


def one_round(session: Session) -> Round:
    return session.exec(select(Round)).one()


def one_entry(session: Session) -> Entry:
    return session.exec(select(Entry).where(Entry.code == "CCHF-01")).one()


def test_colleagues_who_begin_at_once_share_one_submission(committed: Database) -> None:
    def begin(session: Session, number: int) -> None:
        speaking.speak(session, one_round(session), viewer_for(people(session)[number % 2]), **WHO)

    at_once(committed, begin)
    with committed.session() as session:
        assert len(the(session, Submission)) == 1


def test_a_form_sent_many_times_at_once_is_one_comment_with_one_receipt(committed: Database) -> None:
    def send(session: Session, number: int) -> None:
        comment = drafting.finish(
            session, viewer_for(people(session)[2]), one_round(session), kind=Kind.ERROR, body="A slip.",
            entry=one_entry(session), form_token="the same form", **OWN,
        )  # fmt: skip
        receipts.for_comment(session, comment)

    at_once(committed, send)
    with committed.session() as session:
        assert [len(the(session, model)) for model in (Comment, CommentText, OutboxMessage)] == [1, 1, 1]
        [comment] = session.exec(select(Comment))
        assert counters.read(session, "points:") == {f"{comment.round_id}:{comment.entry_id}:held": 1}


def test_many_points_and_withdrawals_at_once_leave_the_counts_right(committed: Database) -> None:
    def send(session: Session, number: int) -> None:
        viewer = viewer_for(people(session)[2])
        comment = commenting.send(
            session,
            viewer,
            one_round(session),
            kind=Kind.ERROR,
            body=f"Slip {number}.",
            entry=one_entry(session),
            **OWN,
        )
        receipts.for_comment(session, comment)
        if number % 3 == 0:
            commenting.withdraw(session, comment, by=viewer)

    at_once(committed, send, times=12)
    with committed.session() as session:
        counted = dict(session.exec(select(col(Comment.state), func.count()).group_by(col(Comment.state))).all())
        assert counted == {State.HELD: 8, State.WITHDRAWN: 4}
        kept = counters.read(session, f"points:{one_round(session).id}:{one_entry(session).id}:")
        assert kept == {"held": 8, "withdrawn": 4}
        assert len({comment.reference for comment in session.exec(select(Comment))}) == 12


def test_a_point_withdrawn_many_times_at_once_is_counted_once(committed: Database) -> None:
    with committed.transaction() as session:
        commenting.send(
            session, viewer_for(people(session)[2]), one_round(session), kind=Kind.ERROR, body="A slip.", **OWN
        )

    def take_back(session: Session, number: int) -> None:
        try:
            commenting.withdraw(session, session.exec(select(Comment)).one(), by=viewer_for(people(session)[2]))
        except commenting.PointWithdrawn:
            session.rollback()

    at_once(committed, take_back)
    with committed.session() as session:
        assert {k: v for k, v in counters.read(session, "points:").items() if v} == {
            f"{one_round(session).id}:0:withdrawn": 1
        }


def test_an_edit_is_never_lost_to_another_at_the_same_time(committed: Database) -> None:
    with committed.transaction() as session:
        commenting.send(
            session, viewer_for(people(session)[2]), one_round(session), kind=Kind.ERROR, body="A slip.", **OWN
        )
    refused: list[int] = []

    def change(session: Session, number: int) -> None:
        try:
            commenting.edit(
                session, session.exec(select(Comment)).one(), by=viewer_for(people(session)[2]), seen=1,
                body=f"Text of {number}.", publish_as=PublishAs.NAMED,
            )  # fmt: skip
        except commenting.TextMovedOn:
            session.rollback()
            refused.append(number)

    at_once(committed, change)
    with committed.session() as session:
        assert len(refused) == AT_ONCE - 1
        assert session.exec(select(Comment)).one().text_number == 2 and len(the(session, CommentText)) == 2


def test_a_form_added_many_times_at_once_is_one_draft(committed: Database) -> None:
    def add(session: Session, number: int) -> None:
        drafting.finish(
            session, viewer_for(people(session)[0]), one_round(session), kind=Kind.ERROR, body=f"Slip {number}.",
            entry=one_entry(session), form_token="the same form", **WHO,
        )  # fmt: skip

    at_once(committed, add)
    with committed.session() as session:
        assert [len(the(session, model)) for model in (Comment, Draft, CommentText)] == [1, 1, 0]
        [draft] = session.exec(select(Draft))
        assert draft.ready_at is not None and draft.number == AT_ONCE
        assert counters.read(session, "points:") == {f"{one_round(session).id}:{one_entry(session).id}:draft": 1}


def test_of_colleagues_who_save_one_draft_at_once_one_wins_and_the_others_are_told(committed: Database) -> None:
    with committed.transaction() as session:
        drafting.begin(
            session, viewer_for(people(session)[0]), one_round(session), kind=Kind.ERROR, body="A slip.", **WHO
        )
    refused: list[int] = []

    def save(session: Session, number: int) -> None:
        try:
            drafting.save(
                session, session.exec(select(Comment)).one(), by=viewer_for(people(session)[number % 2]), seen=1,
                body=f"Text of {number}.", publish_as=PublishAs.NAMED, form=f"form {number}",
            )  # fmt: skip
        except commenting.TextMovedOn:
            session.rollback()
            refused.append(number)

    at_once(committed, save)
    with committed.session() as session:
        draft = session.exec(select(Draft)).one()
        [winner] = set(range(AT_ONCE)) - set(refused)
        assert (draft.number, draft.body) == (2, f"Text of {winner}.")


def rate_at_once(session: Session, number: int, seen: dict[str, str] | None) -> None:
    person = people(session)[number % 2]
    submission = speaking.speak(session, one_round(session), viewer_for(person), **WHO)
    line = release_queries.find_line(session, one_round(session).release, one_entry(session))
    assert line
    scores = {"clarity": number % 5 + 1, "likelihood": number % 3 + 1}
    rating.rate(session, submission, line.revision, scores, by=person, grounds=["research"], seen=seen)


def test_colleagues_who_answer_at_once_leave_one_answer_that_waits(committed: Database) -> None:
    at_once(committed, lambda session, number: rate_at_once(session, number, None))
    with committed.session() as session:
        rows = session.exec(select(Rating)).all()
        assert len(rows) == 2 and not the(session, RatingEvent) and not the(session, OutboxMessage)
        assert all(row.sent_at is None and row.ready for row in rows)


def test_nobody_writes_over_a_colleagues_answer_that_came_at_the_same_moment(committed: Database) -> None:
    refused: list[int] = []

    def rate(session: Session, number: int) -> None:
        try:
            rate_at_once(session, number, {})
        except rating.AnswerMovedOn:
            session.rollback()
            refused.append(number)

    at_once(committed, rate, times=2)
    with committed.session() as session:
        [winner] = {0, 1} - set(refused)
        assert {row.author_id for row in session.exec(select(Rating))} == {people(session)[winner].id}


def test_scores_of_ones_own_sent_at_once_are_one_rating_with_its_history(committed: Database) -> None:
    def rate(session: Session, number: int) -> None:
        person = people(session)[2]
        round_ = one_round(session)
        submission = speaking.speak(session, round_, viewer_for(person), **OWN)
        line = release_queries.find_line(session, round_.release, one_entry(session))
        assert line
        scores = {"clarity": number % 5 + 1, "likelihood": number % 3 + 1}
        rating.rate(session, submission, line.revision, scores, by=person, grounds=["research"])
        standing = queries.current(session, submission.voice, line.revision)
        receipts.for_ratings(session, submission, line, standing, to=person)

    at_once(committed, rate)
    with committed.session() as session:
        rows = session.exec(select(Rating)).all()
        assert len(rows) == 2 and len(the(session, OutboxMessage)) == 1
        for row in rows:
            last = session.exec(
                select(RatingEvent)
                .where(RatingEvent.criterion_id == row.criterion_id)
                .order_by(col(RatingEvent.id).desc())
            ).first()
            assert last and last.score == row.score
        assert session.exec(select(func.count()).select_from(text("audit_event"))).one()
